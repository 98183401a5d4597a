##@ Checks of the artifact

sanity := build/sanity/ansible_collections/quaymaster/quay

.PHONY: sanity
sanity: $(installed) .venv-lint/.installed ## Run ansible-test sanity in virtual environments
	@rm -rf $(sanity)
	@mkdir -p $(sanity)
	@tar -xzf $(artifact) -C $(sanity)
	@# ansible-test asks git what belongs to a collection, and build/ belongs to nothing.
	@git init --quiet $(sanity)
	@echo /tests/output/ >$(sanity)/.git/info/exclude
	@# ansible-test keeps its environments in the home directory, and takes pip from a cache there: see tests/tools/get_pip.py.
	@install -D tests/tools/get_pip.py .ansible/home/.ansible/test/cache/get_pip_24_2.py
	@cd $(sanity) && \
		version=$$($(CURDIR)/.venv-lint/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') && \
		HOME=$(CURDIR)/.ansible/home LC_ALL=C.UTF-8 $(CURDIR)/.venv-lint/bin/ansible-test sanity --venv --python $$version --color no \
		>$(CURDIR)/build/sanity.log 2>&1 || { cat $(CURDIR)/build/sanity.log; exit 1; }
	@echo "sanity: $$(grep -c '^Running sanity test' build/sanity.log) tests of ansible-test passed"

.PHONY: importer
importer: $(installed) .venv-importer/.installed ## Import the artifact as a hub does; a warning is a failure, too
	@mkdir -p .ansible/home build/importer
	@printf '[galaxy-importer]\nansible_local_tmp = %s\nrun_flake8 = true\n' $(CURDIR)/.ansible/home/tmp >build/importer/galaxy-importer.cfg
	@# The importer leaves its result where it runs.
	@cd build/importer && HOME=$(CURDIR)/.ansible/home GALAXY_IMPORTER_CONFIG=$(CURDIR)/build/importer/galaxy-importer.cfg \
		PATH=$(CURDIR)/.venv-importer/bin:$$PATH ANSIBLE_CONFIG= python -m galaxy_importer.main $(CURDIR)/$(artifact) >log 2>&1 || { cat log; exit 1; }
	@if grep -E '^(WARNING|ERROR)' build/importer/log | grep -v 'tests/sanity/ignore-.*\.txt\|found ignore-.*\.txt'; then exit 1; fi
	@tail -n 1 build/importer/log

.venv-importer/.installed: requirements/importer.txt
