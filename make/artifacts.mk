##@ Artifacts

# Processors for which `make collection` builds. The first one is the executable that Ansible copies to targets; the action
# plugin finds the others in plugins/bin/linux-PROCESSOR when the controller is one of them. `rustup target add` first.
PLATFORMS ?= x86_64
GLIBC ?= 2.17
# Which playbooks `make test-artifacts` runs on Ansible's normal path.
NORMAL ?= *
variables += PLATFORMS GLIBC NORMAL

# The names that Rust has for the processors, where they differ from `uname -m`.
rust_ppc64le := powerpc64le
rust = $(or $(rust_$(1)),$(1))-unknown-linux-gnu
# One build serves both artifacts: the executable of the collection is taken out of the wheel.
portable = build/portable/$(1)/quaymaster
release := build/release
first = $(firstword $(PLATFORMS))

.PHONY: collection
collection: .venv/.installed ## Build the collection with executables for every Linux with glibc 2.17 or later
collection: $(if $(filter dev,$(PROFILE)),$(executable),wheel)
	$(call stage,collection)
	@rm -f $(release)/*.tar.gz
	@mkdir -p build/collection/plugins/bin
ifeq ($(PROFILE),dev)
	@echo 'NOTE: PROFILE=dev: this executable needs the glibc of this machine.'
	@install -m 755 $(executable) build/collection/plugins/bin/quaymaster
else
	@install -m 755 $(call portable,$(first)) build/collection/plugins/bin/quaymaster
	@$(foreach platform,$(filter-out $(first),$(PLATFORMS)),\
		install -D -m 755 $(call portable,$(platform)) build/collection/plugins/bin/linux-$(platform)/quaymaster;)
	@$(PYTHON) tests/artifacts/glibc.py --at-most $(GLIBC) $(foreach platform,$(PLATFORMS),$(call portable,$(platform)))
endif
	@for module in build/collection/plugins/modules/*.py; do \
		ln -s ../bin/quaymaster build/collection/plugins/modules/$$(basename $$module .py); done
	@.venv/bin/ansible-galaxy collection build --force --output-path $(release) build/collection

.PHONY: collection-nobinary
collection-nobinary: .venv/.installed ## The same without executables, for hubs that forbid them; needs the wheel beside it
	$(call stage,nobinary)
	@rm -f $(release)/nobinary/*.tar.gz
	@.venv/bin/ansible-galaxy collection build --force --output-path $(release)/nobinary build/nobinary

.PHONY: wheel
wheel: $(PLATFORMS:%=wheel-%) ## Build the executable as a Python package, for execution environments

wheel-%: .venv-build/.installed FORCE
	@mkdir -p build/portable/$*
	@rm -f $(release)/*_$*.whl
	@PATH=$(CURDIR)/.venv-build/bin:$$PATH maturin build --quiet --release --locked --zig --target $(call rust,$*) \
		--compatibility manylinux_$(subst .,_,$(GLIBC)) --out $(release)
	@cd build/portable/$* && $(PYTHON) -m zipfile -e $(CURDIR)/$(release)/*_$*.whl unpacked
	@install -m 755 build/portable/$*/unpacked/*.data/scripts/quaymaster $(call portable,$*)
	@rm -r build/portable/$*/unpacked
	@ls $(release)/*_$*.whl

.PHONY: test-artifacts
test-artifacts: collection collection-nobinary wheel $(emulator) ## Install each artifact into an empty place and use it
	@$(PYTHON) tests/artifacts/test_artifacts.py $(PYTHON) $(emulator) $(release) --jobs $(JOBS) --normal '$(NORMAL)'

.venv-build/.installed: requirements/build.txt

# Copies what goes into the artifact to build/NAME, without the links to an executable that may not be there.
define stage
	@rm -rf build/$(1)
	@mkdir -p build/$(1) $(release)
	@tar -cf - $(content) | tar -xf - -C build/$(1)
	@find build/$(1)/plugins/modules -type l -delete
endef
