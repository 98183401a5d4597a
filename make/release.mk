##@ Release

published := build/publish

.PHONY: release
release: collection collection-nobinary wheel ## Gather what a release publishes: artifacts, wheels, bill of materials, licences, checksums
	@rm -rf $(published)
	@mkdir -p $(published)
	@cp $(release)/*.tar.gz $(release)/*-$(version)-*.whl LICENSE THIRD-PARTY-NOTICES.txt $(published)
	@cp $(release)/nobinary/*.tar.gz $(published)/quaymaster-quay-nobinary-$(version).tar.gz
	@# The builder of wheels puts the bill of materials (CycloneDX) into each.
	@$(PYTHON) tests/artifacts/materials.py $(published)/*.whl
	@cd $(published) && sha256sum * >SHA256SUMS
	@awk '/^## / { wanted = index($$2, "[$(version)]") == 1; next } wanted' CHANGELOG.md >build/notes.md
	@grep -q '[^[:space:]]' build/notes.md || { echo 'CHANGELOG.md says nothing of $(version): see CONTRIBUTING.md, Release' >&2; exit 1; }
	@cat $(published)/SHA256SUMS
