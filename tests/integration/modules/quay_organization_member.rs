//! `quay_organization_member`.

use quay_emulator::{ALL_SCOPES, Config, Fault};
use serde_json::{Value, json};

use crate::given;
use crate::support::{Mode, Registry, Run, merged};

const MODULE: &str = "quay_organization_member";
const ACME: &str = "/api/v1/organization/acme";

/// The organization `acme`: `jdoe` in two teams and on a repository, `bob` in one team, `carol` on a repository alone.
fn registry() -> Registry {
    prepared(Config::default())
}

fn prepared(config: Config) -> Registry {
    let registry = given::with_acme(Registry::with(config));
    registry.emulator.add_user("carol", "password");
    registry.join("jdoe", "devs", "member");
    registry.join("jdoe", "ops", "creator");
    registry.join("bob", "devs", "member");
    let perm = |name: &str| json!({"name": name, "type": "user", "role": "write"});
    registry.ok("quay_repository", json!({"name": "acme/app", "perms": [perm("jdoe"), perm("carol")]}));
    registry
}

fn leave(names: &[&str]) -> Value {
    json!({"organization": "acme", "names": names})
}

fn exact(names: &[&str]) -> Value {
    json!({"organization": "acme", "names": names, "state": "exact"})
}

fn names(list: &Value) -> Vec<&str> {
    list.as_object().unwrap().keys().map(String::as_str).collect()
}

fn removed(run: &Run) -> Vec<&str> {
    run.result["removed"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// Whether the organization still shows somebody anywhere.
fn is_there(registry: &Registry, name: &str) -> bool {
    let state = registry.emulator.snapshot();
    let acme = &state["namespaces"]["acme"];
    let rest =
        json!([acme["teams"], acme["repositories"]["app"]["user_roles"], acme["prototypes"], state["invitations"]]);
    rest.to_string().contains(&format!("\"{name}\""))
}

#[test]
fn a_leaver_goes_at_all_places_once() {
    let registry = registry();
    let options = leave(&["jdoe", "nobody"]);
    let checked = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(checked.result["removed"], run.result["removed"]);
    assert!(checked.writes().is_empty() && checked.changed());
    assert_eq!(
        run.before(),
        &json!({"organization": "acme", "members": {"admin": ["owners"], "bob": ["devs"], "jdoe": ["devs", "ops"]},
            "collaborators": {"carol": ["app"]}})
    );
    assert_eq!(names(&run.after()["members"]), ["admin", "bob"]);
    assert_eq!(
        run.result["removed"],
        json!([{"name": "jdoe", "teams": ["devs", "ops"], "repositories": ["app"], "default_permissions": 0, "invitations": 0, "robots": []}])
    );
    assert_eq!(run.result["left"], json!([]));
    assert_eq!(run.writes(), [format!("DELETE {ACME}/members/jdoe")]);
    assert!(!is_there(&registry, "jdoe"));
    let again = registry.ok(MODULE, options);
    assert!(!again.changed() && again.result["removed"] == json!([]));
    let lines = ["members", "collaborators", "prototypes"].map(|part| format!("GET {ACME}/{part}"));
    assert_eq!(again.lines(), [&lines[..], &["GET /config".to_owned()]].concat());
}

#[test]
fn who_only_has_a_right_on_a_repository_goes_too() {
    let registry = registry();
    let run = registry.ok(MODULE, leave(&["carol"]));
    assert_eq!((run.writes(), removed(&run)), (vec![format!("DELETE {ACME}/members/carol")], vec!["carol"]));
    assert_eq!(run.result["removed"][0]["repositories"], json!(["app"]));
    assert!(!is_there(&registry, "carol"));
}

#[test]
fn default_permissions_go_with_whom_they_name() {
    let registry = registry();
    let rule =
        |name: &str, creator: Value| json!({"organization": "acme", "name": name, "type": "user", "creator": creator});
    registry.ok("quay_default_perm", rule("jdoe", Value::Null));
    registry.ok("quay_default_perm", rule("bob", json!("jdoe")));
    registry.ok("quay_default_perm", rule("bob", Value::Null));
    let kept = registry.check(MODULE, merged(leave(&["jdoe"]), &json!({"default_permissions": false})));
    assert_eq!(kept.result["removed"][0]["default_permissions"], 0);
    let run = registry.ok(MODULE, leave(&["jdoe"]));
    assert_eq!(run.result["removed"][0]["default_permissions"], 2);
    let writes = run.writes();
    assert_eq!(writes.len(), 3);
    // The person last: what would give a right again is gone before.
    assert!(writes[..2].iter().all(|line| line.contains("/prototypes/")) && writes[2].ends_with("/members/jdoe"));
    assert!(!is_there(&registry, "jdoe") && is_there(&registry, "bob"));
    // Somebody who has nothing but a rule left.
    registry.ok("quay_default_perm", rule("jdoe", Value::Null));
    let rest = registry.ok(MODULE, leave(&["jdoe"]));
    assert_eq!(rest.before()["default_permissions"], json!({"jdoe": 1}));
    assert!(rest.after().get("default_permissions").is_none());
    assert_eq!(rest.writes().len(), 1);
    assert!(!registry.ok(MODULE, leave(&["jdoe"])).changed());
}

#[test]
fn invitations_are_withdrawn_one_by_one() {
    let registry = prepared(Config::default().feature("MAILING", true));
    let invited = || registry.emulator.snapshot()["invitations"].as_array().unwrap().len();
    // Whoever joined before the mail was switched on is invited here, twice; jdoe was in no team.
    let before = invited();
    registry.emulator.add_user("dora", "password");
    let mut state = registry.emulator.snapshot();
    for code in ["one", "two"] {
        let invitation = json!({"code": code, "organization": "acme", "team": "devs", "user": "dora", "email": null, "inviter": "admin"});
        state["invitations"].as_array_mut().unwrap().push(invitation);
    }
    registry.emulator.load(state).unwrap();
    assert_eq!(invited(), before + 2);
    let run = registry.ok(MODULE, leave(&["dora"]));
    assert_eq!(run.writes(), vec![format!("DELETE {ACME}/team/devs/members/dora"); 2]);
    assert_eq!(run.before()["invitations"], json!({"dora": 2}));
    assert_eq!(run.result["removed"][0]["invitations"], 2);
    assert_eq!(invited(), before);
    assert!(!registry.ok(MODULE, leave(&["dora"])).changed());
}

#[test]
fn robots_of_a_leaver_leave_their_teams() {
    let registry = registry();
    for name in ["jdoe", "bob"] {
        let token = registry.emulator.token_for(name, ALL_SCOPES.as_slice());
        let robot = json!({"name": format!("{name}+laptop")});
        assert!(registry.run_as(&token, "quay_robot", robot, Mode::Real).changed());
    }
    registry.emulator.with_state(|state| {
        state.organization_mut("acme").unwrap().teams["devs"].members.insert("jdoe+laptop".into());
        state.organization_mut("acme").unwrap().teams["devs"].members.insert("bob+laptop".into());
    });
    let run = registry.ok(MODULE, leave(&["jdoe"]));
    assert_eq!(
        run.writes(),
        ["team/devs/members/jdoe%2Blaptop", "members/jdoe"].map(|end| format!("DELETE {ACME}/{end}"))
    );
    assert_eq!(run.result["removed"][0]["robots"], json!(["jdoe+laptop"]));
    assert!(is_there(&registry, "bob+laptop") && !is_there(&registry, "jdoe+laptop"));
}

#[test]
fn tokens_that_stay_are_told() {
    let registry = registry();
    registry.ok("quay_application", json!({"organization": "acme", "name": "ci"}));
    registry.join("jdoe", "owners", "admin");
    let token = registry.emulator.token_for("jdoe", ALL_SCOPES.as_slice());
    let made = json!({"organization": "acme", "application": "ci", "name": "key", "rights": ["repo:read"]});
    let made = registry.run_as(&token, "quay_application_token", made, Mode::Real);
    assert_eq!(made.code, 0, "{}", made.result);
    let run = registry.ok(MODULE, leave(&["jdoe"]));
    assert_eq!(run.result["left"], json!(["tokens of jdoe in the application ci"]));
}

#[test]
fn only_the_named_may_stay() {
    let registry = registry();
    registry.ok("quay_default_perm", json!({"organization": "acme", "name": "jdoe", "role": "admin"}));
    registry.ok("quay_default_perm", json!({"organization": "acme", "name": "bob"}));
    let run = registry.ok(MODULE, exact(&["admin", "bob", "stranger"]));
    assert_eq!(run.before()["default_permissions"], json!({"jdoe": 1}), "what goes along is told");
    assert_eq!(run.after().get("default_permissions"), None);
    assert_eq!(removed(&run), ["carol", "jdoe"]);
    assert_eq!(run.warnings(), ["not in the organization acme: stranger"]);
    assert!(!is_there(&registry, "carol") && !is_there(&registry, "jdoe") && is_there(&registry, "bob"));
    assert!(!registry.ok(MODULE, exact(&["admin", "bob"])).changed());
}

#[test]
fn outside_collaborators_may_be_left_alone() {
    let registry = registry();
    let run = registry.ok(MODULE, merged(exact(&["admin", "bob"]), &json!({"collaborators": false})));
    assert_eq!(removed(&run), ["jdoe"]);
    assert!(run.before().get("collaborators").is_none() && is_there(&registry, "carol"));
    assert!(run.lines().iter().all(|line| !line.contains("collaborators")));
}

#[test]
fn a_list_that_went_wrong_empties_nothing() {
    let registry = registry();
    let message = registry.refused_everywhere(MODULE, exact(&["bob"]));
    assert_eq!(
        message,
        "cannot set the members of the organization acme: 3 of 4 would go, which is more than half of them; name the caller, \
         admin, too where that is meant"
    );
    // Half of them may go, and the caller never does unasked.
    let run = registry.ok(MODULE, exact(&["bob", "carol"]));
    assert_eq!(removed(&run), ["jdoe"]);
    assert!(run.warnings()[0].contains("admin stays in the organization acme"), "{:?}", run.warnings());
}

#[test]
fn the_last_administrator_needs_a_successor() {
    let registry = registry();
    let alone = leave(&["admin"]);
    assert_eq!(
        registry.refused_everywhere(MODULE, alone.clone()),
        "cannot remove admin from the organization acme: nobody else administers it; name a successor"
    );
    let unknown = merged(alone.clone(), &json!({"successor": "stranger"}));
    let message = registry.refused_everywhere(MODULE, unknown);
    assert_eq!(message, "cannot make stranger the successor: no such user or robot account: stranger");
    let handed = merged(alone, &json!({"successor": "carol"}));
    let checked = registry.check(MODULE, handed.clone());
    let run = registry.ok(MODULE, handed);
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(run.writes(), [format!("PUT {ACME}/team/owners/members/carol"), format!("DELETE {ACME}/members/admin")]);
    assert_eq!(run.after()["members"], json!({"bob": ["devs"], "carol": ["owners"], "jdoe": ["devs", "ops"]}));
    assert_eq!(run.after()["collaborators"], Value::Null);
    // While somebody else administers, nothing happens with a successor.
    let idle = registry.ok(MODULE, merged(leave(&["jdoe"]), &json!({"successor": "bob"})));
    assert_eq!(idle.writes(), [format!("DELETE {ACME}/members/jdoe")]);
}

#[test]
fn whom_quay_would_only_invite_is_no_successor() {
    let registry = registry();
    registry.emulator.set_feature("MAILING", true);
    let message = registry.refused_everywhere(MODULE, merged(leave(&["admin"]), &json!({"successor": "carol"})));
    assert!(
        message.ends_with("carol is no member yet, whom Quay would only invite: let carol join first"),
        "{message}"
    );
}

#[test]
fn the_caller_goes_last() {
    let registry = registry();
    registry.join("bob", "owners", "admin");
    let run = registry.ok(MODULE, leave(&["admin", "jdoe"]));
    assert_eq!(run.writes(), ["jdoe", "admin"].map(|name| format!("DELETE {ACME}/members/{name}")));
}

#[test]
fn a_synchronized_team_brings_people_back() {
    let directory = json!({"users": {}, "groups": {"cn=devs": ["jdoe", "bob"]}});
    let registry = prepared(Config::default().setting("EMULATOR_DIRECTORY", directory));
    registry.emulator.set_setting("AUTHENTICATION_TYPE", "LDAP");
    registry.ok("quay_team_ldap", json!({"organization": "acme", "name": "devs", "group_dn": "cn=devs", "sync": true}));
    let run = registry.ok(MODULE, leave(&["jdoe"]));
    assert!(run.changed());
    assert_eq!(
        run.warnings(),
        [
            "the team acme/devs takes its users from LDAP or OIDC: its next synchronization brings jdoe back, unless the group changes"
        ]
    );
}

#[test]
fn errors_name_the_cause() {
    let registry = registry();
    for (options, text) in [
        (leave(&[]), "names: nobody is named"),
        (exact(&[]), "names: an organization needs somebody"),
        (leave(&["acme+ci"]), "names: acme+ci is a robot account"),
        (merged(leave(&["bob"]), &json!({"successor": "bob"})), "successor: bob shall go, too"),
        (merged(leave(&["bob"]), &json!({"successor": "acme+ci"})), "successor: acme+ci is a robot account"),
        (merged(exact(&["bob"]), &json!({"successor": "carol"})), "successor: carol is not among the names"),
    ] {
        let run = registry.run(MODULE, options);
        run.assert_refused();
        assert!(run.message().contains(text) && run.requests.is_empty(), "{}", run.message());
    }
    let nowhere = |state: &str| json!({"organization": "nowhere", "names": ["bob"], "state": state});
    assert!(!registry.ok(MODULE, nowhere("absent")).changed());
    assert_eq!(
        registry.refused_everywhere(MODULE, nowhere("exact")),
        "cannot set the members of the organization nowhere: the organization nowhere does not exist"
    );
    let weak = registry.emulator.token_for("bob", ALL_SCOPES.as_slice());
    let message = registry.refused_as(&weak, MODULE, leave(&["jdoe"]));
    assert!(message.contains("org:admin, and a user who is an administrator of the organization"), "{message}");
    // In the middle: who is gone, who is not.
    registry.emulator.fault(Fault::html(502).on("DELETE", &format!("{ACME}/members/jdoe")));
    let message = registry.failed(MODULE, leave(&["bob", "jdoe"])).message();
    assert!(
        message.contains("Done before that: remove bob from the organization acme. Not done: remove jdoe"),
        "{message}"
    );
}

#[test]
fn older_servers_know_no_tokens_of_applications() {
    let registry = prepared(Config::default().quay("3.12"));
    registry.ok("quay_application", json!({"organization": "acme", "name": "ci"}));
    let run = registry.ok(MODULE, leave(&["jdoe"]));
    assert_eq!((removed(&run), &run.result["left"]), (vec!["jdoe"], &json!([])));
}
