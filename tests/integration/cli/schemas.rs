//! What is printed for programs, against the schemas that describe it.

use serde_json::{Value, json};

use super::plan::in_place;

/// What of a value a schema does not know, or misses.
fn faults(value: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    strange(value, schema, schema, "", &mut found);
    found
}

fn strange(value: &Value, schema: &Value, root: &Value, at: &str, found: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => root.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(all) = schema["anyOf"].as_array() {
        let fits = |schema: &Value| {
            let mut found = Vec::new();
            strange(value, schema, root, at, &mut found);
            found.is_empty()
        };
        if !all.iter().any(fits) {
            found.push(format!("{at}: {value}"));
        }
    }
    if value.is_null() && schema["type"].as_array().is_some_and(|all| all.contains(&json!("null"))) {
        return;
    }
    let fits = match schema["type"].as_str().or_else(|| schema["type"][0].as_str()) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_u64(),
        Some("number") => value.is_number(),
        _ => {
            schema["enum"].as_array().is_none_or(|all| all.contains(value))
                && schema.get("const").is_none_or(|one| one == value)
        }
    };
    if !fits {
        found.push(format!("{at}: {value}"));
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(key).is_none() {
            found.push(format!("{at}.{key} is missing"));
        }
    }
    if let (Some(map), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for (key, value) in map {
            match known.get(key) {
                Some(schema) => strange(value, schema, root, &format!("{at}.{key}"), found),
                None if schema["additionalProperties"].is_object() => {}
                None => found.push(format!("{at}.{key} is unknown")),
            }
        }
    }
    for element in value.as_array().into_iter().flatten() {
        strange(element, &schema["items"], root, &format!("{at}[]"), found);
    }
}

#[test]
fn what_is_printed_as_json_is_as_the_schemas_say() {
    let shell = in_place();
    let schema = |name: &str| serde_json::from_str::<Value>(&shell.run(&["schema", name]).out).unwrap();
    shell
        .write("failing.yml", "organizations: [{name: payments, teams: [{name: x, role: member, members: [nobody]}]}]");
    for (name, arguments) in [
        ("plan", &["plan", "--output", "json", "tuesday.yml"][..]),
        ("plan", &["plan", "--output", "json", "failing.yml"]),
        ("plan", &["apply", "--yes", "--output", "json", "tuesday.yml"]),
        ("access", &["access", "--output", "json"]),
        ("tokens", &["tokens", "--output", "json"]),
        ("usage", &["usage", "--repositories", "--registry", "--output", "json"]),
        ("preview", &["preview", "--output", "json"]),
        ("audit", &["audit", "tuesday.yml", "--output", "json"]),
        ("audit", &["audit", "--live", "--output", "json"]),
    ] {
        let printed: Value = serde_json::from_str(&shell.run(arguments).out).unwrap();
        assert_eq!(faults(&printed, &schema(name)), Vec::<String>::new(), "{arguments:?}");
    }
    for line in shell.run(&["logs"]).out.lines() {
        assert_eq!(faults(&serde_json::from_str(line).unwrap(), &schema("logs")), Vec::<String>::new(), "{line}");
    }
    assert!(schema("registry")["$defs"].as_object().is_some_and(|all| all.len() > 10));
}

#[test]
fn a_file_of_rules_is_as_its_schema_says() {
    let shell = in_place();
    let schema: Value = serde_json::from_str(&shell.run(&["schema", "rules"]).out).unwrap();
    let documented =
        include_str!("../../../docs/audit.md").split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let read = |text: &str| serde_saphyr::from_str::<Value>(text).unwrap();
    assert_eq!(faults(&read(documented), &schema), Vec::<String>::new());
    for (text, fault) in [
        ("rules: {no-quota: grave}", "rules.no-quota"),
        ("rules: {unused-token: {day: 1}}", "rules.unused-token"),
        ("rules: {nosuch: high}", "rules.nosuch is unknown"),
        ("names: {repos: x}", "names.repos is unknown"),
        ("own: [{id: x, kind: robots}]", "message is missing"),
        ("exceptions: [{rule: x}]", "until is missing"),
    ] {
        let faults = faults(&read(text), &schema);
        assert!(faults.iter().any(|found| found.contains(fault)), "{text}: {faults:?}");
    }
}

/// The schema is that of OASIS, as the crate serde-sarif carries it under the MIT licence.
#[test]
fn sarif_is_as_its_standard_says() {
    let shell = in_place();
    let schema: Value = serde_json::from_str(include_str!("../../fixtures/sarif-schema-2.1.0.json")).unwrap();
    shell.write(
        "rules.yml",
        "exceptions: [{rule: public-repository, object: '*', reason: Open source, until: 2999-12-31}]",
    );
    for arguments in [
        &["audit", "tuesday.yml", "--output", "sarif"][..],
        &["audit", "first.yml", "--rules", "rules.yml", "--output", "sarif"],
        &["audit", "--live", "--output", "sarif"],
    ] {
        let printed: Value = serde_json::from_str(&shell.run(arguments).out).unwrap();
        assert!(printed["runs"][0]["results"].as_array().is_some_and(|results| !results.is_empty()), "{printed}");
        assert_eq!(faults(&printed, &schema), Vec::<String>::new(), "{arguments:?}");
    }
    assert!(!faults(&json!({"version": "2.0.0", "runs": [{"results": [{}]}]}), &schema).is_empty());
}
