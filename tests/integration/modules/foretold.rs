//! What a new policy takes of the tags that are there: told in a check and with a difference, and asked for in no other run.

use quay_emulator::Fault;
use serde_json::{Value, json};

use super::images;
use super::quay_policy_preview::pushed;
use crate::support::{Mode, Registry, Run, merged};

const PRUNE: [(&str, &str, &str); 2] =
    [("quay_repository_prune", "repository", "acme/app"), ("quay_organization_prune", "namespace", "acme")];
const LOCK: [(&str, &str, &str); 2] = [
    ("quay_repository_immutability", "repository", "acme/app"),
    ("quay_organization_immutability", "namespace", "acme"),
];

/// A repository with tags `t1` to `t6`, a day between each.
fn six() -> Registry {
    let registry = images::registry();
    pushed(&registry, "app", 6);
    registry
}

fn of(place: (&str, &str, &str), more: Value) -> Value {
    merged(json!({place.1: place.2}), &more)
}

fn tags(run: &Run, key: &str) -> Vec<String> {
    let entries = run.result[key].as_array().unwrap_or_else(|| panic!("no {key} in {}", run.result));
    entries.iter().map(|entry| entry["tag"].as_str().unwrap().to_owned()).collect()
}

fn keep(count: &str) -> Value {
    json!({"method": "tags", "value": count})
}

#[test]
fn a_new_prune_policy_tells_what_it_takes() {
    for place in PRUNE {
        let registry = six();
        for run in [registry.check(place.0, of(place, keep("4"))), registry.ok(place.0, of(place, keep("4")))] {
            assert_eq!(tags(&run, "prune"), ["t2", "t1"], "{}", run.result);
            assert_eq!(run.after()["prunes_now"], json!(["acme/app:t2", "acme/app:t1"]));
            assert_eq!(run.after()["preview"], "would prune 2 of 6 tags in 1 repository");
            assert!(run.before().get("preview").is_none(), "{}", run.result);
            let object = &run.result[place.0.trim_start_matches("quay_")];
            assert!(object.get("prunes_now").is_none() && object["policies"].is_array(), "{object}");
        }
        // Neither what is in force nor what goes takes anything new.
        for state in ["present", "absent"] {
            let run = registry.check(place.0, of(place, merged(keep("4"), &json!({"state": state}))));
            assert!(run.result.get("prune").is_none() && !run.lines().iter().any(|line| line.ends_with("/tag/")));
        }
    }
}

#[test]
fn a_policy_in_the_place_of_others_is_judged_without_them() {
    for place in PRUNE {
        let registry = six();
        registry.ok(place.0, of(place, json!({"method": "date", "value": "2d"})));
        let beside = registry.check(place.0, of(place, keep("1")));
        assert_eq!(tags(&beside, "prune"), ["t5"], "those of more than 2 days go by age");
        let alone = registry.check(place.0, of(place, merged(keep("4"), &json!({"append": false}))));
        assert_eq!(tags(&alone, "prune"), ["t2", "t1"]);
    }
}

#[test]
fn a_new_or_changed_immutability_policy_tells_what_it_locks() {
    for place in LOCK {
        let registry = six();
        registry.ok("quay_tag", json!({"image": "acme/app:t4", "tag": "t4", "expiration": "203001010000.00"}));
        let options = of(place, json!({"tag_pattern": "t[14]"}));
        for run in [registry.check(place.0, options.clone()), registry.ok(place.0, options.clone())] {
            assert_eq!(tags(&run, "lock"), ["t4", "t1"], "{}", run.result);
            assert_eq!(run.after()["locks_now"], json!(["acme/app:t4 (loses its expiration)", "acme/app:t1"]));
            assert_eq!(run.after()["preview"], "would lock 2 of 6 tags in 1 repository");
            assert!(!run.lines().iter().any(|line| line.contains("autoprunepolicy")), "{:?}", run.lines());
        }
        let changed = registry.check(place.0, merged(options.clone(), &json!({"new_tag_pattern": "t[12]"})));
        assert_eq!(tags(&changed, "lock"), ["t2"], "the other is locked already");
        assert!(registry.check(place.0, options).result.get("lock").is_none());
    }
}

#[test]
fn nobody_who_looks_costs_no_request() {
    for (places, options) in [(PRUNE, keep("4")), (LOCK, json!({"tag_pattern": "t.*"}))] {
        for place in places {
            let registry = six();
            let mut arguments = registry.arguments(place.0, of(place, options.clone()));
            arguments["_ansible_diff"] = json!(false);
            arguments["quay_token"] = json!(registry.token);
            let run = registry.run_exactly(&arguments, &[]);
            assert!(run.changed());
            let is_of_policies = |line: &String| line.contains("policy/") || line == "GET /api/v1/organization/acme";
            assert!(run.lines().iter().all(is_of_policies), "{:?}", run.lines());
            assert!(run.result.get("prune").is_none() && run.result.get("lock").is_none());
        }
    }
}

#[test]
fn tags_that_cannot_be_read_stop_nothing() {
    for (place, key) in [(PRUNE[0], "prune"), (LOCK[0], "lock")] {
        let registry = six();
        registry.emulator.fault(Fault::html(502).on("GET", "*/tag/"));
        let more = if key == "prune" { keep("4") } else { json!({"tag_pattern": "t.*"}) };
        let run = registry.run_as(&registry.token, place.0, of(place, more), Mode::Real);
        assert!(run.changed() && run.result.get(key).is_none(), "{}", run.result);
        let told = "which tags the new policies of the repository acme/app take cannot be seen: cannot ";
        assert!(run.warnings()[0].starts_with(told), "{}", run.result);
    }
}

#[test]
fn what_stops_the_namespace_is_told_with_the_policy() {
    let registry = six();
    let run = registry.check(PRUNE[0].0, of(PRUNE[0], merged(keep("4"), &json!({"tag_pattern": "*x"}))));
    assert!(tags(&run, "prune").is_empty() && run.after().get("preview").is_none());
    assert!(run.warnings()[1].starts_with("auto-pruning is stuck for the whole namespace acme"), "{}", run.result);
}

#[test]
fn tags_are_as_old_as_the_server_says() {
    let registry = six();
    registry.emulator.fault(Fault::ahead(2 * 86_400));
    let old = json!({"method": "date", "value": "4d"});
    assert_eq!(tags(&registry.check(PRUNE[0].0, of(PRUNE[0], old)), "prune"), ["t4", "t3", "t2", "t1"]);
    let chosen = json!({"image": "acme/app", "match": ["*"], "older_than": "4d", "state": "absent"});
    let run = registry.check("quay_tag", chosen);
    assert_eq!(run.result["tags"], json!(["t1", "t2", "t3", "t4"]), "{}", run.result);
    // A tag can come back for as long as the server counts.
    let gone = registry.check("quay_tag", json!({"image": "acme/app", "tag": "t6", "state": "absent"}));
    let until = gone.result["recoverable_until"].as_i64().unwrap() - jiff::Timestamp::now().as_second();
    assert!((15 * 86_400..=16 * 86_400).contains(&until), "{until}");
}

#[test]
fn what_comes_free_is_told_with_the_policy() {
    let free = "auto-pruning is stuck for the whole namespace acme and will work again: policies that are there already would prune 2 of ";
    let registry = six();
    pushed(&registry, "other", 3);
    let policy = |repository: &str, count: &str, pattern: &str| {
        merged(keep(count), &json!({"repository": repository, "tag_pattern": pattern}))
    };
    registry.ok(PRUNE[0].0, policy("acme/app", "4", "t"));
    registry.ok(PRUNE[0].0, policy("acme/other", "1", "t"));
    registry.ok("quay_repository", json!({"name": "acme/other", "repo_state": "READ_ONLY"}));
    let run = registry.check(PRUNE[1].0, of(PRUNE[1], keep("100")));
    assert_eq!(tags(&run, "prune"), ["t2", "t1"], "{}", run.result);
    assert!(run.warnings()[0].starts_with(&format!("{free}6 tags in 1 repository")), "{:?}", run.warnings());

    // A policy in the place of one that no database understands.
    registry.ok("quay_repository", json!({"name": "acme/other", "repo_state": "NORMAL"}));
    registry.ok(PRUNE[0].0, merged(policy("acme/app", "4", "*x"), &json!({"append": false})));
    let run = registry.check(PRUNE[0].0, of(PRUNE[0], merged(keep("6"), &json!({"append": false}))));
    assert_eq!(tags(&run, "prune"), ["t2", "t1"], "{}", run.result);
    assert!(
        run.warnings()[0].starts_with(&format!("{free}9 tags in 2 repositories: acme/other:t2")),
        "{:?}",
        run.warnings()
    );
}
