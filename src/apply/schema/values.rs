//! What the types of options accept.

use serde_json::{Map, Value, json};

use super::reference;
use crate::modules::contract::{Argument, Kind};

/// The definitions that options share.
pub fn definitions() -> Map<String, Value> {
    let shared = [
        ("text", json!({"description": "A text; a number counts as its digits.", "type": ["string", "number"]})),
        (
            "boolean",
            json!({"anyOf": [
                {"type": "boolean"},
                {"enum": [0, 1]},
                // The words that Ansible takes, in upper and lower case.
                {"type": "string", "pattern": "^([01yYtTnNfF]|[yY][eE][sS]|[nN][oO]|[oO][nN]|[oO][fF][fF]|[tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"},
            ]}),
        ),
        ("integer", json!({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[+-]?[0-9]+$"}]})),
        (
            "number",
            json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)$"}]}),
        ),
        (
            "secret",
            json!({"anyOf": [
                {"type": ["string", "number"]},
                {
                    "type": "object",
                    "properties": {"env": {"type": "string", "minLength": 1,
                        "description": "Name of the environment variable that holds the secret."}},
                    "required": ["env"],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": {"file": {"type": "string", "minLength": 1,
                        "description": "Path of the file that holds the secret, relative to the file that names it."}},
                    "required": ["file"],
                    "additionalProperties": false,
                },
            ]}),
        ),
    ];
    shared.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What an option accepts; `suboptions` is the object that it holds, or the elements of its list.
pub fn value(argument: &Argument, suboptions: Option<Value>) -> Value {
    let choices = choices(argument);
    if argument.kind != Kind::List {
        return choices.unwrap_or_else(|| single(argument.kind, suboptions));
    }
    let items = choices.unwrap_or_else(|| single(argument.elements, suboptions));
    let list = json!({"type": "array", "items": items});
    // One stands for a list of it: such options took one before they took several.
    let took_one = argument.elements == Kind::Int || !argument.choices.is_empty();
    if took_one { json!({"anyOf": [items, list]}) } else { list }
}

fn choices(argument: &Argument) -> Option<Value> {
    let choices: Vec<Value> = argument.choices.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    (!choices.is_empty()).then(|| json!({ "enum": choices }))
}

fn single(kind: Kind, suboptions: Option<Value>) -> Value {
    match kind {
        Kind::Str => reference("text"),
        Kind::Bool => reference("boolean"),
        Kind::Int => reference("integer"),
        Kind::Float => reference("number"),
        Kind::Path => json!({"type": "string"}),
        Kind::List => json!({"type": "array"}),
        Kind::Dict => suboptions.unwrap_or_else(|| json!({"type": "object"})),
        Kind::Raw => json!({}),
    }
}
