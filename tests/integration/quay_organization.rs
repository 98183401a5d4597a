//! `quay_organization`.

use serde_json::json;

use crate::support::{Budget, LifeCycle, Registry};

#[test]
fn life_cycle() {
    let registry = Registry::new();
    let life = LifeCycle {
        module: "quay_organization",
        base: json!({"name": "acme"}),
        create: json!({"email": "one@example.com"}),
        update: json!({"email": "two@example.com", "time_machine_expiration": "1 week"}),
        requests: Budget { create: 2, repeat: 1, update: 3, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), ["POST /api/v1/organization/"]);
    assert_eq!(update.writes(), ["PUT /api/v1/organization/acme"]);
    assert_eq!(remove.writes(), ["DELETE /api/v1/organization/acme"]);
    assert_eq!(update.after()["time_machine_expiration"], 604_800);
}

#[test]
fn a_rename_is_one_write_and_then_fulfilled() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "old"}));
    let options = json!({"name": "old", "new_name": "new", "email": "new@example.com"});
    let renamed = registry.ok("quay_organization", options.clone());
    assert!(renamed.changed());
    assert_eq!(renamed.writes(), ["PUT /api/v1/superuser/organizations/old", "PUT /api/v1/organization/new"]);
    assert!(!registry.ok("quay_organization", options).changed());
}

#[test]
fn an_expiration_that_the_server_does_not_offer_leaves_nothing_behind() {
    let registry = Registry::new();
    let message =
        registry.refused_everywhere("quay_organization", json!({"name": "acme", "time_machine_expiration": "3d"}));
    assert_eq!(
        message,
        "cannot set time_machine_expiration of acme: 259200 s is not one of the server's TAG_EXPIRATION_OPTIONS \
         (0s, 1d, 1w, 2w, 4w)"
    );
    assert!(registry.ok("quay_organization", json!({"name": "acme"})).changed());
}
