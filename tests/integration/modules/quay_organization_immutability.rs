//! `quay_organization_immutability`.

use std::time::Duration;

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_organization_immutability";
const LIST: &str = "GET /api/v1/organization/acme/immutabilitypolicy/";
const POST: &str = "POST /api/v1/organization/acme/immutabilitypolicy/";

fn registry() -> Registry {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry
}

fn options(pattern: &str, more: Value) -> Value {
    let mut options = json!({"namespace": "acme", "tag_pattern": pattern});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        base: json!({"namespace": "acme", "tag_pattern": " v.* "}),
        create: json!({}),
        update: json!({"behavior": "not_matching_immutable"}),
        // The difference tells which tags the policy takes; without one it is three less.
        requests: Budget { create: 5, repeat: 1, update: 5, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), [POST]);
    assert_eq!(create.requests.last().unwrap().request, json!({"tagPattern": "v.*", "tagPatternMatches": true}));
    let shown = |behavior: &str| json!({"namespace": "acme", "tag_pattern": "v.*", "behavior": behavior});
    assert_eq!((create.before(), create.after()), (&json!({}), &shown("matching_immutable")));
    assert_eq!(update.after(), &shown("not_matching_immutable"));
    assert_eq!(update.requests.last().unwrap().request, json!({"tagPattern": "v.*", "tagPatternMatches": false}));
    assert_eq!(update.result["id"], create.result["id"]);
    assert_eq!(remove.after(), &json!({}));
}

#[test]
fn a_rename_keeps_behavior_and_uuid_and_is_then_fulfilled() {
    let registry = registry();
    let created = registry.ok(MODULE, options("v.*", json!({"behavior": "not_matching_immutable"})));
    assert!(registry.check(MODULE, options("w.*", json!({}))).result.get("id").is_none());
    let rename = options("v.*", json!({"new_tag_pattern": " w.* "}));
    let renamed = registry.ok(MODULE, rename.clone());
    assert_eq!(renamed.requests.last().unwrap().request, json!({"tagPattern": "w.*", "tagPatternMatches": false}));
    assert_eq!(renamed.result["id"], created.result["id"]);
    assert_eq!(registry.ok(MODULE, rename).lines(), [LIST]);
    // Only the new pattern exists: its behavior is what there is to change.
    let behavior = options("v.*", json!({"new_tag_pattern": "w.*", "behavior": "matching_immutable"}));
    assert_eq!(registry.ok(MODULE, behavior).writes().len(), 1);
    let absent = options("v.*", json!({"new_tag_pattern": "w.*", "state": "absent"}));
    assert!(registry.ok(MODULE, absent.clone()).changed());
    assert!(!registry.ok(MODULE, absent).changed());
}

#[test]
fn a_new_policy_gets_the_new_pattern() {
    let registry = registry();
    let run = registry.ok(MODULE, options("v.*", json!({"new_tag_pattern": "w.*"})));
    assert_eq!(run.requests.last().unwrap().request["tagPattern"], "w.*");
    // The same pattern twice, or an empty one, is no rename.
    for new in ["w.* ", " "] {
        assert!(!registry.ok(MODULE, options("w.*", json!({"new_tag_pattern": new}))).changed());
    }
}

#[test]
fn two_policies_cannot_become_one() {
    let registry = registry();
    registry.ok(MODULE, options("v.*", json!({})));
    registry.ok(MODULE, options("w.*", json!({})));
    for state in ["present", "absent"] {
        let both = options("v.*", json!({"new_tag_pattern": "w.*", "state": state}));
        assert_eq!(
            registry.refused_everywhere(MODULE, both),
            "cannot tell which immutability policy of the namespace acme is meant: tag_pattern v.* and new_tag_pattern \
             w.* both exist; delete one of them first"
        );
    }
}

#[test]
fn patterns_that_cannot_be_are_refused_before_any_request() {
    let registry = Registry::new();
    for (pattern, why) in [
        (" ", "a pattern has 1 character or more"),
        ("(v", "is not a regular expression"),
        (&"v".repeat(257), "at most 256 characters"),
    ] {
        let run = registry.check(MODULE, options(pattern, json!({})));
        run.assert_refused();
        assert_eq!(run.lines(), Vec::<String>::new());
        assert!(run.message().contains(why), "{}", run.message());
        if pattern != " " {
            let message = registry.refused_everywhere(MODULE, options("v", json!({"new_tag_pattern": pattern})));
            assert!(message.contains(why), "{message}");
        }
    }
}

#[test]
fn what_the_server_refuses_comes_with_advice() {
    let registry = registry();
    let run = registry.run(MODULE, options("*v", json!({})));
    assert!(run.message().contains("Invalid regex pattern"), "{}", run.message());
    assert!(run.message().ends_with("the server understands the regular expressions of Python's package regex"));

    let refuse = |status: u16, text: &str| {
        registry.emulator.clear_faults();
        let fault = Fault::status(status, "application/json", &json!({"detail": text}).to_string());
        registry.emulator.fault(fault.on("POST", "*/immutabilitypolicy/"));
        registry.run(MODULE, options("v", json!({}))).message()
    };
    let mirror = refuse(400, "Cannot create a policy for an organization mirror");
    assert!(
        mirror.ends_with("an organization that is mirrored as a whole cannot have immutability policies"),
        "{mirror}"
    );
    let failed = refuse(500, "");
    assert!(failed.contains("Quay takes the policy back"), "{failed}");
}

#[test]
fn a_missing_namespace_is_told_in_both_modes_and_is_fine_for_absent() {
    let registry = Registry::new();
    let text = "cannot create an immutability policy for the namespace acme: the organization or personal namespace acme \
                does not exist";
    let checked = registry.check(MODULE, options("v", json!({})));
    assert_eq!(checked.message(), text);
    assert_eq!(registry.run(MODULE, options("v", json!({}))).message(), text);
    assert_eq!(registry.ok(MODULE, options("v", json!({"state": "absent"}))).lines(), [LIST]);
}

#[test]
fn rights_and_features_are_named() {
    let registry = registry();
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    let run = registry.run_as(&token, MODULE, options("v", json!({})), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("needs a token with the scope org:admin"), "{}", run.message());
    // The own namespace needs no more than the scope.
    assert!(registry.run_as(&token, MODULE, options("v", json!({"namespace": "jdoe"})), Mode::Real).changed());

    let registry = Registry::with(Config::default().feature("IMMUTABLE_TAGS", false));
    registry.ok("quay_organization", json!({"name": "acme"}));
    for state in ["present", "absent"] {
        assert_eq!(
            registry.refused_everywhere(MODULE, options("v", json!({"state": state}))),
            "cannot read the immutability policies of the namespace acme: not available on this server (status 404); \
             FEATURE_IMMUTABLE_TAGS is off: switch it on in Quay's configuration"
        );
    }
}

#[test]
fn a_time_out_is_looked_after() {
    let registry = registry();
    let slow = || Fault::delay(Duration::from_millis(700));
    registry.emulator.fault(Fault::drop_after().on("POST", "*/immutabilitypolicy/").times(1));
    let created = registry.ok(MODULE, options("v", json!({})));
    assert!(created.changed());
    assert!(created.result["id"].is_string());

    registry.emulator.fault(Fault::drop_after().on("PUT", "*/immutabilitypolicy/*").times(1));
    assert!(registry.ok(MODULE, options("v", json!({"behavior": "not_matching_immutable"}))).changed());

    registry.emulator.fault(slow().on("PUT", "*/immutabilitypolicy/*").times(1));
    let run = registry.run(MODULE, options("v", json!({"behavior": "matching_immutable", "timeout": 0.2})));
    assert!(
        run.message().contains("Quay may still be busy with the existing tags: run the task again later"),
        "{}",
        run.message()
    );
}

#[test]
fn a_refused_deletion_is_an_error_and_a_gone_policy_is_not() {
    let registry = registry();
    registry.ok(MODULE, options("v", json!({})));
    let absent = || options("v", json!({"state": "absent"}));
    let refuse = |status: u16| {
        registry.emulator.clear_faults();
        let fault = Fault::status(status, "application/json", r#"{"detail": "no"}"#);
        registry.emulator.fault(fault.on("DELETE", "*/immutabilitypolicy/*"));
    };
    refuse(400);
    assert_eq!(
        registry.run(MODULE, absent()).message(),
        "cannot delete the immutability policy v of the namespace acme: Quay says \"no\" (status 400)"
    );
    refuse(404);
    assert!(!registry.ok(MODULE, absent()).changed());
}
