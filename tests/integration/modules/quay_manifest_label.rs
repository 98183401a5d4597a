//! `quay_manifest_label`.

use quay_emulator::{Fault, Image};
use serde_json::{Value, json};

use crate::modules::images;
use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_manifest_label";

fn registry() -> (Registry, String) {
    let registry = images::registry();
    let image = Image::new("v1").label("stage", "built").label("org.opencontainers.image.title", "app");
    let digest = registry.emulator.push("acme/app", "v1", &image);
    (registry, digest)
}

/// The values of a label as the diff shows them: `value (source)`.
fn values(side: &Value) -> Vec<String> {
    let values = side["values"].as_array().unwrap().iter();
    values
        .map(|value| format!("{} ({})", value["value"].as_str().unwrap(), value["source_type"].as_str().unwrap()))
        .collect()
}

#[test]
fn life_cycle() {
    let (registry, digest) = registry();
    let life = LifeCycle {
        module: MODULE,
        base: json!({"image": "acme/app:v1", "key": "team"}),
        create: json!({"value": "core"}),
        update: json!({"value": "edge"}),
        requests: Budget { create: 3, repeat: 3, update: 4, remove: 3 },
    };
    let [create, update, remove] = life.run(&registry);
    let path = format!("/api/v1/repository/acme/app/manifest/{digest}/labels");
    assert_eq!(create.writes(), [format!("POST {path}")]);
    assert_eq!(create.result["source_type"], "api");
    assert_eq!(create.result["media_type"], "text/plain");
    assert_eq!(create.after()["image"], format!("acme/app@{digest}"));
    assert_eq!((values(create.before()), values(create.after())), (vec![], vec!["core (api)".to_owned()]));
    let old = create.result["id"].as_str().unwrap();
    assert_eq!(update.writes(), [format!("POST {path}"), format!("DELETE {path}/{old}")], "the new label comes first");
    assert_eq!(values(remove.after()), Vec::<String>::new());
}

#[test]
fn the_key_is_no_secret_and_a_digest_saves_a_request() {
    let (registry, digest) = registry();
    let options = json!({"image": format!("acme/app@{digest}"), "key": "team", "value": "core"});
    let check = registry.check(MODULE, options.clone());
    assert!(check.changed() && check.result.get("id").is_none());
    assert_eq!((&check.result["key"], &check.result["source_type"]), (&json!("team"), &json!("api")));
    assert_eq!(check.result["invocation"]["module_args"]["key"], "team");
    let real = registry.ok(MODULE, options.clone());
    let again = registry.ok(MODULE, options);
    assert_eq!(again.requests.len(), 2);
    assert_eq!(again.result["id"], real.result["id"]);
}

#[test]
fn several_values_can_stand_side_by_side() {
    let (registry, _) = registry();
    let set = |value: &str, replace: bool| {
        registry.ok(MODULE, json!({"image": "acme/app:v1", "key": "stage", "value": value, "replace": replace}))
    };
    assert!(set("one", false).changed());
    let two = set("two", false);
    assert_eq!(values(two.after()), ["built (manifest)", "one (api)", "two (api)"]);
    // The label from the build stays, whatever is asked.
    let replaced = set("two", true);
    assert_eq!(values(replaced.after()), ["built (manifest)", "two (api)"]);
    assert_eq!(replaced.writes().len(), 1);
    let built = set("built", true);
    assert_eq!(values(built.after()), ["built (manifest)"]);
    assert_eq!(built.result["source_type"], "manifest");
}

#[test]
fn a_label_of_the_build_may_have_a_reserved_key() {
    let (registry, _) = registry();
    let options = json!({"image": "acme/app:v1", "key": "org.opencontainers.image.title", "value": "app"});
    assert!(!registry.ok(MODULE, options).changed());
}

#[test]
fn removal_takes_one_value_or_all_but_those_of_the_build() {
    let (registry, _) = registry();
    for value in ["", "one", "two"] {
        registry.ok(MODULE, json!({"image": "acme/app:v1", "key": "stage", "value": value, "replace": false}));
    }
    let gone = |value: Option<&str>| {
        registry.ok(MODULE, json!({"image": "acme/app:v1", "key": "stage", "value": value, "state": "absent"}))
    };
    assert_eq!(values(gone(Some("")).after()), ["built (manifest)", "one (api)", "two (api)"]);
    let built = gone(Some("built"));
    assert!(!built.changed());
    assert_eq!(built.warnings().len(), 1, "{:?}", built.warnings());
    let all = gone(None);
    assert_eq!(values(all.after()), ["built (manifest)"]);
    assert!(all.warnings()[0].contains("stage=built") && all.warnings()[0].contains("comes from the build"));
    assert!(!gone(None).changed());
}

#[test]
fn nothing_is_gone_from_what_is_not_there() {
    let (registry, _) = registry();
    let nowhere = format!("acme/app@sha256:{}", "0".repeat(64));
    for image in ["acme/app:v9", "acme/nosuch:v1", "nosuch/app:v1", &nowhere] {
        let run = registry.ok(MODULE, json!({"image": image, "key": "team", "state": "absent"}));
        assert!(!run.changed());
        assert_eq!(run.before(), run.after());
    }
}

#[test]
fn what_is_not_there_cannot_be_labelled() {
    let (registry, _) = registry();
    let nowhere = format!("acme/app@sha256:{}", "0".repeat(64));
    for (image, why) in [
        ("acme/app:v9", "the repository acme/app has no tag v9"),
        ("acme/nosuch:v1", "the repository acme/nosuch does not exist"),
        (&nowhere, "the repository acme/app has no such image"),
    ] {
        let message = registry.refused_everywhere(MODULE, json!({"image": image, "key": "team", "value": "core"}));
        let repository = image.split([':', '@']).next().unwrap();
        assert_eq!(message, format!("cannot set the label team of {repository}: {why}"));
    }
    let token = registry.emulator.token_for("bob", &["repo:write", "repo:read"]);
    let run =
        registry.run_as(&token, MODULE, json!({"image": "nosuch/app:v1", "key": "team", "value": "x"}), Mode::Real);
    run.assert_refused();
    assert_eq!(
        run.message(),
        "cannot set the label team of nosuch/app: the organization or personal namespace nosuch does not exist"
    );
}

#[test]
fn mistakes_write_nothing() {
    let (registry, _) = registry();
    for (options, part) in [
        (
            json!({"image": "acme/app:v1", "key": "team"}),
            "state is present but all of the following are missing: value",
        ),
        (json!({"image": "acme/app:", "key": "team", "value": "x"}), "is not a tag"),
        (json!({"image": "acme/app:v1", "key": "Team", "value": "x"}), "is not a label key"),
        (json!({"image": "acme/app:v1", "key": "a--b", "value": "x"}), "is not a label key"),
        (
            json!({"image": "acme/app:v1", "key": "quay.expires-after", "value": "2w"}),
            "Quay reserves keys that begin with \"quay\"",
        ),
        (
            json!({"image": "acme/app:v1", "key": "internalx", "value": "x"}),
            "Quay reserves keys that begin with \"internal\"",
        ),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(part), "{message}");
    }
    let run = registry.run_as("", MODULE, json!({"image": "app", "key": "team", "value": "x"}), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("must include the organization"), "{}", run.message());
}

#[test]
fn a_repository_that_is_read_only_is_named() {
    let (registry, _) = registry();
    registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    let options = json!({"image": "acme/app:v1", "key": "team", "value": "core"});
    let check = registry.check(MODULE, options.clone());
    check.assert_refused();
    assert!(
        check.message().contains("is in the state READ_ONLY; only a repository in the state NORMAL"),
        "{}",
        check.message()
    );
    let run = registry.run(MODULE, options);
    assert_eq!((run.code, &run.result["changed"], &run.result["status"]), (1, &json!(false), &json!(503)));
    assert!(run.message().contains("only a repository in the state NORMAL can be written to"), "{}", run.message());
}

#[test]
fn missing_rights_are_named() {
    let (registry, _) = registry();
    let options = || json!({"image": "acme/app:v1", "key": "team", "value": "core"});
    let token = registry.emulator.token_for("bob", &["repo:read", "repo:write"]);
    for state in ["present", "absent"] {
        let mut options = options();
        options["state"] = json!(state);
        let run = registry.run_as(&token, MODULE, options, Mode::Check);
        run.assert_refused();
        assert!(run.message().contains("no read access to acme/app"), "{}", run.message());
    }
    registry.ok("quay_repository", json!({"name": "acme/app", "visibility": "public"}));
    let run = registry.run_as(&token, MODULE, options(), Mode::Real);
    assert_eq!((run.code, &run.result["changed"]), (1, &json!(false)));
    assert!(run.message().contains("this needs a token with the scope repo:write"), "{}", run.message());
}

#[test]
fn a_refused_creation_loses_nothing_and_a_label_that_is_gone_counts_as_deleted() {
    let (registry, digest) = registry();
    registry.ok(MODULE, json!({"image": "acme/app:v1", "key": "team", "value": "one"}));
    let path = format!("/api/v1/repository/acme/app/manifest/{digest}/labels*");
    let refusal = r#"{"message": "Label has a reserved prefix"}"#;
    registry.emulator.fault(Fault::status(400, "application/json", refusal).on("POST", &path));
    let run = registry.run(MODULE, json!({"image": "acme/app:v1", "key": "team", "value": "two"}));
    assert!(run.message().contains("LABEL_KEY_RESERVED_PREFIXES"), "{}", run.message());
    assert_eq!(run.writes().len(), 1);
    registry.emulator.clear_faults();

    registry.emulator.fault(Fault::status(404, "application/json", "{}").on("DELETE", &path));
    let run = registry.ok(MODULE, json!({"image": "acme/app:v1", "key": "team", "state": "absent"}));
    assert!(!run.changed(), "somebody else has deleted it");
    registry.emulator.clear_faults();

    let refusal = r#"{"message": "Cannot delete immutable label"}"#;
    registry.emulator.fault(Fault::status(400, "application/json", refusal).on("DELETE", &path));
    let run = registry.run(MODULE, json!({"image": "acme/app:v1", "key": "team", "state": "absent"}));
    assert_eq!((run.code, &run.result["changed"]), (1, &json!(false)));
    assert!(run.message().contains("Cannot delete immutable label"), "{}", run.message());
}
