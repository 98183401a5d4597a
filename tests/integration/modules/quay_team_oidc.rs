//! `quay_team_oidc`; what it shares with `quay_team_ldap` is tested there.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::Registry;

const MODULE: &str = "quay_team_oidc";
const MEMBERS: &str = "/api/v1/organization/acme/team/devs/members";
const SYNCING: &str = "/api/v1/organization/acme/team/devs/syncing";

/// A server with OIDC, and the team devs with a user and a robot.
fn registry() -> Registry {
    let directory = json!({"sync": {"service": "oidc", "issuer_domain": "id.example.com"}, "groups": {}});
    let config = Config::default().setting("AUTHENTICATION_TYPE", "OIDC").setting("EMULATOR_DIRECTORY", directory);
    let registry = Registry::with(config);
    registry.emulator.add_user("alice", "secret");
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs", "members": ["alice", "acme+ci"]}));
    registry
}

fn options(more: Value) -> Value {
    let mut options = json!({"organization": "acme", "name": "devs"});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

fn shown(group: Option<&str>, members: &[&str]) -> Value {
    json!({
        "organization": "acme", "name": "devs", "sync": group.is_some(), "group_name": group, "members": members
    })
}

#[test]
fn start_change_and_stop() {
    let registry = registry();
    let (get, post, delete) = (format!("GET {MEMBERS}"), format!("POST {SYNCING}"), format!("DELETE {SYNCING}"));
    for (more, before, after, lines) in [
        (
            json!({"group_name": "one"}),
            shown(None, &["acme+ci", "alice"]),
            shown(Some("one"), &["acme+ci"]),
            vec![get.clone(), post.clone()],
        ),
        (
            json!({"group_name": "One"}),
            shown(Some("one"), &["acme+ci"]),
            shown(Some("One"), &["acme+ci"]),
            vec![get.clone(), delete.clone(), post],
        ),
        (json!({"sync": false}), shown(Some("One"), &["acme+ci"]), shown(None, &["acme+ci"]), vec![get, delete]),
    ] {
        let checked = registry.check(MODULE, options(more.clone()));
        let run = registry.ok(MODULE, options(more.clone()));
        assert!(checked.changed() && checked.writes().is_empty() && run.changed());
        assert_eq!(checked.result["diff"], run.result["diff"]);
        assert_eq!((run.before(), run.after(), run.lines()), (&before, &after, lines));
        let again = registry.ok(MODULE, options(more));
        assert!(!again.changed());
        assert_eq!((again.before(), again.requests.len()), (&after, 1));
    }
}

#[test]
fn the_loss_of_all_users_is_announced_in_both_modes() {
    let registry = registry();
    let expected = "the synchronization of the team acme/devs removes all users from the team at once (alice); each comes \
                    back with the next log-in, if the group has them";
    assert_eq!(registry.check(MODULE, options(json!({"group_name": "one"}))).warnings(), [expected]);
    assert_eq!(registry.ok(MODULE, options(json!({"group_name": "one"}))).warnings(), [expected]);
    assert_eq!(registry.ok(MODULE, options(json!({"group_name": "two"}))).warnings(), Vec::<&str>::new());
}

#[test]
fn a_change_that_fails_is_taken_back() {
    let registry = registry();
    registry.ok(MODULE, options(json!({"group_name": "one"})));
    registry.emulator.fault(Fault::html(500).on("POST", SYNCING).times(1));
    let run = registry.run(MODULE, options(json!({"group_name": "two"})));
    assert_eq!(run.result["changed"], false);
    assert!(run.message().contains("(start it with one again)"), "{}", run.message());
    assert!(!registry.ok(MODULE, options(json!({"group_name": "one"}))).changed());
}

#[test]
fn problems_are_found_before_anything_is_lost() {
    let registry = registry();
    let empty = registry.run(MODULE, options(json!({"group_name": ""})));
    assert!(empty.message().contains("group_name: must not be empty") && empty.requests.is_empty());
    assert!(registry.run(MODULE, options(json!({}))).message().contains("group_name"));

    let mut nowhere = options(json!({"group_name": "one"}));
    nowhere["name"] = json!("ops");
    let message = registry.refused_everywhere(MODULE, nowhere);
    assert!(message.contains("the team acme/ops does not exist"), "{message}");

    registry.emulator.set_feature("TEAM_SYNCING", false);
    let message = registry.refused_everywhere(MODULE, options(json!({"group_name": "one"})));
    assert!(message.ends_with("FEATURE_TEAM_SYNCING is off: switch it on in Quay's configuration"), "{message}");
    registry.emulator.set_feature("TEAM_SYNCING", true);

    registry.emulator.set_setting("AUTHENTICATION_TYPE", "LDAP");
    let ldap = json!({"sync": {"service": "ldap"}, "groups": {"cn=one": ["alice"]}});
    registry.emulator.set_setting("EMULATOR_DIRECTORY", ldap);
    let message = registry.refused_everywhere(MODULE, options(json!({"group_name": "one"})));
    assert!(message.ends_with("the server authenticates with LDAP, not with OIDC"), "{message}");
    registry.ok("quay_team_ldap", options(json!({"group_dn": "cn=one"})));
    let message = registry.refused_everywhere(MODULE, options(json!({"sync": false})));
    assert!(message.ends_with("takes its users from LDAP, not from OIDC: use quay_team_ldap"), "{message}");
}
