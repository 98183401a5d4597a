//! A plan for each item.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::first_user;
use super::graph::{Fate, Graph};
use super::item::Item;
use super::scopes::is_no;
use super::{PlannedItem, Refusals, Work, out_of_reach, write_only};
use crate::apply::checks::caller;
use crate::apply::kinds::{Kind, task};
use crate::apply::report::Outcome;
use crate::call::mask::Mask;
use crate::error::{Error, Result, caught};
use crate::modules::contract::Login;
use crate::plan::Plan;

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
                    Kind::Organizations => Outcome::Failed(object.mask.text(why)),
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
                Ok((plan, _)) if out_of_reach::is_closed(&object.item, &plan, out_of_reach) => {
                    object.outcome = Outcome::Skipped(out_of_reach::why(&object.item));
                    false
                }
                Ok((plan, resent)) => {
                    object.item.predict(&plan, &work.predicted, &work.reader);
                    object.keep(plan, resent);
                    true
                }
                Err(error) => {
                    let text = object.mask.text(&error.to_string());
                    // The declaration's author has to act: nothing is written here before.
                    if matches!(error, Error::Option(_) | Error::Missing(_) | Error::Bug(_)) {
                        let mut refusals = refusals.lock().unwrap_or_else(PoisonError::into_inner);
                        refusals.insert(index, located(&object.item, &text));
                    }
                    object.outcome = Outcome::Failed(text);
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
                refusals.insert(index, located(&objects[index].item, &why));
                objects[index].outcome = Outcome::Failed(why);
            }
        }
        // Other servers may have what this one lacks.
        self.refusals.add(Refusals::here(refusals.into_values().collect()));
        Ok(objects)
    }

    /// The plan of an item, and the options that it sends although nothing tells whether they differ.
    fn plan_of(&self, item: &Item) -> Result<(Plan, Vec<&'static str>)> {
        let asked = self.request.selection.kinds.contains(&Kind::Tasks);
        if let (Some(nobody), true) = (&self.nobody, item.module() == task::FIRST_USER.module) {
            return Ok((first_user::plan(item, nobody, &self.reader)?, Vec::new()));
        }
        if let Some(plan) = item.left_out(asked) {
            return Ok((plan, Vec::new()));
        }
        let (plan, resent) = write_only::plan(item, self.registry.update_secrets, &self.reader)?;
        caller::check(item, &plan, &self.reader)?;
        Ok((plan, resent))
    }
}

/// A sentence about an item, with the place where it is declared.
fn located(item: &Item, text: &str) -> String {
    let place = item.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    format!("{place}{text}")
}
