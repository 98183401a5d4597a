//! The shape of a declaration: known keys at every place, no entry twice, many files as one.

use super::layout::Section;
use super::registry::unknown;
use super::secret;
use super::yaml::{Content, Key, Node, Problem};
use crate::ansible::spec::Environment;

/// Checks the entries of a section and everything within them, and puts secrets in the place of the references to them.
///
/// Options are only looked at by name; their values are checked by the module's own rules when an item is made of them.
pub fn check(section: &'static Section, node: &mut Node, environment: Environment, problems: &mut Vec<Problem>) {
    if node.is_null() {
        return;
    }
    if !section.many {
        return check_entry(section, node, environment, problems);
    }
    let Content::List(list) = &mut node.content else {
        problems.push(node.problem(format!("{} must be a list", section.key)));
        return;
    };
    for entry in list.iter_mut() {
        check_entry(section, entry, environment, problems);
    }
    let is_entry = |entry: &&Node| matches!(entry.content, Content::Map(_));
    let list: Vec<&Node> = list.iter().filter(is_entry).collect();
    for (index, entry) in list.iter().enumerate() {
        if let Some(twin) = list[..index].iter().find(|twin| same(section, twin, entry)) {
            problems.push(entry.problem(format!(
                "{} is declared twice, first at {}",
                what(section, entry),
                twin.place
            )));
        }
    }
}

fn check_entry(section: &'static Section, node: &mut Node, environment: Environment, problems: &mut Vec<Problem>) {
    let place = node.place.clone();
    let Content::Map(map) = &mut node.content else {
        let example = section.identity.first().copied().unwrap_or("state");
        problems.push(node.problem(format!("an entry of {} is a mapping, such as {{{example}: ...}}", section.key)));
        return;
    };
    let named = |map: &[(Key, Node)], name: &str| map.iter().any(|(key, value)| key.name == name && !value.is_null());
    if let Some(missing) = section.identity.first().filter(|first| **first == "name" && !named(map, first)) {
        let what = format!("an entry of {} needs a {missing}", section.key);
        problems.push(Problem { place, what });
    }
    let folder = node.place.folder();
    let secrets = section.entry().rules.secrets;
    for (key, value) in map {
        let name = key.name.as_str();
        if let Some(inner) = section.within(name) {
            check(inner, value, environment, problems);
        } else if name == "defaults" && section.steering.contains(&name) {
            check_defaults(section, value, environment, problems);
        } else if section.options().any(|(known, _)| known == name) {
            resolve(section.option(name), secrets, value, folder.as_deref(), environment, problems);
        } else if !section.steering.contains(&name) {
            let mut known: Vec<&str> = section.options().map(|(known, _)| known).collect();
            known.extend(section.inside.iter().map(|inner| inner.key));
            known.extend(section.steering);
            problems.push(unknown(key.place.clone(), name, &known));
        }
    }
}

/// `defaults` hold what a repository can say, but its name.
fn check_defaults(organization: &Section, node: &mut Node, environment: Environment, problems: &mut Vec<Problem>) {
    let Some(repositories) = organization.within("repositories") else { return };
    if let Some(name) = node.get("name") {
        problems.push(name.problem("defaults are for all repositories: they have no name"));
        return;
    }
    // A name satisfies the check of an entry; it is taken away again.
    let place = node.place.clone();
    if let Content::Map(map) = &mut node.content {
        let name = Node { place: place.clone(), content: Content::Scalar("x".into()) };
        map.insert(0, (Key { name: "name".into(), place }, name));
    }
    check_entry(repositories, node, environment, problems);
    if let Content::Map(map) = &mut node.content {
        map.remove(0);
    }
}

/// Resolves the secrets in the value of an option; those of a suboption are called `option.suboption`.
fn resolve(
    option: &str,
    secrets: &[&str],
    value: &mut Node,
    folder: Option<&std::path::Path>,
    environment: Environment,
    problems: &mut Vec<Problem>,
) {
    if secrets.contains(&option) || secret::ADDRESSES.contains(&option) {
        problems.extend(secret::resolve(value, folder, environment).err());
        return;
    }
    match &mut value.content {
        Content::Map(map) => {
            for (key, inner) in map {
                resolve(&format!("{option}.{}", key.name), secrets, inner, folder, environment, problems);
            }
        }
        Content::List(list) => {
            for inner in list {
                resolve(option, secrets, inner, folder, environment, problems);
            }
        }
        Content::Scalar(_) => {}
    }
}

/// Resolves the secrets among the options of a module.
pub fn resolve_secrets(secrets: &[&str], options: &mut Node, environment: Environment, problems: &mut Vec<Problem>) {
    let folder = options.place.folder();
    if let Content::Map(map) = &mut options.content {
        for (key, value) in map {
            resolve(&key.name, secrets, value, folder.as_deref(), environment, problems);
        }
    }
}

/// Whether two entries of a list are about the same object.
pub fn same(section: &Section, one: &Node, other: &Node) -> bool {
    let value = |entry: &Node, key: &str| {
        let value = entry.get(key).map(Node::to_value).filter(|value| !value.is_null());
        value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let apart = section.steering.contains(&"endpoints") && disjoint(one.get("endpoints"), other.get("endpoints"));
    !apart && !section.identity.is_empty() && section.identity.iter().all(|key| value(one, key) == value(other, key))
}

/// Whether two lists have nothing in common; without a list an entry is for all endpoints.
fn disjoint(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one.map(|node| &node.content), other.map(|node| &node.content)) {
        (Some(Content::List(one)), Some(Content::List(other))) => {
            !one.iter().any(|entry| other.iter().any(|other| entry.to_value() == other.to_value()))
        }
        _ => false,
    }
}

/// The entry for a person: `teams developers`.
fn what(section: &Section, entry: &Node) -> String {
    let text = |key: &&str| {
        entry.get(key).map(Node::to_value).map(|value| match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        })
    };
    let named: Vec<String> = section.identity.iter().filter_map(text).collect();
    format!("{} of {}", named.join(" "), section.key)
}

/// Adds the entries of another file to a list: those about the same object become one.
pub fn merge_lists(section: &'static Section, into: &mut Vec<Node>, from: Vec<Node>, problems: &mut Vec<Problem>) {
    for entry in from {
        match into.iter_mut().find(|known| same(section, known, &entry)) {
            Some(known) => merge_entries(section, known, entry, problems),
            None => into.push(entry),
        }
    }
}

fn merge_entries(section: &'static Section, into: &mut Node, from: Node, problems: &mut Vec<Problem>) {
    let (Content::Map(map), Content::Map(more)) = (&mut into.content, from.content) else { return };
    for (key, value) in more {
        let Some((_, known)) = map.iter_mut().find(|(known, _)| known.name == key.name) else {
            map.push((key, value));
            continue;
        };
        if known.is_null() {
            *known = value;
        } else if let Some(inner) = section.within(&key.name) {
            match (&mut known.content, value.content) {
                (Content::List(list), Content::List(more)) => merge_lists(inner, list, more, problems),
                (_, content) => merge_entries(inner, known, Node { place: value.place, content }, problems),
            }
        } else {
            merge_values(&key, known, value, problems);
        }
    }
}

/// Lists are joined; anything else must be the same wherever it is said.
pub fn merge_values(key: &Key, known: &mut Node, value: Node, problems: &mut Vec<Problem>) {
    match (&mut known.content, value.content) {
        (Content::List(list), Content::List(more)) => {
            for entry in more {
                if !list.iter().any(|known| known.to_value() == entry.to_value()) {
                    list.push(entry);
                }
            }
        }
        (Content::Map(map), Content::Map(more)) => {
            for (key, value) in more {
                match map.iter_mut().find(|(known, _)| known.name == key.name) {
                    Some((_, known)) => merge_values(&key, known, value, problems),
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
                let new: Vec<Node> =
                    more.iter().filter(|entry| !list.iter().any(|known| same(inner, known, entry))).cloned().collect();
                list.extend(new);
            }
            (Some(inner), Content::Map(_), Content::Map(_)) => fill(inner, known, value),
            (None, Content::List(list), Content::List(more)) => {
                let new: Vec<Node> =
                    more.iter().filter(|entry| !list.iter().any(|known| concerns(known, entry))).cloned().collect();
                list.extend(new);
            }
            (None, Content::Map(_), Content::Map(_)) => fill(section, known, value),
            _ => {}
        }
    }
}

/// Whether two values of a list are about the same account: a permission says so by name and type.
fn concerns(one: &Node, other: &Node) -> bool {
    let key = |node: &Node| {
        let name = node.get("name").map(Node::to_value)?;
        let kind = node.get("type").map_or_else(|| "user".into(), Node::to_value);
        Some((name, kind))
    };
    match (key(one), key(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.to_value() == other.to_value(),
    }
}

/// Whether a name is a pattern.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// Whether a name fits a pattern of the shell's kind; `*` also stands for `/`.
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut regex = String::from(r"\A");
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let inner: String = rest.by_ref().take_while(|c| *c != ']').collect();
                let (mark, inner) = inner.strip_prefix('!').map_or(("", inner.as_str()), |inner| ("^", inner));
                regex.push_str(&format!(
                    "[{mark}{}]",
                    inner.replace('\\', r"\\").replace('[', r"\[").replace('^', r"\^")
                ));
            }
            c => regex.push_str(&fancy_regex::escape(&c.to_string())),
        }
    }
    regex.push_str(r"\z");
    fancy_regex::Regex::new(&regex).and_then(|regex| regex.is_match(name)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::apply::layout::{ORGANIZATIONS, REPOSITORIES};

    fn node(value: serde_json::Value) -> Node {
        Node::of_value(&value, "config")
    }

    fn problems(value: serde_json::Value) -> Vec<String> {
        let mut problems = Vec::new();
        check(&ORGANIZATIONS, &mut node(value), &|_| None, &mut problems);
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

    #[test]
    fn files_become_one_and_contradictions_are_told() {
        let mut problems = Vec::new();
        let mut into = vec![node(json!({"name": "acme", "email": "a", "teams": [{"name": "a", "members": ["x"]}]}))];
        let from =
            node(json!({"name": "acme", "email": "b", "teams": [{"name": "a", "members": ["x", "y"]}, {"name": "b"}]}));
        merge_lists(&ORGANIZATIONS, &mut into, vec![from], &mut problems);
        let expected =
            json!({"name": "acme", "email": "a", "teams": [{"name": "a", "members": ["x", "y"]}, {"name": "b"}]});
        assert_eq!(into[0].to_value(), expected);
        assert_eq!(problems[0].to_string(), "config.email: email has another value at config.email");
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
        fill(&REPOSITORIES, &mut own, &outer);
        assert_eq!(
            own.to_value(),
            json!({"name": "app", "description": "own", "visibility": "private",
                "permissions": [{"name": "a", "type": "team", "role": "admin"}, {"name": "a", "type": "user", "role": "read"}],
                "mirror": {"is_enabled": true, "verify_tls": true}})
        );
    }

    #[test]
    fn patterns_fit_as_in_a_shell() {
        assert!(fits("app-*", "app-a/b") && fits("a?p", "app") && fits("a[pq]p", "aqp") && fits("*", "x"));
        assert!(!fits("app", "apps") && !fits("a.p", "axp") && !fits("a[!p]p", "app") && !fits("[", "["));
    }
}
