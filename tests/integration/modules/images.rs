//! What all modules have in common that read an image.

use serde_json::{Value, json};

use quay_emulator::Config;

use crate::support::{Mode, Registry, Run};

/// A registry with the organization acme; a push alone would make it a user.
pub fn registry() -> Registry {
    registry_with(Config::default())
}

/// The same with other settings.
pub fn registry_with(config: Config) -> Registry {
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.emulator.clear_journal();
    registry
}

/// What does not exist is no failure for a module that reads an image: it gives `expected`. Who may not see it, is told.
pub fn assert_hides_what_is_not_there(module: &str, expected: Value) {
    let registry = registry();
    registry.emulator.push_image("acme/app", "v1");
    let token = registry.emulator.token_for("bob", &["repo:read"]);
    let nowhere = format!("acme/app@sha256:{}", "0".repeat(64));
    let mut runs: Vec<Run> = ["acme/app:v9", "acme/nosuch:v1", "nosuch/app:v1", &nowhere]
        .iter()
        .map(|image| registry.ok(module, json!({"image": image})))
        .collect();
    runs.push(registry.run_as(&token, module, json!({"image": "nosuch/app:v1"}), Mode::Real));
    for run in runs {
        assert!(!run.changed());
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&run.result[key], value, "{}", run.result);
        }
    }
    for token in [&token, ""] {
        let run = registry.run_as(token, module, json!({"image": "acme/app:v1"}), Mode::Check);
        run.assert_refused();
        assert!(run.message().contains("no read access to acme/app, or it does not exist"), "{}", run.message());
    }
}

/// A malformed image reference costs no request.
pub fn assert_refuses_bad_images(module: &str) {
    let registry = registry();
    for (image, part) in [
        ("acme/app:", "\"\" is not a tag"),
        ("acme/app:-v1", "is not a tag"),
        ("acme/app@", "\"\" is not a digest"),
        ("acme/app:v1@sha256", "is not a digest"),
        ("acme/App:v1", "is not a repository name"),
    ] {
        let message = registry.refused_everywhere(module, json!({"image": image}));
        assert!(message.contains(part), "{message}");
    }
    let run = registry.run_as("", module, json!({"image": "app"}), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("must include the organization"), "{}", run.message());
    assert_eq!(registry.emulator.journal().len(), 0);
}
