//! `quay_tag`.

mod chosen;
mod restored;

use std::time::{SystemTime, UNIX_EPOCH};

use quay_emulator::{Config, Fault, Image};
use serde_json::{Value, json};

use crate::modules::images;
use crate::support::{Budget, LifeCycle, Mode, Registry, Run, call};

const MODULE: &str = "quay_tag";
const PATH: &str = "/api/v1/repository/acme/app/tag";
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// Options with an expiration this many seconds from now.
fn expiring(mut options: Value, seconds: i64) -> (Value, i64) {
    let end = now() + seconds;
    options["expiration"] = json!(end.to_string());
    options["expiration_format"] = json!("%s");
    (options, end)
}

fn registry() -> (Registry, String) {
    with(Config::default())
}

fn with(config: Config) -> (Registry, String) {
    let registry = images::registry_with(config);
    let digest = registry.emulator.push_image("acme/app", "v1");
    (registry, digest)
}

/// Changes the live entry of a tag behind the server's back.
fn alter(registry: &Registry, tag: &str, change: impl Fn(&mut quay_emulator::state::Tag)) {
    registry.emulator.with_state(|state| {
        let tags = &mut state.repository_mut("acme", "app").unwrap().tags;
        change(tags.iter_mut().rev().find(|entry| entry.name == tag).unwrap());
    });
}

/// The bodies of the writes of a run.
fn bodies(run: &Run) -> Vec<Value> {
    run.requests.iter().filter(|exchange| exchange.is_write()).map(|exchange| json!(exchange.request)).collect()
}

#[test]
fn life_cycle() {
    let (registry, digest) = registry();
    let (update, end) = expiring(json!({}), 30 * DAY);
    let life = LifeCycle {
        module: MODULE,
        base: json!({"image": "acme/app:v1", "tag": "stable"}),
        create: json!({}),
        update,
        requests: Budget { create: 4, repeat: 3, update: 4, remove: 3 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), [format!("PUT {PATH}/stable")]);
    assert_eq!(create.before(), &json!({}));
    assert_eq!(create.after(), &json!({"image": "acme/app", "tag": "stable", "manifest_digest": digest}));
    assert_eq!((&create.result["tag"], &create.result["end_ts"]), (&json!("stable"), &Value::Null));
    assert_eq!(bodies(&update), [json!({"expiration": end})]);
    assert_eq!((&update.result["end_ts"], &update.result["manifest_digest"]), (&json!(end), &json!(digest)));
    assert_eq!(update.before()["expiration"], "");
    assert_eq!(remove.writes(), [format!("DELETE {PATH}/stable")]);
    assert_eq!(remove.before()["immutable"], false);
    assert_eq!(remove.after(), &json!({}));
}

#[test]
fn an_image_that_is_as_wanted_costs_one_request_and_the_proof_of_the_token() {
    let (registry, digest) = registry();
    for options in [json!({"image": "acme/app:v1"}), json!({"image": format!("acme/app@{digest}"), "tag": "v1"})] {
        let run = registry.ok(MODULE, options);
        assert!(!run.changed());
        assert_eq!(run.requests.len(), 2, "{:?}", run.lines());
        assert_eq!(run.result["end_ts"], Value::Null);
    }
}

#[test]
fn a_new_tag_takes_two_writes() {
    let (registry, digest) = registry();
    let (options, end) = expiring(json!({"image": format!("acme/app@{digest}"), "tag": "preview"}), 5 * DAY);
    let check = registry.check(MODULE, options.clone());
    assert!(check.result.get("end_ts").is_none());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(bodies(&run), [json!({"manifest_digest": digest}), json!({"expiration": end})]);
    assert_eq!(run.result["end_ts"], end);
    assert_eq!(run.result["diff"], check.result["diff"]);
    assert!(!registry.ok(MODULE, options).changed());

    let locked =
        registry.ok(MODULE, json!({"image": "acme/app:v1", "tag": "v1.0", "immutable": true, "expiration": ""}));
    let last = json!({"expiration": null, "immutable": true});
    assert_eq!(bodies(&locked), [json!({"manifest_digest": digest}), last]);
    assert_eq!(locked.after()["immutable"], true);
}

#[test]
fn the_platform_image_of_a_list_can_be_tagged() {
    let (registry, _) = registry();
    let image = Image::new("multi").platforms(&["amd64", "arm64"]);
    registry.emulator.push("acme/app", "multi", &image);
    let children = registry.ok("quay_tag_info", json!({"repository": "acme/app", "tag": "multi"})).result;
    let child = children["tags"][0]["child_manifests_presence"].as_object().unwrap().keys().next().unwrap().clone();
    assert!(registry.ok(MODULE, json!({"image": format!("acme/app@{child}"), "tag": "amd64"})).changed());
}

#[test]
fn a_moved_tag_loses_its_expiration_with_a_warning() {
    let (registry, _) = registry();
    let two = registry.emulator.push_image("acme/app", "v2");
    let (options, end) = expiring(json!({"image": "acme/app:v1", "tag": "latest"}), 5 * DAY);
    registry.ok(MODULE, options);
    // What is not asked for stays: the incumbent would remove the expiration here.
    let kept = registry.ok(MODULE, json!({"image": "acme/app:v1", "tag": "latest"}));
    assert!(!kept.changed());
    assert_eq!(kept.result["end_ts"], end);

    let moved = registry.ok(MODULE, json!({"image": "acme/app:v2", "tag": "latest"}));
    assert_eq!(bodies(&moved), [json!({"manifest_digest": two})]);
    assert!(moved.warnings()[0].contains("loses its expiration"), "{:?}", moved.warnings());
    assert_eq!(moved.result["end_ts"], Value::Null);
    let (options, end) = expiring(json!({"image": "acme/app:v1", "tag": "latest"}), 6 * DAY);
    let moved = registry.ok(MODULE, options);
    assert_eq!((moved.warnings().len(), &moved.result["end_ts"]), (0, &json!(end)));
}

#[test]
fn an_expiration_of_the_image_is_reported() {
    let (registry, _) = registry();
    registry.emulator.push("acme/app", "tmp", &Image::new("tmp").label("quay.expires-after", "2w"));
    let run = registry.ok(MODULE, json!({"image": "acme/app:tmp", "tag": "copy"}));
    assert!(run.result["end_ts"].as_i64().unwrap() > now() + 13 * DAY);
    let never = registry.ok(MODULE, json!({"image": "acme/app:tmp", "tag": "other", "expiration": ""}));
    assert_eq!(never.result["end_ts"], Value::Null);
    assert!(!registry.ok(MODULE, json!({"image": "acme/app:tmp", "tag": "other", "expiration": ""})).changed());
}

#[test]
fn quay_keeps_an_expiration_within_limits() {
    let (registry, _) = registry();
    let begin = now() - 52 * WEEK;
    alter(&registry, "v1", |tag| tag.start = begin * 1_000_000);
    let (options, _) = expiring(json!({"image": "acme/app:v1"}), 100 * WEEK);
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(run.result["end_ts"], begin + 104 * WEEK);
    assert!(run.warnings()[0].contains("between one hour and 104 weeks"), "{:?}", run.warnings());
    let again = registry.ok(MODULE, options);
    assert!(!again.changed());
    assert_eq!(run.after(), again.before());

    alter(&registry, "v1", |tag| (tag.start, tag.end) = ((now() - 105 * WEEK) * 1_000_000, None));
    let (options, _) = expiring(json!({"image": "acme/app:v1"}), WEEK);
    let message = registry.refused_everywhere(MODULE, options);
    assert!(message.contains("so that it would end at once"), "{message}");
}

#[test]
fn locks_come_and_go() {
    let (registry, digest) = registry();
    let lock = |immutable: bool| registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": immutable}));
    let locked = lock(true);
    assert_eq!(bodies(&locked), [json!({"immutable": true})]);
    assert_eq!((&locked.before()["immutable"], &locked.after()["immutable"]), (&json!(false), &json!(true)));
    assert!(!lock(true).changed());
    // Nothing to do to a locked tag is no problem.
    assert!(!registry.ok(MODULE, json!({"image": "acme/app:v1", "expiration": ""})).changed());
    assert!(lock(false).changed() && !lock(false).changed());

    lock(true);
    let (options, end) = expiring(json!({"image": "acme/app:v1", "immutable": false}), 5 * DAY);
    let unlocked = registry.ok(MODULE, options);
    assert_eq!(bodies(&unlocked), [json!({"immutable": false}), json!({"expiration": end})]);

    registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": true, "expiration": ""}));
    let two = registry.emulator.push_image("acme/app", "v2");
    let moved = registry.ok(MODULE, json!({"image": "acme/app:v2", "tag": "v1", "immutable": false}));
    let unlock = json!({"immutable": false});
    assert_eq!(bodies(&moved), [unlock.clone(), json!({"manifest_digest": two}), unlock]);
    assert_eq!(moved.before()["manifest_digest"], *digest);
}

#[test]
fn a_failed_move_locks_the_tag_again() {
    let (registry, _) = registry();
    registry.emulator.push_image("acme/app", "v2");
    registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": true}));
    registry.emulator.fault(Fault::html(502).on("PUT", &format!("{PATH}/v1")).skip(1).times(1));
    let run = registry.run(MODULE, json!({"image": "acme/app:v2", "tag": "v1", "immutable": false}));
    assert!(
        run.message().contains("Taken back: unlock the tag acme/app:v1 (lock the tag acme/app:v1 again)"),
        "{}",
        run.message()
    );
    assert_eq!(run.result["changed"], false);
    assert!(!registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": true})).changed());
}

#[test]
fn a_new_tag_that_cannot_get_its_lock_is_taken_back() {
    let (registry, _) = registry();
    // The label gives the new tag an expiration, and with that no lock.
    registry.emulator.push("acme/app", "tmp", &Image::new("tmp").label("quay.expires-after", "2w"));
    let run = registry.run(MODULE, json!({"image": "acme/app:tmp", "tag": "kept", "immutable": true}));
    assert_eq!((run.code, &run.result["changed"]), (1, &json!(false)));
    assert!(
        run.message().contains("an immutable tag has no expiration: set expiration: \"\" with it"),
        "{}",
        run.message()
    );
    assert!(!registry.ok(MODULE, json!({"image": "acme/app", "tag": "kept", "state": "absent"})).changed());
}

#[test]
fn locked_tags_are_refused_before_any_write() {
    let (registry, _) = registry();
    registry.emulator.push_image("acme/app", "v2");
    registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": true}));
    let (expire, _) = expiring(json!({"image": "acme/app:v1"}), DAY);
    for (options, verb) in [
        (json!({"image": "acme/app:v2", "tag": "v1"}), "set"),
        (expire.clone(), "set"),
        (json!({"image": "acme/app:v1", "state": "absent"}), "delete"),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert_eq!(
            message,
            format!(
                "cannot {verb} the tag acme/app:v1: the tag is immutable: set immutable: false first, which needs an \
                 administrator of the repository"
            )
        );
    }
    registry.emulator.set_feature("IMMUTABLE_TAGS_CAN_EXPIRE", true);
    assert!(registry.ok(MODULE, expire).changed());
}

#[test]
fn lock_and_expiration_need_a_feature() {
    let (registry, _) = registry();
    let (both, _) = expiring(json!({"image": "acme/app:v1", "immutable": true}), DAY);
    let message = registry.refused_everywhere(MODULE, both.clone());
    assert!(message.contains("FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE"), "{message}");
    // The same for an expiration that is there already.
    let (expire, _) = expiring(json!({"image": "acme/app:v1"}), DAY);
    registry.ok(MODULE, expire);
    let message = registry.refused_everywhere(MODULE, json!({"image": "acme/app:v1", "immutable": true}));
    assert!(message.contains("an immutable tag has no expiration"), "{message}");
    let run = registry.ok(MODULE, json!({"image": "acme/app:v1", "immutable": true, "expiration": ""}));
    assert_eq!(bodies(&run), [json!({"expiration": null, "immutable": true})]);

    let (registry, _) = with(Config::default().feature("IMMUTABLE_TAGS_CAN_EXPIRE", true));
    let run = registry.ok(MODULE, both);
    assert_eq!(run.writes().len(), 1);
}

#[test]
fn locks_need_a_feature() {
    let (registry, digest) = with(Config::default().feature("IMMUTABLE_TAGS", false));
    for options in [
        json!({"image": "acme/app:v1", "immutable": true}),
        json!({"image": "acme/app:v1", "tag": "new", "immutable": false}),
        json!({"image": format!("acme/app@{digest}"), "tag": "new", "immutable": true}),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains("switch FEATURE_IMMUTABLE_TAGS on"), "{message}");
    }
    assert!(registry.ok(MODULE, json!({"image": "acme/app:v1", "tag": "new"})).changed());
}

#[test]
fn deletion_looks_first() {
    let (registry, _) = registry();
    let nowhere = format!("sha256:{}", "0".repeat(64));
    for image in ["acme/app:v9", "acme/nosuch:v1", "nosuch/app:v1"] {
        let run = registry.check(MODULE, json!({"image": image, "state": "absent"}));
        assert!(!run.changed());
        assert_eq!((run.before(), run.after()), (&json!({}), &json!({})));
    }
    let run = registry.ok(MODULE, json!({"image": format!("acme/app@{nowhere}"), "tag": "v1", "state": "absent"}));
    assert!(run.changed());
    assert!(run.warnings()[0].ends_with(&format!("not to {nowhere}")), "{:?}", run.warnings());
}

#[test]
fn mistakes_cost_no_request() {
    let (registry, digest) = registry();
    for (options, part) in [
        (json!({"image": format!("acme/app@{digest}")}), "tag: needed, because image has a digest"),
        (
            json!({"image": format!("acme/app@{digest}"), "tag": "", "state": "absent"}),
            "tag: needed, because image has a digest",
        ),
        (json!({"image": "acme/app:v1", "tag": ".x"}), "\".x\" is not a tag"),
        (json!({"image": "acme/app:"}), "\"\" is not a tag"),
        (
            json!({"image": "acme/app:v1", "expiration": "2027-01-31"}),
            "expiration: \"2027-01-31\" is not a date of the form \"%Y%m%d%H%M.%S\"",
        ),
        (
            json!({"image": "acme/app:v1", "expiration": "1", "expiration_format": "%Q"}),
            "the directive %Q is not known",
        ),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(part), "{message}");
    }
    let run = registry.run_as("", MODULE, json!({"image": "app:v1"}), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("must include the organization"), "{}", run.message());
    assert_eq!(registry.emulator.journal().len(), 0);
}

#[test]
fn what_is_past_is_past_on_the_server() {
    let (registry, _) = registry();
    let past = json!({"image": "acme/app:v1", "expiration": "2020-01-31 +0100", "expiration_format": "%Y-%m-%d %z"});
    let message = registry.refused_everywhere(MODULE, past);
    assert_eq!(message, "expiration: 2020-01-31T00:00:00+01:00[+01:00] is not in the future");
    registry.emulator.fault(Fault::ahead(-DAY));
    assert!(
        registry.refused(MODULE, expiring(json!({"image": "acme/app:v1"}), 5 - DAY).0).contains("is not in the future")
    );
    assert!(registry.check(MODULE, expiring(json!({"image": "acme/app:v1"}), 60 - DAY).0).changed());
    let check = registry.check(MODULE, json!({"image": "acme/app:v1", "expiration": "+30d"}));
    let end: jiff::Timestamp = check.after()["expiration"].as_str().unwrap().parse().unwrap();
    assert!((end.as_second() - now() - 29 * DAY).abs() < 60, "{end}");
}

#[test]
fn dates_are_those_of_the_machine() {
    let (registry, _) = registry();
    let arguments = json!({
        "_ansible_module_name": MODULE, "image": "acme/app:v1", "expiration": "202001311200.00",
        "quay_host": registry.emulator.url(), "quay_token": registry.token,
    });
    let run = Run::of(call(&arguments.to_string(), &[("TZ", "EST5")]), Vec::new());
    assert!(run.message().contains("2020-01-31T12:00:00-05:00"), "{}", run.message());
}

#[test]
fn what_is_not_there_cannot_be_tagged() {
    let (registry, _) = registry();
    let nowhere = format!("acme/app@sha256:{}", "0".repeat(64));
    for (image, name, why) in [
        ("acme/app:v9", "acme/app", "the repository acme/app has no tag v9"),
        (&nowhere, "acme/app", "the repository acme/app has no such image"),
        ("acme/nosuch:v1", "acme/nosuch", "the repository acme/nosuch does not exist"),
    ] {
        let message = registry.refused_everywhere(MODULE, json!({"image": image, "tag": "new"}));
        assert_eq!(message, format!("cannot set the tag {name}:new: {why}"));
    }
    // Nothing to set, and yet an error.
    let message = registry.refused_everywhere(MODULE, json!({"image": "acme/app:v9"}));
    assert_eq!(message, "cannot set the tag acme/app:v9: the repository acme/app has no tag v9");
    let token = registry.emulator.token_for("bob", &["repo:read", "repo:write"]);
    let run = registry.run_as(&token, MODULE, json!({"image": "nosuch/app:v1"}), Mode::Real);
    run.assert_refused();
    assert_eq!(
        run.message(),
        "cannot set the tag nosuch/app:v1: the organization or personal namespace nosuch does not exist"
    );
}

#[test]
fn a_repository_that_is_a_mirror_or_read_only_is_named() {
    let (registry, _) = registry();
    registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    for options in [json!({"image": "acme/app:v1", "tag": "new"}), json!({"image": "acme/app:v1", "state": "absent"})] {
        let check = registry.check(MODULE, options.clone());
        check.assert_refused();
        assert!(check.message().contains("is in the state READ_ONLY; only a repository"), "{}", check.message());
        let run = registry.run(MODULE, options);
        assert_eq!((run.code, &run.result["changed"], &run.result["status"]), (1, &json!(false), &json!(503)));
        assert!(run.message().contains("only a repository in the state NORMAL can be written to"), "{}", run.message());
    }
    assert!(!registry.check(MODULE, json!({"image": "acme/app:v1"})).changed());
}

#[test]
fn missing_rights_are_named() {
    let (registry, _) = registry();
    let token = registry.emulator.token_for("bob", &["repo:read", "repo:write"]);
    let run = registry.run_as(&token, MODULE, json!({"image": "acme/app:v1", "state": "absent"}), Mode::Check);
    run.assert_refused();
    assert!(run.message().contains("no read access to acme/app, or it does not exist"), "{}", run.message());

    registry.ok("quay_repository", json!({"name": "acme/app", "visibility": "public"}));
    let run = registry.run_as(&token, MODULE, json!({"image": "acme/app:v1", "tag": "new"}), Mode::Real);
    assert_eq!((run.code, &run.result["changed"]), (1, &json!(false)));
    assert!(run.message().contains("this needs a token with the scope repo:write"), "{}", run.message());

    let perms = json!([{"name": "bob", "type": "user", "role": "write"}]);
    registry.ok("quay_repository", json!({"name": "acme/app", "perms": perms}));
    assert!(registry.run_as(&token, MODULE, json!({"image": "acme/app:v1", "immutable": true}), Mode::Real).changed());
    let run = registry.run_as(&token, MODULE, json!({"image": "acme/app:v1", "immutable": false}), Mode::Real);
    assert_eq!((run.code, &run.result["changed"]), (1, &json!(false)));
    assert!(run.message().contains("scope repo:admin, and a user who is an administrator"), "{}", run.message());
}
