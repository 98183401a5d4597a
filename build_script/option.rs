//! Options and suboptions: the part of DOCUMENTATION that becomes the argument table.

use serde_json::Value;

use super::Problems;
use super::yaml::{Data, Key, Node};

/// One option, or one suboption.
#[derive(Clone, Debug)]
pub struct Argument {
    pub name: String,
    pub kind: &'static str,
    pub elements: &'static str,
    pub required: bool,
    /// JSON value.
    pub default: Option<Value>,
    /// JSON scalars.
    pub choices: Vec<Value>,
    pub aliases: Vec<String>,
    pub suboptions: Vec<Argument>,
}

impl Argument {
    /// Whether the user may write `name` for this option.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// Ansible's type names and ours, see `Kind` in `src/modules/contract.rs`.
const KINDS: &[(&str, &str)] = &[
    ("str", "Str"),
    ("bool", "Bool"),
    ("int", "Int"),
    ("float", "Float"),
    ("list", "List"),
    ("dict", "Dict"),
    ("path", "Path"),
    ("raw", "Raw"),
];

const KEYS: &[&str] =
    &["aliases", "choices", "default", "description", "elements", "required", "suboptions", "type", "version_added"];

/// Reads the value of an `options` or `suboptions` key.
pub fn read_all(node: &Node, problems: &mut Problems) -> Vec<Argument> {
    let Some(map) = node.map() else {
        problems.add(node.line, format!("options must be a mapping, not {}", node.kind()));
        return Vec::new();
    };
    let mut arguments: Vec<Argument> = Vec::new();
    for (key, node) in map {
        if let Some(argument) = read(key, node, problems) {
            let names = std::iter::once(&argument.name).chain(&argument.aliases);
            for name in names {
                if arguments.iter().any(|other| other.answers_to(name)) {
                    problems.add(key.line, format!("{name} is already the name or an alias of another option"));
                }
            }
            arguments.push(argument);
        }
    }
    arguments
}

fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Argument> {
    let name = &key.name;
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_name_character) {
        problems.add(
            key.line,
            format!("option {name}: the name must consist of lower-case letters, digits and underscores"),
        );
    }
    if node.map().is_none() {
        problems.add(key.line, format!("option {name} must be a mapping, not {}", node.kind()));
        return None;
    }
    known_keys(&format!("option {name}"), node, KEYS, problems);
    sentences(&format!("option {name}"), key.line, node, problems);
    version(&format!("option {name}"), node, problems);

    let kind = kind(name, "type", node, problems).unwrap_or_else(|| {
        if node.get("type").is_none() {
            problems.add(key.line, format!("option {name} has no type"));
        }
        "Raw"
    });
    let elements = kind_of_elements(key, node, kind, problems);
    let required = match node.get("required").map(|node| (&node.data, node.line)) {
        None => false,
        Some((Data::Bool(required), _)) => *required,
        Some((_, line)) => {
            problems.add(line, format!("option {name}: required must be true or false"));
            false
        }
    };
    let choices = choices(name, node, if kind == "List" { elements } else { kind }, problems);
    let default = default(name, node, kind, elements, &choices, problems);
    if let (true, Some(node)) = (required, node.get("default")) {
        problems.add(node.line, format!("option {name} cannot be required and have a default"));
    }
    let suboptions = match node.get("suboptions") {
        Some(suboptions) => {
            if kind != "Dict" && (kind, elements) != ("List", "Dict") {
                problems.add(suboptions.line, format!("option {name}: only a dict or a list of dict has suboptions"));
            }
            read_all(suboptions, problems)
        }
        None => Vec::new(),
    };
    let aliases = aliases(name, node, problems);
    Some(Argument { name: name.clone(), kind, elements, required, default, choices, aliases, suboptions })
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

fn kind(name: &str, key: &str, node: &Node, problems: &mut Problems) -> Option<&'static str> {
    let node = node.get(key)?;
    let known = KINDS.iter().find(|(ansible, _)| node.text() == Some(ansible));
    if known.is_none() {
        let known: Vec<_> = KINDS.iter().map(|(ansible, _)| *ansible).collect();
        problems.add(node.line, format!("option {name}: {key} must be one of {}", known.join(", ")));
    }
    known.map(|(_, ours)| *ours)
}

fn kind_of_elements(key: &Key, node: &Node, kind_of_list: &str, problems: &mut Problems) -> &'static str {
    match (kind_of_list, node.get("elements")) {
        ("List", None) => problems.add(key.line, format!("option {} is a list without elements", key.name)),
        ("List", Some(_)) | (_, None) => {}
        (_, Some(elements)) => problems.add(elements.line, format!("option {}: only a list has elements", key.name)),
    }
    kind(&key.name, "elements", node, problems).unwrap_or("Raw")
}

/// The permitted values: a list of them, or a mapping from each to its meaning.
fn choices(name: &str, node: &Node, kind: &str, problems: &mut Problems) -> Vec<Value> {
    let Some(node) = node.get("choices") else {
        return Vec::new();
    };
    let values: Vec<(usize, Value)> = match &node.data {
        Data::List(list) => list.iter().map(|node| (node.line, node.json())).collect(),
        Data::Map(map) => map.iter().map(|(key, _)| (key.line, Value::from(key.name.as_str()))).collect(),
        _ => Vec::new(),
    };
    if values.is_empty() {
        problems.add(node.line, format!("option {name}: choices must be a list of values"));
    }
    let mut choices = Vec::new();
    for (line, value) in values {
        if value.is_array() || value.is_object() || !fits(&value, kind, "Raw") {
            problems.add(line, format!("option {name}: choice {value} is not of the type of the option"));
        }
        if choices.contains(&value) {
            problems.add(line, format!("option {name}: choice {value} stands here a second time"));
        }
        choices.push(value);
    }
    choices
}

fn default(
    name: &str,
    node: &Node,
    kind: &str,
    elements: &str,
    choices: &[Value],
    problems: &mut Problems,
) -> Option<Value> {
    let node = node.get("default")?;
    let mut value = node.json();
    if !fits(&value, kind, elements) {
        problems.add(node.line, format!("option {name}: default {value} is not of the type of the option"));
    }
    if kind == "Float" {
        value = value.as_f64().map_or(value, Value::from);
    }
    let values = if kind == "List" { value.as_array().cloned().unwrap_or_default() } else { vec![value.clone()] };
    for value in values {
        if !choices.is_empty() && !choices.contains(&value) {
            problems.add(node.line, format!("option {name}: default {value} is none of the choices"));
        }
    }
    Some(value)
}

/// Whether a value of the documentation is of a type, without any conversion.
fn fits(value: &Value, kind: &str, elements: &str) -> bool {
    match kind {
        "Str" | "Path" => value.is_string(),
        "Bool" => value.is_boolean(),
        "Int" => value.is_i64(),
        "Float" => value.is_number(),
        "Dict" => value.is_object(),
        "List" => value.as_array().is_some_and(|list| list.iter().all(|value| fits(value, elements, "Raw"))),
        _ => !value.is_null(),
    }
}

fn aliases(name: &str, node: &Node, problems: &mut Problems) -> Vec<String> {
    let Some(node) = node.get("aliases") else {
        return Vec::new();
    };
    match texts(node) {
        Some(aliases) => aliases,
        None => {
            problems.add(node.line, format!("option {name}: aliases must be a list of names"));
            Vec::new()
        }
    }
}

/// Notes every key of a mapping that is not in `known`.
pub fn known_keys(whose: &str, node: &Node, known: &[&str], problems: &mut Problems) {
    for (key, _) in node.map().unwrap_or_default() {
        if !known.contains(&key.name.as_str()) {
            problems.add(key.line, format!("{whose}: unknown key {}", key.name));
        }
    }
}

/// Notes a description that is missing, or is neither a sentence nor a list of sentences.
pub fn sentences(whose: &str, line: usize, node: &Node, problems: &mut Problems) {
    let Some(description) = node.get("description") else {
        problems.add(line, format!("{whose} has no description"));
        return;
    };
    let filled = |text: &str| !text.trim().is_empty();
    let good = match &description.data {
        Data::Text(text) => filled(text),
        _ => texts(description).is_some_and(|texts| !texts.is_empty() && texts.iter().all(|text| filled(text))),
    };
    if !good {
        let hint = description.list().into_iter().flatten().find(|node| node.text().is_none());
        let line = hint.map_or(description.line, |node| node.line);
        problems.add(
            line,
            format!("{whose}: description must be text or a list of texts (quote a text that contains \": \")"),
        );
    }
}

/// Notes a `version_added` that is not text, as the number 1.10 would become 1.1.
pub fn version(whose: &str, node: &Node, problems: &mut Problems) {
    if let Some(node) = node.get("version_added")
        && node.text().is_none()
    {
        problems.add(node.line, format!("{whose}: version_added must be text such as 0.1.0"));
    }
}

/// The elements of a list of texts.
pub fn texts(node: &Node) -> Option<Vec<String>> {
    node.list()?.iter().map(|node| node.text().map(str::to_string)).collect()
}
