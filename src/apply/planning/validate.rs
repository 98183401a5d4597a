//! What can be checked without a server.

mod outsiders;
mod takers;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::declared::Declared;
use super::expand::{Items, entries};
use super::item::Item;
use crate::apply::input::declaration::Declaration;
use crate::apply::input::intake::{Input, after};
use crate::apply::input::yaml::{Content, Key, Node, Problem};
use crate::apply::kinds::section::Section;
use crate::apply::kinds::{organization as kind, repository};
use crate::call::Environment;
use crate::quay::glob::is_pattern;
pub use takers::maker;

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
    found.sort_unstable();
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
    problems.extend(takers::secrets(&found));
    problems.extend(takers::awaited(&found));
    problems.extend(takers::deliveries(declaration, &found));
    for organization in &declaration.organizations {
        problems.extend(conflicts(organization));
        problems.extend(outsiders::problems(organization, &declaration.registry.prune));
        problems.extend(patterns(organization));
    }
    problems.sort_unstable();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::kinds::Kind;

    #[test]
    fn whatever_excludes_others_is_named_with_them() {
        let kind_of = |key: &str| kind::SECTION.within(key).map(|section| section.kind);
        let named: BTreeSet<_> = EXCLUSIVE.iter().flat_map(|(one, other, _)| [kind_of(one), kind_of(other)]).collect();
        let excluding = Kind::ALL.iter().filter(|kind| kind.card().excludes);
        assert_eq!(named, excluding.map(|kind| Some(*kind)).collect());
    }
}
