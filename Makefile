SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

# What can be set, for example: make demo PROFILE=dev
PYTHON ?= python3
PYTHON_OLDEST ?= $(PYTHON)
CARGO ?= cargo
PROFILE ?= release
JOBS ?= 2
variables := PYTHON PYTHON_OLDEST CARGO PROFILE JOBS

target := $(or $(CARGO_TARGET_DIR),target)
executable := plugins/bin/quaymaster
emulator := $(target)/debug/quay-emulator
version := $(shell sed -n 's/^version: *//p' galaxy.yml)
artifact := build/quaymaster-quay-$(version).tar.gz
collections := .ansible/collections
installed := $(collections)/ansible_collections/quaymaster/quay/MANIFEST.json
export ANSIBLE_CONFIG := $(CURDIR)/tests/tools/ansible.cfg
# Everything that goes into the artifact, the executable and the links to it apart.
content := galaxy.yml LICENSE $(wildcard README.md CHANGELOG.md execution-environment.yml) \
	$(shell find aap changelogs docs meta playbooks roles plugins -type f -not -path '*/__pycache__/*' -not -path 'plugins/bin/*' 2>/dev/null)

##@ Use

.PHONY: help
help: ## Show this text
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][^:]*:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nVariables\n'
	@$(foreach name,$(variables),printf '  %-18s %s\n' '$(name)' '$($(name))';)

.PHONY: demo
demo: $(installed) $(emulator) .venv/.installed ## Bring the built-in emulator to a declared state: check, for real, again
	@.venv/bin/python tests/tools/demo.py .venv/bin/ansible-playbook $(emulator)

.PHONY: build
build: build/.links ## Build the executable and the links that make it every module

.PHONY: install
install: $(installed) ## Install the artifact into .ansible/collections

# Cargo knows best whether there is work to do. The copy is renewed only if it differs, so nothing after it is done in vain.
$(executable): FORCE
	@$(CARGO) build --locked --profile $(PROFILE) --package quaymaster
	@mkdir -p $(@D)
	@built=$(target)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/quaymaster; \
	if ! cmp -s $$built build/.copied; then mkdir -p build; install -s -m 755 $$built $@; cp $$built build/.copied; fi

$(emulator): FORCE
	@$(CARGO) build --locked --workspace --bins

build/.links: $(executable)
	@mkdir -p $(@D)
	@find plugins/modules -type l -delete
	@$(executable) modules | while read -r name _; do ln -s ../bin/quaymaster plugins/modules/$$name; done
	@touch $@

$(artifact): build/.links $(content) | .venv/.installed
	@.venv/bin/ansible-galaxy collection build --force --output-path build

$(installed): $(artifact)
	@rm -rf $(collections)/ansible_collections/quaymaster
	@.venv/bin/ansible-galaxy collection install $< --offline --collections-path $(collections)
	@touch $@

# A virtual environment for each list of requirements.
.venv/.installed: requirements/newest.txt
.venv-lint/.installed: requirements/lint.txt
.venv-oldest/.installed: requirements/oldest.txt
.venv-oldest/.installed: PYTHON := $(PYTHON_OLDEST)
%/.installed:
	@rm -rf $*
	@$(PYTHON) -m venv $*
	@$*/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

include make/*.mk

.PHONY: FORCE
FORCE:
