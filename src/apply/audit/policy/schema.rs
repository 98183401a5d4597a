//! The JSON Schema of the file of rules.

use serde_json::{Map, Value, json};

use super::own::{kinds, options};
use super::read::{DAY, NUMBERS, OFF};
use super::{RULES, Severity};
use crate::apply::audit::condition::{AT_LEAST, AT_MOST};
use crate::apply::schema::DIALECT;

/// What a file of rules can hold, for editors: all that its reader accepts, but that the names of rules in exceptions are known, and
/// those of own rules new, only the reader sees.
pub fn schema() -> Value {
    let words = Severity::ALL.map(|severity| json!(severity.word()));
    let severity =
        json!({"enum": words.into_iter().chain([json!(OFF), json!(false), Value::Null]).collect::<Vec<_>>()});
    let rules = RULES.iter().map(|rule| {
        let mut given = json!({"severity": severity});
        if let Some((name, usual)) = rule.number {
            let (least, most) = (NUMBERS.start(), NUMBERS.end());
            given[name] = json!({"type": ["integer", "null"], "minimum": least, "maximum": most, "default": usual});
        }
        (rule.id.to_owned(), json!({"description": rule.wants, "anyOf": [severity, object(given, &[])]}))
    });
    let pattern = json!({"type": "string", "minLength": 1});
    let patterns = json!({"anyOf": [pattern, {"type": "array", "items": pattern, "minItems": 1}]});
    let names = kinds().map(|kind| (kind.word().to_owned(), patterns.clone())).collect::<Map<_, _>>();
    let text = json!({"type": "string", "pattern": "\\S"});
    let exception = json!({"rule": text, "object": text, "reason": text, "until": {"type": "string", "format": "date", "pattern": DAY}});
    let mut whole = or_null(object(
        json!({
            "rules": or_null(object(rules.collect::<Map<_, _>>().into(), &[])),
            "names": or_null(object(names.into(), &[])),
            "own": {"type": ["array", "null"], "items": own(&severity, &text)},
            "exceptions": {"type": ["array", "null"], "items": object(exception, &["rule", "object", "reason", "until"])},
        }),
        &[],
    ));
    whole["$schema"] = json!(DIALECT);
    whole["title"] = json!("Rules of quaymaster audit");
    whole["$defs"] = json!({"condition": condition()});
    whole
}

/// An own rule. What its conditions can be about is another thing for each kind.
fn own(severity: &Value, text: &Value) -> Value {
    let words: Vec<&str> = kinds().map(|kind| kind.word()).collect();
    let taken: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let conditions = json!({"type": ["object", "null"], "additionalProperties": {"$ref": "#/$defs/condition"}});
    let mut own = object(
        json!({
            "id": {"type": "string", "pattern": "^[A-Za-z0-9_.-]+$", "not": {"enum": taken}},
            "kind": {"enum": words},
            "severity": severity,
            "when": conditions,
            "must": conditions,
            "message": text,
        }),
        &["id", "kind", "message"],
    );
    let some = |key: &str| json!({"properties": {key: {"type": "object", "minProperties": 1}}, "required": [key]});
    own["anyOf"] = json!([some("when"), some("must")]);
    let about = kinds().map(|kind| {
        let known = json!({"propertyNames": {"enum": options(kind)}});
        json!({"if": {"properties": {"kind": {"const": kind.word()}}}, "then": {"properties": {"when": known, "must": known}}})
    });
    own["allOf"] = about.collect();
    own
}

/// What a value has to be.
fn condition() -> Value {
    let itself = json!({"$ref": "#/$defs/condition"});
    let bound = json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*[A-Za-z]*\\s*$"}]});
    let beside = json!({"anyOf": [{"required": [AT_LEAST]}, {"required": [AT_MOST]}]});
    let mut between = object(json!({AT_LEAST: bound, AT_MOST: bound}), &[]);
    between["anyOf"] = beside["anyOf"].clone();
    json!({"anyOf": [
        {"type": ["string", "number", "boolean", "null"]},
        {"type": "array", "items": itself},
        between,
        {"type": "object", "additionalProperties": itself, "not": beside},
    ]})
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// Null counts as not given.
fn or_null(mut object: Value) -> Value {
    object["type"] = json!(["object", "null"]);
    object
}
