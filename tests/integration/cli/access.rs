//! `quaymaster access`: the forms of a report, its choices, and the comparison of two.

pub mod browser;

use std::fs;

use serde_json::{Value, json};

use super::mass::Shell;
use crate::given::SCOPES;

/// `acme` with a team, a robot account, an outsider and a public repository, and `tools` with nothing.
fn shell() -> Shell {
    let shell = Shell::new();
    let registry = &shell.registry;
    for name in ["acme", "tools"] {
        registry.ok("quay_organization", json!({"name": name}));
    }
    registry.emulator.add_user("bob", "password");
    registry.join("jdoe", "devs", "member");
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    let rights = json!([
        {"name": "devs", "type": "team", "role": "write"}, {"name": "bob", "type": "user", "role": "read"},
        {"name": "acme+ci", "type": "user", "role": "write"},
    ]);
    registry.ok("quay_repository", json!({"name": "acme/app", "perms": rights}));
    registry.ok(
        "quay_repository",
        json!({"name": "acme/a-name-that-is-longer-than-any-screen-likes", "visibility": "public"}),
    );
    shell
}

fn report(shell: &Shell, arguments: &[&str]) -> Value {
    let ran = shell.run(&[&["access", "--output", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn accounts(report: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        report["access"].as_array().unwrap().iter().filter_map(|line| line["account"].as_str()).collect();
    names.dedup();
    names
}

#[test]
fn a_table_fits_the_screen_and_loses_nothing() {
    let shell = shell();
    let ran = shell.run(&["access", "acme"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err, "");
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(ran.out.starts_with("ORGANIZATION  ACCOUNT"), "{}", ran.out);
    let squeezed: String = ran.out.split_whitespace().collect();
    for text in ["teamdevs", "acme+ci", "administrator"] {
        assert!(squeezed.contains(text), "{text} in {}", ran.out);
    }
    // What is usual in every row has no column.
    assert!(!ran.out.contains("ENABLED") && !ran.out.contains("STATE"));
    shell.registry.ok("quay_user", json!({"username": "jdoe", "enabled": false}));
    assert!(shell.run(&["access", "acme"]).out.contains("ENABLED"));
    // An organization in which nobody has a right is none without a word.
    let none = shell.run(&["access", "tools", "--user", "nobody"]);
    assert!(none.out.ends_with(": nothing\n"), "{}", none.out);
}

#[test]
fn every_form_holds_the_same_rows() {
    let shell = shell();
    let json = report(&shell, &["acme"]);
    let rows = json["access"].as_array().unwrap().len();
    let csv = shell.run(&["access", "acme", "--output", "csv"]).out;
    assert_eq!(csv.lines().count(), rows + 1);
    assert!(csv.starts_with("organization,account,kind,repository,role,via,outsider,enabled,state,last_accessed\n"));
    assert!(csv.contains("acme,bob,user,app,read,direct,yes,yes,NORMAL,\n"), "{csv}");
    let markdown = shell.run(&["access", "acme", "--output", "markdown"]).out;
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| ")).count(), rows + 2);
    // The module says the same.
    let module = shell.registry.ok("quay_access_info", json!({"organization": ["acme"]}));
    for key in ["access", "future", "repositories"] {
        let sorted = |list: &Value| {
            let mut lines: Vec<String> = list.as_array().unwrap().iter().map(canonical).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&json[key]), sorted(&module.result[key]), "{key}");
    }
}

/// An object with its keys in order.
fn canonical(value: &Value) -> String {
    let sorted: std::collections::BTreeMap<&String, &Value> = value.as_object().unwrap().iter().collect();
    format!("{sorted:?}")
}

#[test]
fn accounts_repositories_and_roles_are_chosen_by_names_and_patterns() {
    let shell = shell();
    for (arguments, expected) in [
        (vec!["--user", "j*"], vec!["jdoe"]),
        (vec!["--robot", "ci"], vec!["acme+ci"]),
        (vec!["--robot", "acme+*", "--user", "bob"], vec!["acme+ci", "bob"]),
        (vec!["--repository", "app"], vec!["acme+ci", "admin", "bob", "jdoe"]),
        (vec!["--repository", "acme/app", "--role", "write"], vec!["acme+ci", "admin", "jdoe"]),
        (vec!["acme", "--role", "admin"], vec!["admin"]),
        (vec!["too*"], vec!["admin"]),
    ] {
        assert_eq!(accounts(&report(&shell, &arguments)), expected, "{arguments:?}");
    }
    let strange = shell.run(&["access", "x*"]);
    assert_eq!(strange.code, 1);
    assert!(strange.err.contains("cannot show access to x*"), "{}", strange.err);
    let missing = shell.run(&["access", "nosuch"]);
    assert!(missing.code == 1 && missing.err.contains("nosuch does not exist"), "{}", missing.err);
}

#[test]
fn a_comparison_shows_what_came_went_and_changed() {
    let shell = shell();
    let kept = shell.run(&["access", "acme", "--output", "json", "-o", "old.json"]);
    assert_eq!((kept.code, kept.out.as_str()), (0, ""), "{}", kept.err);
    let same = shell.run(&["access", "acme", "--since", "old.json"]);
    assert!(same.out.ends_with(": nothing\n"), "{}", same.out);

    let rights = json!([
        {"name": "devs", "type": "team", "role": "read"}, {"name": "acme+ci", "type": "user", "role": "write"},
        {"name": "carol", "type": "user", "role": "read"}, {"name": "admin", "type": "user", "role": "admin"},
    ]);
    shell.registry.emulator.add_user("carol", "password");
    shell.registry.ok("quay_repository", json!({"name": "acme/app", "perms": rights, "append": false}));
    let ran = shell.run(&["access", "acme", "--since", "old.json", "--output", "json"]);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    let told: Vec<String> = found["access"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["change"], row["account"], row["was"]))
        .collect();
    assert_eq!(told, ["\"went\" \"bob\" null", "\"came\" \"carol\" null", "\"changed\" \"jdoe\" \"role write\""]);

    let other = shell.run(&["access", "tools", "--since", "old.json"]);
    assert!(other.code == 1 && other.err.contains("answers another question"), "{}", other.err);
    let newer = fs::read_to_string(shell.path("old.json")).unwrap().replacen(
        "\"format_version\": 1",
        "\"format_version\": 2",
        1,
    );
    shell.write("newer.json", &newer);
    let newer = shell.run(&["access", "acme", "--since", "newer.json"]);
    assert!(newer.code == 1 && newer.err.contains("newer.json has the format 2"), "{}", newer.err);
    shell.write("strange.json", "{\"access\": 1}");
    let strange = shell.run(&["access", "acme", "--since", "strange.json"]);
    assert!(strange.err.contains("strange.json is no report of quaymaster access --output json"), "{}", strange.err);
    let device = shell.run(&["access", "acme", "--since", "/dev/zero"]);
    assert!(device.code == 1 && device.err.contains("/dev/zero cannot be read: it is not a file"), "{}", device.err);
}

#[test]
fn what_could_not_be_read_is_a_warning_in_every_form() {
    let shell = shell();
    let token = shell.registry.emulator.token_for("jdoe", SCOPES);
    shell.registry.ok(
        "quay_team",
        json!({"organization": "tools", "name": "owners", "role": "admin", "members": ["admin", "jdoe"]}),
    );
    for form in ["table", "csv", "json", "markdown"] {
        let ran = shell.run_with(&["access", "--output", form, "acme", "tools"], "", &[("QUAY_TOKEN", &token)]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.err.contains("warning: the organization acme: cannot list the members of acme"), "{}", ran.err);
        assert!(ran.err.contains("warning: superusers and disabled accounts"), "{}", ran.err);
        assert!(!ran.err.contains(&token) && !ran.out.contains(&token));
    }
    let nothing = shell.run_with(&["access", "acme"], "", &[("QUAY_TOKEN", &token)]);
    assert!(nothing.code == 1 && nothing.err.contains("error: cannot list the members of acme"), "{}", nothing.err);
}

#[test]
fn many_organizations_are_read_side_by_side_and_progress_is_told() {
    let shell = shell();
    for number in 0..40 {
        shell.registry.ok("quay_organization", json!({"name": format!("org{number}")}));
    }
    shell.registry.emulator.clear_journal();
    let ran = shell.run(&["access", "--jobs", "4"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("16/42 organizations") && ran.err.contains("42/42 organizations"), "{}", ran.err);
    // The list, the accounts, the configuration; six for each; acme's team, and its two repositories.
    assert_eq!(shell.registry.emulator.journal().len(), 3 + 6 * 42 + 1 + 2);
    assert!(shell.registry.emulator.most_at_a_time() <= 4);
}
