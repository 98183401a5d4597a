//! What a run never does to its own caller, whatever the declaration says.

use serde_json::{Value, json};

use crate::apply::support::{Mass, changes, complaints};

/// Everything but the right to ask for the own name.
const NAMELESS: &[&str] = &["org:admin", "repo:admin", "repo:create", "repo:read", "repo:write"];

fn team(mass: &Mass, name: &str) -> Vec<String> {
    mass.registry.emulator.with_state(|state| state.namespaces["acme"].teams[name].members.iter().cloned().collect())
}

fn repository(registry: Value, permissions: Value) -> Value {
    json!({"registry": registry, "organizations": [{"name": "acme", "repositories": [{"name": "app", "permissions": permissions}]}]})
}

fn role(mass: &Mass, user: &str) -> Option<String> {
    mass.registry.emulator.with_state(|state| {
        let roles = &state.namespaces["acme"].repositories["app"].user_roles;
        roles.get(user).map(|role| format!("{role:?}").to_lowercase())
    })
}

#[test]
fn registry_checks_a_caller_whom_nobody_names_prunes_no_rights() {
    let mass = Mass::with_users(&["alice", "bob"]);
    mass.applied(repository(json!({}), json!([{"name": "alice", "type": "user", "role": "read"}])));
    let token = mass.registry.emulator.token_for("admin", NAMELESS);
    let checks =
        || json!({"quay_token": token, "prune": {"permissions": true, "members": true}, "max_removal_percent": 100});
    let known = mass.writes();
    let report = mass.apply(repository(checks(), json!([{"name": "alice", "type": "user", "role": "read"}])));
    assert!(!report.succeeded());
    assert!(complaints(&report).contains("user:read"), "{}", complaints(&report));
    assert_eq!(mass.writes_since(known), Vec::<String>::new());
    assert_eq!(role(&mass, "admin").as_deref(), Some("admin"));
    // Where nobody administers who is not named, nothing can be lost.
    let all =
        json!([{"name": "alice", "type": "user", "role": "write"}, {"name": "admin", "type": "user", "role": "admin"}]);
    mass.applied(repository(checks(), all));
}

#[test]
fn registry_checks_a_caller_whom_nobody_names_prunes_no_owners() {
    let mass = Mass::with_users(&["alice"]);
    let owners = |registry: Value, members: Value| json!({"registry": registry, "organizations": [{"name": "acme", "teams": [{"name": "owners", "members": members}]}]});
    mass.applied(owners(json!({}), json!(["alice"])));
    let token = mass.registry.emulator.token_for("admin", NAMELESS);
    let known = mass.writes();
    let report = mass.apply(owners(json!({"quay_token": token, "prune": {"members": true}}), json!(["alice"])));
    assert!(!report.succeeded());
    assert!(complaints(&report).contains("user:read"), "{}", complaints(&report));
    assert_eq!(mass.writes_since(known), Vec::<String>::new());
    assert_eq!(team(&mass, "owners"), ["admin", "alice"]);
    // The organization itself could be read well.
    let mut within = owners(json!({"quay_token": token}), json!(["alice"]));
    within["organizations"][0]["reference"] = json!(true);
    within["organizations"][0]["prune"] = json!({"members": true});
    let why = complaints(&mass.apply(within));
    assert!(why.contains("team owners: nothing is done in the organization acme: cannot find out who"), "{why}");
}

#[test]
fn registry_checks_the_callers_own_right_on_a_repository_is_not_lowered() {
    let mass = Mass::with_users(&["alice"]);
    mass.applied(repository(json!({}), json!([])));
    let lowered = || json!([{"name": "admin", "type": "user", "role": "read"}]);
    for prune in [json!({}), json!({"permissions": true})] {
        let refusal = mass.refused(repository(json!({"prune": prune}), lowered()));
        let expected = "repository acme/app: permissions would take the role admin from admin, who is the caller";
        assert!(refusal.contains(expected) && refusal.starts_with("config."), "{refusal}");
    }
    assert_eq!(role(&mass, "admin").as_deref(), Some("admin"));
    // Who is calling cannot be told: then it may be the one whose right is lowered.
    let token = mass.registry.emulator.token_for("admin", NAMELESS);
    let known = mass.writes();
    let report = mass.apply(repository(json!({"quay_token": token}), lowered()));
    assert!(complaints(&report).contains("user:read"), "{}", complaints(&report));
    assert_eq!(mass.writes_since(known), Vec::<String>::new());
    // The right of another is.
    mass.applied(repository(json!({}), json!([{"name": "alice", "type": "user", "role": "admin"}])));
    mass.applied(repository(json!({}), json!([{"name": "alice", "type": "user", "role": "read"}])));
    assert_eq!(role(&mass, "alice").as_deref(), Some("read"));
}

#[test]
fn registry_checks_the_right_of_the_callers_team_on_a_repository_is_not_lowered() {
    let mass = Mass::with_users(&["bob"]);
    mass.applied(
        json!({"organizations": [{"name": "acme", "teams": [{"name": "dev", "role": "creator", "members": ["bob"]}],
        "repositories": [{"name": "app", "permissions": [{"name": "dev", "type": "team", "role": "admin"}]}]}]}),
    );
    let token = mass.registry.emulator.token_for("bob", crate::given::SCOPES);
    let lowered = |registry: Value| {
        json!({"registry": registry, "organizations": [{"name": "acme", "reference": true,
            "repositories": [{"name": "app", "permissions": [{"name": "dev", "type": "team", "role": "write"}]}]}]})
    };
    let refusal = mass.refused(lowered(json!({"quay_token": token})));
    assert!(refusal.contains("from the team dev, by which the caller, bob, administers"), "{refusal}");
    // Whether the caller is in the team cannot be read.
    let fault = quay_emulator::Fault::html(500).on("GET", "*/organization/acme/team/dev/members").times(1);
    mass.registry.emulator.fault(fault);
    let known = mass.writes();
    assert!(!mass.apply(lowered(json!({"quay_token": token}))).succeeded());
    assert_eq!(mass.writes_since(known), Vec::<String>::new());
    // Whoever administers the whole organization needs no team for it.
    mass.applied(lowered(json!({})));
}

#[test]
fn registry_checks_the_team_by_which_the_caller_administers_is_not_lowered_or_removed() {
    let mass = Mass::with_users(&["alice"]);
    let teams = |teams: Value| json!({"organizations": [{"name": "acme", "teams": teams}]});
    mass.applied(teams(json!([{"name": "admins", "role": "admin", "members": ["alice"]}])));
    for owners in [json!({"name": "owners", "role": "member"}), json!({"name": "owners", "state": "absent"})] {
        let refusal = mass.refused(teams(json!([owners])));
        let expected =
            "the caller, admin, would no longer administer the organization acme, which the team owners makes possible";
        assert!(refusal.contains(expected), "{refusal}");
    }
    // Whoever administers by another team may leave this one.
    mass.applied(teams(json!([{"name": "admins", "members": ["admin"]}])));
    let report = mass.applied(teams(json!([{"name": "owners", "role": "member"}])));
    assert_eq!(changes(&report).len(), 1);
}
