//! `quay_robot_pair`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES, acme, with_acme};
use crate::support::{Registry, Run};

const LIST: &str = "GET /api/v1/organization/acme/robots";
const MIRROR: &str = "GET /api/v1/organization/acme/mirror";

fn pair() -> Value {
    json!({"name": "acme+ci", "teams": ["pullers"], "rotate_after": "30d"})
}

fn with(more: Value) -> Value {
    let mut options = pair();
    crate::support::merge(&mut options, more);
    options
}

/// A registry with a team for the rights.
fn with_team() -> Registry {
    given_team(acme())
}

fn given_team(registry: Registry) -> Registry {
    registry.ok("quay_team", json!({"organization": "acme", "name": "pullers"}));
    registry
}

/// A pair whose second account has just been made, and whose first one is old and has not been used for a day.
fn rotated() -> Registry {
    let registry = with_team();
    registry.ok("quay_robot_pair", pair());
    registry.age_robot("acme+ci-a", 24 * 40, Some(24));
    registry.ok("quay_robot_pair", pair());
    registry
}

/// The same, when the next rotation is due.
fn due() -> Registry {
    let registry = rotated();
    registry.age_robot("acme+ci-b", 24 * 31, Some(1));
    registry
}

fn accounts(shown: &Value) -> Vec<&str> {
    let accounts = shown["accounts"].as_array().into_iter().flatten();
    accounts.map(|account| account["name"].as_str().unwrap()).collect()
}

/// Whether these can sign in, and are in the team.
fn assert_work(registry: &Registry, names: &[&str]) {
    let team =
        registry.ok("quay_team", json!({"organization": "acme", "name": "pullers", "members": [], "append": true}));
    assert_eq!(team.after()["members"], json!(names));
}

fn assert_token_is_only_returned(run: &Run) {
    let token = run.result["token"].as_str().unwrap();
    assert_eq!(run.printed.matches(token).count(), 1, "{}", run.printed);
}

#[test]
fn the_accounts_are_used_in_turn() {
    let registry = with_team();
    let checked = registry.check("quay_robot_pair", pair());
    assert_eq!(checked.result["name"], "acme+ci-a");
    assert_eq!((checked.result.get("token"), checked.result.get("valid_since")), (None, None));

    let first = registry.ok("quay_robot_pair", pair());
    assert_eq!(
        first.writes(),
        ["PUT /api/v1/organization/acme/robots/ci-a", "PUT /api/v1/organization/acme/team/pullers/members/acme%2Bci-a",]
    );
    assert_eq!(first.result["diff"], checked.result["diff"]);
    assert_eq!((&first.result["rotated"], &first.result["previous_name"]), (&json!(true), &Value::Null));
    assert_token_is_only_returned(&first);
    assert!(first.result["valid_since"].as_str().unwrap().ends_with('Z'));

    let again = registry.ok("quay_robot_pair", pair());
    assert_eq!(again.lines(), [LIST], "one request when nothing is due");
    assert!(!again.changed() && again.result["rotated"] == false);
    for key in ["name", "token", "valid_since", "robot_pair"] {
        assert_eq!(again.result[key], first.result[key], "{key}");
    }

    registry.age_robot("acme+ci-a", 24 * 31, Some(0));
    let second = registry.ok("quay_robot_pair", pair());
    assert_eq!(
        second.lines(),
        [
            LIST,
            "PUT /api/v1/organization/acme/robots/ci-b",
            "PUT /api/v1/organization/acme/team/pullers/members/acme%2Bci-b",
        ]
    );
    assert_eq!((&second.result["name"], &second.result["previous_name"]), (&json!("acme+ci-b"), &json!("acme+ci-a")));
    assert_eq!(accounts(second.before()), ["acme+ci-a"]);
    assert_eq!(accounts(second.after()), ["acme+ci-b", "acme+ci-a"]);
    assert_ne!(second.result["token"], first.result["token"]);
    let old = registry.ok("quay_robot", json!({"name": "acme+ci-a"}));
    assert_eq!(old.result["token"], first.result["token"], "the account before goes on to work");

    registry.age_robot("acme+ci-a", 24 * 31, Some(2));
    registry.age_robot("acme+ci-b", 24 * 30 + 1, Some(0));
    let third = registry.ok("quay_robot_pair", pair());
    assert_eq!(
        third.lines(),
        [
            LIST,
            "GET /api/v1/organization/acme/prototypes",
            MIRROR,
            "GET /config",
            "GET /api/v1/organization/acme/robots/ci-a",
            "GET /api/v1/organization/acme/robots/ci-a/federation",
            "DELETE /api/v1/organization/acme/robots/ci-a",
            "GET /api/v1/organization/acme/robots/ci-a",
            "PUT /api/v1/organization/acme/robots/ci-a",
            "PUT /api/v1/organization/acme/team/pullers/members/acme%2Bci-a",
        ]
    );
    assert_eq!(accounts(third.after()), ["acme+ci-a", "acme+ci-b"]);
    assert_eq!(third.result["previous_name"], "acme+ci-b");
    assert_work(&registry, &["acme+ci-a", "acme+ci-b"]);
    assert!(!registry.ok("quay_robot_pair", pair()).changed());

    let checked = registry.check("quay_robot_pair", with(json!({"state": "absent"})));
    let removed = registry.ok("quay_robot_pair", with(json!({"state": "absent"})));
    assert_eq!(checked.result["diff"], removed.result["diff"]);
    assert_eq!(
        removed.writes(),
        ["DELETE /api/v1/organization/acme/robots/ci-b", "DELETE /api/v1/organization/acme/robots/ci-a",]
    );
    assert!(!registry.ok("quay_robot_pair", with(json!({"state": "absent"}))).changed());
}

#[test]
fn an_account_that_lacks_a_team_is_completed() {
    let registry = rotated();
    registry.ok("quay_team", json!({"organization": "acme", "name": "pushers"}));
    let run = registry.ok("quay_robot_pair", with(json!({"teams": ["pullers", "pushers"]})));
    assert_eq!(
        run.writes(),
        [
            "PUT /api/v1/organization/acme/team/pushers/members/acme%2Bci-b",
            "PUT /api/v1/organization/acme/team/pushers/members/acme%2Bci-a",
        ]
    );
    assert_eq!(run.after()["accounts"][0]["teams"], json!(["pullers", "pushers"]));
    assert!(!registry.ok("quay_robot_pair", with(json!({"teams": ["pullers", "pushers"]}))).changed());
}

#[test]
fn federations_and_descriptions_go_to_the_new_account() {
    let registry = with_team();
    let identity = json!([{"issuer": "https://id.example.com", "subject": "ci"}]);
    let options = with(json!({"description": "CI", "federations": identity}));
    registry.ok("quay_robot_pair", options.clone());
    let again = registry.ok("quay_robot_pair", options.clone());
    assert_eq!(again.lines(), [LIST, "GET /api/v1/organization/acme/robots/ci-a/federation"]);
    registry.age_robot("acme+ci-a", 24 * 31, None);
    let second = registry.ok("quay_robot_pair", options);
    assert_eq!(second.body("PUT /api/v1/organization/acme/robots/ci-b"), &json!({"description": "CI"}));
    assert_eq!(second.body("POST /api/v1/organization/acme/robots/ci-b/federation"), &identity);
    assert_eq!(second.after()["accounts"][0]["federations"], identity);
    let cleared = registry.ok("quay_robot_pair", with(json!({"federations": []})));
    assert_eq!(cleared.writes().len(), 2, "the list is the complete one of both");
}

#[test]
fn a_new_account_inherits_what_the_options_leave_alone() {
    let registry = due();
    let identity = json!([{"issuer": "https://id.example.com", "subject": "ci"}]);
    registry.ok("quay_robot", json!({"name": "acme+ci-a", "state": "absent"}));
    let made = json!({
        "name": "acme+ci-a", "description": "CI", "metadata": {"owner": "team a"}, "federations": identity,
    });
    registry.ok("quay_robot", made.clone());
    registry.ok("quay_team", json!({"organization": "acme", "name": "pullers", "members": ["acme+ci-a"]}));
    registry.age_robot("acme+ci-a", 24 * 40, Some(24));
    assert_eq!(registry.ok("quay_robot_pair", pair()).result["name"], "acme+ci-a");
    let again = registry.ok("quay_robot", made);
    assert!(!again.changed() && again.warnings().is_empty());
}

#[test]
fn names_are_checked_as_they_will_be() {
    let registry = with_team();
    assert_eq!(registry.ok("quay_robot_pair", with(json!({"name": "acme+d"}))).result["name"], "acme+d-a");
}

#[test]
fn an_account_that_somebody_uses_stays() {
    let registry = due();
    registry.age_robot("acme+ci-a", 24 * 40, Some(0));
    let message = registry.refused_everywhere("quay_robot_pair", pair());
    assert!(
        message.starts_with("cannot make the robot account acme+ci-a anew: somebody still uses it, last at 20"),
        "{message}"
    );
    assert!(message.ends_with("have everybody use the newer account, or shorten unused_for"), "{message}");
    registry.age_robot("acme+ci-a", 24 * 40, None);
    let message = registry.refused_everywhere("quay_robot_pair", with(json!({"unused_for": "90d"})));
    assert!(message.contains("it was made only at 20"), "{message}");
    assert!(registry.check("quay_robot_pair", with(json!({"unused_for": 0}))).changed());
}

#[test]
fn what_would_be_lost_with_an_account_is_told() {
    let registry = due();
    registry.ok("quay_repository", json!({"name": "acme/app", "perms": [{"name": "acme+ci-a", "role": "read"}]}));
    assert_eq!(
        registry.refused_everywhere("quay_robot_pair", pair()),
        "cannot make the robot account acme+ci-a anew: it has rights of its own on app, which the new account would not have; \
         give them to a team, and name that in teams"
    );
    registry.ok("quay_repository", json!({"name": "acme/app", "state": "absent"}));

    registry.ok("quay_team", json!({"organization": "acme", "name": "pushers", "members": ["acme+ci-a"]}));
    assert_eq!(
        registry.refused_everywhere("quay_robot_pair", pair()),
        "cannot make the robot account acme+ci-a anew: it is in a team that is not named in teams, and the new account would not \
         be: pushers"
    );
    registry.ok("quay_team", json!({"organization": "acme", "name": "pushers", "state": "absent"}));

    let default = json!({"organization": "acme", "name": "acme+ci-a"});
    registry.ok("quay_default_perm", default.clone());
    assert_eq!(
        registry.refused_everywhere("quay_robot_pair", pair()),
        "cannot make the robot account acme+ci-a anew: default permissions name it, and would go with it; give them to a team, \
         and name that in teams"
    );
    registry.ok("quay_default_perm", json!({"organization": "acme", "name": "acme+ci-a", "state": "absent"}));

    registry.ok(
        "quay_org_mirror",
        json!({
            "organization": "acme",
            "external_registry_type": "quay",
            "external_registry_url": "https://quay.io",
            "external_namespace": "projectquay",
            "robot_username": "acme+ci-a",
        }),
    );
    let message = registry.refused_everywhere("quay_robot_pair", pair());
    assert!(message.contains("the mirror of the organization acme uses it"), "{message}");
    registry.ok("quay_org_mirror", json!({"organization": "acme", "state": "absent"}));

    registry.emulator.fault(given::refusal(
        "DELETE",
        "/api/v1/organization/acme/robots/ci-a",
        400,
        "Robot is being used by a mirror",
    ));
    let message = registry.failed("quay_robot_pair", pair()).message();
    assert!(message.contains("change or remove that mirror first"), "{message}");
    assert!(registry.ok("quay_robot_pair", pair()).changed(), "the pair is as it was");
}

#[test]
fn without_notes_about_use_nobody_knows() {
    let registry = given_team(with_acme(Registry::with(Config::default().feature("USER_LAST_ACCESSED", false))));
    registry.ok("quay_robot_pair", pair());
    registry.age_robot("acme+ci-a", 24 * 40, None);
    registry.ok("quay_robot_pair", pair());
    registry.age_robot("acme+ci-b", 24 * 31, None);
    let message = registry.refused_everywhere("quay_robot_pair", pair());
    assert!(message.contains("FEATURE_USER_LAST_ACCESSED is off"), "{message}");
    assert!(registry.ok("quay_robot_pair", with(json!({"unused_for": 0}))).changed());
}

#[test]
fn a_team_that_refuses_takes_the_new_account_back() {
    let registry = due();
    let team = "/api/v1/organization/acme/team/pullers/members/acme%2Bci-a";
    registry.emulator.fault(given::refusal("PUT", team, 400, "not now"));
    let run = registry.failed("quay_robot_pair", pair());
    assert_eq!(
        run.message(),
        "cannot add acme+ci-a to the team acme/pullers: Quay says \"not now\" (status 400). Done before that: delete the robot \
         account acme+ci-a. Taken back: create the robot account acme+ci-a (delete the robot account acme+ci-a). Not done: add \
         acme+ci-a to the team acme/pullers"
    );
    assert_work(&registry, &["acme+ci-b"]);
    assert_eq!(registry.ok("quay_robot_pair", pair()).result["name"], "acme+ci-a", "the next run makes it");
}

/// Whatever breaks off, at every request: what is in use works on, and the next run ends with a pair.
#[test]
fn at_no_moment_is_there_no_account_that_works() {
    let total = due().ok("quay_robot_pair", pair()).lines().len();
    for at in 0..total {
        for fault in [Fault::drop_before(), Fault::drop_after()] {
            let registry = due();
            let active = registry.ok("quay_robot", json!({"name": "acme+ci-b"})).result["token"].clone();
            registry.emulator.fault(fault.skip(u32::try_from(at).unwrap()).times(1));
            registry.run("quay_robot_pair", pair());
            let still = registry.ok("quay_robot", json!({"name": "acme+ci-b"}));
            assert!(!still.changed() && still.result["token"] == active, "request {at}");
            let after = registry.ok("quay_robot_pair", pair());
            assert_eq!(after.result["name"], "acme+ci-a", "request {at}");
            assert_work(&registry, &["acme+ci-a", "acme+ci-b"]);
            assert!(!registry.ok("quay_robot_pair", pair()).changed(), "request {at}");
        }
    }
}

#[test]
fn mistakes_are_told_before_anything_is_written() {
    let registry = with_team();
    for (options, part) in [
        (json!({"name": "acme+ci"}), "rotate_after"),
        (with(json!({"name": "ci"})), "a pair belongs to an organization"),
        (with(json!({"rotate_after": "monthly"})), "is not a period"),
        (with(json!({"suffixes": ["a"]})), "suffixes: a pair has two"),
        (with(json!({"suffixes": ["a", "a"]})), "the two have to differ"),
        (with(json!({"suffixes": ["A", "b"]})), "name: \"ci-A\" is not a name that Quay accepts"),
        (with(json!({"name": "+ci"})), "lacks the namespace"),
        (with(json!({"teams": ["pullers", "nosuch"]})), "the organization acme has no team nosuch"),
        (with(json!({"name": "nosuch+ci"})), "the organization nosuch does not exist"),
    ] {
        let message = registry.refused_everywhere("quay_robot_pair", options.clone());
        assert!(message.contains(part), "{options}: {message}");
    }
    assert!(!registry.ok("quay_robot_pair", json!({"name": "nosuch+ci", "state": "absent"})).changed());
}

#[test]
fn rights_that_are_missing_are_named() {
    let registry = rotated();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let message = registry.refused_as(&bob, "quay_robot_pair", pair());
    assert!(message.contains("org:admin"), "{message}");
    // A member sees the accounts and not what they may do.
    registry.join("bob", "devs", "member");
    let message = registry.refused_as(&bob, "quay_robot_pair", pair());
    assert!(message.contains("Quay does not show the rights of the robot pair acme+ci"), "{message}");
}
