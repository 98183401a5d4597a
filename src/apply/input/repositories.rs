//! The repositories of an organization as they shall be: what each says, and what patterns and defaults add to it.

use std::borrow::Cow;
use std::collections::HashSet;

use super::fill::fill;
use super::yaml::{Content, Key, Node};
use crate::apply::kinds::repository::SECTION;
use crate::quay::glob::{Glob, is_pattern};

/// The repositories that an organization declares. Each has all that it says itself, then the patterns that fit it, the last first,
/// then the defaults; where nothing is added it stays the entry of the file.
pub fn declared(organization: &Node) -> Vec<Cow<'_, Node>> {
    let mut found: Vec<Cow<'_, Node>> =
        entries(organization).iter().filter(|entry| !is_pattern(&text(entry))).map(Cow::Borrowed).collect();
    complete(organization, &mut found);
    found
}

/// Those of the `existing` repositories that it declares by nothing but a pattern.
pub fn met(organization: &Node, existing: &[String]) -> Vec<Cow<'static, Node>> {
    let named: HashSet<String> = entries(organization).iter().map(text).collect();
    let patterns = patterns(organization);
    let of = |repository: &&String| {
        let (_, pattern) = patterns.iter().find(|(glob, _)| glob.fits(repository))?;
        let place = pattern.place.clone();
        let key = Key { name: "name".into(), place: place.clone() };
        let value = Node { place: place.clone(), content: Content::Scalar(repository.as_str().into()) };
        Some(Cow::Owned(Node { place, content: Content::Map(vec![(key, value)]) }))
    };
    let mut found: Vec<Cow<'static, Node>> =
        existing.iter().filter(|name| !named.contains(*name)).filter_map(|name| of(&name)).collect();
    complete(organization, &mut found);
    found
}

/// Whether it declares repositories by a pattern.
pub fn has_patterns(organization: &Node) -> bool {
    entries(organization).iter().any(|entry| is_pattern(&text(entry)))
}

fn entries(organization: &Node) -> &[Node] {
    organization.get("repositories").and_then(Node::as_list).unwrap_or_default()
}

fn patterns(organization: &Node) -> Vec<(Glob, &Node)> {
    let patterns = entries(organization).iter().filter(|entry| is_pattern(&text(entry)));
    patterns.map(|entry| (Glob::new(&text(entry)), entry)).collect()
}

/// Adds to repositories what patterns and defaults say.
fn complete(organization: &Node, repositories: &mut [Cow<'_, Node>]) {
    let patterns = patterns(organization);
    for entry in repositories {
        let name = text(entry);
        for (_, pattern) in patterns.iter().rev().filter(|(glob, _)| glob.fits(&name)) {
            fill(&SECTION, entry.to_mut(), pattern);
        }
        // Defaults are for what the file names; a pattern may meet what nobody here knows.
        if let Some(defaults) = organization.get("defaults") {
            fill(&SECTION, entry.to_mut(), defaults);
        }
    }
}

fn text(entry: &Node) -> String {
    entry.get("name").and_then(Node::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_meet_declared_and_existing_repositories() {
        let organization = Node::of_value(
            &json!({"name": "acme", "defaults": {"visibility": "private"}, "repositories": [
                {"name": "app-one", "description": "own"},
                {"name": "app-*", "description": "first", "star": true},
                {"name": "app-?ne", "description": "second", "star": false},
                {"name": "other"},
            ]}),
            "config",
        );
        let existing = ["app-one".into(), "app-two".into(), "gone".into()];
        let (declared, met) = (declared(&organization), met(&organization, &existing));
        let found: Vec<serde_json::Value> = declared.iter().chain(&met).map(|node| node.to_value()).collect();
        assert_eq!(
            found,
            [
                json!({"name": "app-one", "description": "own", "star": false, "visibility": "private"}),
                json!({"name": "other", "visibility": "private"}),
                json!({"name": "app-two", "description": "first", "star": true, "visibility": "private"}),
            ]
        );
    }
}
