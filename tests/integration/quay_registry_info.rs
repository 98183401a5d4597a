//! `quay_registry_info`: an export that can be applied.

use serde_json::json;

use crate::support::Registry;

#[test]
fn an_export_can_be_applied_at_once_without_a_change() {
    let registry = Registry::new();
    let config = json!({"organizations": [{
        "name": "acme", "robots": [{"name": "ci"}], "repositories": [{"name": "app", "visibility": "public"}],
    }]});
    registry.ok("quay_registry", json!({"config": config}));
    let export = registry.ok("quay_registry_info", json!({"organizations": ["acme"]}));
    assert!(!export.changed() && export.writes().is_empty());
    assert_eq!(export.result["registry"]["organizations"][0]["repositories"][0]["name"], "app");
    assert!(export.result["yaml"].as_str().is_some_and(|text| text.starts_with("---\n")), "{}", export.result["yaml"]);
    let again = registry.ok("quay_registry", json!({"config": export.result["registry"]}));
    assert!(!again.changed(), "{}", again.result);
}

#[test]
fn an_organization_that_is_not_there_is_an_error() {
    let message = Registry::new().refused_everywhere("quay_registry_info", json!({"organizations": ["nosuch"]}));
    assert!(message.contains("nosuch"), "{message}");
}
