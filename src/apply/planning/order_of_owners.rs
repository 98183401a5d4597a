//! Who administers an organization: whoever gets that right gets it before another loses it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::PlannedItem;
use crate::apply::graph::Graph;
use crate::apply::kinds::Kind;
use crate::plan::Plan;

/// Makes each team that takes the right to administer its organization from somebody wait for those that give it to somebody.
///
/// Quay refuses to take it from a caller who has it by no other team yet, and a run that ends in between must not leave
/// an organization without those who administer it. Only the plans tell what a team was before, so that this order comes
/// after them. Of teams that do both none waits for the other. Where something that the user has ordered, such as tasks, has
/// it the other way round, that stays.
pub fn order(objects: &[PlannedItem], graph: &mut Graph) {
    let mut organizations: BTreeMap<&str, Changes> = BTreeMap::new();
    for (index, object) in objects.iter().enumerate() {
        let (Some(plan), Some(organization)) = (object.plan.as_deref(), object.item.organization.as_deref()) else {
            continue;
        };
        if object.item.kind != Kind::Teams {
            continue;
        }
        let list = |changes: &mut Changes| match (gives(plan), takes(plan)) {
            (true, false) => changes.giving.push(index),
            (true, true) => changes.both.push(index),
            (false, true) => changes.taking.push(index),
            (false, false) => {}
        };
        list(organizations.entry(organization).or_default());
    }
    let changes: Vec<Changes> = organizations.into_values().filter(Changes::have_an_order).collect();
    if !changes.is_empty() && !add(&changes, graph) {
        changes.chunks(1).for_each(|one| {
            add(one, graph);
        });
    }
}

/// Orders these organizations, unless that makes a circle; says whether it did.
fn add(organizations: &[Changes], graph: &mut Graph) -> bool {
    let mut ordered = graph.clone();
    for Changes { giving, both, taking } in organizations {
        let given = ordered.gate(giving.iter().copied());
        both.iter().for_each(|team| ordered.wait(*team, given));
        let all_given = ordered.gate(both.iter().copied().chain([given]));
        taking.iter().for_each(|team| ordered.wait(*team, all_given));
    }
    let fits = ordered.circle().is_empty();
    if fits {
        *graph = ordered;
    }
    fits
}

/// The teams of an organization by what they do to those who administer it.
#[derive(Default)]
struct Changes {
    giving: Vec<usize>,
    both: Vec<usize>,
    taking: Vec<usize>,
}

impl Changes {
    /// Whether there are teams of which some have to wait for others.
    fn have_an_order(&self) -> bool {
        [&self.giving, &self.both, &self.taking].into_iter().filter(|teams| !teams.is_empty()).count() > 1
    }
}

fn gives(plan: &Plan) -> bool {
    administers(&plan.after) && (!administers(&plan.before) || lacks(&plan.before, &plan.after))
}

fn takes(plan: &Plan) -> bool {
    administers(&plan.before) && (!administers(&plan.after) || lacks(&plan.after, &plan.before))
}

fn administers(team: &Map<String, Value>) -> bool {
    team.get("role").is_some_and(|role| role == "admin")
}

/// Whether a team lacks somebody who is in the other one.
fn lacks(team: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let known = members(team);
    members(other).iter().any(|member| !known.contains(member))
}

fn members(team: &Map<String, Value>) -> &[Value] {
    team.get("members").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
