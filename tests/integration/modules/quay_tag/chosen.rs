//! Many tags in one call.

use serde_json::{Value, json};

use super::{DAY, MODULE, PATH, WEEK, alter, bodies, now, registry};
use crate::support::{Registry, Run, merged};

/// `v1`, and the pull requests 1 (old), 2 (old, kept), 3 (new) and 4 (old, locked).
fn pulls() -> Registry {
    let (registry, _) = registry();
    for (number, age) in [(1, 40), (2, 40), (3, 1), (4, 40)] {
        let tag = format!("pr-{number}");
        registry.emulator.push_image("acme/app", &tag);
        alter(&registry, &tag, |entry| entry.start = (now() - age * DAY) * 1_000_000);
    }
    alter(&registry, "pr-4", |entry| entry.immutable = true);
    registry.emulator.clear_journal();
    registry
}

fn choose(registry: &Registry, more: Value) -> Run {
    let options = merged(json!({"image": "acme/app", "match": ["pr-*"]}), &more);
    let check = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options.clone());
    let [foretold, done] = [&check, &run].map(without_ends);
    for key in ["changed", "diff", "tags", "warnings"] {
        assert_eq!(foretold[key], done[key], "{key}");
    }
    assert!(check.writes().is_empty());
    let again = registry.ok(MODULE, options);
    assert!(!again.changed() && again.writes().is_empty(), "{}", again.result);
    assert_eq!(again.result["tags"], json!([]));
    run
}

/// The result without the moments that count from now: the run can come a second after the check.
fn without_ends(run: &Run) -> Value {
    let mut result = run.result.clone();
    for tag in result["diff"]["after"].as_object_mut().into_iter().flat_map(|tags| tags.values_mut()) {
        if tag["expiration"].as_str().is_some_and(|end| !end.is_empty()) {
            tag["expiration"] = json!("an end");
        }
    }
    result
}

#[test]
fn old_tags_that_fit_are_deleted() {
    let registry = pulls();
    let run = choose(&registry, json!({"keep": ["pr-2"], "older_than": "30d", "state": "absent"}));
    assert_eq!(run.writes(), [format!("DELETE {PATH}/pr-1")]);
    assert_eq!(run.requests.len(), 3, "the list, the window, the deletion: {:?}", run.lines());
    assert_eq!(run.result["tags"], json!(["pr-1"]));
    assert_eq!(run.warnings(), ["the tag acme/app:pr-4 is immutable and stays"]);
    assert!((13 * DAY..=14 * DAY).contains(&(run.result["recoverable_until"].as_i64().unwrap() - now())));
    assert_eq!((&run.before()["pr-1"]["tag"], &run.after()["pr-1"]), (&json!("pr-1"), &json!({})));
}

#[test]
fn no_pattern_chooses_nothing() {
    let registry = pulls();
    let run = choose(&registry, json!({"match": [], "state": "absent"}));
    assert!(!run.changed());
    let run = choose(&registry, json!({"match": ["x*"], "state": "absent"}));
    assert_eq!((run.changed(), &run.result["tags"]), (false, &json!([])));
    assert!(!registry.ok(MODULE, json!({"image": "acme/nosuch", "match": ["*"], "state": "absent"})).changed());
    let message =
        registry.refused_everywhere(MODULE, json!({"image": "acme/nosuch", "match": ["*"], "immutable": true}));
    assert!(message.contains("acme/nosuch"), "{message}");
}

#[test]
fn more_than_the_ceiling_is_refused() {
    let registry = pulls();
    let options = json!({"image": "acme/app", "match": ["pr-*"], "state": "absent", "max_removals": 2});
    let message = registry.refused_everywhere(MODULE, options.clone());
    assert!(message.contains("3 would be changed, and max_removals permits 2"), "{message}");
    assert!(registry.ok(MODULE, merged(options, &json!({"max_removals": 3}))).changed());

    for number in 0..101 {
        registry.emulator.push_image("acme/app", &format!("many-{number}"));
    }
    let message =
        registry.refused_everywhere(MODULE, json!({"image": "acme/app", "match": ["many-*"], "state": "absent"}));
    assert!(message.contains("101 would be changed, and max_removals permits 100"), "{message}");
}

#[test]
fn tags_that_fit_expire_or_are_locked() {
    let registry = pulls();
    let run = choose(&registry, json!({"keep": ["pr-4"], "expiration": "+14d"}));
    assert_eq!(run.result["tags"], json!(["pr-1", "pr-2", "pr-3"]));
    let ends: Vec<i64> = bodies(&run).iter().map(|body| body["expiration"].as_i64().unwrap() - now()).collect();
    assert!(ends.iter().all(|end| (2 * WEEK - 10..=2 * WEEK).contains(end)), "{ends:?}");
    let run = choose(&registry, json!({"expiration": "", "immutable": true}));
    assert_eq!(run.result["tags"].as_array().unwrap().len(), 3);
}

#[test]
fn an_end_so_long_from_now_is_no_change_where_it_comes_earlier() {
    let (registry, _) = registry();
    let expiring = |expiration: &str| registry.ok(MODULE, json!({"image": "acme/app:v1", "expiration": expiration}));
    assert!(expiring("+30d").changed());
    for later in ["+30d", "+31d"] {
        assert!(!expiring(later).changed(), "{later}");
    }
    let run = expiring("+20d");
    assert!((20 * DAY - 10..=20 * DAY).contains(&(run.result["end_ts"].as_i64().unwrap() - now())));
    for wrong in ["+", "+5s", "+soon"] {
        let message = registry.refused_everywhere(MODULE, json!({"image": "acme/app:v1", "expiration": wrong}));
        assert!(message.contains("expiration: "), "{message}");
    }
}

#[test]
fn many_tags_go_for_good_when_their_number_is_known() {
    let registry = pulls();
    let options = json!({"image": "acme/app", "match": ["pr-[123]"], "permanent": true, "state": "absent"});
    let message = registry.refused_everywhere(MODULE, options);
    assert!(message.contains("with match it needs max_removals"), "{message}");
    let run =
        choose(&registry, json!({"match": ["pr-[123]"], "permanent": true, "state": "absent", "max_removals": 3}));
    assert_eq!((bodies(&run).len(), &run.result["recoverable_until"]), (3, &json!(0)));
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let registry = pulls();
    for (options, part) in [
        (json!({"image": "acme/app:v1", "match": ["*"], "state": "absent"}), "without a tag or digest"),
        (json!({"match": ["*"], "tag": "v1", "state": "absent"}), "without a tag or digest"),
        (json!({"match": ["*"]}), "match: needs expiration, immutable or state: absent"),
        (json!({"match": ["*"], "state": "restored"}), "match: needs expiration"),
        (json!({"keep": ["v1"], "state": "absent"}), "only with match"),
        (json!({"match": ["*"], "max_removals": -1, "state": "absent"}), "must be 0 or more"),
        (json!({"match": ["*"], "older_than": "long", "state": "absent"}), "is not a period"),
    ] {
        let message = registry.refused_everywhere(MODULE, merged(json!({"image": "acme/app"}), &options));
        assert!(message.contains(part), "{message}");
    }
}
