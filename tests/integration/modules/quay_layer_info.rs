//! `quay_layer_info`.

use quay_emulator::Image;
use serde_json::{Value, json};

use crate::modules::images::{self, assert_hides_what_is_not_there, assert_refuses_bad_images};
use crate::support::Mode;

const MODULE: &str = "quay_layer_info";

#[test]
fn layers_come_from_the_top_to_the_base() {
    let registry = images::registry();
    let digest = registry.emulator.push_image("acme/app", "v1");
    registry.emulator.with_state(|state| {
        let layers = state.repository_mut("acme", "app").unwrap().manifests[0].layers.as_mut().unwrap();
        let mut top = layers[0].clone();
        (top["index"], top["command"]) = (json!(1), Value::Null);
        layers.push(top);
    });
    let by_tag = registry.ok(MODULE, json!({"image": "acme/app:v1"}));
    assert!(!by_tag.changed());
    assert!(by_tag.result.get("diff").is_none());
    let indexes: Vec<&Value> =
        by_tag.result["layers"].as_array().unwrap().iter().map(|layer| &layer["index"]).collect();
    assert_eq!(indexes, [&json!(1), &json!(0)]);
    assert_eq!(by_tag.result["layers"][0]["command"], Value::Null);
    assert_eq!(by_tag.result["layers"][1]["created_datetime"], "Thu, 01 Jan 2026 00:00:00 -0000");
    assert_eq!(by_tag.requests.len(), 3, "{:?}", by_tag.lines());

    let by_digest = registry.check(MODULE, json!({"image": format!("acme/app@{digest}")}));
    assert_eq!(by_digest.result["layers"], by_tag.result["layers"]);
    assert_eq!(by_digest.requests.len(), 2);
    let both = registry.ok(MODULE, json!({"image": format!("acme/app:nosuch@{digest}")}));
    assert_eq!(both.result["layers"], by_tag.result["layers"]);
}

#[test]
fn an_image_of_the_caller_needs_no_namespace() {
    let registry = images::registry();
    registry.emulator.push_image("admin/tool", "latest");
    let run = registry.ok(MODULE, json!({"image": "tool"}));
    assert_eq!(run.result["layers"].as_array().unwrap().len(), 1);
    assert_eq!(run.requests.len(), 3);
}

#[test]
fn anybody_may_read_a_public_image() {
    let registry = images::registry();
    registry.emulator.push_image("acme/app", "latest");
    registry.ok("quay_repository", json!({"name": "acme/app", "visibility": "public"}));
    let run = registry.run_as("", MODULE, json!({"image": "acme/app"}), Mode::Real);
    assert_eq!(run.result["layers"].as_array().unwrap().len(), 1);
}

#[test]
fn an_image_for_several_architectures_has_no_layers() {
    let registry = images::registry();
    registry.emulator.push("acme/app", "multi", &Image::new("multi").platforms(&["amd64", "arm64"]));
    let run = registry.ok(MODULE, json!({"image": "acme/app:multi"}));
    assert_eq!(run.result["layers"], json!([]));
    assert!(run.warnings()[0].contains("give the digest of the image for one of them"), "{:?}", run.warnings());
}

#[test]
fn what_is_not_there_has_no_layers() {
    assert_hides_what_is_not_there(MODULE, json!({"layers": []}));
}

#[test]
fn refusals() {
    assert_refuses_bad_images(MODULE);
}
