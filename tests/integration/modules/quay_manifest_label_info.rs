//! `quay_manifest_label_info`.

use quay_emulator::Image;
use serde_json::{Value, json};

use crate::modules::images::{self, assert_hides_what_is_not_there, assert_refuses_bad_images};
use crate::support::Mode;

const MODULE: &str = "quay_manifest_label_info";

#[test]
fn labels_are_listed_with_their_source() {
    let registry = images::registry();
    let image = Image::new("v1").label("stage", "built").label("Build_Tool", "x");
    let digest = registry.emulator.push("acme/app", "v1", &image);
    registry.ok("quay_repository", json!({"name": "acme/app", "visibility": "public"}));
    registry.ok("quay_manifest_label", json!({"image": "acme/app:v1", "key": "stage", "value": "released"}));
    registry.ok("quay_manifest_label", json!({"image": "acme/app:v1", "key": "stage.two", "value": "other"}));
    let read = |options: Value| {
        let run = registry.run_as("", MODULE, options, Mode::Real);
        assert!(!run.changed());
        let labels = run.result["labels"].as_array().unwrap().iter();
        let shown: Vec<String> =
            labels.map(|l| format!("{}={} {}", l["key"], l["value"], l["source_type"]).replace('"', "")).collect();
        (shown, run)
    };
    let (all, run) = read(json!({"image": "acme/app:v1"}));
    assert_eq!(all, ["stage=built manifest", "Build_Tool=x manifest", "stage=released api", "stage.two=other api"]);
    assert_eq!(run.requests.len(), 2, "{:?}", run.lines());
    assert_eq!(run.result["labels"][0]["media_type"], "text/plain");
    assert!(run.result["labels"][0]["id"].is_string());
    assert!(run.result.get("diff").is_none());

    let (some, run) = read(json!({"image": format!("acme/app@{digest}"), "key": "stage"}));
    assert_eq!(some, ["stage=built manifest", "stage=released api"]);
    assert_eq!(run.requests.len(), 1);
    assert_eq!(run.result["invocation"]["module_args"]["key"], "stage");
    assert_eq!(read(json!({"image": "acme/app:v1", "key": ""})).0.len(), 4);
    assert_eq!(read(json!({"image": "acme/app:v1", "key": "nosuch"})).0.len(), 0);
}

#[test]
fn what_is_not_there_has_no_labels() {
    assert_hides_what_is_not_there(MODULE, json!({"labels": []}));
}

#[test]
fn refusals() {
    assert_refuses_bad_images(MODULE);
}
