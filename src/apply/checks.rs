//! What judges finished plans: a run must not remove more than it may, nor lock out those who administer.

pub mod accounts;
pub mod limits;
mod owners;
mod policies;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use super::kinds::{Kind, team};
use super::planning::scopes::Scope;
use super::planning::{PlannedEndpoint, PlannedItem, Refusals, Unchecked, about};
use super::report::Action;
use limits::Guard;

/// Judges plans; what is against them becomes a refusal.
pub fn judge(mut plans: Unchecked<'_>) -> PlannedEndpoint {
    let mut refusals = removals(&plans);
    refusals.add(owners(&plans));
    refusals.add(several(&plans));
    refusals.add(policies::tell(&mut plans));
    plans.notes.refusals.add(refusals);
    plans.checked()
}

/// Counts what the plans remove against the limits.
fn removals(plans: &Unchecked<'_>) -> Refusals {
    let mut guard = Guard::new(&plans.limits);
    plans.plans.totals.iter().for_each(|(kind, count)| guard.there_are(*kind, *count));
    for object in &plans.plans.objects {
        object.held.iter().for_each(|(kind, count)| guard.there_are(*kind, *count));
        if let Some(plan) = &object.plan {
            let is_here = |scope: &&Scope<'_>| Some(scope.organization.name) == object.item.organization.as_deref();
            let is_pruned =
                |kind| plans.plans.scopes.iter().filter(is_here).any(|scope| scope.organization.prune.contains(&kind));
            guard.see(&object.item, plan, object.action, &plans.server.reader, is_pruned);
        }
    }
    Refusals::everywhere(guard.refusals())
}

/// Refuses to make several objects at a place where the server holds only one: each plan has seen an empty place.
fn several(plans: &Unchecked<'_>) -> Refusals {
    let mut places: BTreeMap<(Kind, String), Vec<&PlannedItem>> = BTreeMap::new();
    let made = plans.plans.objects.iter().filter(|object| object.action == Action::Create && object.plan.is_some());
    for object in made.filter(|object| object.item.kind.card().several.is_some()) {
        places.entry((object.item.kind, object.item.called())).or_default().push(object);
    }
    let mut refusals = Refusals::default();
    for ((kind, place), objects) in places {
        let (Some(requirement), [_, second, ..]) = (kind.card().several, objects.as_slice()) else { continue };
        let attempt = format!("make {} for {place}", objects.len());
        if let Err(error) = requirement.check(&plans.server.reader, &attempt) {
            refusals.add(Refusals::here(vec![about(&[&second.item], &error.to_string())]));
        }
    }
    refusals
}

/// Refuses plans after which an organization would lose those who administer it.
fn owners(plans: &Unchecked<'_>) -> Refusals {
    let (objects, server) = (&plans.plans.objects, &plans.server);
    let mut teams: HashMap<&str, Vec<&PlannedItem>> = HashMap::new();
    for object in objects.iter().filter(|object| object.item.module() == team::SECTION.module) {
        teams.entry(object.item.organization.as_deref().unwrap_or_default()).or_default().push(object);
    }
    let leaving = owners::leaving(objects);
    let mut refusals = Refusals::default();
    for scope in &plans.plans.scopes {
        let name = scope.organization.name;
        let own = teams.get(name).map_or(&[][..], Vec::as_slice);
        if own.is_empty() && leaving.is_empty() {
            continue;
        }
        let unread = |error: &dyn Display| {
            Refusals::here(vec![server.hide(&format!("cannot see who would be left to administer {name}: {error}"))])
        };
        match &scope.existing {
            Ok(existing) => match owners::problem(name, existing, own, &leaving, &server.reader) {
                Ok(problem) => refusals.add(Refusals::everywhere(problem.into_iter().collect())),
                Err(error) => refusals.add(unread(&error)),
            },
            // What cannot be read loses no team, and must lose no account either.
            Err(error) if !leaving.is_empty() => refusals.add(unread(error)),
            Err(_) => {}
        }
    }
    refusals
}
