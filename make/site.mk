##@ Documentation

.PHONY: site
site: $(installed) .venv-site/.installed ## Build the documentation of the modules as pages in build/site/html, and look for dead links
	@rm -rf build/site
	@install -d -m 755 build/site/rst
	@.venv-site/bin/python tests/tools/site.py .venv-site build/site

.venv-site/.installed: requirements/site.txt
