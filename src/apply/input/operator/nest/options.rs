//! The options of a manifest, sorted: for its entry, for its place, for the engine.

use crate::apply::input::foreign::{Entry, Findings};
use crate::apply::input::operator::connections::{Connection, without_account};
use crate::apply::input::operator::manifest::{Manifest, Reference};
use crate::apply::input::operator::properties::Properties;
use crate::apply::input::yaml::{Content, Key, Node, Place};
use crate::call::boolean;

/// A call of the module of a manifest. What steers the engine belongs to a call that is the whole of it.
pub fn call(manifest: &Manifest<'_>, given: Properties, is_whole: bool) -> Entry {
    let place = &manifest.node.place;
    let mut task = Entry::at(place);
    task.put(manifest.kind.module, Node { place: place.clone(), content: Content::Map(given) });
    if is_whole {
        steer(&mut task, manifest);
    }
    task
}

/// The options of a manifest, without those that its place supplies.
pub fn entry(manifest: &Manifest<'_>, given: &Properties, supplied: &[&str]) -> Entry {
    let mut entry = Entry::at(&manifest.node.place);
    fill(&mut entry, manifest, given, supplied);
    entry
}

/// Adds these options to an entry that has begun.
pub fn fill(entry: &mut Entry, manifest: &Manifest<'_>, given: &Properties, supplied: &[&str]) {
    for (key, node) in given.iter().filter(|(key, _)| !supplied.contains(&key.name.as_str())) {
        let name = if key.name == "perms" { "permissions" } else { key.name.as_str() };
        entry.copy(name, Some((key, node)));
    }
    steer(entry, manifest);
}

/// Adds what a manifest says besides the options of its module.
fn steer(entry: &mut Entry, manifest: &Manifest<'_>) {
    if manifest.preserve {
        entry.set("preserve", true);
    }
    if let Some(Reference { node, name, namespace, .. }) = manifest.result {
        let mut secret = Entry::at(&node.place);
        secret.set("name", name);
        secret.set("namespace", namespace);
        entry.put("secret", secret.node());
    }
}

/// Does for `append: false` what removes the elements that the list lacks.
pub fn complete(manifest: &Manifest<'_>, given: &Properties, prune: impl FnOnce(&'static str, &Place)) {
    let append = get(given, "append");
    let (Some(complete), Some(append)) = (&manifest.kind.complete, append) else { return };
    let is_listed = complete.list.is_empty() || get(given, complete.list).is_some();
    if is_listed && boolean(&append.to_value()) == Some(false) {
        prune(complete.prune, &append.place);
    }
}

/// A token is made with account and password only. They are spelled out where the endpoint signs in by a token.
pub fn add_account(manifest: &Manifest<'_>, connection: &Connection, given: &mut Properties, findings: &mut Findings) {
    let Some((username, password)) = &connection.login else {
        findings.problems.push(without_account(manifest));
        return;
    };
    if !connection.by_password {
        for (name, node) in [("quay_username", username), ("quay_password", password)] {
            given.push((Key { name: name.into(), place: node.place.clone() }, node.clone()));
        }
    }
}

/// The value of an option.
pub fn get<'a>(given: &'a Properties, option: &str) -> Option<&'a Node> {
    given.iter().find(|(key, _)| key.name == option).map(|(_, node)| node)
}

/// A name among the options. That a property is missing was noted before.
pub fn text<'a>(given: &'a Properties, option: &str, findings: &mut Findings) -> Option<&'a Node> {
    let node = get(given, option)?;
    if node.as_str().is_none() {
        findings.wrong(node, format!("{option} must be a text: put the value in quotes"));
    }
    node.as_str().map(|_| node)
}

/// The text of a node that holds one.
pub fn word(node: &Node) -> String {
    node.as_str().unwrap_or_default().to_owned()
}

/// Whether an option makes a task of its manifest; for `append` that is false, which is more than the default.
pub fn calls_for(given: &Properties, option: &str) -> bool {
    let Some(node) = get(given, option) else { return false };
    match option {
        "append" => boolean(&node.to_value()) == Some(false),
        _ => node.as_str() != Some(""),
    }
}

/// Whether a command is given; one that is false or empty asks for nothing.
pub fn is_meant(key: &Key, node: &Node) -> bool {
    let is_text = matches!(key.name.as_str(), "auto_prune_method" | "auto_prune_value");
    match is_text {
        true => node.as_str() != Some(""),
        false => boolean(&node.to_value()) != Some(false),
    }
}
