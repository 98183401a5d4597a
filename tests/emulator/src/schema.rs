//! Checks request bodies against the API's schemas and words errors as the real server's validator does.
//!
//! `schemas.json` holds the body schema of every route that has one. The real ones carry descriptions, which the
//! validator quotes at length; ours do not, so only the first and the last lines of these errors are the same.

use std::{collections::HashMap, sync::OnceLock};

use fancy_regex::Regex;
use serde_json::Value;

use crate::{
    python::{pretty, repr, repr_text},
    version::Version,
};

struct Failure {
    message: String,
    keyword: String,
    schema_path: Vec<String>,
    path: Vec<String>,
    schema: Value,
    instance: Value,
}

fn schemas() -> &'static HashMap<String, Value> {
    static SCHEMAS: OnceLock<HashMap<String, Value>> = OnceLock::new();
    SCHEMAS.get_or_init(|| serde_json::from_str(include_str!("schemas.json")).unwrap_or_default())
}

/// Checks a body; the error is the whole text that Quay shows.
///
/// The schema of an older Quay stands under `ROUTE before 3.12`.
pub fn check(version: Version, route: &str, body: &Value) -> Result<(), String> {
    let older = (10..=18).filter(|minor| !version.since(*minor));
    let older = older.map(|minor| format!("{route} before 3.{minor}")).find_map(|key| schemas().get(&key));
    let Some(schema) = older.or_else(|| schemas().get(route)) else {
        return Ok(());
    };
    let mut failures = Vec::new();
    walk(schema, body, &mut Vec::new(), &mut Vec::new(), &mut failures);
    // The validator reports the outermost failure, among equals the first.
    let Some(failure) = failures.into_iter().min_by_key(|failure| failure.path.len()) else {
        return Ok(());
    };
    let index = |path: &[String]| path.iter().map(|part| format!("[{part}]")).collect::<String>();
    Err(format!(
        "{}\n\nFailed validating {} in schema{}:\n    {}\n\nOn instance{}:\n    {}",
        failure.message,
        repr_text(&failure.keyword),
        index(&failure.schema_path),
        pretty(&failure.schema).replace('\n', "\n    "),
        index(&failure.path),
        pretty(&failure.instance).replace('\n', "\n    "),
    ))
}

fn walk(
    schema: &Value,
    value: &Value,
    schema_path: &mut Vec<String>,
    path: &mut Vec<String>,
    failures: &mut Vec<Failure>,
) {
    let mut fail = |keyword: &str, message: String| {
        failures.push(Failure {
            message,
            keyword: keyword.to_owned(),
            schema_path: schema_path.clone(),
            path: path.clone(),
            schema: schema.clone(),
            instance: value.clone(),
        });
    };
    if let Some(wanted) = schema.get("type") {
        let names: Vec<&str> = match wanted {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            other => other.as_str().into_iter().collect(),
        };
        if !names.iter().any(|name| has_type(value, name)) {
            let list: Vec<String> = names.iter().map(|name| repr_text(name)).collect();
            fail("type", format!("{} is not of type {}", repr(value), list.join(", ")));
            return;
        }
    }
    if let (Some(Value::Array(keys)), Value::Object(map)) = (schema.get("required"), value) {
        for key in keys.iter().filter_map(Value::as_str).filter(|key| !map.contains_key(*key)) {
            fail("required", format!("{} is a required property", repr_text(key)));
        }
    }
    if let Some(Value::Array(choices)) = schema.get("enum")
        && !choices.contains(value)
    {
        fail("enum", format!("{} is not one of {}", repr(value), repr(&Value::Array(choices.clone()))));
    }
    if let Some(number) = value.as_f64() {
        if let Some(least) = schema.get("minimum").filter(|least| least.as_f64().is_some_and(|least| number < least)) {
            fail("minimum", format!("{} is less than the minimum of {}", repr(value), repr(least)));
        }
        if let Some(most) = schema.get("maximum").filter(|most| most.as_f64().is_some_and(|most| number > most)) {
            fail("maximum", format!("{} is greater than the maximum of {}", repr(value), repr(most)));
        }
    }
    if let Value::String(text) = value {
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !Regex::new(pattern).is_ok_and(|regex| regex.is_match(text).unwrap_or(false))
        {
            fail("pattern", format!("{} does not match {}", repr(value), repr_text(pattern)));
        }
        if let Some(least) = schema.get("minLength").and_then(Value::as_u64)
            && (text.chars().count() as u64) < least
        {
            fail("minLength", format!("{} is too short", repr(value)));
        }
        if let Some(most) = schema.get("maxLength").and_then(Value::as_u64)
            && text.chars().count() as u64 > most
        {
            fail("maxLength", format!("{} is too long", repr(value)));
        }
    }
    if let Value::Array(items) = value {
        if let Some(least) = schema.get("minItems").and_then(Value::as_u64)
            && (items.len() as u64) < least
        {
            let message = if least == 1 { "should be non-empty" } else { "is too short" };
            fail("minItems", format!("{} {message}", repr(value)));
        }
        if let Some(inner) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                schema_path.push("'items'".to_owned());
                path.push(index.to_string());
                walk(inner, item, schema_path, path, failures);
                path.pop();
                schema_path.pop();
            }
        }
    }
    if schema.get("not").is_some_and(|inner| inner == &serde_json::json!({})) {
        let message = format!("{} should not be valid under {{}}", repr(value));
        push_failure(schema, value, schema_path, path, failures, "not", message);
    }
    if let Some(Value::Array(branches)) = schema.get("oneOf") {
        alternatives(branches, value, path, failures);
    }
    if let (Some(Value::Bool(false)), Some(Value::Object(properties)), Value::Object(map)) =
        (schema.get("additionalProperties"), schema.get("properties"), value)
        && let Some(key) = map.keys().find(|key| !properties.contains_key(*key))
    {
        let message = format!("Additional properties are not allowed ({} was unexpected)", repr_text(key));
        push_failure(schema, value, schema_path, path, failures, "additionalProperties", message);
    }
    if let (Some(Value::Object(properties)), Value::Object(map)) = (schema.get("properties"), value) {
        for (key, inner) in properties {
            let Some(item) = map.get(key) else { continue };
            schema_path.extend(["'properties'".to_owned(), repr_text(key)]);
            path.push(repr_text(key));
            walk(inner, item, schema_path, path, failures);
            path.pop();
            schema_path.truncate(schema_path.len() - 2);
        }
    }
}

/// Exactly one branch has to fit. Of the failures the validator reports the one that lies deepest.
fn alternatives(branches: &[Value], value: &Value, path: &mut Vec<String>, failures: &mut Vec<Failure>) {
    let mut all: Vec<Failure> = Vec::new();
    let mut fitting = 0;
    for (index, branch) in branches.iter().enumerate() {
        let mut own = Vec::new();
        walk(branch, value, &mut vec![index.to_string()], path, &mut own);
        fitting += usize::from(own.is_empty());
        all.extend(own);
    }
    if fitting == 1 {
        return;
    }
    let deepest = all.iter().map(|failure| failure.path.len()).max();
    failures.extend(all.into_iter().find(|failure| Some(failure.path.len()) == deepest));
}

fn push_failure(
    schema: &Value,
    value: &Value,
    schema_path: &[String],
    path: &[String],
    failures: &mut Vec<Failure>,
    keyword: &str,
    message: String,
) {
    failures.push(Failure {
        message,
        keyword: keyword.to_owned(),
        schema_path: schema_path.to_vec(),
        path: path.to_vec(),
        schema: schema.clone(),
        instance: value.clone(),
    });
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_read_like_those_of_the_real_server() {
        let error = check(Version::NEWEST, "PUT organization/{orgname}/team/{teamname}", &json!({ "role": "nosuch" }))
            .unwrap_err();
        assert!(error.starts_with(
            "'nosuch' is not one of ['member', 'creator', 'admin']\n\nFailed validating 'enum' in schema['properties']['role']:\n    {"
        ));
        assert!(error.ends_with("}\n\nOn instance['role']:\n    'nosuch'"), "{error}");
    }
}
