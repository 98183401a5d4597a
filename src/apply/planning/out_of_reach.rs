//! Organizations of others: only what shows itself there can be managed, for what Quay does not show may well be there.

use std::collections::BTreeSet;

use super::item::Item;
use super::scopes::Scope;
use crate::apply::input::layout::Kind;
use crate::plan::Plan;

/// What a repository shows to those who have rights on it.
const OF_REPOSITORIES: &[&str] = &[
    "quay_repository",
    "quay_repository_mirror",
    "quay_notification",
    "quay_repository_prune",
    "quay_repository_immutability",
];

/// The organizations that exist and that the caller does not belong to.
pub fn organizations<'a>(scopes: &[Scope<'a>]) -> BTreeSet<&'a str> {
    let strange =
        |scope: &&Scope<'_>| scope.existing.as_ref().is_ok_and(|existing| existing.exists && !existing.belongs);
    scopes.iter().filter(strange).map(|scope| scope.name).collect()
}

/// Whether an item is about something that Quay does not show to strangers.
pub fn is_hidden(item: &Item, out_of_reach: &BTreeSet<&str>) -> bool {
    is_strange(item, out_of_reach) && item.kind != Kind::Tasks && !OF_REPOSITORIES.contains(&item.module())
}

/// Whether a plan would create a repository that may be there, hidden.
pub fn is_closed(item: &Item, plan: &Plan, out_of_reach: &BTreeSet<&str>) -> bool {
    is_strange(item, out_of_reach)
        && item.module() == "quay_repository"
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
