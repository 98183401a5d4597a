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
