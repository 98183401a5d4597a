//! What judges finished plans: a run must not remove more than it may, nor lock out those who administer.

pub mod limits;
mod owners;

use std::collections::HashMap;
use std::fmt::Display;

use super::kinds::team;
use super::planning::{PlannedEndpoint, PlannedItem, Refusals, Unchecked};
use limits::Guard;

/// Judges plans; what is against them becomes a refusal.
pub fn judge(mut plans: Unchecked<'_>) -> PlannedEndpoint {
    let mut refusals = removals(&plans);
    refusals.add(owners(&plans));
    plans.notes.refusals.add(refusals);
    plans.checked()
}

/// Counts what the plans remove against the limits.
fn removals(plans: &Unchecked<'_>) -> Refusals {
    let limits = &plans.server.registry().limits;
    let limits = if plans.is_destruction { limits.of_destruction() } else { limits.clone() };
    let mut guard = Guard::new(&limits);
    plans.plans.totals.iter().for_each(|(kind, count)| guard.there_are(*kind, *count));
    for object in &plans.plans.objects {
        object.held.iter().for_each(|(kind, count)| guard.there_are(*kind, *count));
        if let Some(plan) = &object.plan {
            guard.see(&object.item, plan, object.action, &plans.server.reader);
        }
    }
    Refusals::everywhere(guard.refusals())
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
