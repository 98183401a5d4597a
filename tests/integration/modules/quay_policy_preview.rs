//! `quay_policy_preview`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::modules::images;
use crate::support::{Mode, Registry, Run};

const MODULE: &str = "quay_policy_preview";
const DAY: i64 = 86_400_000_000;

/// A repository of acme with tags `t1`, `t2`..., each a day older than the next; the last was pushed an hour ago.
pub fn pushed(registry: &Registry, repository: &str, tags: usize) {
    for number in 1..=tags {
        registry.emulator.push_image(&format!("acme/{repository}"), &format!("t{number}"));
    }
    registry.emulator.with_state(|state| {
        let all = &mut state.repository_mut("acme", repository).unwrap().tags;
        let count = all.len() as i64;
        for (age, tag) in (0..count).rev().zip(all.iter_mut()) {
            tag.start -= age * DAY + DAY / 24;
        }
    });
    registry.emulator.clear_journal();
}

fn policies(registry: &Registry, namespace: Option<Value>, repository: Option<Value>) {
    let all = [
        ("quay_organization_prune", json!({"namespace": "acme"}), namespace),
        ("quay_repository_prune", json!({"repository": "acme/app"}), repository),
    ];
    for (module, mut options, more) in all {
        if let Some(Value::Object(mut more)) = more {
            options.as_object_mut().unwrap().append(&mut more);
            registry.ok(module, options);
        }
    }
    registry.emulator.clear_journal();
}

fn found(run: &Run, key: &str) -> Vec<String> {
    let entries = run.result[key].as_array().unwrap();
    entries.iter().map(|entry| entry["tag"].as_str().unwrap().to_owned()).collect()
}

fn app(more: Value) -> Value {
    crate::support::merged(json!({"repository": "acme/app"}), &more)
}

#[test]
fn policies_of_both_levels_take_tags() {
    let registry = images::registry();
    pushed(&registry, "app", 6);
    policies(&registry, Some(json!({"method": "tags", "value": "3"})), Some(json!({"method": "date", "value": "4d"})));
    let run = registry.ok(MODULE, app(json!({})));
    assert!(!run.changed() && run.result.get("diff").is_none() && run.warnings().is_empty(), "{}", run.result);
    assert_eq!(run.result["exists"], true);
    // By age first, and what is left counts.
    assert_eq!(found(&run, "prune"), ["t2", "t1", "t3"]);
    assert_eq!(run.result["lock"], json!([]));
    let one = &run.result["prune"][2];
    assert_eq!(one["repository"], "acme/app");
    assert_eq!((&one["policy"], &one["borderline"]), (&json!("tags 3 of the namespace acme"), &json!(false)));
    assert!((3 * 86_400 + 3600..3 * 86_400 + 3660).contains(&one["age"].as_i64().unwrap()), "{one}");
    assert_eq!(run.result["prune"][0]["policy"], "date 4d of the repository acme/app");
    assert_eq!((&run.result["tags"], &run.result["repositories"]), (&json!(6), &json!(1)));
    let lines = [
        "GET /config",
        "GET /api/v1/repository/acme/app",
        "GET /api/v1/organization/acme/autoprunepolicy/",
        "GET /api/v1/repository/acme/app/autoprunepolicy/",
        "GET /api/v1/repository/acme/app/tag/",
    ];
    let mut asked = run.lines();
    asked.sort_unstable();
    let mut expected = lines.to_vec();
    expected.sort_unstable();
    assert_eq!(asked, expected);
}

#[test]
fn other_policies_can_be_tried() {
    let registry = images::registry();
    pushed(&registry, "app", 6);
    policies(&registry, None, Some(json!({"method": "tags", "value": "5"})));
    let wanted = json!([{"method": "tags", "value": 1, "tag_pattern": "[123]"}]);
    let replaced = registry.check(MODULE, app(json!({"prune_policies": wanted})));
    assert_eq!(found(&replaced, "prune"), ["t2", "t1"]);
    let added = registry.check(MODULE, app(json!({"prune_policies": wanted, "mode": "add"})));
    assert_eq!(found(&added, "prune"), ["t1", "t2"]);
    let none = registry.check(MODULE, app(json!({"prune_policies": []})));
    assert_eq!((found(&none, "prune").len(), none.result["tags"].as_i64()), (0, Some(0)));
    // A policy of the namespace is tried beside those of its repositories.
    let all = json!({"organization": "acme", "prune_policies": [{"method": "tags", "value": "2"}]});
    assert_eq!(found(&registry.check(MODULE, all), "prune"), ["t4", "t3", "t2", "t1"]);
}

#[test]
fn what_is_locked_is_pruned_no_more() {
    let registry = images::registry();
    pushed(&registry, "app", 4);
    registry.ok("quay_tag", json!({"image": "acme/app:t4", "tag": "t4", "expiration": "203001010000.00"}));
    let wanted = json!({"prune_policies": [{"method": "tags", "value": "1"}], "immutability_policies": [
        {"tag_pattern": "t[24]"}, {"tag_pattern": "t.|T1", "behavior": "not_matching_immutable"}]});
    let run = registry.ok(MODULE, app(wanted));
    assert_eq!(found(&run, "lock"), ["t4", "t2"]);
    assert_eq!(found(&run, "prune"), ["t1"]);
    assert_eq!(run.result["lock"][0]["loses_expiration"], true);
    assert_eq!(run.result["lock"][1]["loses_expiration"], false);
}

#[test]
fn what_stops_a_namespace_is_told() {
    let registry = images::registry();
    pushed(&registry, "app", 3);
    pushed(&registry, "other", 3);
    let all = json!({"organization": "acme"});
    registry.ok("quay_repository_prune", json!({"repository": "acme/other", "method": "tags", "value": "1"}));
    policies(&registry, None, Some(json!({"method": "tags", "value": "2"})));
    assert_eq!(found(&registry.ok(MODULE, all.clone()), "prune"), ["t1", "t2", "t1"]);

    registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    let stuck = registry.ok(MODULE, all.clone());
    assert_eq!(found(&stuck, "prune"), Vec::<String>::new());
    let why = "auto-pruning is stuck for the whole namespace acme until this policy is gone: tags 2 of the repository acme/app \
               (the repository is in the state READ_ONLY)";
    assert_eq!(stuck.warnings(), [why]);

    // With a policy of the namespace, the worker passes over it.
    policies(&registry, Some(json!({"method": "tags", "value": "100"})), None);
    assert_eq!(found(&registry.ok(MODULE, all.clone()), "prune"), ["t2", "t1"]);
    let broken =
        json!({"organization": "acme", "prune_policies": [{"method": "tags", "value": "1", "tag_pattern": "*a"}]});
    let stuck = registry.ok(MODULE, broken);
    assert_eq!(found(&stuck, "prune"), Vec::<String>::new());
    assert!(stuck.warnings()[0].contains("tags 1, pattern *a of the namespace acme (no database accepts its pattern)"));
    let other = json!({"organization": "acme", "prune_policies": [
        {"method": "tags", "value": "1", "tag_pattern": "(?i)T"}, {"method": "tags", "value": "1", "tag_pattern": "\\yt"}]});
    let run = registry.ok(MODULE, other);
    assert_eq!(found(&run, "prune"), ["t2", "t1"]);
    assert!(
        run.warnings()[0].ends_with("the pattern (?i)T depends on the database of the server"),
        "{:?}",
        run.warnings()
    );
    assert!(run.warnings()[1].contains("only the database of the server can read the pattern \\yt"));
}

#[test]
fn what_is_not_known_of_the_namespace_is_no_loud_warning() {
    let registry = images::registry();
    pushed(&registry, "app", 3);
    pushed(&registry, "other", 3);
    registry.ok("quay_repository_prune", json!({"repository": "acme/other", "method": "tags", "value": "1"}));
    policies(&registry, None, Some(json!({"method": "tags", "value": "2"})));
    registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    let hidden =
        Fault::status(403, "application/json", r#"{"error_type": "insufficient_scope", "message": "Unauthorized"}"#)
            .on("GET", "/api/v1/organization/acme/autoprunepolicy/");
    registry.emulator.fault(hidden);
    let run = registry.ok(MODULE, json!({"organization": "acme"}));
    assert_eq!(found(&run, "prune"), ["t2", "t1"]);
    assert!(
        run.warnings()[1].starts_with("auto-pruning may be stuck for the whole namespace acme"),
        "{:?}",
        run.warnings()
    );
}

#[test]
fn slow_patterns_lock_what_does_not_match() {
    let registry = images::registry();
    let tag = "a".repeat(128);
    registry.emulator.push_image("acme/app", &tag);
    let policy = json!({"tag_pattern": "(a*)*\\1b", "behavior": "not_matching_immutable"});
    let run = registry.ok(MODULE, app(json!({"immutability_policies": [policy]})));
    assert_eq!(found(&run, "lock"), [tag]);
    assert_eq!(run.warnings(), ["the pattern (a*)*\\1b takes long, and Quay counts that as no match"]);
}

#[test]
fn policies_that_are_not_understood_are_told() {
    for (method, value, name) in [("creation_date", "-1d", "date -1d"), ("last_pull", "1h", "last_pull 1h")] {
        let default = json!({"method": method, "value": value});
        let registry = images::registry_with(Config::default().setting("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY", default));
        pushed(&registry, "app", 2);
        let run = registry.ok(MODULE, app(json!({})));
        assert_eq!(found(&run, "prune"), Vec::<String>::new());
        let why =
            format!("the auto-prune policy ({name}) of the server's configuration is not understood and left out");
        assert_eq!(run.warnings(), [why]);
    }
}

#[test]
fn tags_of_one_second_are_borderline_and_signatures_stay() {
    let registry = images::registry();
    pushed(&registry, "app", 4);
    let signature = format!("sha256-{}.sig", "a".repeat(64));
    registry.emulator.push_image("acme/app", &signature);
    registry.emulator.with_state(|state| {
        let tags = &mut state.repository_mut("acme", "app").unwrap().tags;
        let start = tags[0].start;
        tags.iter_mut().take(3).for_each(|tag| tag.start = start);
    });
    let run = registry.ok(MODULE, app(json!({"prune_policies": [{"method": "tags", "value": "2"}]})));
    assert_eq!(found(&run, "prune"), ["t2", "t3"]);
    assert!(run.result["prune"].as_array().unwrap().iter().all(|entry| entry["borderline"] == true));
    let siblings =
        "policies of other repositories of acme were not looked at; one of them may keep acme/app from being pruned";
    let tie = "tags 2 of the repository acme/app takes 2 of these tags of acme/app, and Quay does not tell which, as they are of one \
               second: t1, t2, t3";
    assert_eq!(run.warnings(), [siblings, tie, "acme/app has signatures, which only a Quay newer than 3.18.0 keeps"]);
}

#[test]
fn the_policy_of_the_configuration_counts() {
    let default = json!({"method": "number_of_tags", "value": 2, "tag_pattern": "t[12]"});
    let registry = images::registry_with(Config::default().setting("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY", default));
    pushed(&registry, "app", 6);
    // Without the flag, it takes what does not match.
    let run = registry.ok(MODULE, app(json!({})));
    assert_eq!(found(&run, "prune"), ["t4", "t3"]);
    assert_eq!(run.result["prune"][0]["policy"], "tags 2, pattern not t[12] of the server's configuration");
    let run = registry.ok(MODULE, app(json!({"prune_policies": [{"method": "tags", "value": 3}]})));
    assert_eq!(found(&run, "prune"), ["t4", "t3", "t1"]);
}

#[test]
fn hidden_policies_and_missing_features_are_told() {
    let registry = images::registry();
    pushed(&registry, "app", 3);
    policies(&registry, None, Some(json!({"method": "tags", "value": "1"})));
    registry.ok("quay_repository", json!({"name": "acme/app", "visibility": "public"}));
    let token = registry.emulator.token_for("bob", &["repo:read"]);
    let run = registry.run_as(&token, MODULE, app(json!({})), Mode::Real);
    assert_eq!(found(&run, "prune"), Vec::<String>::new());
    let hidden = ["the namespace acme", "the repository acme/app"]
        .map(|place| format!("the auto-prune policies of {place} are not shown to this caller"));
    assert_eq!(run.warnings(), hidden.each_ref().map(String::as_str));

    registry.emulator.set_feature("AUTO_PRUNE", false);
    registry.emulator.set_feature("IMMUTABLE_TAGS", false);
    let run = registry.ok(MODULE, app(json!({"immutability_policies": [{"tag_pattern": "t1"}]})));
    assert!(run.warnings()[0].starts_with("nothing is pruned: FEATURE_AUTO_PRUNE is off"), "{:?}", run.warnings());
    assert!(run.warnings()[1].starts_with("nothing is locked: FEATURE_IMMUTABLE_TAGS is off"), "{:?}", run.warnings());
}

#[test]
fn what_is_not_there_and_bad_options() {
    let registry = images::registry();
    for options in
        [json!({"repository": "acme/nosuch"}), json!({"organization": "nosuch"}), json!({"repository": "nosuch/app"})]
    {
        let run = registry.ok(MODULE, options);
        assert_eq!((&run.result["exists"], &run.result["prune"]), (&json!(false), &json!([])));
    }
    assert_eq!(registry.ok(MODULE, json!({"organization": "acme"})).result["exists"], true);
    for (options, part) in [
        (json!({}), "one of the following is required: organization, repository"),
        (app(json!({"organization": "acme"})), "mutually exclusive"),
        (
            app(json!({"prune_policies": [{"method": "tags", "value": "7d"}]})),
            "prune_policies: value: \"7d\" is not a number of tags",
        ),
        (
            app(json!({"prune_policies": [{"method": "tags", "value": "7", "tag_pattern": "(a"}]})),
            "is not a regular expression",
        ),
        (app(json!({"immutability_policies": [{"tag_pattern": ""}]})), "a pattern has 1 character or more"),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(part), "{message}");
    }
    registry.emulator.fault(Fault::html(500).on("GET", "/api/v1/repository/acme/app/tag/"));
    pushed(&registry, "app", 1);
    let message = registry.refused(MODULE, app(json!({"prune_policies": [{"method": "tags", "value": "1"}]})));
    assert!(message.starts_with("cannot list the tags of acme/app"), "{message}");
}
