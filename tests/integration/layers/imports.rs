//! Which file uses which: the paths in the sources, from the root of the crate.

use std::collections::{BTreeMap, BTreeSet};

use super::Line;

/// A path that a line of code names.
pub struct Import<'a> {
    pub line: &'a Line,
    /// The names behind `crate`.
    pub path: Vec<String>,
}

/// All paths that begin with `crate::`, `quaymaster::` or `super::`, those in braces one by one; in unit tests, whose `super` is the
/// file around them, only the first two.
pub fn imports(lines: &[Line]) -> Vec<Import<'_>> {
    let mut found = Vec::new();
    for lines in lines.chunk_by(|one, other| one.file == other.file) {
        let text: String = lines.iter().flat_map(|line| [&line.code, "\n"]).collect();
        for root in ["crate::", "quaymaster::", "super::"] {
            for (at, _) in text.match_indices(root) {
                let line = &lines[text[..at].matches('\n').count()];
                let is_word = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if !is_word || (root == "super::" && line.test) {
                    continue;
                }
                let mut around = module(&line.file);
                around.pop();
                let base = if root == "super::" { around } else { Vec::new() };
                let paths = paths(&text[at + root.len()..]);
                found.extend(paths.into_iter().map(|path| Import { line, path: [base.clone(), path].concat() }));
            }
        }
    }
    found
}

/// The paths that begin here: one, or one for each name within braces.
pub fn paths(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    if let Some(list) = text.strip_prefix('{') {
        return elements(list).into_iter().flat_map(paths).collect();
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let name = text[..end].to_owned();
    match text[end..].strip_prefix("::") {
        Some(rest) => paths(rest).into_iter().map(|path| [vec![name.clone()], path].concat()).collect(),
        None => vec![vec![name]],
    }
}

/// The elements of a list up to the brace that closes it.
fn elements(list: &str) -> Vec<&str> {
    let (mut elements, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                elements.push(&list[start..at]);
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    elements.retain(|element| !element.trim().is_empty());
    elements
}

/// `plan`, `run` of `src/plan/run.rs`; `plan` of `src/plan/mod.rs`.
fn module(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inner.split('/').map(str::to_owned).collect()
}

/// The files that use each other, directly or by others, in groups. A file and the files of its folder are one thing in parts: that a
/// part uses what it is a part of is no circle.
pub fn circles(lines: &[Line]) -> BTreeSet<BTreeSet<String>> {
    let files: BTreeMap<Vec<String>, &str> =
        lines.iter().map(|line| (module(&line.file), line.file.as_str())).collect();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (own, file) in &files {
        let parts = files.iter().filter(|(other, _)| other.len() == own.len() + 1 && other.starts_with(own));
        uses.insert(file, parts.map(|(_, part)| *part).collect());
    }
    for Import { line, path } in imports(lines).into_iter().filter(|import| !import.line.test) {
        let Some(used) = (1..=path.len()).rev().find(|end| files.contains_key(&path[..*end])) else { continue };
        if !module(&line.file).starts_with(&path[..used]) {
            uses.entry(&line.file).or_default().insert(files[&path[..used]]);
        }
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|file| (*file, reached(file, &uses))).collect();
    let group = |file: &&str| -> BTreeSet<String> {
        let back = reached[file].iter().filter(|other| reached[*other].contains(file));
        back.map(|file| (*file).to_owned()).collect()
    };
    uses.keys().map(group).filter(|group| group.len() > 1).collect()
}

fn reached<'a>(file: &'a str, uses: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(next) = open.pop() {
        open.extend(uses[next].iter().filter(|used| found.insert(**used)));
    }
    found
}
