//! The keys that are no options of a module: `registry`, and what steers the run from within the tree.

use serde_json::{Map, Value, json};

use super::{Describe, described, object, option, reference};
use crate::api::Pace;
use crate::apply::input::registry::{ALWAYS, PERCENT};
use crate::apply::kinds::Kind;
use crate::modules::contract::{Argument, Rules};
use crate::modules::{connection, quay_registry};

/// Adds the definitions of `registry` and of its parts.
pub fn define(definitions: &mut Map<String, Value>, describe: Describe) {
    let mut registry = connection_options(describe);
    let mut endpoint = registry.clone();
    endpoint.insert(
        "name".into(),
        described(json!({"type": "string"}), "What this endpoint is called; its host without it."),
    );
    endpoint.insert(
        "secret".into(),
        described(
            secret_name(),
            "The Kubernetes Secret to sign in with: one of the input, or one that a task of the files makes.",
        ),
    );
    definitions.insert("endpoint".into(), object(endpoint, &[]));
    let mut prune = by_kind(Kind::pruned(), &reference("boolean"));
    let whose = json!({"type": "array", "items": {"enum": ["users", "robots", "teams"]}});
    prune["properties"]["permissions"] = json!({"anyOf": [reference("boolean"), whose]});
    definitions.insert("prune".into(), prune);
    for (key, value, about) in [
        (
            "endpoints",
            json!({"type": "array", "items": reference("endpoint")}),
            "Connections; all get the same content. Keys that one lacks come from registry.",
        ),
        (
            "jobs",
            or_text(&json!({"type": "integer", "minimum": 1, "maximum": Pace::MOST_JOBS})),
            &format!("Requests at a time, for each endpoint. Without it, {}.", Pace::JOBS),
        ),
        (
            "rate",
            or_text(&json!({"type": "number", "minimum": Pace::RATES.start(), "maximum": Pace::RATES.end()})),
            "Requests a second at most, for each endpoint.",
        ),
        ("prune", reference("prune"), "Kinds of objects to remove when the files do not name them."),
        (
            "max_removals",
            number_or_by_kind(&json!({"type": "integer", "minimum": 0})),
            "Most removals of a run: a number for every kind, or a number by kind.",
        ),
        (
            "max_removal_percent",
            number_or_by_kind(&json!({"type": "integer", "minimum": 0, "maximum": 100})),
            &format!(
                "Largest part of the objects of a kind that a run may remove; up to {ALWAYS} are always allowed. Without it, {PERCENT}."
            ),
        ),
        (
            "max_policy_tags",
            or_text(&json!({"type": "integer", "minimum": 0})),
            "Most existing tags that new or changed policies of a run may prune or lock.",
        ),
    ] {
        registry.insert(key.into(), described(value, about));
    }
    for argument in quay_registry::policies() {
        let documented = || option(quay_registry::NAME, argument, argument.name, &quay_registry::RULES, describe);
        registry.entry(argument.name).or_insert_with(documented);
    }
    definitions.insert("registry".into(), object(registry, &[]));
}

/// The value of a key that steers the run from within an entry.
pub fn steering(key: &str) -> Value {
    let (value, about) = match key {
        "previous_name" => (json!({"type": "string"}), "The name that it may still have: it is renamed then."),
        "endpoints" => (
            json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
            "Names or hosts of the endpoints that this belongs on; all without it.",
        ),
        "prune" => (reference("prune"), "As in registry, for this object."),
        "defaults" => (reference("defaults"), "What each declared repository gets unless it says otherwise."),
        "reference" => {
            (reference("boolean"), "Whether something else manages this object, and it is only referred to.")
        }
        "secret" => {
            (secret_name(), "The Kubernetes Secret that gets what the object returns: a file of apply --secrets.")
        }
        "deliver" => {
            (deliver(), "Where the credential goes that Quay gives out, before what it takes the place of is revoked.")
        }
        "preserve" => (reference("boolean"), "Whether destroy leaves this object."),
        // A test sees that the sections have no other.
        _ => (json!({}), ""),
    };
    described(value, about)
}

/// One place for a credential, or several.
fn deliver() -> Value {
    let place = [
        ("docker_config", json!({"type": "string"}), "A config.json of Docker or Podman, in which other entries stay."),
        ("file", json!({"type": "string"}), "A file of its own."),
        ("mode", json!({"type": "string", "pattern": "^0?[0-7]{3}$"}), "Mode of the file; 0600 without it."),
        ("owner", json!({"type": ["string", "integer"]}), "Account that the file belongs to."),
        (
            "command",
            json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
            "A command that gets it on its standard input; the user has to allow it.",
        ),
        (
            "content",
            json!({"enum": ["token", "docker_config", "manifest"]}),
            "What is delivered; the token alone without it.",
        ),
    ];
    let place =
        object(place.map(|(key, value, about)| (key.to_owned(), described(value, about))).into_iter().collect(), &[]);
    json!({"anyOf": [place, {"type": "array", "items": place}]})
}

/// The name of a Kubernetes Secret.
fn secret_name() -> Value {
    let text = |key: &str, about| (key.to_owned(), described(json!({"type": "string"}), about));
    let names = [text("name", "Name of the Secret."), text("namespace", "Its namespace; default without it.")];
    object(names.into_iter().collect(), &["name"])
}

/// The connection as the modules know it. What each falls back to is said by their documentation.
fn connection_options(describe: Describe) -> Map<String, Value> {
    let module = connection::DOCUMENT.name;
    let each = |argument: &'static Argument| {
        (argument.name.to_owned(), option(module, argument, argument.name, &Rules::NONE, describe))
    };
    connection::arguments().map(each).collect()
}

fn by_kind(kinds: impl Iterator<Item = Kind>, value: &Value) -> Value {
    object(kinds.map(|kind| (kind.word().to_owned(), value.clone())).collect(), &[])
}

fn number_or_by_kind(number: &Value) -> Value {
    let number = or_text(number);
    json!({"anyOf": [number, by_kind(Kind::ALL.iter().copied(), &number)]})
}

/// A number, or its digits as a text.
fn or_text(number: &Value) -> Value {
    json!({"anyOf": [number, {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"}]})
}
