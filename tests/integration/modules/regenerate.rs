//! `quay_robot` with `regenerate`: a new token for a robot account that has one.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES, acme};
use crate::support::{Mode, Registry};

const ROBOT: &str = "/api/v1/organization/acme/robots/ci";
const REGENERATE: &str = "/api/v1/organization/acme/robots/ci/regenerate";

fn again() -> Value {
    json!({"name": "acme+ci", "regenerate": true})
}

fn unused_for(period: &str) -> Value {
    json!({"name": "acme+ci", "regenerate": true, "unused_for": period})
}

/// A registry with the robot account `acme+ci`, and its token.
fn with_robot() -> (Registry, Value) {
    let registry = acme();
    let token = registry.ok("quay_robot", json!({"name": "acme+ci"})).result["token"].clone();
    (registry, token)
}

#[test]
fn each_run_gives_another_token() {
    let (registry, first) = with_robot();
    let checked = registry.check("quay_robot", again());
    assert!(checked.changed());
    assert_eq!(checked.result.get("token"), None, "neither the one that goes nor the one that comes");
    assert_eq!(checked.result["regenerated"], true);

    let run = registry.ok("quay_robot", again());
    assert!(run.changed());
    assert_eq!(run.lines(), [format!("GET {ROBOT}"), format!("POST {REGENERATE}")]);
    assert_eq!(run.result["regenerated"], true);
    let second = run.result["token"].clone();
    assert_ne!(first, second);
    assert_eq!((&run.before()["token"], &run.after()["token"]), (&json!("(kept)"), &json!("(new)")));
    assert_eq!(run.printed.matches(second.as_str().unwrap()).count(), 1, "shown under its key and nowhere else");
    run.assert_hides(first.as_str().unwrap());
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(run.result["robot"].get("token"), None, "the mark of the difference is no token");

    assert_ne!(registry.ok("quay_robot", again()).result["token"], second);
    assert_eq!(registry.ok("quay_robot", json!({"name": "acme+ci"})).result["regenerated"], false);
}

#[test]
fn a_new_robot_has_a_new_token_already() {
    let registry = acme();
    let run = registry.ok("quay_robot", again());
    assert_eq!(run.writes(), [format!("PUT {ROBOT}")]);
    assert_eq!(run.result["regenerated"], false);
}

#[test]
fn one_s_own_robot_gets_a_new_token() {
    let registry = acme();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let run = |options: Value| registry.run_as(&bob, "quay_robot", options, Mode::Real);
    let first = run(json!({"name": "ci"})).result["token"].clone();
    let rotated = run(json!({"name": "ci", "regenerate": true}));
    assert_eq!(rotated.writes(), ["POST /api/v1/user/robots/ci/regenerate"]);
    assert_ne!(rotated.result["token"], first);
}

#[test]
fn only_a_robot_that_nobody_used_for_the_period_is_given_another_token() {
    let (registry, token) = with_robot();
    for (created, used, is_due) in [
        (0, None, false),
        (100, Some(2), false),
        (2, None, false),
        (100, None, true),
        (100, Some(80), true),
        (2, Some(80), true),
    ] {
        registry.age_robot("acme+ci", created, used);
        let checked = registry.check("quay_robot", unused_for("3d"));
        assert_eq!(checked.changed(), is_due, "created {created} and used {used:?} hours ago");
        assert_eq!(checked.result["regenerated"], is_due);
        assert_eq!(checked.result.get("token"), (!is_due).then_some(&token));
    }
    let rotated = registry.ok("quay_robot", unused_for("3d"));
    assert!(rotated.changed() && rotated.result["token"] != token);
}

#[test]
fn without_notes_about_use_nobody_knows() {
    let registry = given::with_acme(Registry::with(Config::default().feature("USER_LAST_ACCESSED", false)));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.age_robot("acme+ci", 100, None);
    assert_eq!(
        registry.refused_everywhere("quay_robot", unused_for("3d")),
        "nobody can tell when the robot account acme+ci was last used: FEATURE_USER_LAST_ACCESSED is off: switch it on in \
         Quay's configuration"
    );
    assert!(registry.ok("quay_robot", again()).changed(), "who does not ask for that is not asked");
}

#[test]
fn options_that_do_not_go_together() {
    let registry = acme();
    for (options, part) in [
        (json!({"name": "acme+ci", "regenerate": true, "state": "absent"}), "gets no new token"),
        (json!({"name": "acme+ci", "unused_for": "3d"}), "unused_for: it says when to regenerate"),
        (unused_for("some time"), "is not a period"),
    ] {
        let message = registry.refused_everywhere("quay_robot", options.clone());
        assert!(message.contains(part), "{options}: {message}");
    }
}

#[test]
fn a_lost_answer_does_not_lose_the_token() {
    let (registry, first) = with_robot();
    registry.emulator.fault(Fault::drop_after().on("POST", REGENERATE).times(1));
    let run = registry.ok("quay_robot", again());
    assert!(run.changed());
    assert_eq!(run.writes().len(), 1, "it is not sent twice");
    assert_ne!(run.result["token"], first);
    assert_eq!(registry.ok("quay_robot", json!({"name": "acme+ci"})).result["token"], run.result["token"]);

    // Not even a look tells.
    registry.emulator.fault(Fault::drop_after().on("POST", REGENERATE).times(1));
    registry.emulator.fault(given::refusal("GET", ROBOT, 403, "no").skip(1));
    let message = registry.failed("quay_robot", again()).message();
    assert!(message.contains("the token may be another one now: run the task without regenerate"), "{message}");
}

#[test]
fn refusals_are_told() {
    let (registry, _) = with_robot();
    registry.emulator.fault(given::refusal("POST", REGENERATE, 400, "Could not find robot with specified username"));
    assert_eq!(
        registry.failed("quay_robot", again()).message(),
        "cannot regenerate the token of the robot account acme+ci: Quay says \"Could not find robot with specified \
         username\" (status 400)"
    );
    registry.emulator.fault(given::refusal("POST", REGENERATE, 403, "Unauthorized"));
    assert_eq!(
        registry.failed("quay_robot", again()).message(),
        "cannot regenerate the token of the robot account acme+ci: Quay says \"Unauthorized\" (status 403); this needs a \
         token with the scope org:admin, and a user who is an administrator of the organization"
    );
}
