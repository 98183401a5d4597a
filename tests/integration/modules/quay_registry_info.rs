//! `quay_registry_info`: an export in a playbook. What an export holds is tested with `registry_export`.

use serde_json::json;

use crate::apply::support::company;
use crate::support::Registry;

#[test]
fn what_is_exported_can_be_applied_and_changes_nothing() {
    let registry = Registry::new();
    let config = json!({"organizations": [
        {"name": "acme", "robots": [{"name": "ci"}], "teams": [{"name": "devs", "role": "creator", "members": ["acme+ci"]}]},
        {"name": "beta"},
    ]});
    registry.ok("quay_registry", json!({"config": config}));
    let run = registry.ok("quay_registry_info", json!({"organizations": ["acme"]}));
    assert!(!run.changed() && run.writes().is_empty());
    assert_eq!(run.result["registry"]["organizations"][0]["name"], "acme");
    assert_eq!(run.result["registry"]["organizations"].as_array().unwrap().len(), 1);
    assert!(run.result["yaml"].as_str().unwrap().contains("- name: acme\n"), "{}", run.result);
    assert!(run.result["diff"].is_null(), "a module that reads shows no difference");
    let again = registry.ok("quay_registry", json!({"config": run.result["registry"]}));
    assert!(!again.changed(), "{}", again.result);
    let everything = registry.ok("quay_registry_info", json!({}));
    let names = everything.result["registry"]["organizations"].as_array().unwrap();
    assert!(names.len() >= 2, "{names:?}");
}

#[test]
fn what_cannot_be_read_is_a_failure() {
    let registry = Registry::new();
    let message = registry.refused("quay_registry_info", json!({"organizations": ["nobody"]}));
    assert!(message.contains("nobody"), "{message}");
    let message = registry.refused("quay_registry_info", json!({"quay_token": "wrong-s3cret"}));
    assert!(message.contains("quay_token") && !message.contains("wrong-s3cret"), "{message}");
    let message = registry.refused("quay_registry_info", json!({"jobs": 0}));
    assert!(message.contains("must be a number from 1 to 256"), "{message}");
}

/// The whole of what an export asks of an organization.
#[test]
fn an_export_asks_what_no_list_has_told() {
    let registry = Registry::new();
    let mut organization = company("company", 2, 2, 2);
    organization["quota"] = json!({"quota": "10 GiB", "warning_pct": 80});
    registry.ok("quay_registry", json!({"config": {"organizations": [organization]}}));
    let run = registry.ok("quay_registry_info", json!({"organizations": ["company"]}));
    let mut lines = run.lines();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(run.result["registry"]["organizations"][0]["quota"], json!({"quota": "10 GiB", "warning_pct": 80}));
}
