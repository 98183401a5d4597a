//! Organizations of others: only what shows itself there can be managed, for what Quay does not show may well be there.

use std::collections::BTreeSet;

use super::item::Item;
use super::scopes::Scope;
use crate::apply::kinds::section::{Place, Section};
use crate::apply::kinds::{Kind, repository};
use crate::plan::Plan;

/// The organizations that exist and that the caller does not belong to.
pub fn organizations<'a>(scopes: &[Scope<'a>]) -> BTreeSet<&'a str> {
    let strange =
        |scope: &&Scope<'_>| scope.existing.as_ref().is_ok_and(|existing| existing.exists && !existing.belongs);
    scopes.iter().filter(strange).map(|scope| scope.name).collect()
}

/// Whether an item is about something that Quay does not show to strangers.
pub fn is_hidden(item: &Item, out_of_reach: &BTreeSet<&str>) -> bool {
    is_strange(item, out_of_reach) && item.kind != Kind::Tasks && !item.section.is_some_and(is_of_repositories)
}

/// Whether a repository shows it to those who have rights on it.
fn is_of_repositories(section: &Section) -> bool {
    section.place == Place::Repository || section.opens == Some(Place::Repository)
}

/// Whether a plan would create a repository that may be there, hidden.
pub fn is_closed(item: &Item, plan: &Plan, out_of_reach: &BTreeSet<&str>) -> bool {
    is_strange(item, out_of_reach)
        && item.module() == repository::SECTION.module
        && plan.before.is_empty()
        && plan.changes().next().is_some()
}

/// Why nothing is done.
pub fn why(item: &Item) -> String {
    let name = item.organization.as_deref().unwrap_or_default();
    format!(
        "Quay shows the organization {name} only to its members, and the caller is none of them: is quay_token valid, and its user a member?"
    )
}

fn is_strange(item: &Item, out_of_reach: &BTreeSet<&str>) -> bool {
    item.organization.as_deref().is_some_and(|name| out_of_reach.contains(name))
}
