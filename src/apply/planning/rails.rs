//! The rails that all plans together must keep to.

use std::collections::HashMap;
use std::fmt::Display;

use super::scopes::Scope;
use super::{Object, Refusals, Work};
use crate::apply::input::layout::Kind;
use crate::apply::rails::guard::Guard;
use crate::apply::rails::owners;

impl Work<'_> {
    /// Counts what the plans remove against the rails.
    pub fn guard(&mut self, objects: &[Object], totals: &[(Kind, usize)]) {
        let rails = match self.wish.destroy {
            Some(_) => self.registry.rails.of_destruction(),
            None => self.registry.rails.clone(),
        };
        let mut guard = Guard::new(&rails);
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
    pub fn keep_owners(&mut self, scopes: &[Scope<'_>], objects: &[Object]) {
        let mut teams: HashMap<&str, Vec<&Object>> = HashMap::new();
        for object in objects.iter().filter(|object| object.item.module() == "quay_team") {
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
            match &scope.seen {
                Ok(seen) => match owners::problem(scope.name, seen, own, &leaving, &self.reader) {
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
