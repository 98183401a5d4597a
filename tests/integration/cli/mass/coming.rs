//! For those who come from other tools: their words are understood, and what the documentation claims has a test.

use std::fs;
use std::path::Path;

use super::Shell;
use crate::support::test_names;

#[test]
fn the_words_of_the_configurator_are_answered_with_ours() {
    let shell = Shell::new();
    for (theirs, ours) in
        [("create", "quaymaster apply PATH"), ("delete", "quaymaster destroy PATH"), ("check", "quaymaster validate")]
    {
        let told = shell.run(&[theirs, "yaml-files"]).expect(1);
        assert_eq!(told.sentences().len(), 1, "{}", told.err);
        told.says(ours);
    }
    shell.run(&["creat"]).expect(1).says("unrecognized subcommand");
    let theirs = shell.run(&["completion", "power-shell"]).expect(0);
    assert_eq!(theirs.out, shell.run(&["completion", "powershell"]).expect(0).out);
}

#[test]
fn each_row_for_those_who_come_from_the_configurator_has_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = test_names();
    let text = fs::read_to_string(root.join("docs/mqc.md")).unwrap();
    let rows =
        text.lines().filter(|line| line.starts_with('|') && !line.starts_with("| There") && !line.starts_with("| ---"));
    let mut count = 0;
    for row in rows {
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        let named =
            last.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).is_some_and(|name| names.contains(name));
        let reason = last.strip_prefix("not possible: ").is_some_and(|why| why.len() > 20);
        assert!(named || reason, "{row}");
        count += 1;
    }
    assert!(count > 40, "{count} rows");
}
