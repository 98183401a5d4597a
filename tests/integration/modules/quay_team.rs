//! `quay_team`.

use quay_emulator::state::{Invitation, TeamSync};
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES, acme};
use crate::support::{Budget, LifeCycle, Mode, Registry};

const TEAM: &str = "/api/v1/organization/acme/team/devs";

fn devs(more: Value) -> Value {
    let mut options = json!({"organization": "acme", "name": "devs"});
    if let (Value::Object(options), Value::Object(more)) = (&mut options, more) {
        options.extend(more);
    }
    options
}

/// A registry with `acme` and the users `alice`, `bob` and `carol`.
fn registry() -> Registry {
    people(acme())
}

fn people(registry: Registry) -> Registry {
    for name in ["alice", "bob", "carol"] {
        registry.emulator.add_user(name, "password");
    }
    registry
}

/// A registry whose accounts come from LDAP.
fn ldap() -> Registry {
    let people = json!({"users": {"Bob X": "bob@example.com", "eve": "eve@example.com"}, "groups": {}});
    let config = Config::default().setting("AUTHENTICATION_TYPE", "LDAP").setting("EMULATOR_DIRECTORY", people);
    given::with_acme(Registry::with(config))
}

/// The team, as the server has it.
fn members(registry: &Registry) -> Vec<String> {
    registry.emulator.with_state(|state| {
        let team = &state.organization("acme").unwrap().teams["devs"];
        team.members.iter().cloned().collect()
    })
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: "quay_team",
        base: devs(json!({})),
        create: json!({"role": "creator", "members": ["bob"]}),
        update: json!({"role": "member", "description": "**all**", "members": ["carol", "bob"]}),
        requests: Budget { create: 5, repeat: 2, update: 6, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    let with_bob = format!("PUT {TEAM}/members/bob");
    assert_eq!(create.writes(), [format!("PUT {TEAM}"), with_bob]);
    assert_eq!(
        create.after(),
        &json!({"organization": "acme", "name": "devs", "role": "creator", "description": "", "members": ["bob"]})
    );
    assert_eq!(update.writes(), [format!("PUT {TEAM}"), format!("PUT {TEAM}/members/carol")]);
    assert_eq!(update.after()["members"], json!(["bob", "carol"]));
    assert_eq!(remove.writes(), [format!("DELETE {TEAM}")], "no demotion without need");
    assert_eq!(remove.result["changed"], json!(true), "a real boolean");
}

#[test]
fn one_request_without_members_and_two_with() {
    let registry = registry();
    let created = registry.ok("quay_team", devs(json!({"members": ["bob", "bob"]})));
    assert_eq!(created.body(&format!("PUT {TEAM}")), &json!({"role": "member"}), "the role of a new team");
    let plain = registry.ok("quay_team", devs(json!({"append": false})));
    assert_eq!(plain.lines(), ["GET /api/v1/organization/acme"]);
    assert!(!plain.changed());
    assert_eq!(members(&registry), ["bob"], "no members given is no members touched");
    let listed = registry.ok("quay_team", devs(json!({"members": ["bob"]})));
    assert_eq!(listed.requests.len(), 2);
    assert_eq!(listed.requests[1].query, "includePending=true");
}

#[test]
fn omitted_options_keep_their_values_and_an_empty_description_clears() {
    let registry = registry();
    registry.ok("quay_team", devs(json!({"role": "creator", "description": "text"})));
    let role = registry.ok("quay_team", devs(json!({"role": "admin"})));
    assert_eq!(role.body(&format!("PUT {TEAM}")), &json!({"role": "admin"}));
    let cleared = registry.ok("quay_team", devs(json!({"description": ""})));
    assert_eq!(cleared.body(&format!("PUT {TEAM}")), &json!({"role": "admin", "description": ""}));
    assert_eq!(cleared.before()["description"], "text");
    assert!(!registry.ok("quay_team", devs(json!({"description": ""}))).changed());
}

#[test]
fn the_options_are_checked_before_any_request() {
    let registry = Registry::new();
    for (options, part) in [
        (devs(json!({"name": "Devs"})), "name"),
        (devs(json!({"organization": "a"})), "2 to 255"),
        (
            devs(json!({"members": ["acme+ci", "other+ci"]})),
            "members: other+ci is a robot account of another namespace, only acme+... can join this team",
        ),
        (devs(json!({"role": "owner"})), "role"),
    ] {
        let message = registry.refused_everywhere("quay_team", options.clone());
        assert!(message.contains(part), "{options}: {message}");
    }
    assert_eq!(registry.emulator.journal().len(), 0);
    registry.ok("quay_organization", json!({"name": "acme"}));
    assert!(registry.ok("quay_team", devs(json!({"name": "9devs"}))).changed(), "a leading digit is fine");
}

#[test]
fn a_missing_organization() {
    let registry = Registry::new();
    assert_eq!(
        registry.refused_everywhere("quay_team", devs(json!({}))),
        "cannot set up the team acme/devs: the organization acme does not exist"
    );
    assert!(!registry.ok("quay_team", devs(json!({"state": "absent"}))).changed());
}

#[test]
fn all_unknown_members_are_told_before_the_team_is_touched() {
    let registry = registry();
    let options = devs(json!({"role": "admin", "members": ["nosuch", "bob", "acme+nosuch", "other"]}));
    let expected =
        "cannot set the members of the team acme/devs: no such user or robot account: acme+nosuch, nosuch, other";
    assert_eq!(registry.refused_everywhere("quay_team", options.clone()), expected);
    registry.ok("quay_team", devs(json!({})));
    assert_eq!(registry.refused_everywhere("quay_team", options), expected);

    // The short name of a robot of the caller is not a user.
    registry.ok("quay_robot", json!({"name": "ci"}));
    let message = registry.refused_everywhere("quay_team", devs(json!({"members": ["ci"]})));
    assert!(message.ends_with("no such user or robot account: ci"), "{message}");
}

#[test]
fn members_are_added_before_others_are_removed_and_the_caller_goes_last() {
    let registry = registry();
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.ok("quay_team", devs(json!({"members": ["admin", "bob", "carol"]})));
    let exact = devs(json!({"members": ["acme+ci", "alice"], "append": false}));
    let run = registry.ok("quay_team", exact.clone());
    let line = |method: &str, name: &str| format!("{method} {TEAM}/members/{name}");
    assert_eq!(
        run.writes(),
        [
            line("PUT", "acme%2Bci"),
            line("PUT", "alice"),
            line("DELETE", "bob"),
            line("DELETE", "carol"),
            line("DELETE", "admin"),
        ]
    );
    assert_eq!(run.before()["members"], json!(["admin", "bob", "carol"]));
    assert_eq!(run.after()["members"], json!(["acme+ci", "alice"]));
    assert!(!registry.ok("quay_team", exact).changed());

    let emptied = registry.ok("quay_team", devs(json!({"members": [], "append": false})));
    assert_eq!(emptied.writes().len(), 2);
    assert_eq!(members(&registry), Vec::<String>::new());
    assert!(!registry.ok("quay_team", devs(json!({"members": []}))).changed());
}

#[test]
fn external_users_are_linked_first_and_keep_their_place() {
    let registry = ldap();
    let options = devs(json!({"members": ["eve", "Bob X"], "append": false}));
    let checked = registry.check("quay_team", options.clone());
    assert_eq!(checked.writes(), Vec::<String>::new(), "check mode links nobody");
    let run = registry.ok("quay_team", options.clone());
    assert_eq!(
        run.writes(),
        [
            format!("PUT {TEAM}"),
            "POST /api/v1/entities/link/Bob%20X".into(),
            format!("PUT {TEAM}/members/bob_x"),
            "POST /api/v1/entities/link/eve".into(),
            format!("PUT {TEAM}/members/eve"),
        ]
    );
    assert_eq!(run.result["diff"], checked.result["diff"]);
    assert_eq!(run.after()["members"], json!(["bob_x", "eve"]), "as Quay calls them");
    let again = registry.ok("quay_team", options);
    assert!(!again.changed(), "the directory's spelling is the same person");
    assert_eq!(again.before(), run.after());

    // Linked already, and not in this team yet.
    let other = json!({"organization": "acme", "name": "ops", "members": ["Bob X"]});
    assert!(registry.ok("quay_team", other.clone()).changed());
    assert!(!registry.ok("quay_team", other).changed());
    let message = registry.refused_everywhere("quay_team", devs(json!({"members": ["Nobody"]})));
    assert!(message.ends_with("no such user or robot account: Nobody"), "{message}");
}

#[test]
fn an_invited_user_counts_as_a_member() {
    let config = Config::default().feature("MAILING", true).feature("REQUIRE_TEAM_INVITE", true);
    let registry = people(given::with_acme(Registry::with(config)));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    let options = devs(json!({"members": ["bob", "admin", "acme+ci"]}));
    let checked = registry.check("quay_team", options.clone());
    let run = registry.ok("quay_team", options.clone());
    assert_eq!(run.after()["members"], json!(["acme+ci", "admin", "bob (invited)"]));
    assert_eq!(run.result["diff"], checked.result["diff"]);
    assert_eq!(members(&registry), ["acme+ci", "admin"]);

    let again = registry.ok("quay_team", options);
    assert!(!again.changed());
    assert_eq!(again.before(), run.after());

    // An invitation by mail has no name and stays.
    registry.emulator.with_state(|state| {
        state.invitations.push(Invitation {
            code: "code".into(),
            organization: "acme".into(),
            team: "devs".into(),
            user: None,
            email: Some("x@example.com".into()),
            inviter: "admin".into(),
        });
    });
    let exact = registry.ok("quay_team", devs(json!({"members": ["admin"], "append": false})));
    assert_eq!(exact.writes(), [format!("DELETE {TEAM}/members/acme%2Bci"), format!("DELETE {TEAM}/members/bob")]);
    let left = registry.emulator.with_state(|state| state.invitations.len());
    assert_eq!(left, 1, "bob's invitation is withdrawn");
}

/// Makes `devs` follow a group of the directory, with these members.
fn synchronize(registry: &Registry, people: &[&str]) {
    registry.ok("quay_team", devs(json!({})));
    registry.emulator.with_state(|state| {
        let team = state.organization_mut("acme").unwrap().teams.get_mut("devs").unwrap();
        team.members = people.iter().map(|name| (*name).to_owned()).collect();
        team.sync =
            Some(TeamSync { service: "ldap".into(), config: json!({"group_dn": "cn=devs"}), last_updated: None });
    });
}

#[test]
fn a_synchronized_team_keeps_its_users() {
    let registry = people(ldap());
    for name in ["acme+ci", "acme+cd"] {
        registry.ok("quay_robot", json!({"name": name}));
    }
    synchronize(&registry, &["alice", "bob", "acme+ci"]);
    assert_eq!(
        registry.refused_everywhere("quay_team", devs(json!({"members": ["carol", "eve"]}))),
        "cannot add carol, eve to the team acme/devs: the team takes its users from LDAP or OIDC: change the group there, \
         or use quay_team_ldap or quay_team_oidc"
    );
    let options = devs(json!({"members": ["acme+cd", "bob"], "append": false}));
    let run = registry.ok("quay_team", options.clone());
    assert_eq!(run.writes(), [format!("PUT {TEAM}/members/acme%2Bcd"), format!("DELETE {TEAM}/members/acme%2Bci")]);
    assert_eq!(run.after()["members"], json!(["acme+cd", "alice", "bob"]));
    assert_eq!(run.warnings().len(), 1);
    assert!(run.warnings()[0].starts_with("not removed from the team acme/devs: alice; "), "{:?}", run.warnings());
    let again = registry.ok("quay_team", options);
    assert!(!again.changed());
    assert_eq!(again.before(), run.after());
}

#[test]
fn an_administrators_team_is_demoted_before_a_superuser_deletes_it() {
    let registry = registry();
    registry.ok("quay_team", devs(json!({"role": "admin", "members": ["bob"]})));
    // The superuser is in no administrators' team: the server fails (500) at this.
    registry.emulator.with_state(|state| {
        state.organization_mut("acme").unwrap().teams.get_mut("owners").unwrap().members.clear();
    });
    let absent = devs(json!({"state": "absent"}));
    registry.emulator.fault(given::refusal("DELETE", TEAM, 400, "not now"));
    let run = registry.failed("quay_team", absent.clone());
    assert_eq!(
        run.message(),
        "cannot delete the team acme/devs: Quay says \"not now\" (status 400). Taken back: take the role admin from the \
         team acme/devs (give the role admin back to the team acme/devs). Not done: delete the team acme/devs"
    );
    assert_eq!(run.result["changed"], false);
    assert_eq!(run.body(&format!("DELETE {TEAM}")), &Value::Null);
    assert_eq!(registry.ok("quay_team", devs(json!({}))).before()["role"], "admin");

    let run = registry.ok("quay_team", absent.clone());
    assert_eq!(run.writes(), [format!("PUT {TEAM}"), format!("DELETE {TEAM}")]);
    assert_eq!(run.before()["role"], "admin");
    assert!(!registry.ok("quay_team", absent).changed());
}

#[test]
fn a_lost_deletion_brings_no_team_back_to_life() {
    let registry = registry();
    registry.ok("quay_team", devs(json!({"role": "admin", "members": ["bob"]})));
    registry.emulator.fault(Fault::drop_after().on("DELETE", TEAM).times(1));
    let run = registry.failed("quay_team", devs(json!({"state": "absent"})));
    assert!(run.message().contains("Quay may have done it all the same"), "{}", run.message());
    assert!(!registry.ok("quay_team", devs(json!({"state": "absent"}))).changed());
    // Lost on the way there, it gets its role back.
    registry.ok("quay_team", devs(json!({"role": "admin", "members": ["bob"]})));
    registry.emulator.fault(Fault::drop_before().on("DELETE", TEAM).times(1));
    registry.failed("quay_team", devs(json!({"state": "absent"})));
    assert_eq!(registry.ok("quay_team", devs(json!({}))).before()["role"], "admin");
}

#[test]
fn the_callers_last_administrators_team_stays() {
    let registry = registry();
    let advice = "it is the caller's only team with the role admin: make another one first";
    for options in [
        json!({"organization": "acme", "name": "owners", "state": "absent"}),
        json!({"organization": "acme", "name": "owners", "role": "member"}),
        json!({"organization": "acme", "name": "owners", "members": [], "append": false}),
    ] {
        let run = registry.failed("quay_team", options.clone());
        assert!(run.message().ends_with(advice), "{options}: {}", run.message());
        assert_eq!(run.result["changed"], false);
        assert!(registry.check("quay_team", options).changed());
    }
}

#[test]
fn what_stands_after_a_refusal_is_told() {
    let registry = registry();
    registry.emulator.fault(given::refusal("PUT", &format!("{TEAM}/members/carol"), 400, "no"));
    let run = registry.failed("quay_team", devs(json!({"members": ["alice", "bob", "carol"]})));
    assert_eq!(
        run.message(),
        "cannot add carol to the team acme/devs: Quay says \"no\" (status 400). Done before that: create the team \
         acme/devs; add alice to the team acme/devs; add bob to the team acme/devs. Not done: add carol to the team acme/devs"
    );
    assert_eq!(run.result["changed"], true);
    assert_eq!(members(&registry), ["alice", "bob"]);
}

#[test]
fn whoever_may_not_see_the_teams_learns_that() {
    let registry = registry();
    registry.join("carol", "devs", "member");
    let need = "this needs a token with the scope org:admin, and a user who is an administrator of the organization";
    let outsider = registry.emulator.token_for("bob", SCOPES);
    let hidden = format!("cannot read the team acme/devs: {}; {need}", quaymaster::quay::lookup::HIDDEN_TEAMS);
    for token in [outsider.as_str(), "", "stale"] {
        for state in ["present", "absent"] {
            assert_eq!(registry.refused_as(token, "quay_team", devs(json!({"state": state}))), hidden);
        }
    }
    // A member sees the team, and may not change it.
    let carol = registry.emulator.token_for("carol", SCOPES);
    let run = registry.run_as(&carol, "quay_team", devs(json!({"role": "admin"})), Mode::Real);
    run.assert_failed();
    assert_eq!(
        run.message(),
        format!("cannot change the team acme/devs: Quay says \"Unauthorized\" (status 403); {need}")
    );
    let narrow = registry.emulator.token_for("admin", &["org:admin"]);
    assert!(registry.run_as(&narrow, "quay_team", devs(json!({"members": ["bob"]})), Mode::Real).changed());
}

#[test]
fn members_that_another_run_moved_are_no_error() {
    let registry = registry();
    registry.ok("quay_team", devs(json!({"members": ["alice", "bob"]})));
    let options = devs(json!({"members": ["alice", "carol"], "append": false}));
    registry.emulator.fault(given::refusal(
        "PUT",
        &format!("{TEAM}/members/carol"),
        400,
        "User carol is already a member of team devs",
    ));
    registry.emulator.fault(given::refusal(
        "DELETE",
        &format!("{TEAM}/members/bob"),
        400,
        "User bob does not belong to team devs",
    ));
    assert!(!registry.ok("quay_team", options).changed());
    registry.emulator.fault(given::refusal("DELETE", TEAM, 400, "Team 'devs' is not a team in org 'acme'"));
    assert!(!registry.ok("quay_team", devs(json!({"state": "absent"}))).changed());
}

#[test]
fn half_a_list_of_members_is_never_taken_for_a_whole_one() {
    let registry = registry();
    registry.ok("quay_team", devs(json!({"members": ["alice"]})));
    let path = format!("{TEAM}/members");
    registry.emulator.fault(Fault::status(200, "application/json", "{\"name\": \"devs\"}").on("GET", &path));
    let options = devs(json!({"members": ["alice"], "append": false}));
    assert_eq!(
        registry.refused_everywhere("quay_team", options),
        "GET /api/v1/organization/acme/team/devs/members?includePending=true answered without a list \"members\""
    );
}
