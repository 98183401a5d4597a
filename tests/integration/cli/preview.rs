//! `quaymaster preview`: what the policies in force prune next.

use serde_json::{Value, json};

use super::mass::Shell;
use crate::modules::quay_policy_preview::pushed;

/// `acme` with a repository that keeps two of its four tags, and `tools` with nothing.
fn shell() -> Shell {
    let shell = Shell::new();
    let registry = &shell.registry;
    for name in ["acme", "tools"] {
        registry.ok("quay_organization", json!({"name": name}));
    }
    pushed(registry, "app", 4);
    registry.ok("quay_repository_prune", json!({"repository": "acme/app", "method": "tags", "value": "2"}));
    shell
}

fn report(shell: &Shell, arguments: &[&str]) -> Value {
    let ran = shell.run(&[&["preview", "--output", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn tags(report: &Value) -> Vec<&str> {
    report["preview"].as_array().unwrap().iter().map(|row| row["tag"].as_str().unwrap()).collect()
}

#[test]
fn what_is_pruned_next_is_shown_of_all_that_is_named() {
    let shell = shell();
    for places in [&[][..], &["acme"], &["acme/app"], &["tools", "acme"]] {
        let report = report(&shell, places);
        assert_eq!(tags(&report), ["t1", "t2"], "{places:?}");
        assert_eq!((&report["tags"], &report["repositories"]), (&json!(4), &json!(1)));
    }
    assert_eq!(tags(&report(&shell, &["tools"])), Vec::<&str>::new());
    let ran = shell.run(&["preview", "acme"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("acme/app") && ran.out.contains("t1"), "{}", ran.out);
}

#[test]
fn what_stops_a_namespace_and_what_is_not_there_are_told() {
    let shell = shell();
    shell.registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    let ran = shell.run(&["preview", "acme", "nosuch"]);
    assert!(ran.err.contains("auto-pruning is stuck for the whole namespace acme"), "{}", ran.err);
    assert!(ran.err.contains("the organization or personal namespace nosuch does not exist"), "{}", ran.err);
    let ran = shell.run(&["preview", "nosuch/app"]);
    assert!(ran.code != 0 && ran.err.contains("does not exist"), "{}", ran.err);
}
