##@ Controller and platform

.PHONY: test-controller
test-controller: $(installed) $(emulator) .venv/.installed .venv-oldest/.installed ## Test the action plugin and the inventory plugin
	@cd tests/controller && QUAY_EMULATOR=$(abspath $(emulator)) QUAYMASTER_TEST_VENVS='.venv-oldest .venv' \
		$(CURDIR)/.venv/bin/python -W ignore -m unittest

.PHONY: test-platform
test-platform: $(installed) $(emulator) .venv-platform/.installed ## Run the playbooks under ansible-runner, create the execution environment
	@.venv-platform/bin/python -W ignore tests/platform/test_platform.py .venv-platform $(emulator)

.PHONY: bench
bench: $(installed) $(emulator) .venv/.installed ## Measure what a task costs, beside an empty task and a Python module; start and size
	@.venv/bin/python benches/controller.py .venv $(emulator) $(executable) $(artifact)
	@$(MAKE) --no-print-directory bench-mass

.venv-platform/.installed: requirements/platform.txt
