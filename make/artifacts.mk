##@ Artifacts

# Platforms for which `make collection` and `make wheel` build, this one or those named, or `all` for every Linux; `rustup target add` first. PROCESSOR needs
# glibc, PROCESSOR-musl no C library, and darwin-PROCESSOR is built on a Mac. The first one is the executable that Ansible copies to
# targets; the action plugin finds the others in plugins/bin/linux-PROCESSOR and so on when the controller is one of them.
PLATFORMS ?= $(here)
GLIBC ?= 2.17
# Which playbooks `make test-artifacts` runs on the fast path, and which on Ansible's normal path.
PLAYBOOKS ?= *
NORMAL ?= *
# The name of the image that `make image` builds.
IMAGE ?= localhost/quaymaster:$(version)
variables += PLATFORMS GLIBC PLAYBOOKS NORMAL IMAGE

linux := x86_64 aarch64 ppc64le s390x x86_64-musl aarch64-musl
darwin := darwin-arm64 darwin-x86_64
platforms := $(if $(filter all,$(PLATFORMS)),$(linux),$(PLATFORMS))

# The names that Rust has for processors and systems, where they differ from `uname -m`.
rust_ppc64le := powerpc64le
rust_arm64 := aarch64
processor = $(patsubst darwin-%,%,$(patsubst %-musl,%,$(1)))
system_of = $(if $(filter darwin-%,$(1)),apple-darwin,unknown-linux-$(if $(filter %-musl,$(1)),musl,gnu))
rust = $(or $(rust_$(processor)),$(processor))-$(system_of)
# The oldest glibc that the compiler knows for a processor, where it is newer. The builder of wheels knows no rules for such a one, but
# tests/artifacts/glibc.py looks.
glibc_ppc64le := 2.19
glibc = $(or $(if $(filter 2.17,$(GLIBC)),$(glibc_$(processor))),$(GLIBC))
# Which systems a wheel is for, as Python names them.
tag = $(if $(filter %-musl,$(1)),musllinux_1_2,manylinux_$(subst .,_,$(glibc)))
wheel = $(release)/*$(if $(filter darwin-%,$(1)),macosx,$(if $(filter %-musl,$(1)),musllinux,manylinux))*_$(processor).whl
# One build serves both artifacts: the executable of the collection is taken out of the wheel.
portable = build/portable/$(1)/quaymaster
release := build/release
first = $(firstword $(platforms))
# Where the collection has the executable of a platform that is not the first.
folder = build/collection/plugins/bin/$(if $(filter darwin-%,$(1)),,linux-)$(1)

# Manual pages and completion scripts, where a wheel takes files for a system's folders from.
share := quaymaster.data/data/share

.PHONY: share
share:
	@rm -rf $(share)
	@$(CARGO) run --quiet --locked --example share -- $(share)

.PHONY: collection
collection: .venv/.installed share ## Build the collection with an executable for each of PLATFORMS, and for glibc 2.17 or later
collection: $(if $(filter dev,$(PROFILE)),$(executable),wheel)
	$(call stage,collection)
	@rm -f $(release)/*.tar.gz
	@mkdir -p build/collection/plugins/bin
ifeq ($(PROFILE),dev)
	@echo 'NOTE: PROFILE=dev: this executable needs the glibc of this machine.'
	@install -m 755 $(executable) build/collection/plugins/bin/quaymaster
else
	@install -m 755 $(call portable,$(first)) build/collection/plugins/bin/quaymaster
	@$(foreach platform,$(filter-out $(first),$(platforms)),\
		mkdir -p $(call folder,$(platform)); install -m 755 $(call portable,$(platform)) $(call folder,$(platform))/quaymaster;)
	@$(foreach platform,$(filter-out $(darwin),$(platforms)),\
		$(PYTHON) tests/artifacts/glibc.py --at-most $(call glibc,$(platform)) $(call portable,$(platform));)
endif
	@for module in build/collection/plugins/modules/*.py; do \
		ln -s ../bin/quaymaster build/collection/plugins/modules/$$(basename $$module .py); done
	@.venv/bin/ansible-galaxy collection build --force --output-path $(release) build/collection
	@wc -c $(release)/*.tar.gz | awk '{ printf "%s: %.1f MB, for $(platforms)\n", $$2, $$1 / 1e6 }'

.PHONY: collection-nobinary
collection-nobinary: .venv/.installed share ## The same without executables, for hubs that forbid them; needs the wheel beside it
	$(call stage,nobinary)
	@rm -f $(release)/nobinary/*.tar.gz
	@.venv/bin/ansible-galaxy collection build --force --output-path $(release)/nobinary build/nobinary

.PHONY: wheel
wheel: $(platforms:%=wheel-%) ## Build the executable as a Python package, for execution environments

# A Mac builds for itself, with the tools that it has.
wheel-darwin-%: .venv-build/.installed share FORCE
ifeq ($(system),Darwin)
	@$(call build_wheel,darwin-$*)
else
	@test -x $(call portable,darwin-$*) || { echo 'darwin-$* is built on a Mac, by: make wheel PLATFORMS=darwin-$*' >&2; \
		echo 'Bring $(call portable,darwin-$*) from there.' >&2; exit 1; }
endif

wheel-%: .venv-build/.installed share FORCE
	@$(call build_wheel,$*,--zig --compatibility $(call tag,$*) $(if $(filter 2.19,$(call glibc,$*)),--auditwheel=skip))

.PHONY: test-artifacts
test-artifacts: collection collection-nobinary wheel $(emulator) ## Install each artifact into an empty place and use it
	@$(PYTHON) tests/artifacts/test_artifacts.py $(PYTHON) $(emulator) $(release) --jobs $(JOBS) --only '$(PLAYBOOKS)' --normal '$(NORMAL)'

# As images name processors.
image_x86_64 := amd64
image_aarch64 := arm64
image_arm64 := arm64
architecture = $(or $(image_$(processor)),$(processor))

.PHONY: image
image: build/image ## Build the container image for this processor, by podman, docker or buildah
	@$(PYTHON) tests/tools/image.py $< $(call architecture,$(here)) $(IMAGE) $(version)

.PHONY: test-image
test-image: $(emulator) ## Run the container image as Kubernetes does
	@if test -d "$$(rustc --print sysroot)/lib/rustlib/$(call rust,$(firstword $(static)))"; then \
		$(MAKE) --no-print-directory build/image && \
		$(PYTHON) tests/artifacts/test_image.py build/image $(call architecture,$(here)) $(emulator); \
	else echo 'SKIPPED image: it takes: rustup target add $(call rust,$(firstword $(static)))'; fi

.PHONY: test-kubernetes
test-kubernetes: $(executable) $(emulator) .venv-kubernetes/.installed ## Compare examples/kubernetes with its schema, and run its commands
	@.venv-kubernetes/bin/python -W ignore tests/artifacts/test_kubernetes.py $(executable) $(emulator)

.venv-kubernetes/.installed: requirements/kubernetes.txt

# What goes into the image: for this processor, or for those of PLATFORMS that need no C library.
static := $(or $(filter %-musl,$(platforms)),$(patsubst arm64,aarch64,$(call processor,$(here)))-musl)

.PHONY: build/image
build/image: $(static:%=wheel-%)
	@rm -rf $@
	@$(foreach platform,$(static),mkdir -p $@/$(call architecture,$(platform)); \
		install -m 755 $(call portable,$(platform)) $@/$(call architecture,$(platform))/quaymaster;)
	@cp LICENSE THIRD-PARTY-NOTICES.txt $@

.venv-build/.installed: requirements/build.txt

# Builds the wheel of the platform $(1) with the options $(2), and takes its executable out.
define build_wheel
	mkdir -p $(dir $(call portable,$(1))) && rm -f $(call wheel,$(1)) && \
	PATH=$(CURDIR)/.venv-build/bin:$$PATH maturin build --quiet --release --locked --target $(call rust,$(1)) $(2) --out $(release) && \
	cd $(dir $(call portable,$(1))) && $(PYTHON) -m zipfile -e $(CURDIR)/$(call wheel,$(1)) unpacked && \
	install -m 755 unpacked/*.data/scripts/quaymaster quaymaster && rm -r unpacked && ls $(CURDIR)/$(call wheel,$(1))
endef

# Copies what goes into the artifact to build/NAME, without the links to an executable that may not be there.
define stage
	@rm -rf build/$(1)
	@mkdir -p build/$(1) $(release)
	@tar -cf - $(content) | tar -xf - -C build/$(1)
	@find build/$(1)/plugins/modules -type l -delete
	@mkdir -p build/$(1)/docs/completion
	@cp -r $(share)/man/man1 build/$(1)/docs/man
	@cp $(share)/zsh/site-functions/_quaymaster $(share)/fish/vendor_completions.d/quaymaster.fish build/$(1)/docs/completion
	@cp $(share)/bash-completion/completions/quaymaster build/$(1)/docs/completion/quaymaster.bash
endef
