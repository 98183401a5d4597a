//! The repositories of an organization as they shall be: what each says, and what patterns and defaults add to it.

use std::collections::HashSet;

use super::fill::fill;
use super::glob::{Glob, is_pattern};
use super::yaml::{Content, Key, Node};
use crate::apply::kinds::repository::SECTION;

/// The repositories that an organization declares, and those of `existing` that one of its patterns fits. Each has all that
/// it says itself, then the patterns that fit it, the last first, then the defaults.
pub fn effective(organization: &Node, existing: &[String]) -> Vec<Node> {
    let entries = match organization.get("repositories").map(|node| &node.content) {
        Some(Content::List(list)) => list.as_slice(),
        _ => &[],
    };
    let (patterns, declared): (Vec<&Node>, Vec<&Node>) = entries.iter().partition(|entry| is_pattern(&text(entry)));
    let patterns: Vec<(Glob, &Node)> = patterns.into_iter().map(|entry| (Glob::new(&text(entry)), entry)).collect();
    let mut found: Vec<Node> = declared.into_iter().cloned().collect();
    let named: HashSet<String> = found.iter().map(text).collect();
    for repository in existing.iter().filter(|repository| !named.contains(*repository)) {
        if let Some((_, pattern)) = patterns.iter().find(|(glob, _)| glob.fits(repository)) {
            let place = pattern.place.clone();
            let key = Key { name: "name".into(), place: place.clone() };
            let value = Node { place: place.clone(), content: Content::Scalar(repository.as_str().into()) };
            found.push(Node { place, content: Content::Map(vec![(key, value)]) });
        }
    }
    for entry in &mut found {
        let name = text(entry);
        for (_, pattern) in patterns.iter().rev().filter(|(glob, _)| glob.fits(&name)) {
            fill(&SECTION, entry, pattern);
        }
        // Defaults are for what the file names; a pattern may meet what nobody here knows.
        if let Some(defaults) = organization.get("defaults") {
            fill(&SECTION, entry, defaults);
        }
    }
    found
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
        let found = effective(&organization, &["app-one".into(), "app-two".into(), "gone".into()]);
        let found: Vec<serde_json::Value> = found.iter().map(Node::to_value).collect();
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
