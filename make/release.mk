##@ Release

published := build/publish

.PHONY: release
release: build/notes.md collection collection-nobinary wheel ## Gather what a release publishes: artifacts, wheels, bill of materials, licences, checksums
	@rm -rf $(published)
	@mkdir -p $(published)
	@cp $(release)/*.tar.gz $(release)/*-$(version)-*.whl LICENSE THIRD-PARTY-NOTICES.txt $(published)
	@cp $(release)/nobinary/*.tar.gz $(published)/quaymaster-quay-nobinary-$(version).tar.gz
	@# The builder of wheels puts the bill of materials (CycloneDX) into each.
	@$(PYTHON) tests/artifacts/materials.py $(published)/*.whl
	@cd $(published) && sha256sum * >SHA256SUMS
	@cat $(published)/SHA256SUMS

# What is to come counts, too: a release can be tried before it is dated. For a tag, the workflow wants the date.
build/notes.md: CHANGELOG.md galaxy.yml
	@mkdir -p $(@D)
	@awk '/^## / { wanted = $$2 == "[$(version)]" || $$2 == "[Unreleased]"; next } wanted' CHANGELOG.md >$@
	@grep -q '[^[:space:]]' $@ || { echo 'CHANGELOG.md says nothing of $(version): see CONTRIBUTING.md, Release' >&2; exit 1; }
