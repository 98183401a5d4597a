//! Documentation that several modules share: `plugins/doc_fragments/<name>.py`.

use std::collections::BTreeMap;
use std::path::Path;

use super::option::{self, Argument};
use super::yaml::Node;
use super::{Problem, Problems, python};

const COLLECTION: &str = "quaymaster.quay.";
const KEYS: &[&str] = &["attributes", "description", "notes", "options", "requirements", "seealso"];

/// The options of every part of every fragment, under `<name>` or `<name>.<PART>`.
pub type Fragments = BTreeMap<String, Vec<Argument>>;

/// Reads the fragment files among `files`.
pub fn read_all(root: &Path, files: &[String], problems: &mut Vec<Problem>) -> Fragments {
    let mut fragments = Fragments::new();
    for file in files {
        let mut problems = Problems::of(file, problems);
        let source = match std::fs::read_to_string(root.join(file)) {
            Ok(source) => source,
            Err(error) => {
                problems.add(1, format!("cannot be read: {error}"));
                continue;
            }
        };
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        if !source.lines().any(|line| line.starts_with("class ModuleDocFragment")) {
            problems.add(1, "has no class ModuleDocFragment");
        }
        for block in python::blocks(&source, &mut problems) {
            if !block.in_class {
                problems.add(block.line, format!("{} must stand in the class ModuleDocFragment", block.name));
            }
            let Some(node) = block.yaml(&mut problems) else {
                continue;
            };
            option::known_keys(&block.name, &node, KEYS, &mut problems);
            let options = node.get("options").map(|node| option::read_all(node, &mut problems));
            let name = match block.name.as_str() {
                "DOCUMENTATION" => name.to_string(),
                part => format!("{name}.{part}"),
            };
            fragments.insert(name, options.unwrap_or_default());
        }
    }
    fragments
}

/// Adds the options of the fragments that a module names to its own, which come first and win.
pub fn extend(options: &mut Vec<Argument>, document: &Node, fragments: &Fragments, problems: &mut Problems) {
    let Some(node) = document.get("extends_documentation_fragment") else {
        return;
    };
    let single = std::slice::from_ref(node);
    for node in node.list().unwrap_or(single) {
        let Some(slug) = node.text() else {
            problems.add(node.line, "extends_documentation_fragment must be a list of names");
            continue;
        };
        // Ansible's own fragments describe attributes only.
        if slug.starts_with("ansible.builtin.") {
            continue;
        }
        let found = slug.strip_prefix(COLLECTION).and_then(|name| {
            let name = match name.split_once('.') {
                Some((name, part)) => format!("{name}.{}", part.to_uppercase()),
                None => name.to_string(),
            };
            fragments.get(&name)
        });
        let Some(found) = found else {
            problems.add(node.line, format!("there is no documentation fragment {slug}"));
            continue;
        };
        for argument in found {
            if !options.iter().any(|own| own.name == argument.name) {
                options.push(argument.clone());
            }
        }
    }
}
