//! The JSON Schema of the file of rules.

use serde_json::{Map, Value, json};

use super::own::kinds;
use super::read::OFF;
use super::{RULES, Severity};
use crate::apply::schema::DIALECT;

/// What a file of rules can hold, for editors. What conditions can be about differs from kind to kind, and is checked when the file is
/// read.
pub fn schema() -> Value {
    let words = Severity::ALL.map(|severity| json!(severity.word()));
    let severity =
        json!({"enum": words.into_iter().chain([json!(OFF), json!(false), Value::Null]).collect::<Vec<_>>()});
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let rules = RULES.iter().map(|rule| {
        let mut options = json!({"severity": severity});
        if let Some((name, usual)) = rule.number {
            options[name] = json!({"type": "integer", "minimum": 1, "maximum": 100_000, "default": usual});
        }
        (rule.id.to_owned(), json!({"description": rule.wants, "anyOf": [severity, object(options, &[])]}))
    });
    let text = json!({"type": "string"});
    let words: Vec<&str> = kinds().map(|kind| kind.word()).collect();
    let patterns = json!({"anyOf": [text, {"type": "array", "items": text}]});
    let names = words.iter().map(|word| ((*word).to_owned(), patterns.clone())).collect::<Map<_, _>>();
    let own = json!({
        "id": text, "kind": {"enum": words}, "severity": severity, "when": {"type": "object"}, "must": {"type": "object"},
        "message": text,
    });
    let exception =
        json!({"rule": text, "object": text, "reason": text, "until": {"type": "string", "format": "date"}});
    let parts = json!({
        "rules": object(rules.collect::<Map<_, _>>().into(), &[]),
        "names": object(names.into(), &[]),
        "own": {"type": "array", "items": object(own, &["id", "kind", "message"])},
        "exceptions": {"type": "array", "items": object(exception, &["rule", "object", "reason", "until"])},
    });
    let mut whole = object(parts, &[]);
    whole["$schema"] = json!(DIALECT);
    whole["title"] = json!("Rules of quaymaster audit");
    whole
}
