//! The shape of a declaration: known keys at every place, no entry twice.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use super::registry::{self, unknown};
use super::secret::{self, Resolver};
use super::yaml::{Content, Key, Node, Problem, Scalar};
use crate::apply::kinds::section::Section;
use crate::call::close_name;
use crate::quay::written;

/// Checks the entries of a section and everything within them, and puts secrets in the place of the references to them.
///
/// Options are only looked at by name; their values are checked by the module's own rules when an item is made of them.
pub fn check(section: &'static Section, node: &mut Node, resolver: &Resolver, problems: &mut Vec<Problem>) {
    if node.is_null() {
        return;
    }
    if let (Some(option), Content::List(_)) = (section.short, &node.content) {
        let list = std::mem::replace(&mut node.content, Content::Scalar(Scalar::Null));
        let key = Key { name: option.into(), place: node.place.clone() };
        node.content = Content::Map(vec![(key, Node { place: node.place.clone(), content: list })]);
    }
    if !section.many {
        return check_entry(section, node, true, resolver, problems);
    }
    let Content::List(list) = &mut node.content else {
        problems.push(node.problem(format!("{} must be a list", section.key)));
        node.content = Content::Scalar(Scalar::Null);
        return;
    };
    for entry in list.iter_mut() {
        check_entry(section, entry, true, resolver, problems);
    }
    list.retain(|entry| !entry.is_null());
    // Where endpoints tell entries apart, only who knows the endpoints can say whether one is there twice.
    if !section.steering.contains(&"endpoints") {
        check_twins(section, list, problems);
    }
}

/// Complains about entries of one list that are about the same object.
fn check_twins(section: &Section, list: &[Node], problems: &mut Vec<Problem>) {
    let mut known: HashMap<Identity, &Node> = HashMap::new();
    for entry in list {
        let Some(identity) = identity(section, entry) else { continue };
        match known.entry(identity) {
            Entry::Vacant(free) => {
                free.insert(entry);
            }
            Entry::Occupied(twin) => problems.push(declared_twice(section, twin.get(), entry)),
        }
    }
}

/// The complaint about the second of two entries of one list that are about the same object.
pub fn declared_twice(section: &Section, first: &Node, second: &Node) -> Problem {
    second.problem(format!("{} is declared twice, first at {}", what(section, second), first.place))
}

/// Checks one entry. `defaults` are one for objects of any name.
///
/// After a complaint the entry is what was probably meant, so that the rest of it can be looked at and nothing is told twice.
fn check_entry(
    section: &'static Section,
    node: &mut Node,
    needs_name: bool,
    resolver: &Resolver,
    problems: &mut Vec<Problem>,
) {
    let place = node.place.clone();
    let Content::Map(map) = &mut node.content else {
        let example = section.identity.first().copied().unwrap_or("state");
        problems.push(node.problem(format!("an entry of {} is a mapping, such as {{{example}: ...}}", section.key)));
        node.content = Content::Scalar(Scalar::Null);
        return;
    };
    correct_keys(section, map, problems);
    let named = |map: &[(Key, Node)], name: &str| map.iter().any(|(key, value)| key.name == name && !value.is_null());
    let name = section.identity.first().filter(|first| needs_name && **first == "name");
    if let Some(missing) = name.filter(|name| !named(map, name)) {
        let what = format!("an entry of {} needs a {missing}", section.key);
        let key = Key { name: (*missing).into(), place: place.clone() };
        let name = Content::Scalar(format!("unnamed{}", problems.len()).into());
        map.retain(|(key, _)| key.name != *missing);
        map.push((key, Node { place: place.clone(), content: name }));
        problems.push(Problem { place, what });
    }
    let secrets = section.entry().rules.secrets;
    for (key, value) in map {
        let name = key.name.as_str();
        if let Some(inner) = section.within(name) {
            check(inner, value, resolver, problems);
        } else if name == "defaults" && section.steering.contains(&name) {
            check_defaults(section, value, resolver, problems);
        } else if section.knows(name) {
            resolve(section.option(name), secrets, value, resolver, problems);
        } else if name == "prune" && !value.is_null() {
            registry::prune(value, &mut BTreeSet::new(), problems);
        }
    }
}

/// Complains about keys that an entry cannot have, and takes each for the one that was probably meant.
fn correct_keys(section: &Section, map: &mut Vec<(Key, Node)>, problems: &mut Vec<Problem>) {
    let is_known = |key: &Key| {
        let name = key.name.as_str();
        section.within(name).is_some() || section.knows(name) || section.steering.contains(&name)
    };
    if map.iter().all(|(key, _)| is_known(key)) {
        return;
    }
    let mut known: Vec<&str> = section.options().map(|(known, _)| known).collect();
    known.extend(section.inside().map(|inner| inner.key));
    known.extend(section.steering);
    for at in 0..map.len() {
        let taken: Vec<_> = map.iter().map(|(key, _)| key.name.clone()).collect();
        let Some((key, _)) = map.get_mut(at).filter(|(key, _)| !is_known(key)) else { continue };
        problems.push(unknown(key.place.clone(), &key.name, &known));
        if let Some(meant) = close_name(&key.name, &known).filter(|meant| !taken.iter().any(|name| *name == *meant)) {
            key.name = meant.into();
        }
    }
    map.retain(|(key, _)| is_known(key));
}

/// `defaults` hold what a repository can say, but its name.
fn check_defaults(organization: &Section, node: &mut Node, resolver: &Resolver, problems: &mut Vec<Problem>) {
    let Some(repositories) = organization.within("repositories") else { return };
    if let Some(name) = node.get("name") {
        problems.push(name.problem("defaults are for all repositories: they have no name"));
        return;
    }
    check_entry(repositories, node, false, resolver, problems);
}

/// Resolves the secrets in the value of an option; those of a suboption are called `option.suboption`.
fn resolve(option: &str, secrets: &[&str], value: &mut Node, resolver: &Resolver, problems: &mut Vec<Problem>) {
    if secrets.contains(&option) || secret::ADDRESSES.contains(&option) {
        if let Err(problem) = resolver.resolve(value) {
            problems.push(problem);
            // A text that every option of a secret or an address accepts.
            value.content = Content::Scalar("https://unknown.invalid".into());
        }
        return;
    }
    match &mut value.content {
        Content::Map(map) => {
            for (key, inner) in map {
                resolve(&format!("{option}.{}", key.name), secrets, inner, resolver, problems);
            }
        }
        Content::List(list) => {
            for inner in list {
                resolve(option, secrets, inner, resolver, problems);
            }
        }
        Content::Scalar(_) => {}
    }
}

/// Resolves the secrets among the options of a module.
pub fn resolve_secrets(secrets: &[&str], options: &mut Node, resolver: &Resolver, problems: &mut Vec<Problem>) {
    if let Content::Map(map) = &mut options.content {
        for (key, value) in map {
            resolve(&key.name, secrets, value, resolver, problems);
        }
    }
}

/// What tells an entry from the others of its list: the values of the identifying options, as texts.
pub type Identity = Vec<Option<String>>;

/// The object that an entry of a list is about, the same for every entry about it; `None` where nothing tells
/// it from others.
pub fn identity(section: &Section, entry: &Node) -> Option<Identity> {
    let value =
        |key: &&str| entry.get(key).map(Node::to_value).filter(|value| !value.is_null()).map(|value| written(&value));
    let identity: Identity = section.identity.iter().map(value).collect();
    identity.iter().any(Option::is_some).then_some(identity)
}

/// The entry for a person: `teams developers`.
fn what(section: &Section, entry: &Node) -> String {
    let text = |key: &&str| entry.get(key).map(|node| written(&node.to_value()));
    let named: Vec<String> = section.identity.iter().filter_map(text).collect();
    format!("{} of {}", named.join(" "), section.key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::apply::kinds::organization::SECTION;

    fn node(value: serde_json::Value) -> Node {
        Node::of_value(&value, "config")
    }

    fn problems(value: serde_json::Value) -> Vec<String> {
        let mut problems = Vec::new();
        check(&SECTION, &mut node(value), &Resolver::new(&|_| None), &mut problems);
        problems.iter().map(Problem::to_string).collect()
    }

    #[test]
    fn unknown_keys_are_told_at_every_depth() {
        let found = problems(json!([{"name": "acme", "emial": "x", "teams": [{"name": "a", "rolle": "x"}],
            "defaults": {"visibilty": "public"}, "repositories": [{"mirror": {"image_tag": []}}]}]));
        assert_eq!(
            found,
            [
                "config[0].emial: unknown key \"emial\"; did you mean email?",
                "config[0].teams[0].rolle: unknown key \"rolle\"; did you mean role?",
                "config[0].defaults.visibilty: unknown key \"visibilty\"; did you mean visibility?",
                "config[0].repositories[0]: an entry of repositories needs a name",
                "config[0].repositories[0].mirror.image_tag: unknown key \"image_tag\"; did you mean image_tags?",
            ]
        );
    }

    #[test]
    fn an_entry_that_is_there_twice_is_told() {
        let found = problems(json!([{"name": "acme", "robots": [{"name": "ci"}, {"name": "cd"}, {"name": "ci"}]}]));
        assert_eq!(found, ["config[0].robots[2]: ci of robots is declared twice, first at config[0].robots[0]"]);
    }
}
