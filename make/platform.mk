##@ Controller and platform

.PHONY: test-controller
test-controller: $(installed) $(emulator) .venv/.installed .venv-oldest/.installed .venv-lint/.installed ## Test the action plugin, the inventory plugin and what ansible-lint finds
	@cd tests/controller && QUAY_EMULATOR=$(abspath $(emulator)) QUAYMASTER_TEST_VENVS='.venv-oldest .venv' \
		$(CURDIR)/.venv/bin/python -W ignore -m unittest

.PHONY: test-platform
test-platform: $(installed) $(emulator) .venv-platform/.installed ## Run the playbooks under ansible-runner, create the execution environment
	@.venv-platform/bin/python -W ignore tests/platform/test_platform.py .venv-platform $(emulator)

.PHONY: test-environment
test-environment: $(artifact) $(emulator) .venv-platform/.installed ## Build the execution environment, and run a playbook in it (as root, with debootstrap, podman and buildah)
	@.venv-platform/bin/python -W ignore tests/platform/test_environment.py .venv-platform $(emulator)

.PHONY: bench
bench: $(installed) .venv/.installed ## Measure what a task costs, beside an empty task and a Python module; start and size
	@# As quick as can be: what the server takes is no cost of a task.
	@$(CARGO) build --locked --release --package quay-emulator
	@.venv/bin/python benches/controller.py .venv $(target)/release/quay-emulator $(executable) $(artifact)
	@$(MAKE) --no-print-directory bench-mass

.venv-platform/.installed: requirements/platform.txt
