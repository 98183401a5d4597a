//! How far a mistake or a fault reaches: what it stops, what goes on, and what is told about it.

use serde_json::{Value, json};

use crate::support::Registry;

#[test]
fn registry_engine_a_new_repository_hides_nothing_of_those_below_it() {
    let registry = Registry::new();
    let sub = json!({"name": "app/sub", "prune_policies": [{"method": "tags", "value": "7"}],
        "permissions": [{"name": "dev", "type": "team", "role": "read"}],
        "notifications": [{"title": "push", "event": "repo_push", "method": "webhook", "config": {"url": "https://hooks.example/x"}}]});
    let organization = |repositories: Value| json!({"config": {"organizations": [{"name": "nest", "teams": [{"name": "dev"}], "repositories": repositories}]}});
    registry.ok("quay_registry", organization(json!([sub])));
    let both = organization(json!([{"name": "app", "notifications": sub["notifications"]}, sub]));
    let run = registry.ok("quay_registry", both.clone());
    assert_eq!(run.result["counts"]["create"], 2, "the repository and its notification: {}", run.result);
    assert_eq!(run.result["counts"]["change"], 0, "{}", run.result);
    assert!(!registry.ok("quay_registry", both).changed());
}

#[test]
fn registry_engine_what_goes_with_an_organization_cannot_be_referred_to() {
    let registry = Registry::new();
    let config = json!({"organizations": [{"name": "gone", "state": "absent"}],
        "tasks": [{"quay_tag": {"image": "gone/app:v1", "tag": "v2"}}]});
    let run = registry.run("quay_registry", json!({"config": config}));
    run.assert_refused();
    assert_eq!(run.requests.len(), 0, "no server is needed to see it");
    assert!(run.message().contains("builds on the organization gone, which shall be absent"), "{}", run.message());
}
