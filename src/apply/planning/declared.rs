//! The first phase: what is declared for one server, as far as no server is needed to see it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::expand::{Items, pruned};
use super::item::Item;
use super::{mirrors, order};
use crate::apply::graph::{each, processors};
use crate::apply::input::declaration::{Declaration, belongs_on};
use crate::apply::input::registry::Endpoint;
use crate::apply::input::repositories;
use crate::apply::input::selection::Selection;
use crate::apply::input::yaml::{Node, Problem};
use crate::apply::kinds::Kind;
use crate::apply::kinds::names::ObjectName;

/// Everything that is declared for an endpoint, as items.
pub struct Declared<'a> {
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// The organizations, each with what is in it.
    pub organizations: Vec<Organization<'a>>,
    /// All the rest.
    pub outside: Outside,
}

/// What stands outside of organizations.
pub struct Outside {
    /// Users and messages.
    pub top: Vec<Item>,
    /// The tasks, in their order.
    pub tasks: Vec<Item>,
    /// Teams and repositories that are only referred to.
    pub references: BTreeSet<ObjectName>,
}

/// A declared organization.
pub struct Organization<'a> {
    /// Its entry.
    pub entry: &'a Node,
    /// Its name.
    pub name: &'a str,
    /// The kinds of which it loses what it does not name.
    pub prune: BTreeSet<Kind>,
    /// Its repositories as they shall be.
    pub repositories: Vec<Cow<'a, Node>>,
    /// The items of its entry, and of all within.
    pub items: Vec<Item>,
    /// How many of them, the first, are not about repositories.
    pub own: usize,
}

impl<'a> Declared<'a> {
    /// Makes the items of an endpoint.
    ///
    /// # Errors
    /// Everything that is wrong with them, and with their order.
    pub fn of(declaration: &'a Declaration, endpoint: &'a Endpoint) -> Result<Declared<'a>, Vec<Problem>> {
        let mut items = Items::default();
        items.top(declaration, endpoint);
        let top = items.list.len();
        let here: Vec<&Node> = declaration.organizations.iter().filter(|entry| belongs_on(entry, endpoint)).collect();
        let mut organizations: Vec<(Organization<'a>, usize)> = Vec::new();
        for (organization, inside) in each(processors(), &here, |entry| Organization::of(declaration, entry)) {
            organizations.push((organization, inside.list.len()));
            items.append(inside);
        }
        items.tasks(declaration, endpoint);
        items.problems.extend(mirrors::keep_robots(&mut items.list));
        items.problems.extend(order::graph(&items.list).err().unwrap_or_default());
        if !items.problems.is_empty() {
            return Err(items.problems);
        }
        for item in &mut items.list {
            item.take_deliveries(&declaration.registry.deliveries.given);
        }
        let mut rest = items.list.into_iter();
        let top = rest.by_ref().take(top).collect();
        let organizations = organizations
            .into_iter()
            .map(|(organization, count)| Organization { items: rest.by_ref().take(count).collect(), ..organization })
            .filter(|organization| !organization.name.is_empty())
            .collect();
        let outside = Outside { top, tasks: rest.collect(), references: items.references };
        Ok(Declared { endpoint, organizations, outside })
    }

    /// All of its items.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        let inside = self.organizations.iter().flat_map(|organization| &organization.items);
        self.outside.top.iter().chain(inside).chain(&self.outside.tasks)
    }

    /// Leaves out what a selection of organizations does not ask for.
    #[must_use]
    pub fn only(mut self, selection: &Selection) -> Declared<'a> {
        if !selection.organizations.is_empty() {
            self.organizations.retain(|one| selection.organizations.iter().any(|name| name == one.name));
            self.outside.top.clear();
            self.outside.tasks.clear();
        }
        self
    }
}

impl<'a> Organization<'a> {
    /// The organization of an entry, and its items, which are yet to be put in their place among all others.
    fn of(declaration: &Declaration, entry: &'a Node) -> (Organization<'a>, Items) {
        let mut inside = Items::default();
        let name = entry.get("name").and_then(Node::as_str).unwrap_or_default();
        let prune = pruned(&declaration.registry.prune, entry);
        let repositories = repositories::declared(entry);
        inside.organization(entry, name, &prune);
        let own = inside.list.len();
        inside.repositories(name, &repositories, &prune);
        (Organization { entry, name, prune, repositories, items: Vec::new(), own }, inside)
    }
}
