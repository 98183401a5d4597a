//! A server's text must not steer the terminal on which Ansible prints it.

use quay_emulator::Fault;
use serde_json::{Value, json};

use crate::support::Registry;

/// Clears the screen, turns the direction around, and starts a line of its own.
const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\u{202e}\u{7}b";

fn steers(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202e}')
}

#[track_caller]
fn assert_plain(value: &Value) {
    match value {
        Value::String(text) => assert!(!steers(text), "{text:?}"),
        Value::Array(list) => list.iter().for_each(assert_plain),
        Value::Object(map) => map.values().for_each(assert_plain),
        _ => {}
    }
}

#[test]
fn messages_and_differences_have_no_control_characters() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    let team = |text: &str| json!({"organization": "acme", "name": "devs", "role": "member", "description": text});
    registry.ok("quay_team", team(HOSTILE));
    let changed = registry.ok("quay_team", team("two\nlines\tof it"));
    assert_plain(&changed.result["diff"]);
    assert_eq!(changed.before()["description"], "a\\u{1b}[2J\\u{9b}31m\\u{202e}\\u{7}b");
    assert_eq!(changed.after()["description"], "two\nlines\tof it", "lines and tabs are legitimate");

    let body = json!({"error_message": HOSTILE}).to_string();
    registry.emulator.fault(Fault::status(400, "application/json", &body).on("write", "/api/v1/*"));
    let failed = registry.run("quay_robot", json!({"name": "acme+other"}));
    assert!(failed.message().contains("[2J"), "{:?}", failed.message());
    assert_plain(&failed.result["msg"]);
    let many = registry.run(
        "quay_registry",
        json!({"config": {"organizations": [{"name": "acme", "robots": [
        {"name": "xx", "description": HOSTILE}, {"name": "yy"}]}]}}),
    );
    assert_eq!(many.code, 1);
    assert!(many.message().contains("[2J"), "{:?}", many.message());
    ["msg", "errors", "diff"].iter().for_each(|key| assert_plain(&many.result[key]));
    many.result["endpoints"][0]["objects"].as_array().unwrap().iter().for_each(|object| assert_plain(&object["msg"]));
}

#[test]
fn a_failure_before_the_call_is_known_has_none_either() {
    let registry = Registry::new();
    let failed = registry.run_exactly(&json!({"_ansible_module_name": HOSTILE}), &[]);
    assert!(failed.message().contains("there is no module"), "{:?}", failed.message());
    assert_plain(&failed.result["msg"]);
}

#[test]
fn values_that_are_data_stay_as_they_are() {
    let registry = Registry::new();
    registry.ok("quay_message", json!({"content": HOSTILE}));
    let found = registry.ok("quay_registry_info", json!({"messages": true}));
    assert_eq!(found.result["registry"]["messages"][0]["content"], HOSTILE, "{}", found.result);
}
