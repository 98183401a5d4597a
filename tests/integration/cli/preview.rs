//! `quaymaster preview`: what the policies in force prune next.

use serde_json::{Value, json};

use super::mass::Shell;
use crate::given::SCOPES;
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
    for places in [&[][..], &["acme"], &["acme/app"], &["tools", "acme"], &["ac*"]] {
        let report = report(&shell, places);
        assert_eq!(tags(&report), ["t1", "t2"], "{places:?}");
        assert_eq!((&report["tags"], &report["repositories"]), (&json!(4), &json!(1)));
    }
    assert_eq!(tags(&report(&shell, &["tools"])), Vec::<&str>::new());
    let ran = shell.run(&["preview", "acme"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("acme/app") && ran.out.contains("t1"), "{}", ran.out);
    assert!(ran.out.contains("AGE IN DAYS"), "{}", ran.out);
}

#[test]
fn what_stops_a_namespace_and_what_is_not_there_are_told() {
    let shell = shell();
    shell.registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    shell.run(&["preview", "acme"]).expect(0).says("auto-pruning is stuck for the whole namespace acme");
    for (places, why) in [
        (
            &["acme", "nosuch"][..],
            "cannot preview nosuch: the organization or personal namespace nosuch does not exist",
        ),
        (&["acme/app", "acme/nosuch"], "cannot preview acme/nosuch: the repository acme/nosuch does not exist"),
        (&["nosuch/app"], "does not exist"),
        (&["no*"], "cannot preview no*: none of the 2 organizations that this caller sees fits the pattern"),
    ] {
        shell.run(&[&["preview"], places].concat()).expect(1).says(why);
    }
}

#[test]
fn half_a_name_is_refused_before_any_request() {
    let shell = shell();
    shell.registry.emulator.clear_journal();
    for (place, why) in [
        ("acme/", "cannot preview acme/: \"acme/\" lacks the namespace or the repository"),
        ("/app", "lacks the namespace or the repository"),
        ("acme/App", "\"acme/App\" is not a repository name"),
        ("", "a namespace has a name"),
    ] {
        shell.run(&["preview", place]).expect(1).says(why);
    }
    assert_eq!(shell.registry.emulator.journal().len(), 0);
    assert_eq!(tags(&report(&shell, &["/acme/app/"])), ["t1", "t2"]);
}

#[test]
fn what_could_not_be_read_is_not_nothing() {
    let shell = shell();
    for token in ["", "wrong"] {
        let ran = shell.run_with(&["preview", "acme"], "", &[("QUAY_TOKEN", token)]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    }
    shell.registry.ok("quay_repository", json!({"name": "acme/app", "visibility": "public"}));
    shell.registry.emulator.add_user("jdoe", "password");
    let token = shell.registry.emulator.token_for("jdoe", SCOPES);
    let run = |arguments: &[&str]| shell.run_with(arguments, "", &[("QUAY_TOKEN", &token)]).expect(0);
    let ran = run(&["preview", "acme"]);
    ran.says("the auto-prune policies of the namespace acme are not shown to this caller");
    assert!(ran.out.ends_with(": nothing among what could be read\n"), "{}", ran.out);
    run(&["preview", "acme", "--output", "markdown"]).says("Nothing among what could be read.");
}
