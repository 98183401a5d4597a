//! What is printed for programs, against the schemas that describe it.

use quaymaster::apply::audit::policy::{self, Policy};
use quaymaster::apply::input::yaml::{Node, Problem};
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
    let fits = |schema: &Value| {
        let mut found = Vec::new();
        strange(value, schema, root, at, &mut found);
        found.is_empty()
    };
    let list = |key: &str| schema[key].as_array().map(Vec::as_slice);
    let is_of = |kind: &Value| match kind.as_str().unwrap_or_else(|| panic!("{at}: {schema}")) {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("what is {other}?"),
    };
    let number = |key: &str| schema[key].as_u64();
    let (whole, text) = (value.as_u64(), value.as_str());
    let matches =
        |pattern: &str| text.is_none_or(|text| fancy_regex::Regex::new(pattern).unwrap().is_match(text).unwrap());
    let is_right = [
        list("anyOf").is_none_or(|any| any.iter().any(fits)),
        list("allOf").is_none_or(|all| all.iter().all(fits)),
        schema.get("not").is_none_or(|not| !fits(not)),
        schema.get("if").is_none_or(|condition| !fits(condition) || fits(&schema["then"])),
        list("type").map_or_else(|| schema["type"].is_null() || is_of(&schema["type"]), |all| all.iter().any(is_of)),
        list("enum").is_none_or(|all| all.contains(value)),
        schema.get("const").is_none_or(|one| one == value),
        number("minimum").zip(whole).is_none_or(|(least, number)| number >= least),
        number("maximum").zip(whole).is_none_or(|(most, number)| number <= most),
        number("minLength").zip(text).is_none_or(|(least, text)| text.len() as u64 >= least),
        number("minItems").zip(value.as_array()).is_none_or(|(least, list)| list.len() as u64 >= least),
        number("minProperties").zip(value.as_object()).is_none_or(|(least, map)| map.len() as u64 >= least),
        schema["pattern"].as_str().is_none_or(matches),
        schema["format"] != "date" || text.is_none_or(|text| text.parse::<jiff::civil::Date>().is_ok()),
    ];
    if is_right.contains(&false) {
        found.push(format!("{at}: {value}"));
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{key}");
        if schema["propertyNames"].is_object() {
            strange(&json!(key), &schema["propertyNames"], root, &at, found);
        }
        match schema["properties"].get(key).or_else(|| schema.get("additionalProperties")) {
            Some(inner_schema) if inner_schema.is_object() => strange(inner, inner_schema, root, &at, found),
            Some(Value::Bool(false)) => found.push(format!("{at} is unknown")),
            // The schemas of reports permit more than they name, and nothing more is printed.
            None if schema["properties"].is_object() && root["additionalProperties"] != false => {
                found.push(format!("{at} is unknown"));
            }
            _ => {}
        }
    }
    if value.is_object() {
        for key in list("required").unwrap_or_default().iter().filter_map(Value::as_str) {
            if value.get(key).is_none() {
                found.push(format!("{at}.{key} is missing"));
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

/// The value with something else at each of its places, one at a time.
fn altered(value: &Value, probes: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = probes.to_vec();
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let with = |inner: Value| {
                    let mut map = map.clone();
                    map.insert(key.clone(), inner);
                    Value::Object(map)
                };
                all.extend(altered(inner, probes).into_iter().map(with));
                let mut without = map.clone();
                without.remove(key);
                all.push(Value::Object(without));
            }
            let mut more = map.clone();
            more.insert("stranger".into(), json!("x"));
            all.push(Value::Object(more));
        }
        Value::Array(list) => {
            for (place, inner) in list.iter().enumerate() {
                let with = |inner: Value| {
                    let mut list = list.clone();
                    list[place] = inner;
                    Value::Array(list)
                };
                all.extend(altered(inner, probes).into_iter().map(with));
            }
        }
        _ => {}
    }
    all
}

/// What one of both takes and the other one does not, of files of rules with every kind of mistake at every place.
#[test]
fn the_reader_of_rules_takes_what_their_schema_permits() {
    let schema = policy::schema();
    let whole = json!({
        "rules": {"no-quota": "off", "few-owners": {"severity": "high", "least": 3}, "robot-admin": null},
        "names": {"teams": "team-*", "repositories": ["a*", "b?"]},
        "own": [
            {"id": "own-1", "kind": "robots", "severity": "low", "when": {"name": ["x*", null], "idle_days": {"at_least": 1, "at_most": "90d"}},
             "message": "m"},
            {"id": "own-2", "kind": "teams", "must": {"role": "member", "members": {"name": "x", "role": false}}, "message": "m"},
        ],
        "exceptions": [{"rule": "no-quota", "object": "acme", "reason": "small", "until": "2999-12-31"}],
    });
    let probes = [
        json!(null),
        json!(""),
        json!(" "),
        json!("no-pruning"),
        json!("off"),
        json!("HIGH"),
        json!("robots"),
        json!("2999-1-31"),
        json!("2999-13-31"),
        json!("20270131"),
        json!(0),
        json!(1),
        json!(100_000),
        json!(100_001),
        json!(true),
        json!(false),
        json!([]),
        json!([""]),
        json!(["x"]),
        json!([1]),
        json!({}),
        json!({"name": "x"}),
        json!({"at_least": 1}),
        json!({"at_least": "soon"}),
        json!({"at_most": 1, "name": "x"}),
    ];
    let all = altered(&whole, &probes);
    let (mut taken, mut refused) = (0, 0);
    for document in all {
        let read = Policy::read(&Node::of_value(&document, "rules"));
        let problems = read.err().unwrap_or_default();
        let is_known = |problem: &Problem| {
            problem.what.starts_with("there is no rule ") || problem.what.starts_with("an id must be new")
        };
        let found = faults(&document, &schema);
        // Which rules there are only the reader sees.
        if !problems.is_empty() && problems.iter().all(is_known) && found.is_empty() {
            continue;
        }
        assert_eq!(problems.is_empty(), found.is_empty(), "{document}\n{problems:?}\n{found:?}");
        if problems.is_empty() { taken += 1 } else { refused += 1 }
    }
    assert!(taken > 100 && refused > 500, "{taken} {refused}");
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
