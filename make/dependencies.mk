##@ Dependencies

rust_version := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
# Where the crates are resolved anew, beside the Cargo.lock that counts.
resolved = build/resolved/$(1)

.PHONY: deny
deny: ## Check licences, duplicates and sources of the crates; needs cargo-deny
	@if $(CARGO) deny --version >/dev/null 2>&1; \
	then $(CARGO) deny --locked --workspace check bans licenses sources; \
	else echo 'SKIPPED deny: cargo-deny is not there; `cargo install --locked cargo-deny` builds it'; fi

.PHONY: rust-version
rust-version: ## Compile with the oldest Rust that is supported, which rustup fetches
	@rustup toolchain install --no-self-update --profile minimal $(rust_version)
	@rustup run $(rust_version) cargo check --locked --workspace --all-targets --target-dir $(target)/rust-$(rust_version)
	@echo 'rust-version: everything compiles with Rust $(rust_version)'

.PHONY: versions
versions: versions-minimal versions-newest ## Compile with the oldest crates that Cargo.toml allows, and with the newest there are

versions-%: FORCE
	@rm -rf $(call resolved,$*)
	@mkdir -p $(call resolved,$*)
	@git ls-files -z --cached --others --exclude-standard | tar --null --files-from - -cf - | tar -xf - -C $(call resolved,$*)
	@cd $(call resolved,$*) && $(resolve_$*)
	@cd $(call resolved,$*) && $(CARGO) check --workspace --all-targets --target-dir $(abspath $(target))/versions
	@rm -r $(call resolved,$*)
	@echo 'versions: everything compiles with the $* versions'

# Minimal for what Cargo.toml names; what those crates need themselves is their business. Only a nightly Cargo can do it, or one
# that is told to pass for one.
resolve_minimal := RUSTC_BOOTSTRAP=1 $(CARGO) update --quiet -Z direct-minimal-versions
resolve_newest := $(CARGO) update --quiet
