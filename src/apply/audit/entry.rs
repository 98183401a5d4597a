//! What rules look at: an object with its options, be it declared or found on a server.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::Audited;
use crate::apply::input::declaration::{Declaration, belongs_on};
use crate::apply::input::repositories;
use crate::apply::input::yaml::{Node, Place};
use crate::apply::kinds::section::Section;
use crate::apply::kinds::{Kind, Options, section};
use crate::apply::planning::expand::{Items, pruned};
use crate::apply::planning::item::Item;
use crate::modules::connection;
use crate::quay::written;

/// An object.
pub struct Entry {
    /// What it is; `None` for the connection to a server.
    pub kind: Option<Kind>,
    /// What is known about the objects of its module.
    pub section: Option<&'static Section>,
    /// Its options, in the words of the module; what a server tells beside them (`created`, `last_accessed`, `age_days`, `idle_days`)
    /// stands here, too.
    pub options: Options,
    /// Its name without that of what it belongs to.
    pub name: String,
    /// Its name for an exception.
    pub object: String,
    /// The organization that it belongs to.
    pub organization: Option<String>,
    /// Where it is declared.
    pub place: Option<Place>,
}

impl Entry {
    /// The entry of an item.
    fn of(item: Item) -> Entry {
        let kind = item.section.map_or(item.kind, |section| section.kind);
        let called = item.called();
        let options = item.options.all();
        let short = item.organization.as_deref().and_then(|name| called.strip_prefix(name)?.strip_prefix(['/', '+']));
        let name = short.unwrap_or(&called).to_owned();
        let around = ["repository", "application"].into_iter().filter_map(|option| options.get(option)?.as_str());
        let around = around.map(str::to_owned).chain(item.organization.clone());
        let object = around.fold(called, |object, outer| within(&outer, object));
        Entry {
            kind: Some(kind),
            section: item.section,
            name,
            object,
            organization: item.organization,
            place: item.place,
            options,
        }
    }

    /// The connection to a server, which has a password, too.
    pub fn connection(options: &Options) -> Entry {
        let host = options.get("quay_host").map(written).unwrap_or_default();
        let options = options.iter().filter(|(option, _)| connection::is_option(option));
        Entry {
            kind: None,
            section: None,
            options: options.map(|(option, value)| (option.clone(), value.clone())).collect(),
            name: host.clone(),
            object: host,
            organization: None,
            place: None,
        }
    }

    /// Its kind and its name, for a person.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind.map_or("connection to", |kind| kind.card().one), self.object)
    }

    /// The word for its kind.
    pub fn word(&self) -> &'static str {
        self.kind.map_or("connections", Kind::word)
    }

    /// Whether it is of this kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.kind == Some(kind)
    }

    /// Whether it is a setting of an organization, and not of a repository.
    pub fn is_of_organization(&self) -> bool {
        self.section.is_some_and(|section| section.place == section::Place::Organization)
    }

    /// An option that is a text.
    pub fn text(&self, option: &str) -> Option<&str> {
        self.options.get(option).and_then(Value::as_str)
    }

    /// An option that is a number.
    pub fn number(&self, option: &str) -> Option<u64> {
        self.options.get(option).and_then(Value::as_u64)
    }

    /// The elements of an option that is a list.
    pub fn list(&self, option: &str) -> impl Iterator<Item = &Value> {
        self.options.get(option).and_then(Value::as_array).into_iter().flatten()
    }

    /// What stands under a key of a file; null where nothing does.
    pub fn get(&self, key: &str) -> Cow<'_, Value> {
        match key {
            "name" => Cow::Owned(json!(self.name)),
            "organization" => Cow::Owned(json!(self.organization)),
            key => {
                let option = self.section.map_or(key, |section| section.option(key));
                self.options.get(option).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
            }
        }
    }
}

/// The name of an object with that of what is around it, where it lacks that.
fn within(outer: &str, object: String) -> String {
    let is_complete = object.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '+']));
    if is_complete { object } else { format!("{outer}/{object}") }
}

/// All that a declaration says shall be there, for whichever server, each entry once.
pub fn declared(declaration: &Declaration) -> Audited {
    let mut audited = Audited::default();
    let mut seen: HashSet<(Option<Place>, String)> = HashSet::new();
    for endpoint in &declaration.registry.endpoints {
        audited.entries.push(Entry::connection(&endpoint.options));
        let mut items = Items::default();
        items.top(declaration, endpoint);
        let here = |entry: &&Node| belongs_on(entry, endpoint);
        for entry in declaration.organizations.iter().filter(here) {
            let name = entry.get("name").and_then(Node::as_str).unwrap_or_default();
            let prune = pruned(&declaration.registry.prune, entry);
            items.organization(entry, name, &prune);
            items.repositories(name, &repositories::declared(entry), &prune);
        }
        items.tasks(declaration, endpoint);
        let entries = items.list.into_iter().filter(|item| !item.is_removal()).map(Entry::of);
        audited.entries.extend(entries.filter(|entry| seen.insert((entry.place.clone(), entry.object.clone()))));
        audited.incomplete.extend(items.problems.iter().map(ToString::to_string));
    }
    audited
}

/// A credential of which a server tells, as `quay_token_info` returns it; `None` for one that has ended.
pub fn credential(row: &Map<String, Value>, section: &'static Section) -> Option<Entry> {
    if row.get("expired") == Some(&json!(true)) {
        return None;
    }
    let text = |key: &str| row.get(key).filter(|value| !value.is_null()).map(written);
    let name = text("name").or_else(|| text("uuid")).unwrap_or_default();
    let organization = text("organization");
    let around = text("application").or_else(|| text("owner")).into_iter().chain(organization.clone());
    let object = around.fold(name.clone(), |object, outer| within(&outer, object));
    Some(Entry {
        kind: Some(section.kind),
        section: Some(section),
        options: row.clone(),
        name,
        object,
        organization,
        place: None,
    })
}
