//! `quay_repository_prune`. What it shares with `quay_organization_prune` is tested there.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_repository_prune";
const LIST: &str = "GET /api/v1/repository/acme/app/autoprunepolicy/";
const POST: &str = "POST /api/v1/repository/acme/app/autoprunepolicy/";

fn registry() -> Registry {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    registry
}

fn tags(count: &str, more: Value) -> Value {
    let mut options = json!({"repository": "acme/app", "method": "tags", "value": count});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

fn policies(run: &Value) -> Vec<&Value> {
    run["policies"].as_array().unwrap().iter().map(|policy| &policy["value"]).collect()
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        // The value stands here too, because the removal needs one.
        base: json!({"repository": "/acme/app/", "method": "tags", "value": "30", "tag_pattern": "dev"}),
        create: json!({"value": "20"}),
        update: json!({"append": false}),
        // One more than list and write: whether acme is an organization.
        // The difference tells which tags the policy takes; without one it is three less.
        requests: Budget { create: 7, repeat: 1, update: 7, remove: 3 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), [POST]);
    assert_eq!(create.before(), &json!({"repository": "acme/app", "policies": []}));
    assert_eq!(update.writes()[0].split_once("policy/").unwrap().1, create.result["id"], "one PUT keeps the uuid");
    assert!(update.writes()[0].starts_with("PUT "));
    assert_eq!(update.requests.last().unwrap().request["tagPattern"], "dev", "an update drops what it does not carry");
    assert_eq!(remove.result["id"], create.result["id"]);
}

#[test]
fn the_id_is_empty_as_long_as_there_is_none() {
    let registry = registry();
    assert_eq!(registry.check(MODULE, tags("5", json!({}))).result["id"], "");
    assert_eq!(registry.ok(MODULE, tags("5", json!({"state": "absent"}))).result["id"], "");
    let created = registry.ok(MODULE, tags("5", json!({})));
    assert_eq!(registry.ok(MODULE, tags("5", json!({}))).result["id"], created.result["id"]);
    assert_eq!(registry.check(MODULE, tags("5", json!({"state": "absent"}))).result["id"], created.result["id"]);
}

#[test]
fn the_whole_list_is_shown() {
    let registry = registry();
    registry.ok(MODULE, tags("1", json!({})));
    let second = registry.ok(MODULE, tags("2", json!({})));
    assert_eq!(policies(second.before()), [1]);
    assert_eq!(policies(second.after()), [1, 2]);
    let gone = registry.ok(MODULE, tags("1", json!({"state": "absent", "append": false})));
    assert_eq!(policies(gone.after()), [2], "append counts for nothing then");
}

#[test]
fn the_only_policy_is_created_before_the_others_are_deleted() {
    let registry = registry();
    registry.ok(MODULE, tags("1", json!({})));
    registry.ok(MODULE, tags("2", json!({})));
    let options = tags("3", json!({"append": false}));
    registry
        .emulator
        .fault(Fault::status(400, "application/json", r#"{"detail": "no"}"#).on("POST", "*/autoprunepolicy/").times(1));
    let refused = registry.run(MODULE, options.clone());
    assert_eq!(refused.result["changed"], false);
    assert!(refused.message().contains("cannot create an auto-prune policy for the repository acme/app"));
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(run.writes()[0], POST);
    assert_eq!(run.writes().len(), 3);
    assert_eq!(policies(run.after()), [3]);
    assert_eq!(registry.ok(MODULE, options).lines(), [LIST]);
}

#[test]
fn a_policy_that_appeared_meanwhile_is_no_change() {
    let registry = registry();
    registry.ok(MODULE, tags("5", json!({})));
    let empty = Fault::status(200, "application/json", r#"{"policies": []}"#);
    registry.emulator.fault(empty.on("GET", "*/autoprunepolicy/").times(1));
    assert!(!registry.ok(MODULE, tags("5", json!({}))).changed());
}

#[test]
fn a_refused_deletion_is_an_error() {
    let registry = registry();
    registry.ok(MODULE, tags("5", json!({})));
    registry
        .emulator
        .fault(Fault::status(400, "application/json", r#"{"detail": "no"}"#).on("DELETE", "*/autoprunepolicy/*"));
    let run = registry.run(MODULE, tags("5", json!({"state": "absent"})));
    assert_eq!(
        run.message(),
        "cannot delete the auto-prune policy (tags 5) of the repository acme/app: Quay says \"no\" (status 400)"
    );
    assert_eq!(run.result["changed"], false);
}

#[test]
fn bad_values_are_refused_before_any_request() {
    let registry = Registry::new();
    let date = |value: &str| tags(value, json!({"method": "date"}));
    for options in [tags("0", json!({})), tags("x", json!({})), date("0d"), date("7"), date("7y"), date("7D")] {
        let run = registry.check(MODULE, options);
        run.assert_refused();
        assert_eq!(run.lines(), Vec::<String>::new());
        assert!(run.message().starts_with("value: "), "{}", run.message());
    }
    let message = registry.refused_everywhere(MODULE, tags("5", json!({"tag_pattern": "a)"})));
    assert!(message.contains("\"a)\" is not a regular expression"), "{message}");
    // What some database accepts is left to the server.
    let run = registry.check(MODULE, tags("5", json!({"tag_pattern": "[[:alpha:](]"})));
    assert!(!run.lines().is_empty());
}

#[test]
fn a_missing_repository_is_an_error_and_fine_for_absent() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    assert_eq!(
        registry.refused_everywhere(MODULE, tags("5", json!({}))),
        "cannot create an auto-prune policy for the repository acme/app: the repository acme/app does not exist"
    );
    let gone = registry.ok(MODULE, tags("5", json!({"state": "absent"})));
    assert_eq!((gone.changed(), gone.lines().len()), (false, 1));
    // Others get 403 for what is not there.
    let token = registry.emulator.token_for("jdoe", &["repo:admin"]);
    let nowhere = json!({"repository": "nowhere/app", "state": "absent"});
    assert!(!registry.run_as(&token, MODULE, tags("5", nowhere), Mode::Real).changed());
}

#[test]
fn whoever_lacks_the_right_learns_which_one() {
    let registry = registry();
    let token = registry.emulator.token_for("jdoe", &["repo:admin"]);
    let run = registry.run_as(&token, MODULE, tags("5", json!({})), Mode::Real);
    run.assert_refused();
    assert_eq!(
        run.message(),
        "cannot read the auto-prune policies of the repository acme/app: Quay says \"Unauthorized\" (status 403); this \
         needs a token with the scope repo:admin, and a user who is an administrator of the repository"
    );
}

#[test]
fn a_feature_that_is_off_is_named() {
    let registry = Registry::with(Config::default().feature("AUTO_PRUNE", false));
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    for state in ["present", "absent"] {
        let message = registry.refused_everywhere(MODULE, tags("5", json!({"state": state})));
        assert!(message.contains("FEATURE_AUTO_PRUNE is off"), "{message}");
    }
}

#[test]
fn a_name_without_a_namespace_is_the_callers_own() {
    let registry = Registry::new();
    registry.ok("quay_repository", json!({"name": "app"}));
    let run = registry.ok(MODULE, tags("5", json!({"repository": "app"})));
    assert_eq!(run.lines()[..2], ["GET /api/v1/user/", "GET /api/v1/repository/admin/app/autoprunepolicy/"]);
    assert_eq!(run.writes(), ["POST /api/v1/repository/admin/app/autoprunepolicy/"]);
    assert_eq!(run.after()["repository"], "admin/app");
    let run = registry.run_as("", MODULE, tags("5", json!({"repository": "app"})), Mode::Check);
    run.assert_refused();
    assert!(run.message().contains("repository: must include the organization"), "{}", run.message());
}

#[test]
fn repositories_of_other_users_are_left_alone() {
    let registry = Registry::new();
    let token = registry.emulator.token_for("jdoe", &["repo:create", "repo:admin", "user:read"]);
    registry.run_as(&token, "quay_repository", json!({"name": "jdoe/app"}), Mode::Real);
    let options = tags("5", json!({"repository": "jdoe/app"}));
    assert_eq!(
        registry.refused_everywhere(MODULE, options.clone()),
        "cannot change the auto-prune policies of the repository jdoe/app: jdoe is another user, and personal \
         repositories are that user's own"
    );
    assert!(registry.run_as(&token, MODULE, options.clone(), Mode::Real).changed());
    // Nothing to write, nothing to refuse.
    assert!(!registry.ok(MODULE, options).changed());
}
