//! Tags that come back, and tags that never will.

use quay_emulator::{Config, Fault, Image};
use serde_json::{Value, json};

use super::{DAY, MODULE, PATH, bodies, now, registry, with};
use crate::support::{Registry, Run};

/// `v1` on two images, one after the other; the digests.
fn moved() -> (Registry, [String; 2]) {
    let (registry, first) = registry();
    let second = registry.emulator.push("acme/app", "v1", &Image::new("second"));
    // Hours apart, as a second can hold many pushes here.
    shift(&registry, &[("v1", 0, -4, Some(-2)), ("v1", 1, -2, None)]);
    registry.emulator.clear_journal();
    (registry, [first, second])
}

/// Sets begin and end of entries of tags, in hours from now; the entries of a tag are counted from the oldest.
pub fn shift(registry: &Registry, entries: &[(&str, usize, i64, Option<i64>)]) {
    let at = |hours: i64| (now() + hours * 3600) * 1_000_000;
    registry.emulator.with_state(|state| {
        let tags = &mut state.repository_mut("acme", "app").unwrap().tags;
        for (name, number, start, end) in entries {
            let entry = tags.iter_mut().filter(|entry| entry.name == *name).nth(*number).unwrap();
            (entry.start, entry.end) = (at(*start), end.map(at));
        }
    });
}

fn restore(registry: &Registry, more: Value) -> Run {
    let options = crate::support::merged(json!({"image": "acme/app:v1", "state": "restored"}), &more);
    let check = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!((check.changed(), &check.result["diff"]), (run.changed(), &run.result["diff"]));
    assert_eq!(check.result["manifest_digest"], run.result["manifest_digest"]);
    assert!(check.writes().is_empty());
    let again = registry.ok(MODULE, options);
    assert!(!again.changed() && again.writes().is_empty(), "{}", again.result);
    assert_eq!(again.result["manifest_digest"], run.result["manifest_digest"]);
    run
}

#[test]
fn a_deleted_tag_comes_back() {
    let (registry, digest) = registry();
    let gone = registry.ok(MODULE, json!({"image": "acme/app:v1", "state": "absent"}));
    let left = gone.result["recoverable_until"].as_i64().unwrap() - now();
    assert!((14 * DAY - 5..=14 * DAY).contains(&left), "{left}");
    let run = restore(&registry, json!({}));
    assert_eq!(run.writes(), [format!("POST {PATH}/v1/restore")]);
    assert_eq!(bodies(&run), [json!({"manifest_digest": digest})]);
    assert_eq!(run.requests.len(), 4, "the history, its window, the restore, a look: {:?}", run.lines());
    assert_eq!((run.before(), &run.after()["manifest_digest"]), (&json!({}), &json!(digest)));
    assert_eq!(
        (&run.result["tag"], &run.result["end_ts"], &run.result["immutable"]),
        (&json!("v1"), &Value::Null, &json!(false))
    );
}

#[test]
fn a_moved_tag_goes_back_and_stays() {
    let (registry, [first, second]) = moved();
    let run = restore(&registry, json!({}));
    assert_eq!(run.before()["manifest_digest"], *second);
    assert_eq!(run.result["manifest_digest"], *first);
    // By a digest, and by a moment.
    let digest = json!({"image": format!("acme/app@{second}"), "tag": "v1"});
    assert_eq!(restore(&registry, digest).result["manifest_digest"], *second);
    assert_eq!(restore(&registry, json!({"at": "3h"})).result["manifest_digest"], *first);
    let format = json!({"at": (now() - 3600).to_string(), "expiration_format": "%s"});
    assert_eq!(restore(&registry, format).result["manifest_digest"], *second);
    let date = jiff::Timestamp::from_second(now() - 3 * 3600).unwrap().to_string();
    assert_eq!(restore(&registry, json!({"at": date})).result["manifest_digest"], *first);
}

#[test]
fn what_the_image_decides_is_told() {
    let (registry, _) = registry();
    registry.emulator.push("acme/app", "tmp", &Image::new("tmp").label("quay.expires-after", "2w"));
    registry.ok(MODULE, json!({"image": "acme/app:tmp", "state": "absent"}));
    let run = restore(&registry, json!({"image": "acme/app:tmp"}));
    assert!(run.result["end_ts"].as_i64().unwrap() > now() + 13 * DAY);
}

#[test]
fn a_policy_that_will_lock_the_tag_is_told_in_a_check() {
    let (registry, _) = registry();
    registry.ok(MODULE, json!({"image": "acme/app:v1", "state": "absent"}));
    let policy = |pattern: &str| json!({"repository": "acme/app", "tag_pattern": pattern});
    registry.ok("quay_repository_immutability", policy("v"));
    let options = json!({"image": "acme/app:v1", "state": "restored"});
    assert_eq!(registry.check(MODULE, options.clone()).warnings(), Vec::<&str>::new());
    registry.ok("quay_repository_immutability", policy("v[0-9]"));
    let check = registry.check(MODULE, options.clone());
    assert!(check.warnings()[0].contains("a policy makes the tag acme/app:v1 immutable"), "{:?}", check.warnings());
    assert_eq!(registry.ok(MODULE, options).result["immutable"], true);
}

#[test]
fn what_cannot_come_back_is_refused() {
    let (registry, [first, _]) = moved();
    let refused = |more: Value| {
        registry.refused_everywhere(
            MODULE,
            crate::support::merged(json!({"image": "acme/app:v1", "state": "restored"}), &more),
        )
    };
    let message = refused(json!({"image": "acme/app:v9"}));
    assert_eq!(message, "cannot restore the tag acme/app:v9: the tag never existed, or its time machine is over");
    let message = refused(json!({"at": "9h"}));
    assert!(message.contains("has no ended period that fits"), "{message}");
    let message = refused(json!({"image": "acme/nosuch:v1"}));
    assert!(
        message.contains("the repository acme/nosuch does not exist") || message.contains("has no such image"),
        "{message}"
    );

    registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": true}));
    let message = refused(json!({"at": "3h"}));
    assert!(message.contains("the tag is immutable: set immutable: false first"), "{message}");
    registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": false}));

    // The collector has taken the image, or it is that of another repository.
    let nowhere = json!({"image": format!("acme/app@sha256:{}", "0".repeat(64)), "tag": "v1", "state": "restored"});
    let message = registry.run(MODULE, nowhere).message();
    assert!(message.contains("the repository does not keep this image"), "{message}");

    registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    for message in [registry.run(MODULE, json!({"image": "acme/app:v1", "at": "3h", "state": "restored"})).message(), {
        let check =
            registry.check(MODULE, json!({"image": format!("acme/app@{first}"), "tag": "v1", "state": "restored"}));
        check.message()
    }] {
        assert!(message.contains("only a repository in the state NORMAL"), "{message}");
    }
}

#[test]
fn an_answer_that_is_lost_is_looked_up() {
    let (registry, [first, _]) = moved();
    registry.emulator.fault(Fault::drop_after().on("POST", &format!("{PATH}/v1/restore")).times(1));
    let run = registry.ok(MODULE, json!({"image": "acme/app:v1", "at": "3h", "state": "restored"}));
    assert_eq!((run.changed(), &run.result["manifest_digest"]), (true, &json!(first)));
}

#[test]
fn a_time_machine_that_is_over_is_told() {
    let (registry, _) = moved();
    shift(&registry, &[("v1", 0, -24 * 40, Some(-24 * 30))]);
    let check = registry.check(MODULE, json!({"image": "acme/app:v1", "at": "35d", "state": "restored"}));
    assert!(check.warnings()[0].contains("the image may be gone at any time"), "{:?}", check.warnings());
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let (registry, digest) = registry();
    for (options, part) in [
        (json!({"at": "2h"}), "at: only with state: restored"),
        (json!({"state": "restored", "at": "tomorrow"}), "is no moment"),
        (json!({"state": "restored", "at": "9999-01-01T00:00:00Z"}), "is in the future"),
        (
            json!({"state": "restored", "image": format!("acme/app@{digest}"), "tag": "v1", "at": "2h"}),
            "has a digest already",
        ),
        (json!({"state": "restored", "permanent": true}), "permanent: only with state: absent"),
        (json!({"state": "absent", "digest": digest}), "digest: only with state: absent and permanent"),
        (json!({"state": "restored", "immutable": true}), "immutable: not with state: restored"),
        (json!({"state": "restored", "expiration": ""}), "expiration: not with state: restored"),
    ] {
        let message =
            registry.refused_everywhere(MODULE, crate::support::merged(json!({"image": "acme/app:v1"}), &options));
        assert!(message.contains(part), "{message}");
    }
}

fn take_out(registry: &Registry, more: Value) -> Run {
    let options = json!({"image": "acme/app:v1", "state": "absent", "permanent": true});
    let options = crate::support::merged(options, &more);
    let check = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!((check.changed(), &check.result["diff"]), (run.changed(), &run.result["diff"]));
    let again = registry.ok(MODULE, options);
    assert!(!again.changed() && again.writes().is_empty(), "{}", again.result);
    run
}

#[test]
fn a_tag_goes_for_good_with_its_history() {
    let (registry, [first, second]) = moved();
    let run = take_out(&registry, json!({}));
    let alive = json!({"is_alive": true, "include_submanifests": true});
    let ended = json!({"is_alive": false, "manifest_digest": first, "include_submanifests": true});
    assert_eq!(bodies(&run), [alive, ended]);
    assert_eq!(run.result["recoverable_until"], 0);
    let digests: Vec<&Value> =
        run.before()["history"].as_array().unwrap().iter().map(|entry| &entry["manifest_digest"]).collect();
    assert_eq!(digests, [&json!(second), &json!(first)]);
    assert_eq!(run.after()["history"], json!([]));
    // Nothing of it is brought back by itself, and by digest only until the collector came.
    let message = registry.refused_everywhere(MODULE, json!({"image": "acme/app:v1", "state": "restored"}));
    assert!(message.contains("cannot restore"), "{message}");
    registry.emulator.collect_garbage();
    let late = registry.run(MODULE, json!({"image": format!("acme/app@{second}"), "tag": "v1", "state": "restored"}));
    assert!(late.message().contains("does not keep this image"), "{}", late.message());
}

/// Quay lets what goes for good end before the window: of an old tag that looks like any period that is over.
#[test]
fn an_old_tag_that_went_for_good_does_not_come_back_by_itself() {
    let (registry, [_, second]) = moved();
    shift(&registry, &[("v1", 0, -24 * 60, Some(-24 * 40)), ("v1", 1, -24 * 40, None)]);
    let other = format!("acme/app@sha256:{}", "0".repeat(64));
    let other = json!({"image": other, "tag": "v1", "state": "absent", "permanent": true});
    let message = registry.refused_everywhere(MODULE, other.clone());
    assert!(message.contains(&format!("it points to {second}, not to sha256:000")), "{message}");
    // Nor does a digest take out the history of other images of a tag that is deleted.
    registry.ok(MODULE, json!({"image": "acme/app:v1", "state": "absent"}));
    let message = registry.refused_everywhere(MODULE, other);
    assert!(message.contains("it is not there any more, not to sha256:000"), "{message}");
    take_out(&registry, json!({}));
    let message = registry.refused_everywhere(MODULE, json!({"image": "acme/app:v1", "state": "restored"}));
    assert!(message.contains("the time machine of what came before is over"), "{message}");
}

#[test]
fn the_history_of_one_image_goes_and_the_tag_stays() {
    let (registry, [first, second]) = moved();
    let run = take_out(&registry, json!({"digest": first}));
    assert_eq!(bodies(&run).len(), 1);
    let kept = registry.ok("quay_tag_info", json!({"repository": "acme/app", "only_active_tags": true}));
    assert_eq!(kept.result["tags"][0]["manifest_digest"], *second);
    // Nothing ended of the image that the tag has.
    assert!(
        !registry
            .ok(MODULE, json!({"image": "acme/app:v1", "state": "absent", "permanent": true, "digest": second}))
            .changed()
    );
}

#[test]
fn what_goes_for_good_is_guarded() {
    let (registry, _) = moved();
    registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": true}));
    let options = json!({"image": "acme/app:v1", "state": "absent", "permanent": true});
    let message = registry.refused_everywhere(MODULE, options.clone());
    assert!(message.contains("the tag is immutable"), "{message}");
    for image in ["acme/app:v9", "acme/nosuch:v1"] {
        assert!(!registry.ok(MODULE, json!({"image": image, "state": "absent", "permanent": true})).changed());
    }

    let (registry, _) = with(Config::default().setting("PERMANENTLY_DELETE_TAGS", false));
    let message = registry.refused_everywhere(MODULE, options);
    assert!(
        message.contains("the server does not permit to delete tags for good: set PERMANENTLY_DELETE_TAGS"),
        "{message}"
    );
}

#[test]
fn a_404_is_no_proof_that_a_tag_went_for_good() {
    let expire = format!("{PATH}/v1/expire");
    let options = json!({"image": "acme/app:v1", "state": "absent", "permanent": true});
    // The tag is still there, locked for example, or the repository is not reached.
    let (registry, _) = moved();
    registry.emulator.fault(Fault::status(404, "application/json", r#"{"status": 404}"#).on("POST", &expire).times(1));
    let message = registry.run(MODULE, options.clone()).message();
    assert!(message.contains("for good") && message.contains("locked meanwhile"), "{message}");
    // The route is not there.
    registry.emulator.fault(Fault::html(404).on("POST", &expire).times(1));
    let message = registry.run(MODULE, options.clone()).message();
    assert!(message.contains("cannot delete the tag acme/app:v1 for good"), "{message}");
    assert!(registry.ok(MODULE, options.clone()).changed());

    // Somebody else was quicker: nothing is left, and nothing was changed.
    let (registry, _) = moved();
    registry.emulator.fault(Fault::stale(2).on("GET", &format!("{PATH}/")).skip(1).times(1));
    assert!(registry.ok(MODULE, options.clone()).changed());
    let second = registry.ok(MODULE, options.clone());
    assert_eq!((second.changed(), second.writes().len()), (false, 2), "{}", second.result);

    // The answer was lost.
    let (registry, _) = moved();
    registry.emulator.fault(Fault::drop_after().on("POST", &expire).times(2));
    assert!(registry.ok(MODULE, options).changed());
}

#[test]
fn a_route_that_is_missing_is_no_tag_that_is_gone() {
    let (registry, _) = registry();
    registry.emulator.fault(Fault::html(404).on("DELETE", PATH));
    let message = registry.run(MODULE, json!({"image": "acme/app:v1", "state": "absent"})).message();
    assert!(message.contains("not available on this server (status 404)"), "{message}");
}
