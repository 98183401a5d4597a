//! `docs/registry.schema.json` is what the executable understands, in the words of the modules' documentation.

use std::collections::HashMap;

use quaymaster::api::Pace;
use quaymaster::apply::input::registry::ALWAYS;
use quaymaster::apply::input::registry::PERCENT;
use quaymaster::apply::schema::schema;
use serde_json::Value;

use crate::modules::table::{generated, read};

/// DOCUMENTATION of a Python file, as far as it says something about options.
fn options(file: &str) -> Value {
    let text = read(file);
    let (_, rest) = text.split_once("DOCUMENTATION = r\"\"\"").unwrap_or_else(|| panic!("{file}: no DOCUMENTATION"));
    let yaml = rest.split("\"\"\"").next().unwrap();
    let found: Value = serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{file}: {error}"));
    found["options"].clone()
}

/// The description of an option, by its path, as plain text.
fn description(options: &Value, path: &str) -> Option<String> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let option = options.get(name)?;
    if !rest.is_empty() {
        return description(&option["suboptions"], rest);
    }
    let sentences = match &option["description"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        text => text.as_str()?.to_owned(),
    };
    Some(plain(&sentences))
}

/// Ansible's markup, `V(text)` and the like, as the backticks that editors understand.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let before = &rest[..open];
        let word = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let close = rest[open..].find(')').map(|close| open + close);
        match (word, close) {
            ("V" | "O" | "C" | "E" | "RV" | "I" | "B" | "M", Some(close)) => {
                plain.push_str(&before[..open - word.len()]);
                plain.push_str(&format!("`{}`", &rest[open + 1..close]));
                rest = &rest[close + 1..];
            }
            _ => {
                plain.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[test]
fn registry_schema_is_up_to_date_and_describes_every_option() {
    let shared = ["connection", "login"].map(|name| options(&format!("plugins/doc_fragments/{name}.py")));
    let names = quaymaster::modules::MODULES.iter().map(|entry| entry.document.name);
    let modules: HashMap<&str, Value> =
        names.map(|name| (name, options(&format!("plugins/modules/{name}.py")))).collect();
    let schema = schema(&|module, path| {
        let found = description(&modules[module], path);
        found.or_else(|| shared.iter().find_map(|options| description(options, path)))
    });
    let mut bare = Vec::new();
    undescribed(&schema, "", &mut bare);
    assert_eq!(bare, Vec::<String>::new(), "nothing tells what these are");
    generated("docs/registry.schema.json", &format!("{schema:#}\n"));
}

/// The properties that nothing is said about.
fn undescribed(value: &Value, path: &str, found: &mut Vec<String>) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        let path = format!("{path}/{key}");
        let kinds = path.contains("/$defs/prune/") || path.contains("/max_removal");
        if let Some(properties) = value.as_object().filter(|_| key == "properties" && !kinds) {
            let bare = properties.iter().filter(|(_, property)| property["description"].as_str().is_none());
            found.extend(bare.map(|(name, _)| format!("{path}/{name}")));
        }
        undescribed(value, &path, found);
    }
}

/// The tables of the description, which are written by hand.
#[test]
fn registry_schema_and_description_name_the_same_defaults() {
    let text = read("docs/registry.md");
    let row = |key: &str| text.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).unwrap();
    assert!(row("jobs").starts_with(&format!("| `jobs` | {} |", Pace::JOBS)), "{}", row("jobs"));
    let percent = row("max_removal_percent");
    assert!(percent.starts_with(&format!("| `max_removal_percent` | {PERCENT} |")), "{percent}");
    assert!(percent.contains(&format!("up to {ALWAYS} are always allowed")), "{percent}");
}

#[test]
fn registry_schema_says_it_without_ansible_s_markup() {
    assert_eq!(plain("A V(b) (see O(c=d)), RV(e) f(g)"), "A `b` (see `c=d`), `e` f(g)");
}
