##@ Other platforms

# What runs on each platform: a mass apply, the playbooks, and the unit tests (units), which are built for it.
PARTS ?= mass playbooks
# Which playbooks run. With less than all, or a platform that fails, the table stays as it is.
ONLY ?= *
variables += PARTS ONLY

.PHONY: test-platforms
test-platforms: $(installed) $(emulator) .venv/.installed $(if $(filter units,$(PARTS)),.venv-build/.installed) ## Run what `make wheel PLATFORMS=all` has built, under qemu-user where needed; see docs/platforms.md
	@.venv/bin/python tests/platforms/test_platforms.py $(emulator) .venv $(dir $(installed)) --jobs $(JOBS) --only '$(ONLY)' --parts $(PARTS) --platforms $(linux)
