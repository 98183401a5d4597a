//! What `destroy` deletes: whole organizations, and none of which the declaration preserves a part.

use serde_json::json;

use super::item::Item;
use crate::apply::input::declaration::{Declaration, belongs_on, is_reference};
use crate::apply::input::registry::Endpoint;
use crate::apply::input::yaml::{Content, Node};
use crate::apply::kinds::{self, organization};

/// The removals of organizations by their names, as far as they are declared for the endpoint.
///
/// # Errors
/// A sentence for each organization that is not declared at all, that the declaration only refers to, or that is
/// preserved or holds something that is.
pub fn items(declaration: &Declaration, endpoint: &Endpoint, names: &[String]) -> Result<Vec<Item>, Vec<String>> {
    let mut items = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        let entries: Vec<&Node> = named(declaration, name).collect();
        let here: Vec<&Node> = entries.iter().copied().filter(|entry| belongs_on(entry, endpoint)).collect();
        if entries.is_empty() {
            problems.push(format!("not declared, so not deleted: {name}"));
        } else if let Some(what) = here.iter().find_map(|entry| preserved(entry, name)) {
            problems.push(what);
        } else if let Some(what) = preserved_task(declaration, endpoint, name) {
            problems.push(what);
        } else if let Some(entry) = here.first().filter(|_| here.iter().all(|entry| is_reference(entry))) {
            let what = format!("the declaration only refers to the organization {name}, so that it is not deleted");
            problems.push(entry.problem(what).to_string());
        } else if !here.is_empty() {
            match Item::removal(&organization::SECTION, json!({"name": name}), Some(name)) {
                Ok(item) => items.push(item),
                Err(found) => problems.extend(found.iter().map(ToString::to_string)),
            }
        }
    }
    if problems.is_empty() { Ok(items) } else { Err(problems) }
}

/// The organizations among `names` that may still have another name on the endpoint, with that name.
pub fn renamed<'a>(
    declaration: &'a Declaration,
    endpoint: &'a Endpoint,
    names: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let of = move |name: &'a String| {
        let here = named(declaration, name).filter(|entry| belongs_on(entry, endpoint));
        here.filter_map(move |entry| Some((name.as_str(), entry.get("previous_name")?)))
    };
    names.iter().flat_map(of)
}

/// The organizations that the declaration makes, whichever their endpoints.
pub fn made(declaration: &Declaration) -> impl Iterator<Item = &str> {
    let made = declaration.organizations.iter().filter(|entry| !is_reference(entry));
    made.filter_map(|entry| entry.get("name")?.as_str())
}

fn named<'a>(declaration: &'a Declaration, name: &'a str) -> impl Iterator<Item = &'a Node> {
    let is = move |entry: &&Node| entry.get("name").and_then(Node::as_str) == Some(name);
    declaration.organizations.iter().filter(is)
}

/// Why an organization stays: its entry, or one within, says `preserve: true`.
fn preserved(entry: &Node, name: &str) -> Option<String> {
    if let Some(node) = mark(entry) {
        let what = format!("the organization {name} is preserved: take preserve out of its entry to delete it");
        return Some(node.problem(what).to_string());
    }
    let (what, node) = within(entry)?;
    Some(holds(name, &what, node))
}

fn preserved_task(declaration: &Declaration, endpoint: &Endpoint, name: &str) -> Option<String> {
    declaration.tasks.iter().filter(|task| task.belongs_on(endpoint)).find_map(|task| {
        let node = mark(&task.steering)?;
        let options = task.options.to_value();
        let module = task.entry.document.name;
        let organization = kinds::organization(module, options.as_object()?)?;
        (organization == name).then(|| holds(name, &format!("an entry of tasks ({module})"), node))
    })
}

fn holds(name: &str, what: &str, node: &Node) -> String {
    let what = format!(
        "the organization {name} holds {what}, which is preserved: take preserve out of that entry to delete the organization"
    );
    node.problem(what).to_string()
}

/// The first entry within that is preserved: what it is, and its mark.
fn within(entry: &Node) -> Option<(String, &Node)> {
    let Content::Map(map) = &entry.content else { return None };
    map.iter().find_map(|(key, value)| {
        let list = value.as_list().unwrap_or(std::slice::from_ref(value));
        list.iter().find_map(|inner| match mark(inner) {
            Some(node) => Some((called(&key.name, inner), node)),
            None => within(inner).map(|(what, node)| (format!("{what} of {}", called(&key.name, inner)), node)),
        })
    })
}

/// `repositories app`, or the key alone where there is but one.
fn called(key: &str, entry: &Node) -> String {
    let name = ["name", "title"].iter().find_map(|key| entry.get(key)?.as_str());
    name.map_or_else(|| key.to_owned(), |name| format!("{key} {name}"))
}

fn mark(entry: &Node) -> Option<&Node> {
    entry.get("preserve").filter(|_| entry.is_true("preserve"))
}
