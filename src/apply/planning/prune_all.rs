//! What is to be removed, over all organizations.

use std::collections::BTreeSet;

use super::barred::Barred;
use super::declared::Organization;
use super::expand::{Items, emptied};
use super::prune::{self, Named};
use super::scopes::Scope;
use super::server::Server;
use super::{Notes, Refusals};
use crate::apply::input::declaration::is_reference;
use crate::apply::input::yaml::Node;
use crate::apply::kinds::Kind;

/// Adds what is to be removed; returns how many objects there are of each kind. `whole` says that everything declared is asked for, not
/// single organizations.
pub fn add(
    server: &Server<'_>,
    scopes: &[Scope<'_>],
    items: &mut Items,
    whole: bool,
    barred: &mut Barred,
    notes: &mut Notes,
) -> Vec<(Kind, usize)> {
    let general = &server.registry().prune;
    let mut totals = Vec::new();
    let mut found = Vec::new();
    let named = Named::of(items);
    for scope in scopes {
        let Organization { entry, name, prune, repositories, .. } = &scope.organization;
        let Ok(existing) = &scope.existing else { continue };
        let count = |kind, list: Option<usize>| list.map(|count| (kind, count));
        if existing.exists {
            totals.push((Kind::Organizations, 1));
        }
        let own = emptied(general, entry);
        let unpruned = |kind: &Kind| !own.contains(kind);
        let known = [
            count(Kind::Teams, Some(existing.teams.len())),
            count(Kind::Robots, existing.robots.as_ref().map(Vec::len)),
            count(Kind::Repositories, existing.repositories.as_ref().map(BTreeSet::len)),
        ];
        totals.extend(known.into_iter().flatten().filter(|(kind, _)| unpruned(kind)));
        let prunes = |entry: &Node| prune::concerns_repositories(&emptied(prune, entry));
        if (own.is_empty() && !repositories.iter().any(|entry| prunes(entry))) || !existing.exists {
            if !own.is_empty() && is_reference(entry) {
                notes.warnings.push(format!("nothing is pruned in {name}: it is no organization of this server"));
            }
            continue;
        }
        if !existing.complete {
            notes
                .warnings
                .push(format!("nothing is pruned in {name}: Quay shows all of it only to its administrators"));
            continue;
        }
        let organization = &scope.organization;
        let pruning = prune::Pruning { server, organization, existing, named: &named, own: &own };
        match pruning.removals() {
            Ok(removals) => found.push(Ok(removals)),
            // Half a list is no list: what is there is neither filled nor emptied.
            Err(error) => drop(barred.closed.insert((*name).to_owned(), error)),
        }
    }
    if whole && general.contains(&Kind::Organizations) {
        let declared: Vec<&str> = scopes
            .iter()
            .flat_map(|scope| {
                [Some(scope.organization.name), scope.organization.entry.get("previous_name").and_then(Node::as_str)]
            })
            .flatten()
            .collect();
        totals.retain(|(kind, _)| *kind != Kind::Organizations);
        found.push(prune::organizations(&server.reader, &declared).map_err(|error| ("the server", error)));
    }
    if whole && general.contains(&Kind::Messages) {
        found.push(prune::messages(&server.reader, &items.list).map_err(|error| ("the server", error)));
    }
    for removals in found {
        match removals {
            Ok(removals) => {
                items.list.extend(removals.items);
                items.problems.extend(removals.problems);
                totals.extend(removals.totals);
                notes.warnings.extend(removals.warnings);
            }
            Err((place, error)) => {
                let text = server.hide(&format!("nothing is pruned in {place}: {error}"));
                notes.refusals.add(Refusals::here(vec![text]));
            }
        }
    }
    totals
}
