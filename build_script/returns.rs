//! RETURN: the values that a module gives back.

use super::Problems;
use super::option::{known_keys, sentences, version};
use super::yaml::{Data, Node};

const TYPES: &[&str] = &["bool", "complex", "dict", "float", "int", "list", "path", "raw", "str"];
const KEYS: &[&str] =
    &["choices", "contains", "description", "elements", "returned", "sample", "type", "version_added"];

/// Names of the returned values. Nothing at all is fine: not every module returns more than `changed`.
pub fn read(node: &Node, problems: &mut Problems) -> Vec<String> {
    match &node.data {
        Data::Null => Vec::new(),
        Data::Map(map) => {
            for (key, value) in map {
                check(&key.name, key.line, value, true, problems);
            }
            map.iter().map(|(key, _)| key.name.clone()).collect()
        }
        _ => {
            problems.add(node.line, format!("RETURN must be a mapping, not {}", node.kind()));
            Vec::new()
        }
    }
}

/// `returned` is demanded of the values themselves; what they contain is there when they are.
fn check(name: &str, line: usize, node: &Node, top: bool, problems: &mut Problems) {
    let whose = format!("returned value {name}");
    if node.map().is_none() {
        problems.add(line, format!("{whose} must be a mapping, not {}", node.kind()));
        return;
    }
    known_keys(&whose, node, KEYS, problems);
    sentences(&whose, line, node, problems);
    version(&whose, node, problems);
    match node.get("type").map(|node| (node.text(), node.line)) {
        None => problems.add(line, format!("{whose} has no type")),
        Some((Some(kind), _)) if TYPES.contains(&kind) => {
            if kind == "list" && node.get("elements").is_none() {
                problems.add(line, format!("{whose} is a list without elements"));
            }
        }
        Some((_, line)) => problems.add(line, format!("{whose}: type must be one of {}", TYPES.join(", "))),
    }
    if let Some(elements) = node.get("elements")
        && !elements.text().is_some_and(|kind| TYPES.contains(&kind))
    {
        problems.add(elements.line, format!("{whose}: elements must be one of {}", TYPES.join(", ")));
    }
    match node.get("returned") {
        None if top => problems.add(line, format!("{whose} does not say when it is returned")),
        Some(node) if node.text().is_none() => problems.add(node.line, format!("{whose}: returned must be text")),
        _ => {}
    }
    match node.get("contains").map(|node| (node.map(), node.line)) {
        Some((Some(map), _)) => {
            for (key, value) in map {
                check(&format!("{name}.{}", key.name), key.line, value, false, problems);
            }
        }
        Some((None, line)) => problems.add(line, format!("{whose}: contains must be a mapping")),
        None => {}
    }
}
