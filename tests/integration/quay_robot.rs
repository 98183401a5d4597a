//! `quay_robot`.

use serde_json::json;

use crate::support::{Budget, LifeCycle, Registry};

fn registry() -> Registry {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: "quay_robot",
        base: json!({"name": "acme+ci"}),
        create: json!({"description": "CI"}),
        update: json!({"federations": [{"issuer": "https://id.example.com", "subject": "ci"}]}),
        requests: Budget { create: 3, repeat: 2, update: 3, remove: 4 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.result["name"], "acme+ci");
    assert!(create.result["token"].as_str().is_some_and(|token| token.len() > 20));
    assert_eq!(create.result["token"], update.result["token"]);
    assert_eq!(remove.writes(), ["DELETE /api/v1/organization/acme/robots/ci"]);
}
