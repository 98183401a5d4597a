//! A plan for each item.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::item::Item;
use super::ordered::Ordered;
use super::planned::Plans;
use super::server::{Server, is_no};
use super::write_only::Blind;
use super::{Notes, PlannedItem, Refusals, about, caller, first_user, references, undelivered, write_only};
use crate::apply::graph::{Fate, processors};
use crate::apply::input::selection::Selection;
use crate::apply::kinds::{Kind, task};
use crate::apply::report::{Outcome, together};
use crate::call::mask::Mask;
use crate::error::{Error, Result, caught};
use crate::modules::contract::Login;

/// Plans every item once what it builds on is planned, several at a time.
///
/// # Errors
/// One sentence, however many items there are, when Quay refuses every one because of the credentials.
pub fn walk<'a>(
    server: &Server<'_>,
    ordered: Ordered,
    only: &Selection,
    notes: &mut Notes,
) -> Result<Plans<'a>, Refusals> {
    let Ordered { items, graph, totals, barred } = ordered;
    let common = Arc::new(Mask::new(&server.endpoint.secrets));
    let objects: Vec<Mutex<PlannedItem>> = items
        .into_iter()
        .map(|mut item| {
            undelivered::renew(&mut item, server.endpoint);
            let mask = match item.secrets.is_empty() {
                true => Arc::clone(&common),
                false => Arc::new(Mask::new(item.secrets.iter().chain(&server.endpoint.secrets))),
            };
            Mutex::new(PlannedItem::of(item, mask))
        })
        .collect();
    let refusals: Mutex<BTreeMap<usize, String>> = Mutex::default();
    let (refused, answered) = (AtomicBool::new(false), AtomicBool::new(false));
    // While as many requests as may be are waited for, the processors go on planning.
    let fates = graph.walk(server.registry().jobs + processors(), &|index| {
        let mut object = objects[index].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = barred.outcome(&object.item, &object.mask) {
            object.outcome = outcome;
            return false;
        }
        let mut options = object.item.options.all();
        let mut planned = caught(|| plan_of(server, &object.item, &options, only));
        if let Ok(Blind { plan, .. }) = &planned
            && undelivered::renew_before_revoking(&mut object.item, plan, server.endpoint)
        {
            options = object.item.options.all();
            planned = caught(|| plan_of(server, &object.item, &options, only));
        }
        match &planned {
            // Nothing was asked for these, or nobody was named who asks.
            _ if object.item.is_command() || object.item.entry.rules.login == Login::Never => {}
            Err(error) if is_no(error) => refused.store(true, Ordering::Relaxed),
            _ => answered.store(true, Ordering::Relaxed),
        }
        match planned {
            Ok(Blind { plan, resent, unsent }) => {
                if let Some(outcome) = barred.hides(&object.item, &plan) {
                    object.outcome = outcome;
                    return false;
                }
                object.item.predict(&options, &plan, &server.predicted, &server.reader);
                object.unsent = unsent;
                object.keep(plan, resent);
                true
            }
            Err(error) => {
                let error = error.rewritten(|text| object.mask.text(text));
                // The declaration's author has to act: nothing is written here before.
                if error.is_authors() {
                    let mut refusals = refusals.lock().unwrap_or_else(PoisonError::into_inner);
                    refusals.insert(index, error.cause());
                }
                object.outcome = Outcome::failed(error);
                false
            }
        }
    });
    if refused.into_inner()
        && !answered.into_inner()
        && let Some(error) = server.unwelcome()
    {
        return Err(server.fault(&error));
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
        for (index, why) in references::unknown(server, &barred, &objects, &waiting) {
            refusals.insert(index, why.clone());
            objects[index].outcome = Outcome::failed(Error::Missing(why));
        }
    }
    // Other servers may have what this one lacks.
    let refusals = together(refusals.into_iter().map(|(index, why)| (why, &objects[index].item)));
    notes.refusals.add(Refusals::here(refusals.iter().map(|(why, items)| about(items, why)).collect()));
    Ok(Plans { objects, graph, totals, scopes: Vec::new() })
}

/// The plan of an item with these options.
fn plan_of(server: &Server<'_>, item: &Item, options: &Map<String, Value>, only: &Selection) -> Result<Blind> {
    if let (Some(nobody), true) = (&server.nobody, item.module() == task::FIRST_USER.module) {
        return Ok(first_user::plan(item, options, nobody, &server.reader)?.into());
    }
    let asked = only.kinds.contains(&Kind::Tasks) || server.is_awaited(item, only);
    if let Some(plan) = item.left_out(asked) {
        return Ok(plan.into());
    }
    let blind = write_only::plan(item, options, server.registry().update_secrets, &server.reader)?;
    caller::check(item, &blind.plan, &server.reader)?;
    Ok(blind)
}
