//! The third phase: the items of a run, those of removals included, in their order.

use serde_json::json;

use super::barred::Barred;
use super::declared::Outside;
use super::expand::Items;
use super::item::Item;
use super::scopes::{Scope, keep_in_use};
use super::server::Server;
use super::{Notes, Refusals, mirrors, order, prune_all};
use crate::apply::graph::Graph;
use crate::apply::input::repositories;
use crate::apply::input::selection::Selection;
use crate::apply::input::yaml::Problem;
use crate::apply::kinds::Kind;

/// Items, and all that their plans have to know.
#[derive(Default)]
pub struct Ordered {
    /// The items.
    pub items: Vec<Item>,
    /// Which of them wait for which.
    pub graph: Graph,
    /// How many objects of a kind are on the server, as far as they can be removed.
    pub totals: Vec<(Kind, usize)>,
    /// Where nothing is to be done.
    pub barred: Barred,
}

impl Ordered {
    /// Orders items, and keeps those that are asked for. What is not asked for counts as done; what contradicts it is a mistake all
    /// the same.
    ///
    /// # Errors
    /// When the items contradict each other.
    pub fn of(mut items: Vec<Item>, selection: &Selection) -> Result<Ordered, Refusals> {
        let asked = |item: &Item| selection.kinds.is_empty() || selection.kinds.contains(&item.kind);
        let graph = order::graph(&items).map_err(|problems| mistakes(&problems))?;
        let graph = graph.only(|index| items.get(index).is_some_and(asked));
        items.retain(asked);
        Ok(Ordered { items, graph, ..Ordered::default() })
    }

    /// The items of all that is declared: those of the organizations, and what stands outside of them. Repositories are added that a
    /// pattern meets on the server, and removals of what nothing declares.
    ///
    /// # Errors
    /// When the items contradict each other.
    pub fn of_declared(
        server: &Server<'_>,
        scopes: &mut [Scope<'_>],
        outside: Outside,
        selection: &Selection,
        notes: &mut Notes,
    ) -> Result<Ordered, Refusals> {
        let mut items = Items { list: outside.top, references: outside.references, problems: Vec::new() };
        let inside = scopes.iter().map(|scope| scope.organization.items.len());
        items.list.reserve(inside.sum::<usize>() + outside.tasks.len());
        for Scope { organization, existing } in scopes.iter_mut() {
            match existing {
                Ok(existing) => {
                    if existing.belongs && !existing.complete && repositories::has_patterns(organization.entry) {
                        notes.warnings.push(format!(
                            "patterns of repositories meet nothing in {}: Quay shows all of it only to its administrators",
                            organization.name
                        ));
                    }
                    items.list.extend(std::mem::take(&mut organization.items));
                    items.repositories(organization.name, &existing.met, &organization.prune);
                    organization.repositories.extend(std::mem::take(&mut existing.met));
                }
                // Nobody has seen its repositories.
                Err(_) => items.list.extend(organization.items.drain(..).take(organization.own)),
            }
        }
        items.list.extend(outside.tasks);
        let (mut barred, mut totals) = (Barred::default(), Vec::new());
        let keeps_all = server.registry().limits.skip_removals;
        if !keeps_all {
            let whole = selection.organizations.is_empty();
            totals = prune_all::add(server, scopes, &mut items, whole, &mut barred, notes);
        }
        items.problems.extend(mirrors::keep_robots(&mut items.list));
        // The items say it all from here on.
        scopes.iter_mut().for_each(|scope| scope.organization.repositories = Vec::new());
        if !items.problems.is_empty() {
            return Err(mistakes(&items.problems));
        }
        if keeps_all {
            leave_out_removals(&mut items.list);
        }
        let mut ordered = Ordered::of(items.list, selection)?;
        keep_in_use(server, scopes, &mut ordered.items, &mut barred);
        barred.out_of_reach(scopes);
        Ok(Ordered { totals, barred, ..ordered })
    }
}

fn leave_out_removals(items: &mut Vec<Item>) {
    items.retain(|item| !item.is_removal());
    for item in items.iter_mut().filter(|item| item.options.are_whole()) {
        item.change(|options| drop(options.insert("append".into(), json!(true))));
    }
}

/// Mistakes of the declaration, which concern every server.
fn mistakes(problems: &[Problem]) -> Refusals {
    Refusals::everywhere(problems.iter().map(ToString::to_string).collect())
}
