//! What can be checked without a server.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::declared::Declared;
use super::expand::{Items, entries};
use super::item::Item;
use crate::apply::input::declaration::Declaration;
use crate::apply::input::delivery::Target;
use crate::apply::input::intake::{Input, after};
use crate::apply::input::registry::Endpoint;
use crate::apply::input::yaml::{Content, Key, Node, Problem};
use crate::apply::kinds::secret::{self, SecretName};
use crate::apply::kinds::section::Section;
use crate::apply::kinds::{organization as kind, repository};
use crate::call::Environment;
use crate::quay::glob::is_pattern;

/// The declaration of files and of the keys of `registry`, which win over theirs.
///
/// # Errors
/// Everything that is wrong, in the order of the files: with the files, with what they say, and with the values in it. Without a
/// mistake in the first two the last is [left](problems) to whoever uses the declaration.
pub fn declaration(
    input: Input,
    registry: Map<String, Value>,
    environment: Environment,
) -> Result<Declaration, Vec<Problem>> {
    let (declaration, found) = input.declaration(registry, environment);
    if found.is_empty() {
        return Ok(declaration);
    }
    let mut found = after(found, problems(&declaration));
    found.sort();
    found.dedup();
    Err(found)
}

/// Everything that is wrong with a declaration, as far as no server is needed to see it, in the order of the files.
pub fn problems(declaration: &Declaration) -> Vec<Problem> {
    declared(declaration).err().unwrap_or_default()
}

/// What is declared for each endpoint.
///
/// # Errors
/// As [`problems`].
pub fn declared(declaration: &Declaration) -> Result<Vec<Declared<'_>>, Vec<Problem>> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for endpoint in &declaration.registry.endpoints {
        match Declared::of(declaration, endpoint) {
            Ok(declared) => found.push(declared),
            Err(wrong) => problems.extend(wrong),
        }
    }
    problems.extend(secrets(&found));
    problems.extend(awaited(&found));
    problems.extend(deliveries(declaration, &found));
    for organization in &declaration.organizations {
        problems.extend(conflicts(organization));
        problems.extend(patterns(organization));
    }
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// The entries whose names are patterns, and `defaults`, checked as if a repository had them.
fn patterns(organization: &Node) -> Vec<Problem> {
    let is_one = |entry: &&Node| entry.get("name").and_then(Node::as_str).is_some_and(is_pattern);
    let defaults = organization.get("defaults").filter(|node| !node.is_null());
    let tried: Vec<Cow<'_, Node>> = entries(&repository::SECTION, organization)
        .into_iter()
        .filter(is_one)
        .chain(defaults)
        .map(|entry| Cow::Owned(named(entry)))
        .collect();
    let mut items = Items::default();
    let name = organization.get("name").and_then(Node::as_str).unwrap_or_default();
    items.repositories(name, &tried, &BTreeSet::new());
    let secrets = items.list.iter().filter(|item| item.has_takers());
    let several =
        |item: &Item| item.problem("secret is for one object: give it in the entry of a repository, not for many");
    let mut problems: Vec<Problem> = secrets.map(several).collect();
    problems.extend(items.problems);
    problems
}

/// Secrets that two objects would write.
fn secrets(declared: &[Declared<'_>]) -> Vec<Problem> {
    let mut seen: BTreeMap<&SecretName, &Item> = BTreeMap::new();
    let mut problems = Vec::new();
    for item in declared.iter().flat_map(Declared::items) {
        let Some(name) = &item.secret else { continue };
        let Some(other) = seen.insert(name, item) else { continue };
        let SecretName { namespace, name } = name;
        problems.push(item.problem(match item.place == other.place {
            true => format!(
                "the Secret {name} of {namespace} would be written by several endpoints: name one under endpoints"
            ),
            false => format!("the Secret {name} of {namespace} is written by the {} too", other.title),
        }));
    }
    problems
}

/// Deliveries that the user has not allowed, and those that would overwrite each other.
fn deliveries(declaration: &Declaration, declared: &[Declared<'_>]) -> Vec<Problem> {
    let mut seen: BTreeMap<(&Target, &str), &Item> = BTreeMap::new();
    let mut problems = Vec::new();
    for declared in declared {
        for (item, delivery) in
            declared.items().flat_map(|item| item.deliver.iter().map(move |delivery| (item, delivery)))
        {
            problems.extend(declaration.registry.deliveries.refusal(delivery).map(|why| delivery.problem(why)));
            // A configuration of Docker has an entry for each registry.
            let host = match delivery.target {
                Target::DockerConfig(_) => declared.endpoint.host(),
                _ => "",
            };
            if let Some(other) = seen.insert((&delivery.target, host), item) {
                problems.push(delivery.problem(match item.place == other.place {
                    true => "several endpoints would deliver to this place: name one under endpoints".to_owned(),
                    false => format!("the {} is delivered to this place, too", other.title),
                }));
            }
        }
    }
    problems
}

/// The endpoint with the entry that makes a Secret, and that entry.
pub fn maker<'a>(declared: &'a [Declared<'_>], secret: &SecretName) -> Option<(&'a Endpoint, &'a Item)> {
    let of = |declared: &'a Declared<'_>| {
        let item = declared.items().find(|item| item.secret.as_ref() == Some(secret))?;
        Some((declared.endpoint, item))
    };
    declared.iter().find_map(of)
}

/// Endpoints whose Secret nobody has, and nothing makes.
fn awaited(declared: &[Declared<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for endpoint in declared.iter().map(|declared| declared.endpoint) {
        let Some(awaited) = &endpoint.awaited else { continue };
        let name = &awaited.secret;
        let Some((other, item)) = maker(declared, name) else {
            problems.push(awaited.problem(format!(
                "the Secret {name} is not in the input, and no task of {} makes it",
                secret::connections().collect::<Vec<_>>().join(" or ")
            )));
            continue;
        };
        if secret::connections().all(|module| module != item.module()) {
            problems.push(awaited.problem(format!("the Secret {name} of the {} is no connection", item.title)));
        } else if !other.is_server_of(endpoint) {
            problems
                .push(awaited.problem(format!("the Secret {name} is made on {}, which is another server", other.name)));
        }
        let mut before = other.awaited.as_ref();
        for _ in declared {
            before = before.and_then(|before| maker(declared, &before.secret)?.0.awaited.as_ref());
        }
        if before.is_some() {
            problems.push(awaited.problem(format!("the Secret {name} is needed to make the Secret {name} itself")));
        }
    }
    problems
}

/// The entry under a name that a repository can have.
fn named(entry: &Node) -> Node {
    let mut entry = entry.clone();
    if let Content::Map(map) = &mut entry.content {
        let name = Node { place: entry.place.clone(), content: Content::Scalar("x".into()) };
        match map.iter_mut().find(|(key, _)| key.name == "name") {
            Some((_, known)) => *known = name,
            None => map.push((Key { name: "name".into(), place: entry.place.clone() }, name)),
        }
    }
    entry
}

/// What Quay does not allow beside each other, by the keys of an organization or team.
const EXCLUSIVE: &[(&str, &str, &str)] = &[
    ("mirror", "proxy_cache", "an organization is mirrored as a whole or a proxy cache, not both"),
    (
        "mirror",
        "immutability_policies",
        "an organization that is mirrored as a whole cannot have immutability policies",
    ),
];

fn conflicts(organization: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let wants = |section: &Section, node: &Node| {
        entries(section, node).iter().any(|entry| entry.get("state").and_then(Node::as_str) != Some("absent"))
    };
    for (one, other, why) in EXCLUSIVE {
        let given = |key: &str| kind::SECTION.within(key).is_some_and(|section| wants(section, organization));
        if given(one) && given(other) {
            let place = organization.get(other).unwrap_or(organization);
            problems.push(place.problem(*why));
        }
    }
    for team in kind::SECTION.within("teams").map(|section| entries(section, organization)).unwrap_or_default() {
        if let (Some(_), Some(oidc)) = (team.get("ldap"), team.get("oidc")) {
            problems.push(oidc.problem("a team follows a group of LDAP or of OIDC, not both"));
        }
    }
    let absent = organization.get("state").and_then(Node::as_str) == Some("absent");
    if let (true, Content::Map(map)) = (absent, &organization.content) {
        let inner = map.iter().find(|(key, _)| kind::SECTION.within(&key.name).is_some());
        problems.extend(inner.map(|(key, _)| Problem {
            place: key.place.clone(),
            what: "the organization shall be absent: nothing can be in it".into(),
        }));
    }
    problems
}
