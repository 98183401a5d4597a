//! `quaymaster tokens`: the credentials of a server as a report.

use serde_json::{Value, json};

use super::mass::Shell;
use crate::given::SCOPES;

/// `acme` with an application, two tokens and a robot account, and `tools` with nothing.
fn shell() -> Shell {
    let shell = Shell::new();
    let registry = &shell.registry;
    for name in ["acme", "tools"] {
        registry.ok("quay_organization", json!({"name": name}));
    }
    registry.ok("quay_robot", json!({"name": "acme+a-robot-account-with-a-name-that-is-long"}));
    registry.ok("quay_application", json!({"organization": "acme", "name": "portal"}));
    for (name, rights, life) in [("deploy", "repo:read", "20d"), ("everything", "org:admin", "520w")] {
        registry.ok(
            "quay_application_token",
            json!({"organization": "acme", "application": "portal", "name": name, "rights": [rights], "expiration": life}),
        );
    }
    registry.ok("quay_docker_token", json!({"name": "laptop"}));
    shell
}

fn report(shell: &Shell, arguments: &[&str]) -> Value {
    let ran = shell.run(&[&["tokens", "--output", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn names(report: &Value) -> Vec<&str> {
    report["tokens"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

const ROBOT: &str = "acme+a-robot-account-with-a-name-that-is-long";

#[test]
fn a_table_of_credentials_fits_the_screen_and_shows_no_secret() {
    let shell = shell();
    let ran = shell.run(&["tokens", "acme"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    let squeezed: String = ran.out.split_whitespace().collect();
    for text in ["deploy", "everything", "powerful", "portal"] {
        assert!(squeezed.contains(text), "{text} in {}", ran.out);
    }
    let secrets: Vec<String> = shell.registry.emulator.with_state(|state| {
        let robots = state.organization("acme").unwrap().robots.values().map(|robot| robot.token.clone());
        let codes = state.user("admin").unwrap().app_tokens.iter().map(|token| token.code.clone());
        state.tokens.keys().cloned().chain(robots).chain(codes).collect()
    });
    for form in ["table", "csv", "json", "markdown"] {
        let ran = shell.run(&["tokens", "--output", form]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(secrets.iter().all(|secret| !ran.out.contains(secret) && !ran.err.contains(secret)));
        assert!(ran.out.contains("laptop"), "{}", ran.out);
    }
}

#[test]
fn kinds_periods_and_findings_choose() {
    let shell = shell();
    for (arguments, expected) in [
        (vec!["acme"], vec!["deploy", "everything", ROBOT]),
        (vec!["a*", "--kind", "api"], vec!["deploy", "everything"]),
        (vec!["--kind", "docker"], vec!["laptop"]),
        (vec!["--kind", "robot", "--kind", "docker"], vec!["laptop", ROBOT]),
        (vec!["--expiring-within", "30d"], vec!["deploy"]),
        (vec!["--findings"], vec!["everything"]),
        (vec!["--older-than", "1d"], vec![]),
        (vec!["tools"], vec![]),
    ] {
        assert_eq!(names(&report(&shell, &arguments)), expected, "{arguments:?}");
    }
    let all = report(&shell, &["acme"]);
    assert_eq!(all["tokens"][1]["findings"], json!(["powerful", "long_lived"]));
    assert_eq!(all["usage_known"]["api"], true);
    for (arguments, why) in [
        (vec!["nosuch"], "the organization nosuch does not exist"),
        (vec!["x*"], "cannot show the credentials of x*"),
        (vec!["acme", "--kind", "docker"], "application tokens belong to no organization"),
        (vec!["--unused-for", "soon"], "is not a period"),
    ] {
        let ran = shell.run(&[&["tokens"], arguments.as_slice()].concat());
        assert!(ran.code == 1 && ran.err.contains(why), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_comparison_shows_which_credentials_came_and_went() {
    let shell = shell();
    assert_eq!(shell.run(&["tokens", "--output", "json", "-o", "old.json"]).code, 0);
    assert!(shell.run(&["tokens", "--since", "old.json"]).out.ends_with(": nothing among what could be read\n"));
    let token = json!({"organization": "acme", "application": "portal", "name": "deploy", "rotate": true});
    shell.registry.ok("quay_application_token", token);
    shell.registry.ok("quay_robot", json!({"name": "acme+new"}));
    let found = report(&shell, &["--since", "old.json"]);
    let mut told: Vec<String> =
        found["tokens"].as_array().unwrap().iter().map(|row| format!("{} {}", row["change"], row["name"])).collect();
    told.sort();
    assert_eq!(told, ["\"came\" \"acme+new\"", "\"came\" \"deploy\"", "\"went\" \"deploy\""]);
    let other = shell.run(&["tokens", "acme", "--since", "old.json"]);
    assert!(other.code == 1 && other.err.contains("answers another question"), "{}", other.err);
}

#[test]
fn what_could_not_be_read_of_credentials_is_a_warning() {
    let shell = shell();
    let token = shell.registry.emulator.token_for("jdoe", SCOPES);
    shell.registry.ok(
        "quay_team",
        json!({"organization": "tools", "name": "owners", "role": "admin", "members": ["admin", "jdoe"]}),
    );
    let environment = [("QUAY_TOKEN", token.as_str())];
    let ran = shell.run_with(&["tokens", "acme", "tools"], "", &environment);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("warning: the organization acme: cannot list the applications of acme"), "{}", ran.err);
    let all = shell.run_with(&["tokens"], "", &environment);
    assert!(all.code == 0 && all.err.contains("cannot list the application tokens of all users"), "{}", all.err);
    let nothing = shell.run_with(&["tokens", "acme"], "", &environment);
    assert!(
        nothing.code == 1 && nothing.err.contains("error: cannot list the applications of acme"),
        "{}",
        nothing.err
    );
}

#[test]
fn many_organizations_are_asked_for_side_by_side() {
    let shell = shell();
    for number in 0..40 {
        shell.registry.ok("quay_organization", json!({"name": format!("org{number}")}));
    }
    shell.registry.emulator.clear_journal();
    let ran = shell.run(&["tokens", "--jobs", "4"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("42/42 organizations"), "{}", ran.err);
    // The list, the accounts, the docker tokens, the configuration; two for each; acme's tokens and members.
    assert_eq!(shell.registry.emulator.journal().len(), 4 + 2 * 42 + 2);
    assert!(shell.registry.emulator.most_at_a_time() <= 4);
}
