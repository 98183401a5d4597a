//! Settings from further out: what `defaults` and patterns add to an entry.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::tree::identity;
use super::yaml::{Content, Node};
use crate::apply::kinds::section::Section;

/// Fills what `entry` leaves open from an entry of the same section further out: keys that it lacks, and entries of lists
/// that are about an object of their own.
pub fn fill(section: &'static Section, entry: &mut Node, outer: &Node) {
    let (Content::Map(map), Content::Map(more)) = (&mut entry.content, &outer.content) else { return };
    for (key, value) in more.iter().filter(|(key, value)| key.name != "name" && !value.is_null()) {
        let Some((_, known)) = map.iter_mut().find(|(known, _)| known.name == key.name) else {
            map.push((key.clone(), value.clone()));
            continue;
        };
        match (section.within(&key.name), &mut known.content, &value.content) {
            (Some(inner), Content::List(list), Content::List(more)) => {
                let known: HashSet<_> = list.iter().filter_map(|entry| identity(inner, entry)).collect();
                let is_new = |entry: &&Node| identity(inner, entry).is_none_or(|identity| !known.contains(&identity));
                list.extend(more.iter().filter(is_new).cloned());
            }
            (Some(inner), Content::Map(_), Content::Map(_)) => fill(inner, known, value),
            (None, Content::List(list), Content::List(more)) => {
                let known: HashSet<Value> = list.iter().map(concerned).collect();
                list.extend(more.iter().filter(|entry| !known.contains(&concerned(entry))).cloned());
            }
            (None, Content::Map(_), Content::Map(_)) => fill(section, known, value),
            _ => {}
        }
    }
}

/// What a value of a list is about: a permission names an account by name and type, anything else is its own matter.
fn concerned(entry: &Node) -> Value {
    match entry.get("name") {
        Some(name) => {
            let kind = entry.get("type").map_or_else(|| "user".into(), Node::to_value);
            json!({"name": name.to_value(), "type": kind})
        }
        None => entry.to_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::kinds::repository::SECTION;

    fn node(value: serde_json::Value) -> Node {
        Node::of_value(&value, "config")
    }

    #[test]
    fn a_repository_is_filled_from_further_out() {
        let mut own = node(
            json!({"name": "app", "description": "own", "permissions": [{"name": "a", "type": "team", "role": "admin"}],
            "mirror": {"is_enabled": true}}),
        );
        let outer = node(
            json!({"description": "outer", "visibility": "private", "mirror": {"is_enabled": false, "verify_tls": true},
            "permissions": [{"name": "a", "type": "team", "role": "read"}, {"name": "a", "type": "user", "role": "read"}]}),
        );
        fill(&SECTION, &mut own, &outer);
        assert_eq!(
            own.to_value(),
            json!({"name": "app", "description": "own", "visibility": "private",
                "permissions": [{"name": "a", "type": "team", "role": "admin"}, {"name": "a", "type": "user", "role": "read"}],
                "mirror": {"is_enabled": true, "verify_tls": true}})
        );
    }
}
