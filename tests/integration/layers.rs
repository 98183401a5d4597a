//! What the sources promise and the compiler does not check.

mod imports;

use std::collections::BTreeSet;
use std::fs;

use crate::support::files_below;
use imports::{circles, imports, paths};

/// From the bottom to the top: each layer may use those before it.
const LAYERS: &[&str] = &["error", "api", "plan", "quay", "modules", "call", "apply", "ansible", "cli", "main"];

/// The folders and files of mass apply, likewise.
const APPLY: &[&str] = &[
    "kept",
    "graph",
    "predicted",
    "kinds",
    "input",
    "private",
    "deliver",
    "report",
    "hidden",
    "schema",
    "show",
    "convert",
    "export",
    "planning",
    "compare",
    "checks",
    "contents",
    "audit",
    "run",
    "engine",
    "mod",
];

/// A line of code without its comment.
struct Line {
    file: String,
    number: usize,
    code: String,
    /// Whether it belongs to a unit test.
    test: bool,
    /// Whether the line, or the lines before it, carry a comment.
    explained: bool,
}

impl Line {
    fn place(&self) -> String {
        format!("{}:{}: {}", self.file, self.number, self.code.trim())
    }

    /// `plan` of `src/plan/run.rs`, `error` of `src/error.rs`.
    fn layer(&self) -> &str {
        let inner = self.file.trim_start_matches("src/");
        inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
    }

    /// `planning` of `src/apply/planning/walk.rs` and of `src/apply/planning.rs`; `None` outside of mass apply.
    fn part_of_apply(&self) -> Option<&str> {
        let inner = self.file.strip_prefix("src/apply/")?;
        Some(inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs"))
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
    }
}

/// Every line of `src/`. By convention the unit tests are the end of a file, or a file `tests.rs`.
fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for path in files_below("src") {
        let file = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut test = file.ends_with("/tests.rs");
        let mut explained = false;
        for (index, line) in text.lines().enumerate() {
            test |= line.starts_with("mod tests {");
            let (code, comment) = split(line);
            let here = explained || comment;
            // A comment explains the lines up to the next end of a statement.
            explained =
                if code.trim().is_empty() { comment } else { here && !code.trim_end().ends_with([';', '}', '{']) };
            lines.push(Line { file: file.clone(), number: index + 1, code: code.to_owned(), test, explained: here });
        }
    }
    lines
}

/// Code, and whether a comment follows it that could explain it: documentation tells what, not why. A `//` after a
/// colon is part of a URL.
fn split(line: &str) -> (&str, bool) {
    let comment = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':')).map(|(at, _)| at);
    comment.map_or((line, false), |at| (&line[..at], !line[at + 2..].starts_with(['/', '!'])))
}

#[track_caller]
fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}\n{}", found.join("\n"));
}

#[test]
fn dependencies_point_one_way() {
    let rank = |layer: &str| LAYERS.iter().position(|known| *known == layer);
    let lines = lines();
    let mut wrong = Vec::new();
    for import in imports(&lines).iter().filter(|import| import.line.file != "src/lib.rs") {
        let own = rank(import.line.layer()).unwrap_or_else(|| panic!("{} is in no layer", import.line.file));
        let used = rank(&import.path[0]).unwrap_or_else(|| panic!("{}: no layer", import.line.place()));
        if used > own {
            wrong.push(import.line.place());
        }
    }
    assert_none(wrong, "a layer uses one above it");
}

/// Between the folders of mass apply there is no circle; files of one folder may know each other.
#[test]
fn the_folders_of_apply_use_each_other_one_way() {
    let rank = |part: &str| APPLY.iter().position(|known| *known == part);
    let lines = lines();
    for line in &lines {
        let place = line.part_of_apply().map(rank);
        assert_ne!(place, Some(None), "{} has no place in APPLY", line.file);
    }
    let mut wrong = Vec::new();
    for import in imports(&lines).iter().filter(|import| !import.line.test && import.path[0] == "apply") {
        let (Some(part), Some(used)) = (import.line.part_of_apply(), import.path.get(1)) else { continue };
        if rank(used) > rank(part) {
            wrong.push(import.line.place());
        }
    }
    assert_none(wrong, "a folder of apply uses one above it");
}

/// Files that use each other, below `src/`, and why they are two files and no layer each.
const CIRCLES: &[(&[&str], &str)] = &[
    (
        &["ansible/audit.rs", "ansible/registry.rs"],
        "the module of audits is started as that of mass apply, and reads the same input",
    ),
    (
        &["api/auth.rs", "api/settings.rs", "api/tls.rs", "api/trace.rs", "api/transport.rs"],
        "a connection signs in, and signing in sends requests",
    ),
    (&["apply/audit/policy/own.rs", "apply/audit/policy/read.rs"], "rules of one's own are read as the others are"),
    (&["apply/input/declaration.rs", "apply/input/merge.rs"], "what several files say is united entry by entry"),
    (
        &["apply/input/mqc/mirror.rs", "apply/input/mqc/organization.rs", "apply/input/mqc/repository.rs"],
        "an organization holds repositories, whose names it completes",
    ),
    (
        &["apply/kinds/export.rs", "apply/kinds/section.rs"],
        "a section says how it is exported, an export reads a section",
    ),
    (&["apply/planning/barred.rs", "apply/planning/scopes.rs"], "what is barred is so in one scope"),
    (&["apply/planning/item.rs", "apply/planning/options.rs"], "an item has options, and answers what they say of it"),
    (&["apply/show/sheet.rs", "apply/show/value.rs"], "a sheet has lines, which values fill"),
    (&["call/check.rs", "call/rules.rs"], "rules hold within the scope that is checked"),
    (&["cli/apply.rs", "cli/every.rs"], "an apply is repeated, and what is repeated is an apply"),
    (&["cli/credentials.rs", "cli/declared.rs"], "kept credentials complete what is declared"),
    (&["cli/plan.rs", "cli/saved.rs"], "a plan is kept, and a kept one is shown as a plan"),
    (&["quay/log/places.rs", "quay/log/search.rs"], "a search goes through the places that it asks for"),
    (
        &[
            "quay/policy/immutability.rs",
            "quay/policy/preview.rs",
            "quay/policy/preview/proposal.rs",
            "quay/policy/preview/rule.rs",
            "quay/policy/preview/reading.rs",
            "quay/policy/preview/told.rs",
            "quay/policy/preview/worker.rs",
            "quay/policy/prune.rs",
        ],
        "a new policy is previewed, and the preview judges tags by policies of both kinds",
    ),
    (&["quay/server.rs", "quay/version.rs"], "a server tells its version, which says what the server lacks"),
];

#[test]
fn files_that_use_each_other_are_in_one_folder_and_known() {
    let known: BTreeSet<BTreeSet<String>> =
        CIRCLES.iter().map(|(files, _)| files.iter().map(|file| format!("src/{file}")).collect()).collect();
    let found = circles(&lines());
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        new.is_empty(),
        "these files use each other: make one depend on the other alone, or give a reason: {new:#?}"
    );
    assert!(gone.is_empty(), "these do not use each other any more: {gone:#?}");
    for files in &found {
        // The first is the least deep: its folder has to be that of all.
        let folder =
            files.iter().filter_map(|file| Some(file.rsplit_once('/')?.0)).min_by_key(|folder| folder.len()).unwrap();
        let is_one = files.iter().all(|file| file.starts_with(&format!("{folder}/")));
        assert!(is_one && !["src", "src/apply"].contains(&folder), "a circle of folders: {files:#?}");
    }
}

/// What is true of one kind of object stands in its file.
#[test]
fn no_module_is_named_where_every_kind_is_treated_alike() {
    let parts = ["planning", "checks", "run", "report", "show", "schema"];
    // The module of mass apply itself has the options of `registry`; it is of no kind.
    let is_module = |word: &str| quaymaster::modules::find(word).is_some() && word != "quay_registry";
    let lines = lines();
    let found =
        lines.iter().filter(|line| !line.test && line.part_of_apply().is_some_and(|part| parts.contains(&part)));
    assert_none(found.filter(|line| line.words().any(is_module)).map(Line::place).collect(), "name it by its section");
}

#[test]
fn no_path_climbs_out_of_its_layer_unseen() {
    let wrong = lines().iter().filter(|line| line.code.contains("super::super::")).map(Line::place).collect();
    assert_none(wrong, "name other layers from the root of the crate: `crate::...`");
}

/// Planning cannot write because it cannot name what writes.
#[test]
fn only_the_run_of_a_plan_writes() {
    let lines = lines();
    let naming = |word: &'static str, allowed: &'static [&'static str]| {
        let others = lines.iter().filter(|line| !allowed.contains(&line.file.as_str()));
        others.filter(|line| line.words().any(|found| found == word)).map(Line::place).collect()
    };
    assert_none(naming("Writer", WRITER), "only plan/run.rs writes");
    assert_none(naming("Http", HTTP), "planning gets a Reader, not a connection, which could write as well");
}

/// `modules/mod.rs` opens the connection and hands it to the run.
const WRITER: &[&str] = &["src/api/mod.rs", "src/api/writer.rs", "src/modules/mod.rs", "src/plan/run.rs"];

const HTTP: &[&str] = &[
    "src/api/auth.rs",
    "src/api/mod.rs",
    "src/api/reader.rs",
    "src/api/transport.rs",
    "src/api/writer.rs",
    // Mass apply shares one connection among many modules.
    "src/apply/planning/first_user.rs",
    "src/apply/planning/planned.rs",
    "src/apply/planning/server.rs",
    "src/apply/run.rs",
    "src/modules/mod.rs",
];

#[test]
fn a_possible_panic_is_explained() {
    let risky = [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err(", "unreachable!(", "panic!("];
    let lines = lines();
    let found = lines.iter().filter(|line| !line.test && !line.explained);
    let found = found.filter(|line| risky.iter().any(|call| line.code.contains(call))).map(Line::place);
    assert_none(found.collect(), "say above the line why it cannot panic");
    let unfinished = ["todo!(", "unimplemented!(", "dbg!("];
    let found = lines.iter().filter(|line| unfinished.iter().any(|call| line.code.contains(call)));
    assert_none(found.map(Line::place).collect(), "unfinished");
}

/// A second line on stdout, or any on stderr, would spoil the result of a module run.
#[test]
fn output_has_one_door() {
    let doors = ["src/ansible/output.rs", "src/cli/print.rs"];
    let calls = ["print!(", "println!(", "eprint!(", "eprintln!(", "stdout()", "stderr()"];
    let lines = lines();
    let found = lines.iter().filter(|line| !line.test && !doors.contains(&line.file.as_str()));
    let found = found.filter(|line| calls.iter().any(|call| line.code.contains(call))).map(Line::place);
    assert_none(found.collect(), "only ansible/output.rs and cli/print.rs print");
}

#[test]
fn the_scan_sees_what_it_looks_for() {
    assert_eq!(paths("plan::{Plan}"), [["plan", "Plan"]]);
    assert_eq!(paths("{\n api, error::{a::B,\n},\n}; use x::y"), [vec!["api"], vec!["error", "a", "B"]]);
    assert_eq!(split("a(); // b"), ("a(); ", true));
    assert_eq!(split("\"https://x\""), ("\"https://x\"", false));
    assert_eq!(split("/// b"), ("", false));
    let lines = lines();
    let imports = imports(&lines);
    let uses = |file: &str, path: &[&str]| {
        imports
            .iter()
            .any(|one| one.line.file == file && path.iter().zip(&one.path).all(|(wanted, name)| wanted == name))
    };
    assert!(uses("src/plan/run.rs", &["api"]) && uses("src/plan/run.rs", &["plan"]));
    assert!(
        uses("src/apply/engine.rs", &["apply", "planning"]) && uses("src/apply/planning/walk.rs", &["apply", "report"])
    );
    assert!(lines.iter().any(|line| line.test) && lines.iter().any(|line| line.explained));
}

#[test]
fn fields_of_an_answer_are_taken_through_one_door() {
    let takes = |line: &&Line| line.code.contains("].take()") || line.code.contains("Value::take");
    let beside =
        lines().iter().filter(|line| line.layer() != "api" && !line.test).filter(takes).map(Line::place).collect();
    assert_none(
        beside,
        "use api::take, which tells the route and the field: these panic, or take what is missing for null",
    );
}
