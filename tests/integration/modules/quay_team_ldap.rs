//! `quay_team_ldap`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Mode, Registry};

const MODULE: &str = "quay_team_ldap";
const MEMBERS: &str = "/api/v1/organization/acme/team/devs/members";
const SYNCING: &str = "/api/v1/organization/acme/team/devs/syncing";

fn config() -> Config {
    let directory = json!({
        "sync": {"service": "ldap", "base_dn": "dc=example,dc=org"},
        "groups": {"cn=one,ou=users": ["user1"], "cn=two,ou=users": ["user1"]},
    });
    Config::default().setting("AUTHENTICATION_TYPE", "LDAP").setting("EMULATOR_DIRECTORY", directory)
}

/// A server with LDAP, and the team devs with two users and a robot.
fn registry() -> Registry {
    let registry = Registry::with(config());
    registry.emulator.add_user("alice", "secret");
    registry.emulator.add_user("bob", "secret");
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    let members = ["alice", "bob", "acme+ci"];
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs", "members": members}));
    registry
}

fn options(more: Value) -> Value {
    let mut options = json!({"organization": "acme", "name": "devs"});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

fn start(registry: &Registry) {
    registry.ok(MODULE, options(json!({"group_dn": "cn=one,ou=users"})));
}

/// A change in check mode, for real and again; returns the requests of the real run.
fn change(registry: &Registry, more: Value) -> (Value, Value, Vec<String>) {
    let checked = registry.check(MODULE, options(more.clone()));
    assert!(checked.changed() && checked.writes().is_empty());
    let run = registry.ok(MODULE, options(more.clone()));
    assert!(run.changed());
    assert_eq!(checked.result["diff"], run.result["diff"]);
    let again = registry.ok(MODULE, options(more));
    assert!(!again.changed());
    assert_eq!(again.lines(), [format!("GET {MEMBERS}")]);
    assert_eq!(again.before(), run.after());
    (run.before().clone(), run.after().clone(), run.lines())
}

#[test]
fn start_change_and_stop() {
    let registry = registry();
    let shown = |group: Option<&str>| json!({"organization": "acme", "name": "devs", "sync": group.is_some(), "group_dn": group});
    let (get, post, delete) = (format!("GET {MEMBERS}"), format!("POST {SYNCING}"), format!("DELETE {SYNCING}"));
    assert_eq!(
        change(&registry, json!({"group_dn": "cn=one,ou=users"})),
        (shown(None), shown(Some("cn=one,ou=users")), vec![get.clone(), post.clone()])
    );
    assert_eq!(
        change(&registry, json!({"group_dn": "cn=two,ou=users"})),
        (shown(Some("cn=one,ou=users")), shown(Some("cn=two,ou=users")), vec![get.clone(), delete.clone(), post])
    );
    assert_eq!(
        change(&registry, json!({"sync": false})),
        (shown(Some("cn=two,ou=users")), shown(None), vec![get, delete])
    );
}

#[test]
fn spelling_of_the_dn_is_no_change() {
    let registry = registry();
    start(&registry);
    let run = registry.ok(MODULE, options(json!({"group_dn": "CN=one, OU = users"})));
    assert!(!run.changed());
    assert_eq!(run.after()["group_dn"], "cn=one,ou=users");
}

#[test]
fn users_are_removed_on_request_and_robots_stay() {
    let registry = registry();
    start(&registry);
    let (before, after, lines) = change(&registry, json!({"sync": false, "keep_users": false}));
    assert_eq!(before["members"], json!(["acme+ci", "alice", "bob"]));
    assert_eq!(after["members"], json!(["acme+ci"]));
    assert_eq!(
        lines,
        [
            format!("GET {MEMBERS}"),
            "GET /api/v1/user/".into(),
            format!("DELETE {SYNCING}"),
            format!("DELETE {MEMBERS}/alice"),
            format!("DELETE {MEMBERS}/bob"),
        ]
    );
}

#[test]
fn users_of_a_team_that_is_not_synchronized_stay() {
    let registry = registry();
    let run = registry.ok(MODULE, options(json!({"sync": false, "keep_users": false})));
    assert!(!run.changed());
    assert_eq!(run.after()["members"], json!(["acme+ci", "alice", "bob"]));
}

#[test]
fn the_caller_stays_in_the_only_team_of_administrators() {
    let registry = registry();
    registry.ok("quay_team", json!({"organization": "acme", "name": "owners", "members": ["alice"], "append": true}));
    let owners = |more: Value| {
        let mut all = options(more);
        all["name"] = json!("owners");
        all
    };
    registry.ok(MODULE, owners(json!({"group_dn": "cn=one,ou=users"})));
    let run = registry.ok(MODULE, owners(json!({"sync": false, "keep_users": false})));
    assert_eq!(run.after()["members"], json!(["admin"]));
    assert_eq!(
        run.warnings(),
        ["admin stays in the team acme/owners: it is the caller's only team with the role admin"]
    );
    // With a second one, the caller leaves after the others.
    registry.ok("quay_team", json!({"organization": "acme", "name": "more", "role": "admin", "members": ["admin"]}));
    registry.ok("quay_team", json!({"organization": "acme", "name": "owners", "members": ["bob"], "append": true}));
    registry.ok(MODULE, owners(json!({"group_dn": "cn=one,ou=users"})));
    let run = registry.ok(MODULE, owners(json!({"sync": false, "keep_users": false})));
    assert_eq!(run.after()["members"], json!([]));
    assert!(run.writes().last().unwrap().ends_with("/members/admin"), "{:?}", run.writes());
}

#[test]
fn a_group_that_is_refused_leaves_the_old_one_in_place() {
    let registry = registry();
    let nothing = registry.run(MODULE, options(json!({"group_dn": "cn=nosuch"})));
    assert_eq!(nothing.result["changed"], false);
    assert_eq!(
        nothing.message(),
        "cannot start the synchronization of the team acme/devs with cn=nosuch: Quay says \"Could not sync to group: Group \
         does not exist or is empty\" (status 400); the directory must find the group, with at least one member"
    );
    start(&registry);
    let run = registry.run(MODULE, options(json!({"group_dn": "cn=nosuch"})));
    assert_eq!(run.result["changed"], false);
    assert!(
        run.message().contains(
            "Taken back: stop the synchronization of the team acme/devs (start it with cn=one,ou=users again). Not done"
        ),
        "{}",
        run.message()
    );
    assert!(!registry.ok(MODULE, options(json!({"group_dn": "cn=one,ou=users"}))).changed());
    // When even that fails, the message says so.
    registry.emulator.fault(Fault::html(502).on("POST", SYNCING));
    let run = registry.run(MODULE, options(json!({"group_dn": "cn=two,ou=users"})));
    assert_eq!(run.result["changed"], true);
    assert!(run.message().contains("could not start it with cn=one,ou=users again"), "{}", run.message());
}

#[test]
fn a_lost_answer_is_looked_up() {
    let registry = registry();
    registry.emulator.fault(Fault::drop_after().on("POST", SYNCING).times(1));
    assert!(registry.ok(MODULE, options(json!({"group_dn": "cn=one,ou=users"}))).changed());
    assert!(!registry.ok(MODULE, options(json!({"group_dn": "cn=one,ou=users"}))).changed());
}

#[test]
fn missing_teams_and_organizations() {
    let registry = registry();
    let at = |organization: &str, name: &str, sync: bool| json!({"organization": organization, "name": name, "sync": sync, "group_dn": "cn=one,ou=users"});
    assert_eq!(
        registry.refused_everywhere(MODULE, at("acme", "ops", true)),
        "cannot set up the synchronization of the team acme/ops: the team acme/ops does not exist: create it first (quay_team)"
    );
    assert_eq!(
        registry.refused_everywhere(MODULE, at("nowhere", "ops", true)),
        "cannot set up the synchronization of the team nowhere/ops: the organization nowhere does not exist"
    );
    for (organization, name) in [("acme", "ops"), ("nowhere", "ops")] {
        assert!(!registry.ok(MODULE, at(organization, name, false)).changed());
    }
}

#[test]
fn whoever_may_not_set_it_up_is_told_before_anything_is_lost() {
    let registry = registry();
    start(&registry);
    registry.ok("quay_team", json!({"organization": "acme", "name": "owners", "members": ["alice"], "append": true}));
    let weak = registry.emulator.token_for("alice", &["org:admin"]);
    for more in [json!({"group_dn": "cn=two,ou=users"}), json!({"sync": false})] {
        for mode in [Mode::Check, Mode::Real] {
            let run = registry.run_as(&weak, MODULE, options(more.clone()), mode);
            run.assert_refused();
            assert!(
                run.message().contains("scopes org:admin and super:user")
                    && run.message().contains("FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP"),
                "{}",
                run.message()
            );
        }
    }
    registry.emulator.set_feature("NONSUPERUSER_TEAM_SYNCING_SETUP", true);
    assert!(registry.run_as(&weak, MODULE, options(json!({"sync": false})), Mode::Real).changed());
    let outsider = registry.emulator.token_for("carol", &["org:admin"]);
    let run = registry.run_as(&outsider, MODULE, options(json!({"sync": false})), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("an administrator of the organization"), "{}", run.message());
}

#[test]
fn the_server_must_be_made_for_it() {
    let registry = registry();
    registry.emulator.set_feature("TEAM_SYNCING", false);
    let group = options(json!({"group_dn": "cn=one,ou=users"}));
    assert_eq!(
        registry.refused_everywhere(MODULE, group.clone()),
        "cannot set up the synchronization of the team acme/devs: FEATURE_TEAM_SYNCING is off: switch it on in Quay's \
         configuration"
    );
    registry.emulator.set_feature("TEAM_SYNCING", true);
    registry.emulator.set_setting("AUTHENTICATION_TYPE", "Database");
    assert_eq!(
        registry.refused_everywhere(MODULE, group.clone()),
        "cannot set up the synchronization of the team acme/devs: the server authenticates with Database, not with LDAP"
    );
    registry.emulator.set_setting("AUTHENTICATION_TYPE", "OIDC");
    registry.emulator.set_setting("EMULATOR_DIRECTORY", json!({"sync": {"service": "oidc"}, "groups": {}}));
    assert_eq!(
        registry.refused_everywhere(MODULE, group.clone()),
        "cannot set up the synchronization of the team acme/devs: the server authenticates with OIDC, not with LDAP"
    );
    registry.ok("quay_team_oidc", options(json!({"group_name": "g"})));
    for more in [group, options(json!({"sync": false}))] {
        let message = registry.refused_everywhere(MODULE, more);
        assert!(message.ends_with("takes its users from OIDC, not from LDAP: use quay_team_oidc"), "{message}");
    }
}

#[test]
fn the_group_is_needed_to_start() {
    let registry = registry();
    for (more, text) in [
        (json!({}), "group_dn"),
        (json!({"group_dn": " "}), "group_dn: must not be empty"),
        (json!({"sync": true, "group_dn": ""}), "group_dn: must not be empty"),
    ] {
        let run = registry.run(MODULE, options(more));
        run.assert_refused();
        assert!(run.message().contains(text) && run.requests.is_empty(), "{}", run.message());
    }
    assert!(!registry.ok(MODULE, options(json!({"sync": false, "group_dn": ""}))).changed());
}
