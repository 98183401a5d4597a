//! From the declaration to items: every entry, in an order in which what is built on comes first.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::item::{Around, Item};
use crate::apply::input::declaration::{Declaration, belongs_on, is_reference};
use crate::apply::input::registry;
use crate::apply::input::registry::Endpoint;
use crate::apply::input::yaml::{Node, Problem};
use crate::apply::kinds::names::ObjectName;
use crate::apply::kinds::section::{Place, Section};
use crate::apply::kinds::{Kind, message, organization, repository, user};

/// Collects items and everything that is wrong with them.
#[derive(Default)]
pub struct Items {
    /// The items.
    pub list: Vec<Item>,
    /// Teams and repositories that are only referred to: nobody makes them, and nobody removes them.
    pub references: BTreeSet<ObjectName>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// The kinds that an organization removes: what the registry says, and what its own entry says otherwise.
pub fn pruned(general: &BTreeSet<Kind>, entry: &Node) -> BTreeSet<Kind> {
    let mut kinds = general.clone();
    if let Some(own) = entry.get("prune").filter(|node| !node.is_null()) {
        registry::prune(own, &mut kinds, &mut Vec::new());
    }
    kinds
}

/// The kinds of which an entry itself loses what it does not name: where it only says where others belong, nothing but what
/// stands in the entry counts.
pub fn emptied(general: &BTreeSet<Kind>, entry: &Node) -> BTreeSet<Kind> {
    if is_reference(entry) { pruned(&BTreeSet::new(), entry) } else { pruned(general, entry) }
}

impl Items {
    /// Adds what was found elsewhere.
    pub fn append(&mut self, other: Items) {
        self.list.extend(other.list);
        self.references.extend(other.references);
        self.problems.extend(other.problems);
    }

    /// The items that belong to no organization: users and messages.
    pub fn top(&mut self, declaration: &Declaration, endpoint: &Endpoint) {
        for (section, entries) in [(&user::SECTION, &declaration.users), (&message::SECTION, &declaration.messages)] {
            for entry in entries.iter().filter(|entry| belongs_on(entry, endpoint)) {
                self.add(section, entry, Around::default(), true);
            }
        }
    }

    /// The tasks, in their order.
    pub fn tasks(&mut self, declaration: &Declaration, endpoint: &Endpoint) {
        for task in declaration.tasks.iter().filter(|task| task.belongs_on(endpoint)) {
            self.take(Item::of_task(task, endpoint));
        }
    }

    /// The items of an organization, without its repositories. `prune` holds what the organization removes.
    pub fn organization(&mut self, entry: &Node, name: &str, prune: &BTreeSet<Kind>) {
        let around = Around { organization: Some(name), ..Around::default() };
        if !is_reference(entry) {
            self.itself(entry, name);
        }
        let inside = organization::SECTION.inside().filter(|section| section.kind != Kind::Repositories);
        // A list of people says who may be there; that others go, only `prune` says.
        for section in
            inside.filter(|section| section.kind != Kind::OrganizationMembers || prune.contains(&section.kind))
        {
            for inner in entries(section, entry) {
                self.within(section, inner, around, prune);
            }
        }
    }

    /// The items of repositories of an organization, which are given as they shall be.
    pub fn repositories(&mut self, organization: &str, repositories: &[Cow<'_, Node>], prune: &BTreeSet<Kind>) {
        let around = Around { organization: Some(organization), ..Around::default() };
        for repository in repositories {
            self.within(&repository::SECTION, repository, around, prune);
        }
    }

    /// The organization itself; one that is renamed is named by both names.
    fn itself(&mut self, entry: &Node, name: &str) {
        let before = self.list.len();
        self.add(&organization::SECTION, entry, Around { organization: Some(name), ..Around::default() }, true);
        let previous = entry.get("previous_name").filter(|node| !node.is_null());
        let Some(previous) = previous else { return };
        match (previous.as_str(), self.list.get_mut(before)) {
            (Some(old), Some(item)) if !old.is_empty() && old != name => {
                item.change(|options| {
                    options.insert("new_name".into(), name.into());
                    options.insert("name".into(), old.into());
                });
            }
            (Some(_), _) => self.problems.push(previous.problem("previous_name must be another name than name")),
            (None, _) => self.problems.push(previous.problem("previous_name must be a text")),
        }
    }

    fn within(&mut self, section: &'static Section, entry: &Node, around: Around<'_>, prune: &BTreeSet<Kind>) {
        let name = entry.get("name").and_then(Node::as_str);
        let around_inner = match section.opens {
            Some(Place::Team) => Around { team: name, ..around },
            Some(Place::Application) => {
                let renamed = entry.get("new_name").and_then(Node::as_str).filter(|name| !name.is_empty());
                Around { application: renamed.or(name), ..around }
            }
            Some(Place::Repository) => Around { repository: name, ..around },
            _ => around,
        };
        let own = pruned(prune, entry);
        if is_reference(entry) {
            let named = |short: &str| format!("{}/{short}", around.organization.unwrap_or_default());
            self.references.extend(match section.opens {
                Some(Place::Team) => name.map(|name| ObjectName::Team(named(name))),
                Some(Place::Repository) => name.map(|name| ObjectName::Repository(named(name))),
                _ => None,
            });
        } else {
            let before = self.list.len();
            self.add(section, entry, around, !section.kind.holds().any(|(kind, _)| own.contains(&kind)));
            if let Some(item) = self.list.get_mut(before) {
                item.grantees = registry::grantees(entry);
            }
        }
        for inner_section in section.inside() {
            for inner in entries(inner_section, entry) {
                self.within(inner_section, inner, around_inner, &own);
            }
        }
    }

    fn add(&mut self, section: &'static Section, entry: &Node, around: Around<'_>, append: bool) {
        self.take(Item::of(section, entry, around, append));
    }

    fn take(&mut self, item: Result<Item, Vec<Problem>>) {
        match item {
            Ok(item) => self.list.push(item),
            Err(problems) => self.problems.extend(problems),
        }
    }
}

/// The entries of a section within an entry.
pub fn entries<'a>(section: &Section, entry: &'a Node) -> Vec<&'a Node> {
    match entry.get(section.key) {
        Some(node) if section.many => node.as_list().unwrap_or_default().iter().collect(),
        Some(node) if !node.is_null() => vec![node],
        _ => Vec::new(),
    }
}
