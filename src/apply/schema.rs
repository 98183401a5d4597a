//! The JSON Schema of registry files, by which editors complete and check them.
//!
//! It is made from the same tables that the reader of the files goes by: the sections of all kinds and the documentation of the
//! modules. It cannot say everything that the reader checks, and refuses nothing that the reader takes, except for an
//! option that is written under its older name.

mod registry;
mod values;

use serde_json::{Map, Value, json};

use super::input::declaration::STEERING;
use super::input::secret::ADDRESSES;
use super::kinds::section::{Section, Supply};
use super::kinds::{self, repository};
use crate::modules::contract::{Argument, Rules};
use crate::modules::{Entry, MODULES, connection};

/// The dialect of all schemas.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What the documentation says about an option: the module, and the option's name, suboptions as `parent.child`.
///
/// The text of the documentation is not part of the executable, so the caller brings it.
pub type Describe<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// The JSON Schema (draft 2020-12) of a registry file.
pub fn schema(describe: Describe) -> Value {
    let mut definitions = values::definitions();
    registry::define(&mut definitions, describe);
    let mut properties = Map::new();
    properties
        .insert("registry".into(), described(reference("registry"), "The connection and the policies of the run."));
    for section in kinds::top() {
        properties.insert(section.key.into(), place(section));
        define(section, &mut definitions, describe);
    }
    definitions.insert("defaults".into(), defaults(&definitions));
    let mut tasks = Map::new();
    for entry in MODULES.iter().filter(|entry| entry.plans()) {
        tasks.insert(entry.document.name.into(), described(task(entry, describe), entry.document.summary));
    }
    for key in STEERING {
        tasks.insert((*key).into(), registry::steering(key));
    }
    let one = json!({
        "type": "object",
        "properties": tasks,
        // The full name of a module is understood, too.
        "patternProperties": {"^quaymaster\\.quay\\.quay_": {"type": "object"}},
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": STEERING.len() + 1,
    });
    let tasks = json!({"type": "array", "items": one});
    let about =
        "Anything that a module can do and that has no place in the tree: one module an entry, as in a playbook.";
    properties.insert("tasks".into(), described(tasks, about));
    json!({
        "$schema": DIALECT,
        "title": "Quaymaster registry file",
        "description": "Declares what Quay container registries shall look like. See docs/registry.md.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// The value of a section's key.
fn place(section: &Section) -> Value {
    let entry = reference(definition(section));
    let value = match (section.many, section.short) {
        (true, _) => json!({"type": "array", "items": entry}),
        (false, Some(_)) => json!({"anyOf": [entry, {"type": "array", "items": {"type": "string"}}]}),
        (false, None) => entry,
    };
    described(value, section.entry().document.summary)
}

/// What the definition of a section's entries is called; no two sections share a module.
fn definition(section: &Section) -> &'static str {
    section.module.strip_prefix("quay_").unwrap_or(section.module)
}

/// Adds the definition of a section's entries, and those within.
fn define(section: &'static Section, definitions: &mut Map<String, Value>, describe: Describe) {
    let (module, rules) = (section.module, section.entry().rules);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (key, argument) in section.options() {
        let mut property = option(module, argument, argument.name, rules, describe);
        if let Some(about) = short_name(section, argument.name) {
            property = described(property, about);
        }
        properties.insert(key.into(), property);
        // What another file may add is not required of this one; only the identity has to be in each.
        if argument.required && section.identity.contains(&key) {
            required.push(key);
        }
    }
    for key in section.steering {
        properties.insert((*key).into(), registry::steering(key));
    }
    for inner in section.inside() {
        properties.insert(inner.key.into(), place(inner));
        define(inner, definitions, describe);
    }
    definitions.insert(definition(section).into(), object(properties, &required));
}

/// What to say instead of the documentation where the name is a short one.
fn short_name(section: &Section, option: &str) -> Option<&'static str> {
    let (_, supply) = section.supplied.iter().find(|(supplied, _)| *supplied == option)?;
    match supply {
        Supply::RobotName => Some("Short name of the robot account, without the organization."),
        Supply::RepositoryName => Some(
            "Name of the repository without the organization. With *, ? or [...] it is a pattern, whose settings every \
             repository of the organization that matches gets.",
        ),
        Supply::Organization | Supply::Text(_) | Supply::Team | Supply::Application | Supply::Repository => None,
    }
}

/// What a declared repository can get without saying it: all but its name.
fn defaults(definitions: &Map<String, Value>) -> Value {
    let mut defaults = definitions.get(definition(&repository::SECTION)).cloned().unwrap_or_default();
    if let Some(defaults) = defaults.as_object_mut() {
        defaults.remove("required");
        if let Some(properties) = defaults.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|key, _| !repository::SECTION.identity.contains(&key.as_str()));
        }
    }
    defaults
}

/// A call of a module; the connection is that of the run.
fn task(entry: &Entry, describe: Describe) -> Value {
    let own = entry.document.options.iter().filter(|argument| !connection::is_option(argument.name));
    let properties = own.clone().map(|argument| {
        let option = option(entry.document.name, argument, argument.name, entry.rules, describe);
        (argument.name.to_owned(), option)
    });
    let required: Vec<&str> = own.clone().filter(|argument| argument.required).map(|argument| argument.name).collect();
    object(properties.collect(), &required)
}

/// The value of an option; `path` is its name, behind those of the options around it.
fn option(module: &str, argument: &Argument, path: &str, rules: &Rules, describe: Describe) -> Value {
    let suboptions = (!argument.suboptions.is_empty()).then(|| {
        let each = argument.suboptions.iter().map(|inner| {
            let path = format!("{path}.{}", inner.name);
            (inner.name.to_owned(), option(module, inner, &path, rules, describe))
        });
        let required = argument.suboptions.iter().filter(|inner| inner.required).map(|inner| inner.name);
        object(each.collect(), &required.collect::<Vec<_>>())
    });
    let known = [rules.secrets, connection::RULES.secrets, ADDRESSES];
    let secret = known.iter().any(|options| options.contains(&path));
    let value = if secret { reference("secret") } else { values::value(argument, suboptions) };
    let mut value = match describe(module, path) {
        Some(about) => described(value, &about),
        None => value,
    };
    if let Some(map) = value.as_object_mut() {
        if let Some(default) = argument.default.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
            map.insert("default".into(), default);
        }
        if rules.deprecated.iter().any(|notice| notice.option == path) {
            map.insert("deprecated".into(), Value::Bool(true));
        }
    }
    value
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    let mut object = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let Some(map) = object.as_object_mut().filter(|_| !required.is_empty()) {
        map.insert("required".into(), json!(required));
    }
    object
}

fn reference(definition: &str) -> Value {
    json!({"$ref": format!("#/$defs/{definition}")})
}

fn described(mut value: Value, about: &str) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.insert("description".into(), json!(about));
    }
    value
}

#[cfg(test)]
mod tests;
