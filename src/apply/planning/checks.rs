//! The limits that all plans together must keep to.

use std::collections::HashMap;
use std::fmt::Display;

use super::scopes::Scope;
use super::{PlannedItem, Refusals, Work};
use crate::apply::checks::limits::Guard;
use crate::apply::checks::owners;
use crate::apply::kinds::{Kind, team};

impl Work<'_> {
    /// Counts what the plans remove against the limits.
    pub fn guard(&mut self, objects: &[PlannedItem], totals: &[(Kind, usize)]) {
        let limits = match self.request.destroy {
            Some(_) => self.registry.limits.of_destruction(),
            None => self.registry.limits.clone(),
        };
        let mut guard = Guard::new(&limits);
        totals.iter().for_each(|(kind, count)| guard.there_are(*kind, *count));
        for object in objects {
            object.held.iter().for_each(|(kind, count)| guard.there_are(*kind, *count));
            if let Some(plan) = &object.plan {
                guard.see(&object.item, plan, object.action, &self.reader);
            }
        }
        self.refusals.add(Refusals::everywhere(guard.refusals()));
    }

    /// Refuses plans after which an organization would lose those who administer it.
    pub fn keep_owners(&mut self, scopes: &[Scope<'_>], objects: &[PlannedItem]) {
        let mut teams: HashMap<&str, Vec<&PlannedItem>> = HashMap::new();
        for object in objects.iter().filter(|object| object.item.module() == team::SECTION.module) {
            teams.entry(object.item.organization.as_deref().unwrap_or_default()).or_default().push(object);
        }
        let leaving = owners::leaving(objects);
        for scope in scopes {
            let own = teams.get(scope.name).map_or(&[][..], Vec::as_slice);
            if own.is_empty() && leaving.is_empty() {
                continue;
            }
            let unread = |error: &dyn Display| {
                self.hide(&format!("cannot see who would be left to administer {}: {error}", scope.name))
            };
            match &scope.existing {
                Ok(existing) => match owners::problem(scope.name, existing, own, &leaving, &self.reader) {
                    Ok(problem) => self.refusals.add(Refusals::everywhere(problem.into_iter().collect())),
                    Err(error) => self.refusals.add(Refusals::here(vec![unread(&error)])),
                },
                // What cannot be read loses no team, and must lose no account either.
                Err(error) if !leaving.is_empty() => self.refusals.add(Refusals::here(vec![unread(error)])),
                Err(_) => {}
            }
        }
    }
}
