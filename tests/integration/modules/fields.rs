//! The tables of settings, against the documentation and against what a real Quay answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use quaymaster::modules::contract::Argument;
use quaymaster::modules::{Entry, MODULES, connection};
use quaymaster::quay::fields::Table;
use serde_json::Value;

use super::table::read;

/// Where the recorded answers show the object of a module: the begin and the end of the path, and the key of the list when there
/// are several.
const SHOWN: &[(&str, &str, &str, &str)] = &[
    ("quay_org_mirror", "/api/v1/organization/", "/mirror", ""),
    ("quay_repository_mirror", "/api/v1/repository/", "/mirror", ""),
];

fn with_tables() -> impl Iterator<Item = &'static Entry> {
    MODULES.iter().filter(|entry| !entry.fields.fields.is_empty())
}

/// The places of an answer that no line of the table and no other known key tells about.
fn unknown(table: &Table, inside: &str, answer: &Value) -> BTreeSet<String> {
    let known = || table.fields.iter().map(|field| field.at).chain(table.others.iter().copied());
    let entries = answer.as_object().into_iter().flatten();
    let strange = |(key, value): (&String, &Value)| {
        let place = format!("{inside}{key}");
        if known().any(|known| known == place) {
            return BTreeSet::new();
        }
        let below = format!("{place}/");
        match value {
            Value::Object(_) if known().any(|known| known.starts_with(&below)) => unknown(table, &below, value),
            _ => BTreeSet::from([place]),
        }
    };
    entries.flat_map(strange).collect()
}

/// A setting that Quay has and no option sets is lost by an export, and no one would see it.
#[test]
fn everything_that_quay_shows_is_known() {
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut strange = BTreeSet::new();
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let exchange: Value = serde_json::from_str(line).unwrap();
            if exchange["method"] != "GET" || exchange["status"] != 200 || !exchange["response"].is_object() {
                continue;
            }
            let (path, _) =
                exchange["path"].as_str().unwrap().split_once('?').unwrap_or((exchange["path"].as_str().unwrap(), ""));
            for (module, begin, end, list) in SHOWN {
                let name = path.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
                if name.is_none_or(|name| name.split('/').count() > 2) {
                    continue;
                }
                let table = quaymaster::modules::find(module).unwrap().fields;
                let one = std::slice::from_ref(&exchange["response"]);
                for object in if list.is_empty() { one } else { exchange["response"][list].as_array().unwrap() } {
                    *answers.entry(module).or_default() += 1;
                    strange.extend(unknown(table, "", object).into_iter().map(|key| format!("{module}: {key}")));
                }
            }
        }
    }
    assert!(strange.is_empty(), "neither an option nor among `others`: {strange:?}");
    for entry in with_tables() {
        assert!(answers.contains_key(entry.document.name), "no recorded answer of {}", entry.document.name);
    }
}

#[test]
fn an_unknown_key_is_noticed_at_any_depth() {
    let table = quaymaster::modules::find("quay_org_mirror").unwrap().fields;
    let answer = serde_json::json!({"is_enabled": true, "new": 1, "external_registry_config": {"proxy": {"new": 1, "no_proxy": ""}}});
    let expected = ["external_registry_config/proxy/new", "new"].map(str::to_owned);
    assert_eq!(unknown(table, "", &answer), BTreeSet::from(expected));
}

#[test]
fn tables_and_documentation_have_the_same_options() {
    for entry in with_tables() {
        let name = entry.document.name;
        let own = |argument: &&Argument| !connection::is_option(argument.name);
        let documented: BTreeSet<&str> =
            entry.document.options.iter().filter(own).map(|argument| argument.name).collect();
        let source = read(&format!("src/modules/{name}.rs"));
        for field in entry.fields.fields {
            assert!(documented.contains(field.option), "{name}: {} is not documented", field.option);
        }
        let told = |option: &str| entry.fields.fields.iter().any(|field| field.option == option);
        for option in documented.into_iter().filter(|option| !told(option)) {
            assert!(source.contains(&format!("\n    {option}: ")), "{name}: nothing reads the option {option}");
        }
    }
}
