##@ The newest ansible-core of all

# A Python for it, 3.12 or later; one is looked for where none is given.
PYTHON_LATEST ?=
# Which playbooks `make e2e-latest` runs.
LATEST ?= *
variables += PYTHON_LATEST LATEST

.PHONY: e2e-latest
e2e-latest: $(installed) $(emulator) .venv/.installed ## Run tests/playbooks with the newest ansible-core of all, which takes Python 3.12 or (as root) debootstrap
	@$(python) tests/tools/latest.py $(emulator) --python '$(PYTHON_LATEST)' --jobs $(JOBS) --only '$(LATEST)'
