//! Organizations in which nothing is done, or only what shows itself there.

use std::collections::{BTreeMap, BTreeSet};

use super::item::Item;
use super::scopes::Scope;
use crate::apply::kinds::section::{Place, Section};
use crate::apply::kinds::{Kind, repository};
use crate::apply::report::Outcome;
use crate::call::mask::Mask;
use crate::error::Error;
use crate::plan::Plan;

/// Where a plan must not go.
#[derive(Default)]
pub struct Barred {
    /// Organizations in which nothing is to be done, with the reason.
    pub closed: BTreeMap<String, Error>,
    /// Organizations of others: what Quay does not show there may well be there.
    pub out_of_reach: BTreeSet<String>,
}

impl Barred {
    /// The organizations that exist and that the caller does not belong to.
    pub fn out_of_reach(&mut self, scopes: &[Scope<'_>]) {
        let strange =
            |scope: &&Scope<'_>| scope.existing.as_ref().is_ok_and(|existing| existing.exists && !existing.belongs);
        self.out_of_reach = scopes.iter().filter(strange).map(|scope| scope.organization.name.to_owned()).collect();
    }

    /// Closes the organizations that could not be read.
    pub fn closed_by(&mut self, scopes: &[Scope<'_>]) {
        let unread =
            |scope: &Scope<'_>| Some((scope.organization.name.to_owned(), scope.existing.as_ref().err()?.clone()));
        self.closed.extend(scopes.iter().filter_map(unread));
    }

    /// What becomes of an item that is not planned at all.
    pub fn outcome(&self, item: &Item, mask: &Mask) -> Option<Outcome> {
        let closed = item.organization.as_ref().and_then(|name| Some((name, self.closed.get(name)?)));
        if let Some((name, why)) = closed {
            return Some(match item.kind {
                Kind::Organizations => Outcome::failed(why.clone().rewritten(|text| mask.text(text))),
                _ => Outcome::Skipped(mask.text(&format!("nothing is done in the organization {name}: {why}"))),
            });
        }
        let is_told = item.kind == Kind::Tasks || item.section.is_some_and(is_of_repositories);
        (self.is_strange(item) && !is_told).then(|| not_shown(item))
    }

    /// What becomes of an item whose plan would create a repository that may be there, hidden.
    pub fn hides(&self, item: &Item, plan: &Plan) -> Option<Outcome> {
        let creates = item.module() == repository::SECTION.module && plan.before.is_empty();
        (creates && self.is_strange(item) && plan.changes().next().is_some()).then(|| not_shown(item))
    }

    fn is_strange(&self, item: &Item) -> bool {
        item.organization.as_ref().is_some_and(|name| self.out_of_reach.contains(name))
    }
}

/// Whether a repository shows it to those who have rights on it.
fn is_of_repositories(section: &Section) -> bool {
    section.place == Place::Repository || section.opens == Some(Place::Repository)
}

fn not_shown(item: &Item) -> Outcome {
    let name = item.organization.as_deref().unwrap_or_default();
    Outcome::Skipped(format!(
        "Quay shows the organization {name} only to its members, and the caller is none of them: is quay_token valid, and its \
         user a member?"
    ))
}
