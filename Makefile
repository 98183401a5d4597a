SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# Targets share folders and Cargo. What takes long goes side by side by itself: JOBS.
.NOTPARALLEL:
.DEFAULT_GOAL := help

# What can be set, for example: make demo PROFILE=dev
# PROFILE is dev (quickly built), release, or portable (release for old glibc, too, as `make collection` does it).
# The Pythons that the pinned ansible-core and its ansible-test know.
is_supported := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=...")
ifeq ($(origin PYTHON),undefined)
PYTHON := $(or $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if $$python -c '$(is_supported)' 2>/dev/null; then echo $$python; break; fi; done),python3)
endif
PYTHON_OLDEST ?= $(PYTHON)
CARGO ?= cargo
# `make demo` is about what happens, not about how quickly: the optimization alone would take longer than all else. Tests of artifacts
# need a portable build, which serves the others, too.
PROFILE ?= $(if $(filter demo,$(MAKECMDGOALS)),dev,$(if $(filter test test-all,$(MAKECMDGOALS)),portable,release))
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# How many changed answers `make fuzz` tries in each place.
SEEDS ?= 200
# Which cases `make rotation` takes: every Nth.
EVERY ?= 1
variables := PYTHON PYTHON_OLDEST CARGO PROFILE JOBS SEEDS EVERY

system := $(shell uname -s)
# The platform of `make wheel` that this machine is.
here := $(if $(filter Darwin,$(system)),darwin-)$(shell uname -m)
target := $(or $(CARGO_TARGET_DIR),target)
executable := plugins/bin/quaymaster
# A debug build is quick enough for tests and demo, and shares its parts with the Rust tests.
emulator := $(target)/debug/quay-emulator
version := $(shell sed -n 's/^version: *//p' galaxy.yml)
artifact := build/quaymaster-quay-$(version).tar.gz
collections := .ansible/collections
installed := $(collections)/ansible_collections/quaymaster/quay/MANIFEST.json
export ANSIBLE_CONFIG := $(CURDIR)/tests/tools/ansible.cfg
# Everything that goes into the artifact, the executable and the links to it apart.
content := galaxy.yml LICENSE THIRD-PARTY-NOTICES.txt $(wildcard README.md CHANGELOG.md execution-environment.yml) \
	$(shell find aap changelogs docs meta playbooks roles plugins tests/config.yml tests/sanity -type f -not -path '*/__pycache__/*' \
	-not -path 'plugins/bin/*' -not -path 'playbooks/demo*' 2>/dev/null) $(shell find plugins/action -type l)

python := .venv/bin/python
venvs := .venv .venv-oldest
e2e_venvs := $(venvs)

##@ Use

.PHONY: help
help: ## Show this text
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][^:]*:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nVariables\n'
	@$(foreach name,$(variables),printf '  %-18s %s\n' '$(name)' '$($(name))';)

.PHONY: demo
demo: $(installed) $(emulator) .venv/.installed ## Bring the built-in emulator to a declared state: first account, check, for real, again
	@$(python) tests/tools/demo.py .venv/bin/ansible-playbook $(emulator)

.PHONY: build
build: build/.links ## Build the executable and the links that make it every module

.PHONY: install
install: $(installed) ## Install the artifact into .ansible/collections

##@ Test

.PHONY: test
test: lint sanity test-rust docs-check demo e2e rotation test-controller test-platform test-artifacts ## Run everything that has to pass
# test-artifacts runs the playbooks with the newest ansible-core.
test: e2e_venvs := .venv-oldest
# A part of what these do in full.
test: PLAYBOOKS := quay_*
test: NORMAL := quay_[t-v]*
test: EVERY := 16

.PHONY: test-all
test-all: importer e2e-versions e2e-latest rotation test-environment test-image test-kubernetes test-platforms site ## Run what takes longer, and `make test` leaves out
test-all: QUAYS := 3.9 3.12 3.15
test-all: LATEST := quay_[o-r]*
test-all: EVERY := 2
# What it has built for the image runs this, too.
test-all: ONLY := quay_team*

.PHONY: test-rust
test-rust: ## Run the Rust tests: executable, emulator, recordings
	@$(CARGO) test --locked --workspace --no-fail-fast

.PHONY: fuzz
fuzz: ## Try answers that no Quay gives, each in the place of every real one: make fuzz SEEDS=1000
	@FUZZ_SEEDS=$(SEEDS) $(CARGO) test --locked --test integration -- protocol::fuzz

# The stem is a module's name. A rule with a recipe of its own, such as test-rust, comes first.
test-%: $(installed) $(emulator) $(venvs:=/.installed) ## Run the Rust tests and the playbook of one module: make test-quay_team
	@$(CARGO) test --locked --test integration $*::
	@$(python) tests/tools/e2e.py $(emulator) $(venvs) --jobs $(JOBS) --only $*

.PHONY: e2e
e2e: $(installed) $(emulator) $(venvs:=/.installed) ## Run tests/playbooks with the oldest and the newest ansible-core
	@$(python) tests/tools/e2e.py $(emulator) $(e2e_venvs) --jobs $(JOBS)

# Between them lies what changed most; see docs/compatibility.md.
QUAYS ?= 3.9 3.12 3.15

.PHONY: e2e-versions
e2e-versions: $(installed) $(emulator) .venv/.installed ## Run tests/playbooks against older Quays
	@$(python) tests/tools/e2e.py $(emulator) .venv --jobs $(JOBS) --quay $(QUAYS)

.PHONY: rotation
rotation: $(installed) $(emulator) .venv/.installed ## Break playbooks/rotate.yml at every request and delivery: make rotation EVERY=20
	@$(python) tests/tools/rotation.py $(emulator) .venv --jobs $(JOBS) --every $(EVERY)

.PHONY: lint
lint: $(installed) .venv-lint/.installed ## Check Rust, YAML, Python and the documentation for format and style
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	$(PYTHON) tests/tools/notices.py --check
	$(PYTHON) tests/platforms/table.py --check $(linux) $(darwin)
	@# An action is what its commit is; a tag can be moved.
	! grep -rn 'uses:' .github/workflows | grep -vE '@[0-9a-f]{40} # v[0-9.]+$$|uses: \./'
	.venv-lint/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv-lint/bin/zizmor --quiet --offline --strict-collection .github/workflows
	$(PYTHON) tests/tools/links.py
	.venv-lint/bin/yamllint --strict .
	.venv-lint/bin/ruff check plugins tests benches
	.venv-lint/bin/ruff format --check plugins/action plugins/inventory plugins/module_utils/linting.py tests benches
	PATH=$(CURDIR)/.venv-lint/bin:$$PATH ansible-lint --nocolor -q
	cd $(dir $(installed)) && PATH=$(CURDIR)/.venv-lint/bin:$$PATH antsibull-docs lint-collection-docs --plugin-docs \
		--validate-collection-refs self .
	.venv-lint/bin/antsibull-changelog lint
	.venv-lint/bin/python tests/tools/changelog.py --check

.PHONY: docs-check
docs-check: $(installed) $(venvs:=/.installed) ## Check that ansible-doc lists and shows everything from the installed artifact
	@$(python) tests/tools/docs.py $(dir $(installed)) $(venvs)

.PHONY: snapshots
snapshots: ## Rewrite the snapshots of the tests and the generated files of meta, docs and README.md
	@QUAYMASTER_UPDATE=1 INSTA_UPDATE=always $(CARGO) test --locked --workspace --no-fail-fast

.PHONY: notices
notices: ## Rewrite THIRD-PARTY-NOTICES.txt after a change of dependencies
	@$(PYTHON) tests/tools/notices.py

.PHONY: changelog
changelog: .venv-lint/.installed ## Rewrite CHANGELOG.md from changelogs/fragments and the releases so far
	@.venv-lint/bin/python tests/tools/changelog.py

.PHONY: changelog-release
changelog-release: .venv-lint/.installed ## Take the fragments into changelogs/changelog.yaml, under this version and day, and date CHANGELOG.md
	@PATH=$(CURDIR)/.venv-lint/bin:$$PATH antsibull-changelog release
	@# Nobody reads what else it leaves: CHANGELOG.md is made otherwise.
	@rm -f changelogs/.plugin-cache.yaml changelogs/releases.md
	@.venv-lint/bin/python tests/tools/changelog.py

.PHONY: requirements
requirements: ## Pin what requirements/*.in name, with hashes, in requirements/*.txt; needs uv, and takes UPGRADE=--upgrade
	@cd requirements && for list in *.in; do uv pip compile --quiet --generate-hashes --no-annotate $(UPGRADE) \
		--python-version $$([ $$list = latest.in ] && echo 3.12 || echo 3.11) \
		--custom-compile-command 'make requirements' $$list --output-file $${list%.in}.txt; done

.PHONY: bench-mass
bench-mass: ## Measure mass apply: first apply, repeat, plans of up to 100 organizations, exports of up to 1,000
	@$(CARGO) build --locked --release --package quay-emulator
	@$(CARGO) bench --locked --bench mass -- $(abspath $(target))/release/quay-emulator

.PHONY: bench-access
bench-access: ## Measure the report of who can do what on 1,000 organizations with 20,000 repositories
	@$(CARGO) bench --locked --bench access

.PHONY: clean
clean: ## Remove everything that make made
	@$(CARGO) clean --quiet
	@find plugins/modules -type l -delete
	@rm -rf .ansible .cache/trixie .ruff_cache .venv .venv-* build plugins/bin quaymaster.data
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the targets above are made from

# Cargo knows best whether there is work to do. The copy is renewed only if it differs, so nothing after it is done in vain.
ifeq ($(PROFILE),portable)
$(executable): wheel-$(here)
	@mkdir -p $(@D)
	@cmp -s $(call portable,$(<:wheel-%=%)) $@ || install -m 755 $(call portable,$(<:wheel-%=%)) $@
else
$(executable): FORCE
	@$(CARGO) build --locked --profile $(PROFILE) --package quaymaster
	@mkdir -p $(@D) build
	@strip -o build/quaymaster $(target)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/quaymaster
	@cmp -s build/quaymaster $@ || install -m 755 build/quaymaster $@
endif

$(emulator): FORCE
	@$(CARGO) build --locked --workspace --bins

build/.links: $(executable)
	@find plugins/modules -type l -delete
	@$(executable) modules | while read -r name _; do ln -s ../bin/quaymaster plugins/modules/$$name; done
	@touch $@

$(artifact): build/.links $(content) | .venv/.installed
	@.venv/bin/ansible-galaxy collection build --force --output-path build

$(installed): $(artifact)
	@rm -rf build/collections
	@# Forced, or the version that is already there would suffice.
	@.venv/bin/ansible-galaxy collection install $< --force --offline --collections-path build/collections >build/install.log 2>&1 || \
		{ cat build/install.log; exit 1; }
	@mkdir -p $(collections)
	@rm -rf $(collections)/ansible_collections
	@mv build/collections/ansible_collections $(collections)
	@touch $@

# A virtual environment for each list of requirements.
.venv/.installed: requirements/newest.txt
.venv-lint/.installed: requirements/lint.txt
.venv-oldest/.installed: requirements/oldest.txt
.venv-oldest/.installed: PYTHON := $(PYTHON_OLDEST)
%/.installed:
	@$(PYTHON) -c '$(is_supported)'
	@rm -rf $*
	@$(PYTHON) -m venv $*
	@$*/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

include make/*.mk

.PHONY: FORCE
FORCE:
