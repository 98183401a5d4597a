//! The order of items: who waits for whom, and what contradicts itself.

use std::collections::{BTreeMap, HashMap};

use super::item::Item;
use crate::apply::graph::Graph;
use crate::apply::input::yaml::Problem;
use crate::apply::kinds::names::ObjectName;
use crate::apply::kinds::{Kind, notification, task};

/// Makes every item wait for what it builds on.
///
/// Additions come before removals: a removal waits for everything else in its organization, so that nothing is taken away
/// where something could not be added. What hangs on an object is removed before the object.
///
/// # Errors
/// For items that build on an object which the declaration removes, and for circles.
pub fn graph(items: &[Item]) -> Result<Graph, Vec<Problem>> {
    let mut makers: HashMap<&ObjectName, usize> = HashMap::new();
    let mut removers: HashMap<&ObjectName, usize> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        for subject in item.brings() {
            if item.is_removal() { &mut removers } else { &mut makers }.insert(subject, index);
        }
    }
    let mut graph = Graph::new(items.len());
    let mut problems = Vec::new();
    let mut last_task: Option<usize> = None;
    for (index, item) in items.iter().enumerate() {
        if !item.is_removal() {
            for need in item.needs() {
                if let Some(maker) = makers.get(need) {
                    graph.wait(index, *maker);
                    continue;
                }
                // What is in an organization goes with it.
                let owner = || removers.get(&ObjectName::Organization(need.owner()?.to_owned()));
                let remover = removers.get(need).or_else(owner);
                if let Some(remover) = remover.filter(|remover| **remover != index) {
                    let gone = &items[*remover].title;
                    problems.push(item.problem(format!("{} builds on the {gone}, which shall be absent", item.title)));
                }
            }
        }
        if item.kind == Kind::Tasks {
            last_task.into_iter().for_each(|last| graph.wait(index, last));
            last_task = Some(index);
        }
    }
    removals(items, &mut graph);
    let settings = settings(items);
    // A new repository gets the default permissions of its organization.
    let defaults = |item: &Item| item.kind == Kind::DefaultPermissions && !item.is_removal();
    first(items, &mut graph, defaults, |item| item.kind == Kind::Repositories && !item.is_removal());
    // The removal of a quota takes the notifications about it along; without one, none is ever sent.
    first(items, &mut graph, |item| item.kind == Kind::Quotas, tells_of_quota);
    for (index, item) in items.iter().enumerate() {
        if item.module() == task::FIRST_USER.module {
            // Without the first user nobody can do anything else.
            (0..items.len())
                .filter(|other| items[*other].kind != Kind::Tasks)
                .for_each(|other| graph.wait(other, index));
        }
        if let Some(other) = replaced_setting(items, &settings, item) {
            graph.wait(index, other);
        }
    }
    let circle = graph.circle();
    if let (true, Some(first)) = (problems.is_empty(), circle.first()) {
        let names: Vec<&str> = circle.iter().map(|index| items[*index].title.as_str()).collect();
        problems.push(items[*first].problem(format!("these wait for each other: {}", names.join(", "))));
    }
    if problems.is_empty() { Ok(graph) } else { Err(problems) }
}

/// Within each organization, makes the items that are `after` wait for those that are `before`.
fn first(items: &[Item], graph: &mut Graph, before: fn(&Item) -> bool, after: fn(&Item) -> bool) {
    let mut gates: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| before(item)) {
        gates.entry(item.organization.as_deref()).or_default().push(index);
    }
    let gates: HashMap<Option<&str>, usize> =
        gates.into_iter().map(|(organization, all)| (organization, graph.gate(all))).collect();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| after(item)) {
        let gate = gates.get(&item.organization.as_deref());
        gate.into_iter().for_each(|gate| graph.wait(index, *gate));
    }
}

fn tells_of_quota(item: &Item) -> bool {
    item.module() == notification::OF_ORGANIZATION.module && !item.is_removal()
}

fn removals(items: &[Item], graph: &mut Graph) {
    let mut by_organization: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        by_organization.entry(item.organization.as_deref()).or_default().push(index);
    }
    for group in by_organization.values() {
        let (removals, others): (Vec<usize>, Vec<usize>) =
            group.iter().copied().partition(|index| items[*index].is_removal());
        if removals.is_empty() {
            continue;
        }
        let notified = others.iter().any(|other| tells_of_quota(&items[*other]));
        let others = graph.gate(others.into_iter().filter(|other| items[*other].kind != Kind::Tasks));
        let mut by_rank: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        for index in removals {
            by_rank.entry(items[index].kind.card().rank).or_default().push(index);
        }
        let mut before: Option<usize> = None;
        for removals in by_rank.into_values() {
            for index in &removals {
                before.into_iter().for_each(|gate| graph.wait(*index, gate));
                // A setting that makes room for another is removed first; so is a quota that would take new notifications along.
                let comes_first = makes_room(&items[*index]) || (notified && items[*index].kind == Kind::Quotas);
                if !comes_first {
                    graph.wait(*index, others);
                }
            }
            before = Some(graph.gate(removals.into_iter().chain(before)));
        }
    }
}

/// An organization is a proxy cache or a mirror, or has immutable tags: the one excludes the other.
fn makes_room(item: &Item) -> bool {
    item.is_removal() && item.kind.card().excludes
}

/// The removals that make room, by organization.
fn settings(items: &[Item]) -> HashMap<Option<&str>, Vec<usize>> {
    let mut settings: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| makes_room(item)) {
        settings.entry(item.organization.as_deref()).or_default().push(index);
    }
    settings
}

/// The removal that makes room for this item.
fn replaced_setting(items: &[Item], settings: &HashMap<Option<&str>, Vec<usize>>, item: &Item) -> Option<usize> {
    if item.is_removal() || !item.kind.card().excludes {
        return None;
    }
    let near = settings.get(&item.organization.as_deref())?;
    near.iter().copied().find(|other| items[*other].kind != item.kind)
}
