//! Rights that no run takes away: the caller's own administration, and that of the last owner.

use serde_json::{Value, json};

use crate::apply::support::{Mass, objects, refusals, removed, warnings};
use crate::given::SCOPES;

fn acme(registry: Value, teams: Value) -> Value {
    json!({"registry": registry, "organizations": [{"name": "acme", "teams": teams}]})
}

fn members(mass: &Mass, team: &str) -> Vec<String> {
    mass.registry.emulator.with_state(|state| {
        let teams = &state.namespaces["acme"].teams;
        teams.get(team).map(|team| team.members.iter().cloned().collect()).unwrap_or_default()
    })
}

#[test]
fn registry_checks_the_owners_team_is_never_pruned() {
    let mass = Mass::with_users(&["alice"]);
    mass.applied(acme(json!({}), json!([{"name": "dev"}, {"name": "admins", "role": "admin", "members": ["alice"]}])));
    let config = acme(json!({"prune": {"teams": true}, "max_removal_percent": 100}), json!([]));
    let plan = mass.plan(config.clone());
    let mut gone = removed(&plan);
    gone.sort_unstable();
    assert_eq!(gone, ["team acme/admins", "team acme/dev"]);
    assert!(warnings(&plan).contains("the team acme/owners is not removed"), "{}", warnings(&plan));
    mass.applied(config);
    assert_eq!(members(&mass, "owners"), ["admin"]);
    assert!(!mass.has("dev"));
}

#[test]
fn registry_checks_the_team_by_which_the_caller_administers_is_not_pruned() {
    let mass = Mass::with_users(&["alice", "bob"]);
    mass.applied(acme(
        json!({}),
        json!([{"name": "admins", "role": "admin", "members": ["alice", "bob"]}, {"name": "dev"}]),
    ));
    let token = mass.registry.emulator.token_for("alice", SCOPES);
    let config = acme(json!({"quay_token": token, "prune": {"teams": true}, "max_removal_percent": 100}), json!([]));
    let report = mass.applied(config);
    assert_eq!(removed(&report), ["team acme/dev"]);
    assert!(warnings(&report).contains("the team acme/admins is not removed: the caller administers by it"));
    assert_eq!(members(&mass, "admins"), ["alice", "bob"]);
}

#[test]
fn registry_checks_the_caller_stays_a_member_of_a_team_by_which_the_caller_administers() {
    let mass = Mass::with_users(&["alice", "bob", "carol"]);
    let admins = |members: Value| json!([{"name": "admins", "role": "admin", "members": members}]);
    mass.applied(acme(json!({}), admins(json!(["alice", "bob"]))));
    let token = mass.registry.emulator.token_for("alice", SCOPES);
    let config = acme(json!({"quay_token": token, "prune": {"members": true}}), admins(json!(["carol"])));
    let report = mass.applied(config.clone());
    assert!(warnings(&report).contains("alice stays in the team acme/admins"), "{}", warnings(&report));
    assert_eq!(members(&mass, "admins"), ["alice", "carol"]);
    mass.settled(config);
}

#[test]
fn registry_checks_the_last_owner_stays() {
    let mass = Mass::with_users(&["alice"]);
    mass.applied(acme(json!({}), json!([{"name": "owners", "members": ["alice"]}])));
    let prune = || json!({"prune": {"members": true}, "max_removal_percent": 100});
    let config = acme(prune(), json!([{"name": "owners", "members": []}]));
    let report = mass.applied(config.clone());
    assert!(warnings(&report).contains("a team of owners needs one"), "{}", warnings(&report));
    assert_eq!(members(&mass, "owners"), ["admin", "alice"]);
    mass.settled(config);
    // A robot account is nobody who could repair anything.
    let mut config = acme(prune(), json!([{"name": "owners", "members": ["acme+ci"]}]));
    config["organizations"][0]["robots"] = json!([{"name": "ci"}]);
    mass.applied(config);
    assert_eq!(members(&mass, "owners"), ["admin", "alice", "acme+ci"]);
}

/// A superuser is asked by nobody: Quay would let the organization lose all who administer it.
#[test]
fn registry_checks_an_organization_never_loses_all_its_owners() {
    let mass = Mass::with_users(&["alice"]);
    mass.applied(acme(json!({}), json!([{"name": "owners", "members": ["alice"]}])));
    let prune = json!({"prune": {"members": true}});
    mass.applied(acme(prune, json!([{"name": "owners", "members": ["alice", "admin"]}])));
    mass.registry.emulator.with_state(|state| {
        state.namespaces.get_mut("acme").unwrap().teams["owners"].members.shift_remove("admin");
    });
    for teams in [
        json!([{"name": "owners", "state": "absent"}]),
        json!([{"name": "owners", "role": "member"}]),
        json!([{"name": "owners", "state": "absent"}, {"name": "admins", "role": "admin"}]),
        json!([{"name": "owners", "role": "creator"}, {"name": "admins", "role": "admin", "members": []}]),
    ] {
        let refusal = mass.refused(acme(json!({}), teams.clone()));
        assert!(refusal.contains("nobody would be left who administers the organization acme"), "{teams}: {refusal}");
    }
    // Who hands over to others may.
    let handover =
        json!([{"name": "owners", "state": "absent"}, {"name": "admins", "role": "admin", "members": ["alice"]}]);
    mass.applied(acme(json!({}), handover));
    assert_eq!(members(&mass, "admins"), ["alice"]);
}

/// Quay refuses to take the right from a caller who has it by no other team yet.
#[test]
fn registry_checks_the_caller_becomes_an_owner_elsewhere_before_the_team_of_owners_is_lowered() {
    let mass = Mass::new();
    mass.applied(acme(json!({}), json!([])));
    let config = acme(
        json!({"jobs": 1}),
        json!([{"name": "owners", "role": "member"}, {"name": "admins", "role": "admin", "members": ["admin"]}]),
    );
    mass.applied(config.clone());
    assert_eq!(members(&mass, "admins"), ["admin"]);
    mass.settled(config);
    // And back, by a team that is there already.
    let back =
        acme(json!({"jobs": 1}), json!([{"name": "admins", "role": "creator"}, {"name": "owners", "role": "admin"}]));
    mass.applied(back.clone());
    mass.settled(back);
}

#[test]
fn registry_checks_owners_are_added_before_others_cease_to_be_some() {
    let mass = Mass::with_users(&["alice", "bob"]);
    let teams = |owners: Value, admins: Value| json!([{"name": "owners", "members": owners}, {"name": "admins", "role": "admin", "members": admins}]);
    mass.applied(acme(json!({}), teams(json!(["admin", "alice", "bob"]), json!(["bob"]))));
    let known = mass.writes();
    let registry = json!({"jobs": 1, "prune": {"members": true}});
    mass.applied(acme(registry, teams(json!(["admin", "bob"]), json!(["alice", "bob"]))));
    assert_eq!(
        mass.writes_since(known),
        [
            "PUT /api/v1/organization/acme/team/admins/members/alice",
            "DELETE /api/v1/organization/acme/team/owners/members/alice"
        ]
    );
}

#[test]
fn registry_checks_the_caller_keeps_the_right_to_administer_a_repository() {
    let mass = Mass::with_users(&["alice"]);
    let build = |registry: Value, permissions: Value| {
        json!({"registry": registry, "organizations": [{"name": "acme",
            "repositories": [{"name": "app", "permissions": permissions}]}]})
    };
    let prune = || json!({"prune": {"permissions": true}});
    let alice = json!([{"name": "alice", "type": "user", "role": "read"}]);
    // Whoever creates a repository administers it.
    let config = build(prune(), alice.clone());
    mass.applied(config.clone());
    let rights = || {
        mass.registry.emulator.with_state(|state| {
            let rights = &state.namespaces["acme"].repositories["app"].user_roles;
            rights.keys().cloned().collect::<Vec<_>>()
        })
    };
    assert_eq!(rights(), ["admin", "alice"]);
    mass.settled(config);
    mass.applied(build(prune(), json!([])));
    assert_eq!(rights(), ["admin"]);
}

/// A caller who administers by a team alone loses that right with the team.
#[test]
fn registry_checks_the_team_right_by_which_the_caller_administers_a_repository_stays() {
    let mass = Mass::with_users(&["alice", "bob"]);
    let base = json!({"organizations": [{"name": "acme", "teams": [{"name": "dev", "role": "creator", "members": ["bob"]}],
        "repositories": [{"name": "app", "permissions": [{"name": "dev", "type": "team", "role": "admin"},
            {"name": "alice", "type": "user", "role": "read"}]}]}]});
    mass.applied(base);
    let token = mass.registry.emulator.token_for("bob", SCOPES);
    // Bob administers the repository, and not the organization.
    let config = json!({"registry": {"quay_token": token, "prune": {"permissions": true}},
        "organizations": [{"name": "acme", "reference": true, "repositories": [{"name": "app", "permissions": []}]}]});
    let report = mass.apply(config);
    let left = mass.registry.emulator.with_state(|state| {
        state.namespaces["acme"].repositories["app"].team_roles.keys().cloned().collect::<Vec<_>>()
    });
    let told: Vec<&str> = objects(&report).map(|object| object.title.as_str()).collect();
    assert_eq!(left, ["dev"], "{told:?} {}", refusals(&report));
}
