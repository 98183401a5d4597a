//! `quay_organization_prune`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_organization_prune";
const LIST: &str = "GET /api/v1/organization/acme/autoprunepolicy/";
const POST: &str = "POST /api/v1/organization/acme/autoprunepolicy/";

fn registry() -> Registry {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry
}

fn tags(count: &str) -> Value {
    json!({"namespace": "acme", "method": "tags", "value": count})
}

fn with(mut options: Value, more: Value) -> Value {
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        // The value stands here too, because the removal needs one.
        base: json!({"namespace": "acme", "method": "date", "tag_pattern": "^nightly-", "value": "4w"}),
        create: json!({"value": "7 d"}),
        // There is no update: the other value replaces the only other policy.
        update: json!({"value": "4w", "append": false}),
        // The difference tells which tags the policy takes; without one it is two less.
        requests: Budget { create: 5, repeat: 1, update: 5, remove: 2 },
    };
    let all = |value: &str| {
        json!({"namespace": "acme", "policies": [
            {"method": "date", "value": value, "tag_pattern": "^nightly-", "tag_pattern_matches": true}
        ]})
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), [POST]);
    assert_eq!(create.before(), &json!({"namespace": "acme", "policies": []}));
    assert_eq!(create.after(), &all("7d"));
    assert_eq!(create.requests.last().unwrap().request["value"], "7d");
    assert_eq!((update.before(), update.after()), (&all("7d"), &all("4w")));
    assert_eq!(update.result["id"], create.result["id"], "a replaced policy keeps its uuid");
    assert_eq!(remove.writes().len(), 1);
    assert!(remove.result.get("id").is_none());
}

#[test]
fn the_uuid_is_returned_and_null_as_long_as_nobody_knows_it() {
    let registry = registry();
    assert_eq!(registry.check(MODULE, tags("20")).result["id"], Value::Null);
    let created = registry.ok(MODULE, tags("20"));
    assert!(created.result["id"].as_str().is_some_and(|id| id.len() == 36), "{}", created.result);
    assert_eq!(registry.ok(MODULE, tags(" 2 0 ")).result["id"], created.result["id"]);
}

#[test]
fn another_value_is_another_policy() {
    let registry = registry();
    for options in [tags("20"), json!({"namespace": "acme", "method": "date", "value": "7d"})] {
        assert!(registry.ok(MODULE, options).changed());
    }
    let week = registry.ok(MODULE, json!({"namespace": "acme", "method": "date", "value": "1w"}));
    assert!(week.changed(), "7d and 1w differ, as on the server");
    assert_eq!(week.writes(), [POST]);
    // Only the policy concerned is shown, as others stay.
    assert_eq!(week.before()["policies"], json!([]));
    assert_eq!(week.after()["policies"].as_array().unwrap().len(), 1);
}

#[test]
fn the_only_policy_is_created_before_the_others_are_deleted() {
    let registry = registry();
    registry.ok(MODULE, tags("1"));
    registry.ok(MODULE, tags("2"));
    let options = with(tags("3"), json!({"append": false}));
    let checked = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(run.writes().len(), 3);
    assert_eq!(run.writes()[0], POST);
    assert!(run.writes()[1..].iter().all(|write| write.starts_with("DELETE ")), "{:?}", run.writes());
    assert_eq!(run.before()["policies"].as_array().unwrap().len(), 2);
    assert_eq!(run.after()["policies"].as_array().unwrap().len(), 1);
    assert_eq!(registry.ok(MODULE, options).lines(), [LIST]);

    // With the wanted one there already, only the others go.
    registry.ok(MODULE, tags("4"));
    let rest = registry.ok(MODULE, with(tags("3"), json!({"append": false})));
    assert_eq!(rest.result["id"], run.result["id"]);
    assert_eq!(rest.writes().len(), 1);
}

#[test]
fn a_refused_creation_loses_nothing_and_a_refused_deletion_is_told() {
    let registry = registry();
    registry.ok(MODULE, tags("1"));
    registry.ok(MODULE, tags("2"));
    let options = with(tags("3"), json!({"append": false}));
    let refusal = || Fault::status(400, "application/json", r#"{"detail": "no more today"}"#);
    registry.emulator.fault(refusal().on("POST", "/api/v1/organization/acme/autoprunepolicy/"));
    let run = registry.run(MODULE, options.clone());
    assert_eq!(
        run.message(),
        "cannot create an auto-prune policy for the namespace acme: Quay says \"no more today\" (status 400)"
    );
    assert_eq!(run.result["changed"], false);
    assert_eq!(registry.ok(MODULE, tags("1")).lines(), [LIST]);

    registry.emulator.clear_faults();
    registry.emulator.fault(refusal().on("DELETE", "/api/v1/organization/acme/autoprunepolicy/*").skip(1));
    let run = registry.run(MODULE, options);
    assert_eq!(
        run.message(),
        "cannot delete the auto-prune policy (tags 2) of the namespace acme: Quay says \"no more today\" (status 400). \
         Done before that: create an auto-prune policy for the namespace acme; delete the auto-prune policy (tags 1) of \
         the namespace acme. Not done: delete the auto-prune policy (tags 2) of the namespace acme"
    );
    assert_eq!(run.result["changed"], true);
}

#[test]
fn patterns_are_compared_as_the_server_keeps_them() {
    let registry = registry();
    let pattern = |pattern: &str| with(tags("5"), json!({"tag_pattern": pattern}));
    assert_eq!(registry.ok(MODULE, pattern("  ^v ")).requests.last().unwrap().request["tagPattern"], "^v");
    assert_eq!(registry.ok(MODULE, pattern("^v  ")).lines(), [LIST]);
    assert!(registry.ok(MODULE, with(pattern("^v"), json!({"tag_pattern_matches": false}))).changed());
    // An empty pattern is none, and without one the flag has no effect.
    let plain = registry.ok(MODULE, pattern(" "));
    assert_eq!(plain.requests.last().unwrap().request, json!({"method": "number_of_tags", "value": 5}));
    assert!(!registry.ok(MODULE, with(tags("5"), json!({"tag_pattern_matches": false}))).changed());
}

#[test]
fn a_stored_flag_without_a_pattern_does_not_count() {
    let registry = registry();
    registry.emulator.with_state(|state| {
        for (uuid, matches) in [("one", false), ("two", true)] {
            state.namespace_mut("acme").unwrap().prune.push(quay_emulator::state::PrunePolicy {
                uuid: uuid.into(),
                method: "number_of_tags".into(),
                value: json!(5),
                tag_pattern: None,
                tag_pattern_matches: matches,
            });
        }
    });
    assert_eq!(registry.ok(MODULE, tags("5")).result["id"], "one");
    let gone = registry.ok(MODULE, with(tags("5"), json!({"state": "absent"})));
    assert_eq!(gone.writes().len(), 2, "both are this policy");
    assert!(!registry.ok(MODULE, with(tags("5"), json!({"state": "absent"}))).changed());
}

#[test]
fn values_that_do_not_fit_the_method_are_refused_before_any_request() {
    let registry = Registry::new();
    for value in ["0", "-1", "5d", "many", "", "1.5"] {
        let run = registry.run(MODULE, tags(value));
        assert!(run.message().contains("is not a number of tags: a positive integer"), "{}", run.message());
        assert_eq!(run.lines(), Vec::<String>::new());
    }
    for value in ["5", "0d", "5 months", "5D", "d"] {
        let options = json!({"namespace": "acme", "method": "date", "value": value});
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains("is not an age: a positive integer followed by s, m, h, d or w"), "{message}");
    }
    let message = registry.refused_everywhere(MODULE, with(tags("5"), json!({"tag_pattern": "(a"})));
    assert!(message.contains("lacks its other half"), "{message}");
}

#[test]
fn a_missing_namespace_is_told_in_both_modes_and_is_fine_for_absent() {
    let registry = Registry::new();
    let text = "cannot create an auto-prune policy for the namespace acme: the organization or personal namespace acme \
                does not exist";
    // A superuser sees an empty list there; only the write, or a look in check mode, tells.
    let checked = registry.check(MODULE, tags("5"));
    assert_eq!(checked.message(), text);
    assert_eq!(checked.writes(), Vec::<String>::new());
    assert_eq!(registry.run(MODULE, tags("5")).message(), text);
    let gone = registry.ok(MODULE, with(tags("5"), json!({"state": "absent"})));
    assert!(!gone.changed());
    assert_eq!(gone.lines(), [LIST]);

    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    let run = registry.run_as(&token, MODULE, tags("5"), Mode::Real);
    run.assert_refused();
    assert_eq!(run.message(), text);
    assert!(!registry.run_as(&token, MODULE, with(tags("5"), json!({"state": "absent"})), Mode::Real).changed());
}

#[test]
fn whoever_lacks_the_right_learns_which_one() {
    let registry = registry();
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    for state in ["present", "absent"] {
        let run = registry.run_as(&token, MODULE, with(tags("5"), json!({"state": state})), Mode::Check);
        run.assert_refused();
        assert_eq!(
            run.message(),
            "cannot read the auto-prune policies of the namespace acme: Quay says \"Unauthorized\" (status 403); this \
             needs a token with the scope org:admin, and a user who is an administrator of the organization (or the \
             user whose namespace it is)"
        );
    }
}

#[test]
fn a_feature_that_is_off_is_named() {
    let registry = Registry::with(Config::default().feature("AUTO_PRUNE", false));
    registry.ok("quay_organization", json!({"name": "acme"}));
    for state in ["present", "absent"] {
        let message = registry.refused_everywhere(MODULE, with(tags("5"), json!({"state": state})));
        assert_eq!(
            message,
            "cannot read the auto-prune policies of the namespace acme: not available on this server (status 404); \
             FEATURE_AUTO_PRUNE is off: switch it on in Quay's configuration"
        );
    }
}

#[test]
fn users_manage_their_own_namespace_with_either_scope() {
    let registry = Registry::new();
    let options = json!({"namespace": "jdoe", "method": "tags", "value": "5"});
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    let run = registry.run_as(&token, MODULE, options.clone(), Mode::Real);
    assert!(run.changed());
    assert_eq!(run.writes(), ["POST /api/v1/organization/jdoe/autoprunepolicy/"]);

    let token = registry.emulator.token_for("jdoe", &["user:admin"]);
    assert!(!registry.run_as(&token, MODULE, options.clone(), Mode::Real).changed());
    let gone = registry.run_as(&token, MODULE, with(options, json!({"state": "absent"})), Mode::Real);
    assert!(gone.changed());
    assert!(gone.writes()[0].starts_with("DELETE /api/v1/user/autoprunepolicy/"), "{:?}", gone.writes());
}

#[test]
fn a_policy_that_appeared_meanwhile_is_no_change() {
    let registry = registry();
    let created = registry.ok(MODULE, tags("5"));
    // The first look sees nothing, as if another run had not created it yet.
    let empty = Fault::status(200, "application/json", r#"{"policies": []}"#);
    registry.emulator.fault(empty.on("GET", "/api/v1/organization/acme/autoprunepolicy/").times(1));
    let run = registry.ok(MODULE, tags("5"));
    assert!(!run.changed());
    assert_eq!(run.result["id"], created.result["id"]);
}

#[test]
fn a_lost_answer_is_looked_after() {
    let registry = registry();
    registry.emulator.fault(Fault::drop_after().on("POST", "/api/v1/organization/acme/autoprunepolicy/").times(1));
    let run = registry.ok(MODULE, tags("5"));
    assert!(run.changed());
    assert!(run.result["id"].is_string(), "{}", run.result);
}
