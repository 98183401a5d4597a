//! What judges finished plans: what stops a run before its first write.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::Reader;
use crate::apply::input::registry::{ALWAYS, Limits};
use crate::apply::kinds::Kind;
use crate::apply::kinds::names::ObjectName;
use crate::apply::planning::item::Item;
use crate::apply::report::{Action, named, together};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::lookup;

/// What is counted against the limits.
pub struct Guard<'a> {
    limits: &'a Limits,
    removals: BTreeMap<Kind, usize>,
    totals: BTreeMap<Kind, usize>,
    refusals: Vec<String>,
    /// Switches that would permit an object, with its title.
    forbidden: Vec<(String, String)>,
}

impl<'a> Guard<'a> {
    /// A guard that has counted nothing and refuses nothing yet.
    pub fn new(limits: &'a Limits) -> Guard<'a> {
        Guard {
            limits,
            removals: BTreeMap::new(),
            totals: BTreeMap::new(),
            refusals: Vec::new(),
            forbidden: Vec::new(),
        }
    }

    /// Counts objects that are on the server.
    pub fn there_are(&mut self, kind: Kind, count: usize) {
        *self.totals.entry(kind).or_default() += count;
    }

    /// Takes a plan into account; `is_pruned` tells the kinds that are pruned where its object is.
    pub fn see(&mut self, item: &Item, plan: &Plan, action: Action, reader: &Reader, is_pruned: impl Fn(Kind) -> bool) {
        for (kind, option) in Kind::held_lists() {
            if let Some(Value::Array(before)) = plan.before.get(option) {
                self.there_are(kind, before.len());
                // The removal of the object itself is counted as one.
                let after = plan.after.get(option).and_then(Value::as_array);
                let gone = after.map_or(0, |after| before.iter().filter(|entry| !still(entry, after)).count());
                *self.removals.entry(kind).or_default() += gone;
            }
        }
        if item.kind == Kind::OrganizationMembers {
            self.there_are(item.kind, people(&plan.before));
        }
        // Where the kind is pruned, its own removals and what there is of it have been counted.
        for along in &plan.along {
            if let Some(kind) = Kind::of(along.kind).filter(|kind| !is_pruned(*kind)) {
                self.there_are(kind, along.there);
                *self.removals.entry(kind).or_default() += along.gone;
            }
        }
        if action == Action::Remove {
            *self.removals.entry(item.kind).or_default() += entries(plan);
        }
        match item.makes() {
            Some(ObjectName::Organization(_)) if action == Action::Remove && !self.limits.delete_organizations => {
                self.refuse(&plan.title, "deleting an organization deletes everything in it", "delete_organizations");
            }
            Some(ObjectName::User(_)) if action == Action::Remove && !self.limits.delete_users => {
                self.refuse(&plan.title, "deleting an account deletes its personal repositories", "delete_users");
            }
            Some(ObjectName::Repository(name))
                if action == Action::Remove && !self.limits.delete_repositories && lookup::holds_tags(name, reader) =>
            {
                self.refuse(&plan.title, "the repository is not empty", "delete_repositories");
            }
            Some(ObjectName::Repository(_)) if !self.limits.make_public => {
                let is = |side: &serde_json::Map<String, Value>, what: &str| {
                    side.get("visibility").is_some_and(|v| v == what)
                };
                if is(&plan.before, "private") && is(&plan.after, "public") {
                    self.refuse(&plan.title, "a private repository would become public", "make_public");
                }
            }
            _ => {}
        }
    }

    fn refuse(&mut self, title: &str, why: &str, switch: &str) {
        self.forbidden
            .push((format!("{why}; set allow: {{{switch}: true}} (--allow {switch}) to permit it"), title.to_owned()));
    }

    /// Why the run must not begin; empty when nothing is against it.
    pub fn refusals(mut self) -> Vec<String> {
        for (why, titles) in together(std::mem::take(&mut self.forbidden)) {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            self.refusals.push(format!("{}: {why}", named(&titles)));
        }
        for (kind, count) in std::mem::take(&mut self.removals) {
            let count = count as u64;
            let word = kind.word();
            if let Some(most) = self.limits.max_removals.of(kind).filter(|most| count > *most) {
                self.refusals.push(format!(
                    "{count} {word} would be removed, and max_removals permits {most}; raise it (--max-removals), or look for the mistake"
                ));
            }
            let total =
                self.totals.get(&kind).copied().unwrap_or_default().max(usize::try_from(count).unwrap_or_default())
                    as u64;
            if let Some(percent) = self.limits.max_removal_percent.of(kind) {
                let permitted = if percent == 0 { 0 } else { (total * percent / 100).max(ALWAYS) };
                if count > permitted {
                    self.refusals.push(format!(
                        "{count} of {total} {word} would be removed, and max_removal_percent ({percent} %) permits {permitted}; \
                         raise it (--max-removal-percent), or look for the mistake"
                    ));
                }
            }
        }
        self.refusals
    }
}

/// How many entries of the server's lists a removal takes: one call can select several.
fn entries(plan: &Plan) -> usize {
    const LISTS: &[&str] = &["notifications", "messages"];
    let count = |side: &serde_json::Map<String, Value>| {
        LISTS.iter().filter_map(|list| side.get(*list)?.as_array()).map(Vec::len).sum::<usize>() + people(side)
    };
    count(&plan.before).saturating_sub(count(&plan.after)).max(1)
}

/// How many people belong to an organization, on one side of the plan of their list.
fn people(side: &serde_json::Map<String, Value>) -> usize {
    let of = |key: &str| side.get(key).and_then(Value::as_object).map_or(0, serde_json::Map::len);
    of("members") + of("collaborators")
}

/// Whether an entry of a list stays, perhaps with another role.
fn still(entry: &Value, after: &[Value]) -> bool {
    let same = |other: &Value| match entry.get("name") {
        Some(name) => other.get("name") == Some(name) && other.get("type") == entry.get("type"),
        None => other == entry,
    };
    after.iter().any(same)
}

/// Refuses a removal that was permitted because the repository was empty, now that something may have been pushed to it: between
/// the plan and its execution somebody may have thought for an hour.
///
/// # Errors
/// When the repository of the item holds something.
pub fn still_empty(item: &Item, reader: &Reader) -> Result<()> {
    match item.makes() {
        Some(ObjectName::Repository(name)) if item.is_removal() && lookup::holds_tags(name, reader) => {
            Err(Error::Option(format!(
                "cannot delete the repository {name}: it was empty when this was planned, and is not any more; set allow: \
             {{delete_repositories: true}} (--allow delete_repositories) to permit it"
            )))
        }
        _ => Ok(()),
    }
}
