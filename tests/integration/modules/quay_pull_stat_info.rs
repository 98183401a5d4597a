//! `quay_pull_stat_info`.

use serde_json::{Value, json};

use crate::modules::images;
use crate::support::Mode;

const MODULE: &str = "quay_pull_stat_info";
const NOWHERE: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn pulls_are_counted_by_tag_and_by_digest() {
    let registry = images::registry();
    let digest = registry.emulator.push_image("acme/app", "latest");
    registry.emulator.pull("acme/app", "latest");
    let by_tag = registry.ok(MODULE, json!({"repository": "/acme/app/", "tag": ""}));
    assert!(!by_tag.changed());
    let result = &by_tag.result;
    assert_eq!((&result["exists"], &result["tag_name"]), (&json!(true), &json!("latest")));
    assert_eq!((&result["tag_pull_count"], &result["manifest_pull_count"]), (&json!(1), &json!(1)));
    assert_eq!(result["manifest_digest"], *digest);
    assert!(result["last_tag_pull_date"].as_str().unwrap().ends_with("-0000"));
    assert!(result.get("current_manifest_digest").is_none());
    assert_eq!(by_tag.requests.len(), 2);

    let by_digest = registry.check(MODULE, json!({"repository": "acme/app", "digest": digest}));
    let result = &by_digest.result;
    assert_eq!((&result["manifest_digest"], &result["manifest_pull_count"]), (&json!(digest), &json!(1)));
    assert!(result["last_manifest_pull_date"].is_string());
    assert!(result.get("tag_name").is_none() && result.get("diff").is_none());
    assert_eq!(by_digest.requests.len(), 2);
}

#[test]
fn an_own_repository_needs_no_namespace() {
    let registry = images::registry();
    registry.emulator.push_image("admin/tool", "v1");
    let run = registry.ok(MODULE, json!({"repository": "tool", "tag": "v1"}));
    assert_eq!((&run.result["exists"], run.requests.len()), (&json!(true), 2));
}

#[test]
fn what_is_not_there_has_all_keys() {
    let registry = images::registry();
    registry.emulator.push_image("acme/app", "latest");
    let token = registry.emulator.token_for("bob", &["repo:read"]);
    for repository in ["acme/app", "acme/nosuch", "nosuch/app"] {
        let run = registry.ok(MODULE, json!({"repository": repository, "tag": "v9"}));
        let expected = json!({
            "exists": false, "tag_name": "v9", "tag_pull_count": 0, "last_tag_pull_date": null, "manifest_digest": "",
            "manifest_pull_count": 0, "last_manifest_pull_date": null, "changed": false,
        });
        assert_eq!(without_invocation(run.result), expected);
    }
    let run = registry.run_as(&token, MODULE, json!({"repository": "nosuch/app", "digest": NOWHERE}), Mode::Real);
    let expected = json!({
        "exists": false, "manifest_digest": NOWHERE, "manifest_pull_count": 0, "last_manifest_pull_date": null,
        "changed": false,
    });
    assert_eq!(without_invocation(run.result), expected);
}

fn without_invocation(mut result: Value) -> Value {
    result.as_object_mut().unwrap().remove("invocation");
    result
}

#[test]
fn a_feature_that_is_off_is_named() {
    let registry = images::registry();
    registry.emulator.push_image("acme/app", "latest");
    registry.emulator.set_feature("IMAGE_PULL_STATS", false);
    let message = registry.refused_everywhere(MODULE, json!({"repository": "acme/app"}));
    assert_eq!(
        message,
        "cannot read the pull statistics of acme/app: not available on this server (status 404); \
         FEATURE_IMAGE_PULL_STATS is off: switch it on in Quay's configuration"
    );
    // Somebody who may not read the whole namespace gets another answer than an administrator.
    let token = registry.emulator.token_for("bob", &["repo:read"]);
    let run = registry.run_as(&token, MODULE, json!({"repository": "acme/app"}), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("FEATURE_IMAGE_PULL_STATS"), "{}", run.message());
}

#[test]
fn a_missing_right_is_named() {
    let registry = images::registry();
    registry.emulator.push_image("acme/app", "latest");
    let token = registry.emulator.token_for("bob", &["repo:read"]);
    let run = registry.run_as(&token, MODULE, json!({"repository": "acme/app"}), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("no read access to acme/app, or it does not exist"), "{}", run.message());
}

#[test]
fn mistakes_cost_no_request() {
    let registry = images::registry();
    for (options, part) in [
        (json!({"repository": "acme/app", "tag": "v1", "digest": NOWHERE}), "mutually exclusive"),
        (json!({"repository": "acme/app", "digest": "0f"}), "is not a digest"),
        (json!({"repository": "acme/app", "tag": "a/b"}), "is not a tag"),
        (json!({"repository": "acme/app:v1"}), "holds a tag or a digest"),
        (json!({"repository": format!("acme/app@{NOWHERE}")}), "holds a tag or a digest"),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(part), "{message}");
    }
    let run = registry.run_as("", MODULE, json!({"repository": "app"}), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("must include the organization"), "{}", run.message());
    assert_eq!(registry.emulator.journal().len(), 0);
}
