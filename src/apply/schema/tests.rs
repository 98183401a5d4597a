use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::schema;
use crate::apply::kinds;
use crate::apply::kinds::section::Section;

fn made() -> Value {
    schema(&|module, path| Some(format!("{module} {path}")))
}

/// The properties of a definition.
fn keys(schema: &Value, definition: &str) -> BTreeSet<String> {
    let properties = &schema["$defs"][definition]["properties"];
    properties.as_object().unwrap_or_else(|| panic!("no {definition}")).keys().cloned().collect()
}

fn each(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(list) => list.iter().for_each(|value| each(value, see)),
        Value::Object(map) => map.values().for_each(|value| each(value, see)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_structure_is_closed() {
    let schema = made();
    let mut references = 0;
    each(&schema, &mut |value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            references += 1;
            assert!(schema.pointer(&target[1..]).is_some(), "{target}");
        }
        if value.get("properties").is_some_and(|properties| properties.get("type").is_none())
            && value["type"] == "object"
        {
            assert_eq!(value["additionalProperties"], false, "{value}");
        }
    });
    assert!(references > 100, "{references}");
}

#[test]
fn the_place_of_an_entry_is_not_asked_for_again() {
    let schema = made();
    let team = keys(&schema, "team");
    assert!(
        team.is_superset(&["name", "role", "members", "ldap", "oidc", "state"].map(str::to_owned).into()),
        "{team:?}"
    );
    for gone in ["organization", "append", "quay_token"] {
        assert!(!team.contains(gone), "{gone}");
    }
    let repository = keys(&schema, "repository");
    assert!(repository.contains("permissions") && !repository.contains("perms"), "{repository:?}");
    assert!(!keys(&schema, "defaults").contains("name"));
    assert_eq!(schema["$defs"]["repository"]["required"], json!(["name"]));
    assert_eq!(schema["$defs"]["defaults"].get("required"), None);
}

#[test]
fn what_steers_the_run_is_known_everywhere() {
    fn walk(section: &'static Section) {
        for key in section.steering {
            assert_ne!(super::registry::steering(key)["description"], "", "{}: {key}", section.key);
        }
        section.inside().for_each(walk);
    }
    kinds::top().for_each(walk);
}

#[test]
fn a_secret_may_be_named_instead_of_written() {
    let schema = made();
    for pointer in [
        "/$defs/registry/properties/quay_token",
        "/$defs/endpoint/properties/quay_password",
        "/$defs/user/properties/password",
        "/$defs/notification/properties/config/properties/flow_api_token",
        "/$defs/notification/properties/config/properties/url",
        "/properties/tasks/items/properties/quay_user/properties/password",
    ] {
        let found = schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        assert_eq!(found["$ref"], "#/$defs/secret", "{pointer}");
    }
    assert_eq!(schema["$defs"]["registry"]["properties"]["quay_username"]["$ref"], "#/$defs/text");
}

/// The tables of docs/registry.md and the schema tell the same.
#[test]
fn every_key_of_the_description_is_in_the_schema_and_the_other_way_round() {
    let schema = made();
    let text = include_str!("../../../docs/registry.md");
    for (title, found) in [
        ("## Top level", schema["properties"].as_object().unwrap().keys().cloned().collect()),
        ("### `registry`", keys(&schema, "registry")),
        ("### An organization", keys(&schema, "organization")),
        ("### A repository", keys(&schema, "repository")),
    ] {
        let (_, rest) = text.split_once(&format!("{title}\n")).unwrap_or_else(|| panic!("no {title}"));
        let lines = rest.lines().skip_while(|line| !line.starts_with("| `")).take_while(|line| line.starts_with("| `"));
        let cells = lines.filter_map(|line| line.split('|').nth(1));
        let told: BTreeSet<String> =
            cells.flat_map(|cell| cell.split(',')).map(|key| key.trim().trim_matches('`').to_owned()).collect();
        // What is the same everywhere stands in a table of its own.
        let everywhere = ["reference", "preserve"];
        let found: BTreeSet<String> = found.into_iter().filter(|key: &String| !everywhere.contains(&&**key)).collect();
        assert_eq!(told, found, "{title}");
    }
}
