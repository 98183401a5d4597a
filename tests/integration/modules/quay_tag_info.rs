//! `quay_tag_info`.

use serde_json::{Value, json};

use crate::modules::images;
use crate::support::Mode;

const MODULE: &str = "quay_tag_info";

fn names(result: &Value) -> Vec<&str> {
    result["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect()
}

#[test]
fn tags_are_listed_with_their_history() {
    let registry = images::registry();
    let one = registry.emulator.push_image("acme/app", "v1");
    let two = registry.emulator.push_image("acme/app", "v2");
    registry.ok("quay_tag", json!({"image": "acme/app:v2", "tag": "v1"}));
    let all = registry.ok(MODULE, json!({"repository": "acme/app"}));
    assert!(!all.changed());
    assert_eq!(all.result["exists"], true);
    assert_eq!(names(&all.result), ["v1", "v2", "v1"]);
    assert_eq!(all.result["tags"][0]["manifest_digest"], *two);
    assert_eq!(all.result["tags"][0]["immutable"], false);
    assert!(all.result["tags"][2]["end_ts"].is_i64() && all.result["tags"][2]["expiration"].is_string());
    assert_eq!(all.requests.len(), 2);
    assert!(all.result.get("diff").is_none());

    let read = |options: Value| registry.check(MODULE, options);
    assert_eq!(
        names(&read(json!({"repository": "acme/app", "digest": "", "only_active_tags": true})).result),
        ["v1", "v2"]
    );
    assert_eq!(names(&read(json!({"repository": "acme/app", "tag": "v1"})).result), ["v1", "v1"]);
    assert_eq!(names(&read(json!({"repository": "acme/app", "digest": one})).result), ["v1"]);
    let live = json!({"repository": "acme/app", "digest": one, "only_active_tags": true});
    assert_eq!(names(&read(live).result), Vec::<&str>::new());
}

#[test]
fn all_pages_are_read_and_every_entry_comes_once() {
    let registry = images::registry();
    for number in 0..205 {
        registry.emulator.push_image("acme/app", &format!("t{number:03}"));
    }
    // What stands on two pages because somebody pushed in between.
    registry.emulator.with_state(|state| {
        let tags = &mut state.repository_mut("acme", "app").unwrap().tags;
        let twice = tags[104].clone();
        tags.insert(104, twice);
    });
    let run = registry.ok(MODULE, json!({"repository": "acme/app"}));
    assert_eq!(names(&run.result).len(), 205);
    assert_eq!(run.requests.len(), 4, "{:?}", run.lines());
}

#[test]
fn a_missing_repository_has_no_tags() {
    let registry = images::registry();
    registry.emulator.push_image("acme/app", "v1");
    let token = registry.emulator.token_for("bob", &["repo:read"]);
    let runs = [
        registry.ok(MODULE, json!({"repository": "acme/nosuch"})),
        registry.ok(MODULE, json!({"repository": "nosuch/app"})),
        registry.run_as(&token, MODULE, json!({"repository": "nosuch/app"}), Mode::Real),
    ];
    for run in runs {
        assert!(!run.changed());
        assert_eq!((&run.result["exists"], &run.result["tags"]), (&json!(false), &json!([])));
    }
    let empty = registry.ok(MODULE, json!({"repository": "acme/app", "tag": "v9"}));
    assert_eq!((&empty.result["exists"], &empty.result["tags"]), (&json!(true), &json!([])));
}

#[test]
fn refusals() {
    let registry = images::registry();
    registry.emulator.push_image("acme/app", "v1");
    for (options, part) in [
        (json!({"repository": "acme/app", "tag": "v1", "digest": "sha256:0f"}), "mutually exclusive"),
        (json!({"repository": "acme/app", "digest": "sha256:xyz"}), "is not a digest"),
        (json!({"repository": "acme/app:v1"}), "holds a tag or a digest"),
        (json!({"repository": "acme/app@sha256:0f"}), "holds a tag or a digest"),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(part), "{message}");
    }
    let run = registry.run_as("", MODULE, json!({"repository": "app"}), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("must include the organization"), "{}", run.message());
    assert_eq!(registry.emulator.journal().len(), 0);

    let token = registry.emulator.token_for("bob", &["repo:read"]);
    for token in [&token, ""] {
        let run = registry.run_as(token, MODULE, json!({"repository": "acme/app"}), Mode::Real);
        run.assert_refused();
        let message = run.message();
        assert!(message.starts_with("cannot list the tags of acme/app: "), "{message}");
        assert!(message.contains("no read access to acme/app, or it does not exist"), "{message}");
    }
}
