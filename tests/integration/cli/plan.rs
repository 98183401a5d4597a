//! What a person sees of a plan: three plans as they are at 80 columns, and the other forms.

mod contents;
mod forms;
mod saved;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use super::mass::{Ran, Shell};

/// A server with the people of the example files, and the files in the folder.
fn shell() -> Shell {
    let shell = Shell::new();
    for person in ["alice", "bob", "carol", "dave"] {
        shell.registry.emulator.add_user(person, "password");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans");
    for name in ["first.yml", "tuesday.yml", "leaving.yml"] {
        shell.write(name, &fs::read_to_string(folder.join(name)).unwrap());
    }
    shell
}

/// The same with the organization in place.
pub fn in_place() -> Shell {
    let shell = shell();
    let ran = shell.run(&["apply", "--yes", "first.yml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    shell
}

fn plan(shell: &Shell, arguments: &[&str], columns: &str) -> Ran {
    let environment = [("QUAY_TOKEN", shell.registry.token.as_str()), ("COLUMNS", columns)];
    shell.run_with(&[&["plan"], arguments].concat(), "", &environment)
}

/// Without what differs from run to run.
fn steady(shell: &Shell, text: &str) -> String {
    let mut text = text.replace(&shell.registry.emulator.url(), "https://quay.example.com");
    let since = "no pull in the log since ";
    if let Some(at) = text.find(since) {
        let day = at + since.len();
        text.replace_range(day..day + 10, "2026-11-01");
    }
    let end = text.find(" requests in ").unwrap_or_else(|| panic!("{text}"));
    format!("{} requests\n", &text[..end])
}

#[test]
fn a_first_apply() {
    let shell = shell();
    assert_snapshot!(steady(&shell, &plan(&shell, &["first.yml"], "80").out));
}

#[test]
fn a_change_on_a_tuesday() {
    let shell = in_place();
    assert_snapshot!(steady(&shell, &plan(&shell, &["tuesday.yml"], "80").out));
}

#[test]
fn somebody_leaves() {
    let shell = in_place();
    assert_snapshot!(steady(&shell, &plan(&shell, &["leaving.yml"], "80").out));
}

#[test]
fn no_changes_are_told_in_so_many_words() {
    let shell = in_place();
    let ran = plan(&shell, &["first.yml"], "80");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("No changes. Everything is as declared.\nPlan: 0 to create"), "{}", ran.out);
}

#[test]
fn what_stays_beside_a_policy_is_told() {
    let shell = in_place();
    shell.write("second.yml", "organizations: [{name: payments, prune_policies: [{method: tags, value: 20}]}]");
    let ran = plan(&shell, &["second.yml"], "80");
    let told = "+ create auto-prune policy of the namespace payments\n        policies:\n          \
                + method: tags, value: 20\n          (1 unchanged)\n";
    assert!(ran.out.contains(told), "{}", ran.out);
    let registry = "registry: {prune: {prune_policies: true}, max_removal_percent: 100}\n";
    let second = "organizations: [{name: payments, prune_policies: [{method: tags, value: 20}]}]";
    shell.write("only.yml", &format!("{registry}{second}"));
    let ran = plan(&shell, &["only.yml"], "80");
    assert!(ran.out.contains("+ method: tags, value: 20\n") && !ran.out.contains("unchanged)"), "{}", ran.out);
}

#[test]
fn lines_fit_the_screen_and_words_stay_whole() {
    let shell = in_place();
    let wide = plan(&shell, &["tuesday.yml"], "10000").out;
    for columns in [60, 72, 100] {
        let ran = plan(&shell, &["tuesday.yml"], &columns.to_string());
        let too_long = |line: &&str| line.chars().count() > columns && line.trim().contains(' ');
        assert_eq!(ran.out.lines().find(too_long), None);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let end = |words: Vec<String>| words[..words.len() - 2].to_vec();
        assert_eq!(end(words(&ran.out)), end(words(&wide)));
    }
}

#[test]
fn colours_are_there_when_they_are_wanted() {
    let shell = in_place();
    let coloured = plan(&shell, &["--color", "always", "leaving.yml"], "80").out;
    assert!(coloured.contains("\u{1b}[1m\u{1b}[91mdanger:"), "{coloured:?}");
    let environment = [("QUAY_TOKEN", shell.registry.token.as_str()), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "0")];
    let plain = shell.run_with(&["plan", "leaving.yml"], "", &environment).out;
    assert!(!plain.contains('\u{1b}') && plain.contains("danger: its tags and images go for good"), "{plain}");
}
