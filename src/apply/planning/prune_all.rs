//! What is to be removed, over all organizations.

use std::collections::BTreeSet;

use super::expand;
use super::expand::Items;
use super::prune;
use super::prune::Declared;
use super::scopes::Scope;
use super::{Refusals, Work};
use crate::apply::input::declaration::is_reference;
use crate::apply::input::yaml::Node;
use crate::apply::kinds::Kind;

impl Work<'_> {
    /// Adds what is to be removed; returns how many objects there are of each kind.
    pub fn prune(&mut self, scopes: &[Scope<'_>], items: &mut Items) -> Vec<(Kind, usize)> {
        let mut totals = Vec::new();
        let mut found = Vec::new();
        let declared = Declared::of(items);
        for scope in scopes {
            let Ok(existing) = &scope.existing else { continue };
            let count = |kind, list: Option<usize>| list.map(|count| (kind, count));
            if existing.exists {
                totals.push((Kind::Organizations, 1));
            }
            let own = expand::emptied(&self.registry.prune, scope.entry);
            let unpruned = |kind: &Kind| !own.contains(kind);
            let known = [
                count(Kind::Teams, Some(existing.teams.len())),
                count(Kind::Robots, existing.robots.as_ref().map(Vec::len)),
                count(Kind::Repositories, existing.repositories.as_ref().map(BTreeSet::len)),
            ];
            totals.extend(known.into_iter().flatten().filter(|(kind, _)| unpruned(kind)));
            let prunes = |entry: &Node| prune::concerns_repositories(&expand::emptied(&scope.prune, entry));
            if (own.is_empty() && !existing.declared.iter().any(prunes)) || !existing.exists {
                if !own.is_empty() && is_reference(scope.entry) {
                    let name = scope.name;
                    self.warnings.push(format!("nothing is pruned in {name}: it is no organization of this server"));
                }
                continue;
            }
            if !existing.complete {
                self.warnings.push(format!(
                    "nothing is pruned in {}: Quay shows all of it only to its administrators",
                    scope.name
                ));
                continue;
            }
            let pruning = prune::Pruning {
                reader: &self.reader,
                organization: scope.name,
                existing,
                declared: &declared,
                prune: &scope.prune,
                own: &own,
                jobs: self.registry.jobs,
            };
            match pruning.removals() {
                Ok(removals) => found.push(Ok(removals)),
                // Half a list is no list: what is there is neither filled nor emptied.
                Err(error) => {
                    self.closed.insert(scope.name.to_owned(), error.clone());
                }
            }
        }
        if self.registry.prune.contains(&Kind::Organizations) && self.request.selection.organizations.is_empty() {
            let declared: Vec<&str> = scopes
                .iter()
                .flat_map(|scope| [Some(scope.name), scope.entry.get("previous_name").and_then(Node::as_str)])
                .flatten()
                .collect();
            totals.retain(|(kind, _)| *kind != Kind::Organizations);
            found.push(prune::organizations(&self.reader, &declared).map_err(|error| ("the server", error)));
        }
        if self.registry.prune.contains(&Kind::Messages) && self.request.selection.organizations.is_empty() {
            found.push(prune::messages(&self.reader, &items.list).map_err(|error| ("the server", error)));
        }
        for removals in found {
            match removals {
                Ok(removals) => {
                    items.list.extend(removals.items);
                    items.problems.extend(removals.problems);
                    totals.extend(removals.totals);
                    self.warnings.extend(removals.warnings);
                }
                Err((place, error)) => {
                    let text = self.hide(&format!("nothing is pruned in {place}: {error}"));
                    self.refusals.add(Refusals::here(vec![text]));
                }
            }
        }
        totals
    }
}
