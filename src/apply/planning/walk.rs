//! A plan for each item.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::first_user;
use super::item::Item;
use super::scopes::is_no;
use super::write_only::Blind;
use super::{PlannedItem, Refusals, Work, caller, out_of_reach, write_only};
use crate::apply::graph::{Fate, Graph};
use crate::apply::kinds::{Kind, task};
use crate::apply::report::{Outcome, named, together};
use crate::call::mask::Mask;
use crate::error::{Error, Result, caught};
use crate::modules::contract::Login;

impl Work<'_> {
    /// Plans every item once what it builds on is planned, several at a time.
    ///
    /// # Errors
    /// One sentence, however many items there are, when Quay refuses every one because of the credentials.
    pub fn walk(
        &mut self,
        items: Vec<Item>,
        graph: &Graph,
        out_of_reach: &BTreeSet<&str>,
    ) -> Result<Vec<PlannedItem>, Refusals> {
        let common = Arc::new(Mask::new(&self.endpoint.secrets));
        let objects: Vec<Mutex<PlannedItem>> = items
            .into_iter()
            .map(|item| {
                let mask = match item.secrets.is_empty() {
                    true => Arc::clone(&common),
                    false => Arc::new(Mask::new(item.secrets.iter().chain(&self.endpoint.secrets))),
                };
                Mutex::new(PlannedItem::of(item, mask))
            })
            .collect();
        let refusals: Mutex<BTreeMap<usize, String>> = Mutex::default();
        let (refused, answered) = (AtomicBool::new(false), AtomicBool::new(false));
        let work = &*self;
        let fates = graph.walk(self.registry.jobs, |index| {
            let mut object = objects[index].lock().unwrap_or_else(PoisonError::into_inner);
            let scope = object.item.organization.as_ref().and_then(|name| Some((name, work.closed.get(name)?)));
            if let Some((name, why)) = scope {
                object.outcome = match object.item.kind {
                    Kind::Organizations => Outcome::failed(why.clone().rewritten(|text| object.mask.text(text))),
                    _ => Outcome::Skipped(
                        object.mask.text(&format!("nothing is done in the organization {name}: {why}")),
                    ),
                };
                return false;
            }
            if out_of_reach::is_hidden(&object.item, out_of_reach) {
                object.outcome = Outcome::Skipped(out_of_reach::why(&object.item));
                return false;
            }
            let planned = caught(|| work.plan_of(&object.item));
            match &planned {
                // Nothing was asked for these, or nobody was named who asks.
                _ if object.item.is_command() || object.item.entry.rules.login == Login::Never => {}
                Err(error) if is_no(error) => refused.store(true, Ordering::Relaxed),
                _ => answered.store(true, Ordering::Relaxed),
            }
            match planned {
                Ok(Blind { ref plan, .. }) if out_of_reach::is_closed(&object.item, plan, out_of_reach) => {
                    object.outcome = Outcome::Skipped(out_of_reach::why(&object.item));
                    false
                }
                Ok(Blind { plan, resent, unsent }) => {
                    object.item.predict(&plan, &work.predicted, &work.reader);
                    object.unsent = unsent;
                    object.keep(plan, resent);
                    true
                }
                Err(error) => {
                    let error = error.rewritten(|text| object.mask.text(text));
                    // The declaration's author has to act: nothing is written here before.
                    if error.is_authors() {
                        let mut refusals = refusals.lock().unwrap_or_else(PoisonError::into_inner);
                        refusals.insert(index, error.to_string());
                    }
                    object.outcome = Outcome::failed(error);
                    false
                }
            }
        });
        if refused.into_inner()
            && !answered.into_inner()
            && let Some(error) = self.unwelcome()
        {
            return Err(self.fault(&error));
        }
        let mut refusals = refusals.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut objects: Vec<PlannedItem> =
            objects.into_iter().map(|object| object.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        let mut waiting = Vec::new();
        for (index, fate) in fates.into_iter().enumerate() {
            if let Fate::Skipped(origin) = fate {
                let why = format!("it builds on the {}, which has no plan", objects[origin].item.title);
                objects[index].outcome = Outcome::Skipped(why);
                waiting.push(index);
            }
        }
        if !refusals.is_empty() {
            for (index, why) in self.unknown(&objects, &waiting) {
                refusals.insert(index, why.clone());
                objects[index].outcome = Outcome::failed(Error::Missing(why));
            }
        }
        // Other servers may have what this one lacks.
        let refusals = together(refusals.into_iter().map(|(index, why)| (why, &objects[index].item)));
        self.refusals.add(Refusals::here(refusals.iter().map(|(why, items)| located(items, why)).collect()));
        Ok(objects)
    }

    /// The plan of an item.
    fn plan_of(&self, item: &Item) -> Result<Blind> {
        let asked = self.request.selection.kinds.contains(&Kind::Tasks);
        if let (Some(nobody), true) = (&self.nobody, item.module() == task::FIRST_USER.module) {
            return Ok(first_user::plan(item, nobody, &self.reader)?.into());
        }
        if let Some(plan) = item.left_out(asked) {
            return Ok(plan.into());
        }
        let blind = write_only::plan(item, self.registry.update_secrets, &self.reader)?;
        caller::check(item, &blind.plan, &self.reader)?;
        Ok(blind)
    }
}

/// A sentence about items, with the place where the first of them is declared.
fn located(items: &[&Item], why: &str) -> String {
    let place = items.iter().find_map(|item| item.place.as_ref()).map(|place| format!("{place}: ")).unwrap_or_default();
    let titles: Vec<&str> = items.iter().map(|item| item.title.as_str()).collect();
    format!("{place}{}: {why}", named(&titles))
}
