//! `quaymaster restore`: repositories as of a moment.

use serde_json::json;

use super::mass::Shell;
use crate::given::SCOPES;
use crate::modules::quay_repository_restore::history;

/// `acme/app`: `stable` moved an hour ago, `v1` was deleted then, `v2` came.
fn shell() -> Shell {
    let shell = Shell::new();
    shell.registry.ok("quay_organization", json!({"name": "acme"}));
    let entries = [
        ("stable", "one", -8, Some(-1)),
        ("v1", "one", -7, Some(-1)),
        ("stable", "two", -1, None),
        ("v2", "two", -1, None),
    ];
    history(&shell.registry, "acme/app", &entries);
    shell.registry.emulator.clear_journal();
    shell
}

#[test]
fn the_plan_is_shown_and_nothing_is_done_without_a_yes() {
    let shell = shell();
    let ran = shell.run(&["restore", "--check", "--at", "2h", "--remove-newer", "acme/app"]).expect(0);
    for text in
        ["~ acme/app:stable", "+ acme/app:v1", "- acme/app:v2", " -> sha256:", "1 to come back, 1 to move, 1 to remove"]
    {
        ran.says(text);
    }
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    shell.run(&["restore", "--at", "2h", "acme/app"]).expect(1).says("there is no terminal to ask at; add --yes");
    assert_eq!(shell.writes(), 0);
}

#[test]
fn an_organization_comes_back_once() {
    let shell = shell();
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2);
    let at = at.to_string();
    let arguments = ["restore", "--yes", "--remove-newer", "--at", &at, "acme"];
    shell.run(&arguments).expect(0).says("3 of 3 steps were needed and are done");
    let again = shell.run(&arguments).expect(0);
    again.says("No changes.");
    assert_eq!(shell.writes(), 3);
}

#[test]
fn a_person_is_asked_at_a_terminal() {
    let shell = shell();
    let arguments = ["restore", "--at", "2h", "acme/app"];
    let question = |answer| [("Restore these tags? [y/N] ", answer, false)];
    let environment = [("QUAY_TOKEN", shell.registry.token.as_str())];
    let no = shell.at_terminal_with(&arguments, &question("n"), &environment);
    assert!(no.code == 1 && no.out.contains("nothing was changed, as you did not say yes"), "{}", no.out);
    assert_eq!(shell.writes(), 0);
    let yes = shell.at_terminal_with(&arguments, &question("y"), &environment);
    assert!(yes.code == 0 && yes.out.contains("2 of 2 steps"), "{}", yes.out);
}

#[test]
fn what_cannot_be_done_is_told() {
    let shell = shell();
    for (arguments, part) in [
        (["--at", "2h", "--max-removals", "0", "acme/app"], "max_removals permits 0"),
        (["--at", "20d", "--yes", "--remove-newer", "acme"], "its time machine reaches back to"),
        (["--at", "2h", "--yes", "--remove-newer", "acme/nosuch"], "the repository acme/nosuch does not exist"),
        (["--at", "2h", "--yes", "--remove-newer", "acme/"], "\"acme/\" lacks the namespace or the repository"),
    ] {
        shell.run(&[&["restore"], &arguments[..]].concat()).expect(1).says(part);
    }
    let ran = shell.run(&["restore", "--at", "soon", "acme/app"]).expect(1);
    ran.says("is no moment");
    assert_eq!(shell.writes(), 0);
}

#[test]
fn what_auto_pruning_takes_then_and_what_is_not_seen_are_told() {
    let shell = shell();
    let registry = &shell.registry;
    let policies = [("tags", "1", "^v"), ("tags", "2", "^v[0-9]"), ("tags", "3", "^other"), ("date", "90d", "^v")];
    for (method, value, pattern) in policies {
        let policy =
            json!({"namespace": "acme", "method": method, "value": value, "tag_pattern": pattern, "append": true});
        registry.ok("quay_organization_prune", policy);
    }
    let arguments = ["restore", "--check", "--at", "2h", "acme"];
    let ran = shell.run(&arguments).expect(0);
    ran.says("the auto-prune policy (tags 1, pattern ^v) counts restored tags as the newest");
    // Two tags are all that there will be of the other pattern, and it keeps two.
    for none in ["pattern ^v[0-9]", "pattern ^other", "date 90d", "can see"] {
        assert!(!ran.err.contains(none), "{none} in {}", ran.err);
    }
    registry.join("jdoe", "developers", "member");
    registry.ok("quay_repository", json!({"name": "acme/seen", "visibility": "public"}));
    let token = registry.emulator.token_for("jdoe", SCOPES);
    let ran = shell.run_with(&arguments, "", &[("QUAY_TOKEN", &token)]).expect(0);
    ran.says("acme: only the repositories that this account can see are told");
    let ran = shell.run_with(&["usage", "acme", "--repositories"], "", &[("QUAY_TOKEN", &token)]).expect(0);
    ran.says("acme: only the repositories that this account can see are told");
    let whole = shell.run(&["usage", "acme", "--repositories"]).expect(0);
    assert_eq!(whole.err, "");
}

#[test]
fn a_policy_that_takes_tags_in_many_repositories_is_told_once() {
    let shell = shell();
    for number in 0..11 {
        let entries = [("stable", "one", -8, None), ("v1", "one", -7, Some(-1))];
        history(&shell.registry, &format!("acme/r{number:02}"), &entries);
    }
    for value in ["5", "1"] {
        let policy = json!({"namespace": "acme", "method": "tags", "value": value, "append": true});
        shell.registry.ok("quay_organization_prune", policy);
    }
    let policies = |at: &str| {
        let ran = shell.run(&["restore", "--check", "--at", at, "acme"]).expect(0);
        ran.err.lines().filter(|line| line.contains("auto-prune policy")).map(str::to_owned).collect::<Vec<_>>()
    };
    let told = policies("2h");
    assert_eq!(told.len(), 1, "{told:?}");
    for part in ["(tags 1) counts", "quaymaster preview acme shows then: acme/app, acme/r00, ", "r08 and 2 more"] {
        assert!(told[0].contains(part), "{part} in {told:?}");
    }
    // Nothing comes back.
    assert!(policies("1m").is_empty());
}
