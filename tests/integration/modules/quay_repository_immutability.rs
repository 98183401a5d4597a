//! `quay_repository_immutability`. What it shares with `quay_organization_immutability` is tested there.

use quay_emulator::Fault;
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_repository_immutability";

fn registry() -> Registry {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    registry
}

fn options(pattern: &str, more: Value) -> Value {
    let mut options = json!({"repository": "acme/app", "tag_pattern": pattern});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        base: json!({"repository": "/acme/app/", "tag_pattern": "v.*"}),
        create: json!({}),
        update: json!({"behavior": "not_matching_immutable"}),
        // One more than list and write: whether acme is an organization.
        // The difference tells which tags the policy takes; without one it is three less.
        requests: Budget { create: 6, repeat: 1, update: 6, remove: 3 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), ["POST /api/v1/repository/acme/app/immutabilitypolicy/"]);
    assert_eq!(
        create.after(),
        &json!({"repository": "acme/app", "tag_pattern": "v.*", "behavior": "matching_immutable"})
    );
    assert_eq!(update.result["id"], create.result["id"]);
    assert!(remove.writes()[0].starts_with("DELETE /api/v1/repository/acme/app/immutabilitypolicy/"));
}

#[test]
fn existing_tags_become_immutable_and_stay_so() {
    let registry = registry();
    registry.emulator.push_image("acme/app", "v1");
    registry.ok(MODULE, options("v.*", json!({})));
    registry.ok(MODULE, options("v.*", json!({"state": "absent"})));
    let state = registry.emulator.snapshot();
    assert_eq!(state.pointer("/namespaces/acme/repositories/app/tags/0/immutable"), Some(&json!(true)));
}

#[test]
fn a_rename_sends_the_kept_behavior() {
    let registry = registry();
    registry.ok(MODULE, options("v", json!({"behavior": "not_matching_immutable"})));
    let renamed = registry.ok(MODULE, options("v ", json!({"new_tag_pattern": "w"})));
    assert_eq!(renamed.requests.last().unwrap().request, json!({"tagPattern": "w", "tagPatternMatches": false}));
    assert!(!registry.ok(MODULE, options("v", json!({"new_tag_pattern": "w"}))).changed());
}

#[test]
fn of_two_policies_absent_deletes_the_old_one() {
    let registry = registry();
    let first = registry.ok(MODULE, options("v", json!({})));
    registry.ok(MODULE, options("w", json!({})));
    let both = |state: &str| options("v", json!({"new_tag_pattern": "w", "state": state}));
    let message = registry.refused_everywhere(MODULE, both("present"));
    assert!(message.contains("tag_pattern v and new_tag_pattern w both exist"), "{message}");
    let gone = registry.ok(MODULE, both("absent"));
    assert!(gone.writes()[0].ends_with(first.result["id"].as_str().unwrap()));
    assert!(registry.ok(MODULE, both("absent")).changed(), "then the new one is what is left");
    assert!(!registry.ok(MODULE, both("absent")).changed());
}

#[test]
fn patterns_that_cannot_be_are_refused_before_any_request() {
    let registry = Registry::new();
    for (pattern, why) in [("  ", "1 character or more"), (&*"v".repeat(257), "at most 256"), ("[v", "not a regular")] {
        let run = registry.run(MODULE, options(pattern, json!({})));
        run.assert_refused();
        assert_eq!(run.lines(), Vec::<String>::new());
        assert!(run.message().contains(why), "{}", run.message());
    }
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    let refused = registry.run(MODULE, options("*v", json!({})));
    assert!(refused.message().contains("Invalid regex pattern"), "{}", refused.message());
}

#[test]
fn a_policy_that_appeared_meanwhile_is_no_change() {
    let registry = registry();
    let created = registry.ok(MODULE, options("v", json!({})));
    let empty = Fault::status(200, "application/json", r#"{"policies": []}"#);
    registry.emulator.fault(empty.on("GET", "*/immutabilitypolicy/").times(1));
    let run = registry.ok(MODULE, options("v", json!({})));
    assert!(!run.changed());
    assert_eq!(run.result["id"], created.result["id"]);
}

#[test]
fn missing_repositories_rights_and_features_are_told() {
    let registry = registry();
    let nowhere = |state: &str| options("v", json!({"repository": "acme/nothing", "state": state}));
    assert_eq!(
        registry.refused_everywhere(MODULE, nowhere("present")),
        "cannot create an immutability policy for the repository acme/nothing: the repository acme/nothing does not exist"
    );
    assert!(!registry.ok(MODULE, nowhere("absent")).changed());

    let token = registry.emulator.token_for("jdoe", &["repo:admin"]);
    let run = registry.run_as(&token, MODULE, options("v", json!({})), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("needs a token with the scope repo:admin"), "{}", run.message());

    registry.emulator.set_feature("IMMUTABLE_TAGS", false);
    for state in ["present", "absent"] {
        let message = registry.refused_everywhere(MODULE, options("v", json!({"state": state})));
        assert!(message.contains("FEATURE_IMMUTABLE_TAGS is off"), "{message}");
    }
}

#[test]
fn repositories_of_other_users_are_left_alone() {
    let registry = Registry::new();
    let token = registry.emulator.token_for("jdoe", &["repo:create", "repo:admin", "user:read"]);
    registry.run_as(&token, "quay_repository", json!({"name": "app"}), Mode::Real);
    let message = registry.refused_everywhere(MODULE, options("v", json!({"repository": "jdoe/app"})));
    assert!(message.contains("jdoe is another user"), "{message}");
    assert!(registry.run_as(&token, MODULE, options("v", json!({"repository": "app"})), Mode::Real).changed());
}
