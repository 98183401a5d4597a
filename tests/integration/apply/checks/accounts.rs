//! What goes with an account: the personal repositories, and at times the last owner of an organization.

use std::sync::atomic::AtomicBool;

use quay_emulator::Fault;
use quaymaster::apply::engine;
use quaymaster::apply::input::selection::{Destruction, Request, Selection};
use quaymaster::apply::run::NoProgress;
use serde_json::{Value, json};

use crate::apply::support::{Mass, removed};
use crate::support::merge;

/// An organization of which bob is the only owner.
fn of_bob() -> Mass {
    let mass = Mass::with_users(&["bob", "carol"]);
    mass.applied(json!({"organizations": [{"name": "acme", "teams": [{"name": "owners", "members": ["bob"]}]}]}));
    mass.registry.emulator.with_state(|state| {
        state.namespaces.get_mut("acme").unwrap().teams["owners"].members.shift_remove("admin");
    });
    mass
}

fn users(users: Value) -> Value {
    json!({"registry": {"allow": {"delete_users": true}}, "users": users, "organizations": [{"name": "acme"}]})
}

#[test]
fn registry_checks_the_account_of_the_last_owner_is_neither_removed_nor_disabled() {
    let mass = of_bob();
    for bob in [json!({"username": "bob", "state": "absent"}), json!({"username": "bob", "enabled": false})] {
        let refusal = mass.refused(users(json!([bob])));
        let expected = "nobody would be left who administers the organization acme: the last of its owners would go with the accounts bob";
        assert!(refusal.contains(expected), "{refusal}");
    }
    // Half of what administers is to go by the accounts, the other half by the teams.
    let mut config = users(json!([{"username": "bob", "state": "absent"}]));
    config["organizations"][0]["teams"] = json!([{"name": "admins", "role": "admin", "members": ["carol"]}]);
    mass.applied(config);
}

#[test]
fn registry_checks_no_account_goes_when_an_organization_does_not_show_its_owners() {
    for path in ["*/api/v1/organization/acme", "*/api/v1/organization/acme/team/owners/members"] {
        let mass = of_bob();
        mass.registry.emulator.fault(Fault::html(500).on("GET", path));
        let refusal = mass.refused(users(json!([{"username": "carol", "state": "absent"}])));
        assert!(refusal.contains("cannot see who would be left to administer acme"), "{refusal}");
    }
}

#[test]
fn registry_checks_an_account_is_deleted_only_when_that_is_allowed() {
    let mass = Mass::with_users(&["carol"]);
    let mut config = json!({"users": [{"username": "carol", "state": "absent"}]});
    let expected = "account carol: deleting an account deletes its personal repositories; set allow: {delete_users: true} (--allow delete_users) to permit it\n";
    assert_eq!(mass.refused(config.clone()), expected);
    config["registry"] = json!({"allow": {"delete_users": true}});
    assert_eq!(removed(&mass.applied(config)), ["account carol"]);
    mass.applied(json!({"users": [{"username": "dora", "email": "dora@example.com"}]}));
    mass.applied(json!({"users": [{"username": "dora", "enabled": false}]}));
}

#[test]
fn registry_checks_the_callers_own_account_stays() {
    let mass = Mass::new();
    // A superuser whom another source than Quay's list makes one does not look like it.
    let body = json!({"username": "admin", "email": "", "enabled": true, "super_user": false}).to_string();
    mass.registry.emulator.fault(Fault::status(200, "application/json", &body).on("GET", "*/superuser/users/admin"));
    for admin in [json!({"username": "admin", "state": "absent"}), json!({"username": "admin", "enabled": false})] {
        let refusal = mass.refused(json!({"registry": {"allow": {"delete_users": true}}, "users": [admin]}));
        assert!(refusal.contains("account admin: this account is the caller"), "{refusal}");
    }
}

/// An account stays as long as any endpoint of the files signs in with it, by name or by token, asked for or not.
#[test]
fn the_account_of_another_endpoint_is_never_taken_away() {
    let mass = Mass::new();
    let emulator = &mass.registry.emulator;
    emulator.add_user("alice", "password-of-alice");
    emulator.add_user("bob", "password-of-bob");
    let token = emulator.token_for("alice", &["user:read", "repo:read"]);
    let by_name = json!({"quay_username": "alice", "quay_password": "password-of-alice"});
    let by_address = json!({"quay_username": "alice@example.com", "quay_password": "password-of-alice"});
    for login in [by_name, by_address, json!({"quay_token": token})] {
        let mut other = json!({"name": "hers", "quay_host": emulator.url()});
        merge(&mut other, login);
        let admin = json!({"name": "admin", "quay_host": emulator.url(), "quay_token": mass.registry.token});
        let config = |entry: Value| {
            let mut entries = vec![json!({"username": "bob", "endpoints": ["admin"]}), entry];
            entries.iter_mut().for_each(|entry| entry["endpoints"] = json!(["admin"]));
            json!({"registry": {"allow": {"delete_users": true}, "endpoints": [admin, other]}, "users": entries})
        };
        for (entry, destroy) in [
            (json!({"username": "alice"}), Some(Destruction::Declared)),
            (json!({"username": "alice", "state": "absent"}), None),
            (json!({"username": "alice", "enabled": false}), None),
        ] {
            let selection = Selection { endpoints: vec!["admin".into()], ..Selection::default() };
            let request = Request { selection, destroy };
            let report =
                engine::plan(&mass.declaration(config(entry)), &request).execute(&NoProgress, &AtomicBool::new(false));
            let why = report.errors().join("\n");
            assert!(why.contains("alice: the endpoint hers signs in with this account"), "{why}");
            assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
        }
        // Without her, nobody is asked who the other endpoint is.
        let request = Request { destroy: Some(Destruction::Declared), ..Request::default() };
        let preserved = config(json!({"username": "alice", "preserve": true}));
        assert!(engine::plan(&mass.declaration(preserved), &request).report().succeeded());
    }
}
