//! Many files as one: what several of them say about the same object.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::declaration::{belongs_on, is_reference};
use super::registry::Endpoint;
use super::tree::{Identity, declared_twice, identity};
use super::yaml::{Content, Key, Node, Problem};
use crate::apply::kinds::section::Section;

/// Makes one list of those that the files have for a section: entries about the same object become one.
///
/// An entry of `endpoints` says something about those alone. Where entries about one object are not for the same endpoints,
/// there is one for each set of endpoints about which the files say the same, so that nothing gets where it was not meant for.
pub fn united(
    section: &'static Section,
    files: Vec<Vec<Node>>,
    endpoints: &[Endpoint],
    problems: &mut Vec<Problem>,
) -> Vec<Node> {
    let mut index: HashMap<Identity, usize> = HashMap::new();
    let mut objects: Vec<Vec<Said>> = Vec::new();
    for (file, entry) in files.into_iter().enumerate().flat_map(|(file, list)| list.into_iter().map(move |e| (file, e)))
    {
        let said = Said { file, reach: reach(&entry, endpoints), entry };
        let known = identity(section, &said.entry).and_then(|identity| match index.entry(identity) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(free) => {
                free.insert(objects.len());
                None
            }
        });
        match known.and_then(|known| objects.get_mut(known)) {
            Some(object) => object.push(said),
            None => objects.push(vec![said]),
        }
    }
    objects.into_iter().flat_map(|object| one_object(section, object, endpoints, problems)).collect()
}

/// What a file says about an object, and which of the endpoints that is for.
struct Said {
    file: usize,
    reach: Vec<bool>,
    entry: Node,
}

/// One for each endpoint; a declaration without any is for one that nobody named.
fn reach(entry: &Node, endpoints: &[Endpoint]) -> Vec<bool> {
    match endpoints {
        [] => vec![true],
        endpoints => endpoints.iter().map(|endpoint| belongs_on(entry, endpoint)).collect(),
    }
}

fn one_object(
    section: &'static Section,
    object: Vec<Said>,
    endpoints: &[Endpoint],
    problems: &mut Vec<Problem>,
) -> Vec<Node> {
    if object.len() == 1 {
        return object.into_iter().map(|said| said.entry).collect();
    }
    for (at, second) in object.iter().enumerate() {
        let overlaps = |first: &&Said| first.reach.iter().zip(&second.reach).any(|(first, second)| *first && *second);
        let twin = object.iter().take(at).filter(|first| first.file == second.file).find(overlaps);
        problems.extend(twin.map(|first| declared_twice(section, &first.entry, &second.entry)));
    }
    // For each set of entries the endpoints that exactly these are for.
    let mut groups: Vec<(Vec<&Said>, Vec<usize>)> = Vec::new();
    for endpoint in 0..object.first().map_or(0, |said| said.reach.len()) {
        let here: Vec<&Said> = object.iter().filter(|said| said.reach.get(endpoint) == Some(&true)).collect();
        let same = |group: &&mut (Vec<&Said>, Vec<usize>)| {
            group.0.len() == here.len() && group.0.iter().zip(&here).all(|(one, other)| std::ptr::eq(*one, *other))
        };
        match groups.iter_mut().find(same) {
            Some((_, members)) => members.push(endpoint),
            None if here.is_empty() => {}
            None => groups.push((here, vec![endpoint])),
        }
    }
    let mut found = Vec::new();
    let merged = groups.into_iter().filter_map(|(group, members)| {
        let (first, others) = group.split_first()?;
        let mut into = without_endpoints(&first.entry);
        others.iter().for_each(|other| entries(section, &mut into, without_endpoints(&other.entry), &mut found));
        if members.len() < first.reach.len() {
            narrow(&mut into, members.iter().filter_map(|member| endpoints.get(*member)));
        }
        Some(into)
    });
    let merged = merged.collect();
    // The same contradiction on several endpoints is one.
    for problem in found {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    merged
}

fn without_endpoints(entry: &Node) -> Node {
    let mut entry = entry.clone();
    if let Content::Map(map) = &mut entry.content {
        map.retain(|(key, _)| key.name != "endpoints");
    }
    entry
}

/// Makes an entry one for these endpoints alone.
fn narrow<'a>(entry: &mut Node, endpoints: impl Iterator<Item = &'a Endpoint>) {
    let place = entry.place.clone();
    let name =
        |endpoint: &Endpoint| Node { place: place.clone(), content: Content::Scalar(endpoint.name.as_str().into()) };
    let names = Node { place: place.clone(), content: Content::List(endpoints.map(name).collect()) };
    if let Content::Map(map) = &mut entry.content {
        map.push((Key { name: "endpoints".into(), place }, names));
    }
}

/// Adds the entries of another file to a list within an entry: those about the same object become one.
fn lists(section: &'static Section, into: &mut Vec<Node>, from: Vec<Node>, problems: &mut Vec<Problem>) {
    let mut index: HashMap<Identity, usize> = HashMap::new();
    for (at, entry) in into.iter().enumerate() {
        index.extend(identity(section, entry).map(|identity| (identity, at)));
    }
    for entry in from {
        let known = identity(section, &entry).and_then(|identity| index.get(&identity).copied());
        match known.and_then(|known| into.get_mut(known)) {
            Some(known) => entries(section, known, entry, problems),
            None => into.push(entry),
        }
    }
}

/// Adds what another file says about an object. Who only refers to it leaves what it is to the others.
fn entries(section: &'static Section, into: &mut Node, from: Node, problems: &mut Vec<Problem>) {
    let declares = is_reference(into) != is_reference(&from);
    let (Content::Map(map), Content::Map(more)) = (&mut into.content, from.content) else { return };
    for (key, value) in more {
        let Some((_, known)) = map.iter_mut().find(|(known, _)| known.name == key.name) else {
            map.push((key, value));
            continue;
        };
        if known.is_null() || (declares && key.name == "reference") {
            *known = value;
        } else if let Some(inner) = section.within(&key.name) {
            match (&mut known.content, value.content) {
                (Content::List(list), Content::List(more)) => lists(inner, list, more, problems),
                (_, content) => entries(inner, known, Node { place: value.place, content }, problems),
            }
        } else {
            values(&key, known, value, problems);
        }
    }
    if declares {
        map.retain(|(key, _)| key.name != "reference");
    }
}

/// Lists are joined; anything else must be the same wherever it is said.
pub fn values(key: &Key, known: &mut Node, value: Node, problems: &mut Vec<Problem>) {
    match (&mut known.content, value.content) {
        (Content::List(list), Content::List(more)) => {
            let mut known: HashSet<Value> = list.iter().map(Node::to_value).collect();
            list.extend(more.into_iter().filter(|entry| known.insert(entry.to_value())));
        }
        (Content::Map(map), Content::Map(more)) => {
            for (key, value) in more {
                match map.iter_mut().find(|(known, _)| known.name == key.name) {
                    Some((_, known)) => values(&key, known, value, problems),
                    None => map.push((key, value)),
                }
            }
        }
        (_, content) => {
            let value = Node { place: value.place, content };
            if known.to_value() != value.to_value() && !value.is_null() {
                let what = format!("{} has another value at {}", key.name, known.place);
                problems.push(Problem { place: key.place.clone(), what });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::apply::kinds::organization::SECTION;

    fn node(value: serde_json::Value) -> Node {
        Node::of_value(&value, "config")
    }

    #[test]
    fn files_become_one_and_contradictions_are_told() {
        let mut problems = Vec::new();
        let into = node(json!({"name": "acme", "email": "a", "teams": [{"name": "a", "members": ["x"]}]}));
        let from =
            node(json!({"name": "acme", "email": "b", "teams": [{"name": "a", "members": ["x", "y"]}, {"name": "b"}]}));
        let into = united(&SECTION, vec![vec![into], vec![from]], &[], &mut problems);
        let expected =
            json!({"name": "acme", "email": "a", "teams": [{"name": "a", "members": ["x", "y"]}, {"name": "b"}]});
        assert_eq!(into[0].to_value(), expected);
        assert_eq!(problems[0].to_string(), "config.email: email has another value at config.email");
    }

    #[test]
    fn what_one_file_declares_another_may_refer_to() {
        let mut problems = Vec::new();
        let refers = node(json!({"name": "acme", "reference": true, "teams": [{"name": "a", "reference": true}]}));
        let declares = node(json!({"name": "acme", "email": "a", "teams": [{"name": "a", "role": "member"}]}));
        let expected = json!({"name": "acme", "email": "a", "teams": [{"name": "a", "role": "member"}]});
        for files in [[refers.clone(), declares.clone()], [declares, refers]] {
            let files = files.into_iter().map(|entry| vec![entry]).collect();
            let into = united(&SECTION, files, &[], &mut problems);
            assert_eq!(into[0].to_value(), expected);
        }
        assert!(problems.is_empty());
    }
}
