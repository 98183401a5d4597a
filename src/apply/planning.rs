//! Plans one endpoint: survey, items, a plan each, rails.

mod destroy;
mod planned;
mod rails;
mod scopes;
mod strangers;
mod surplus;
mod write_only;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::json;

use super::declaration::Declaration;
use super::engine::Wish;
use super::expand::Items;
use super::first_user::Missing;
use super::foresight::Picture;
use super::graph::{Fate, Graph};
use super::item::Item;
use super::layout::Kind;
use super::registry::{Endpoint, Registry};
use super::report::Outcome;
use super::{caller, commands, first_user, foretell, mirrors, order};
use crate::ansible::mask::Mask;
use crate::api::{Http, Pace, Reader, Settings};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::lookup;
pub use planned::{Object, Planned};
use scopes::Scope;

/// Plans the declaration for one endpoint.
pub fn plan(declaration: &Declaration, endpoint: &Endpoint, wish: &Wish) -> Planned {
    let start = Instant::now();
    let registry = &declaration.registry;
    let http = match Http::paced(Settings::from_options(&endpoint.options), Pace::new(registry.jobs, registry.rate)) {
        Ok(http) => Arc::new(http),
        Err(error) => return Planned::refused(&endpoint.name, vec![error.to_string()]),
    };
    let anonymous = first_user::connection(declaration, endpoint).ok().flatten();
    let nobody = anonymous.clone().map(|http| Reader::new(http, true));
    let picture = Picture::default();
    let reader = Reader::foreseeing(Arc::clone(&http), Box::new(picture.clone()));
    let mut work = Work {
        declaration,
        registry,
        endpoint,
        wish,
        picture,
        reader,
        nobody,
        refusals: Vec::new(),
        warnings: Vec::new(),
        unreachable: false,
        closed: BTreeMap::new(),
    };
    let mut planned = match work.plan() {
        Ok((objects, graph)) => {
            Planned { objects, graph, ..Planned::refused(&endpoint.name, std::mem::take(&mut work.refusals)) }
        }
        Err(refusals) => Planned::refused(&endpoint.name, refusals),
    };
    planned.warnings = work.warnings;
    planned.unreachable = work.unreachable;
    planned.http = Some(http);
    planned.anonymous = anonymous;
    planned.jobs = registry.jobs;
    planned.start = start;
    planned.seconds = start.elapsed().as_secs_f64();
    planned
}

struct Work<'a> {
    declaration: &'a Declaration,
    registry: &'a Registry,
    endpoint: &'a Endpoint,
    wish: &'a Wish,
    picture: Picture,
    reader: Reader,
    /// Reads without credentials, where something comes before any account.
    nobody: Option<Reader>,
    refusals: Vec<String>,
    warnings: Vec<String>,
    /// Whether the server does not answer.
    unreachable: bool,
    /// Organizations in which nothing is to be done, with the reason.
    closed: BTreeMap<String, String>,
}

impl<'a> Work<'a> {
    fn plan(&mut self) -> Result<(Vec<Object>, Graph), Vec<String>> {
        if let Some(missing) = self.missing_first_user()? {
            return self.first_user(&missing);
        }
        let mut scopes = self.survey()?;
        self.check_caller(&scopes)?;
        let mut items = Items::default();
        if self.wish.destroy.is_some() {
            self.destroy(&mut items)?;
        } else {
            self.expand(&scopes, &mut items);
        }
        let mut totals = Vec::new();
        if self.wish.destroy.is_none() && !self.registry.rails.skip_removals {
            totals = self.prune(&scopes, &mut items);
        }
        items.problems.extend(mirrors::keep_robots(&mut items.list));
        // The items say it all from here on.
        scopes.iter_mut().flat_map(|scope| &mut scope.seen).for_each(|seen| seen.declared = Vec::new());
        if !items.problems.is_empty() {
            return Err(items.problems.iter().map(ToString::to_string).collect());
        }
        let mut items = items.list;
        let kinds = &self.wish.only.kinds;
        items.retain(|item| kinds.is_empty() || kinds.contains(&item.kind));
        if self.registry.rails.skip_removals && self.wish.destroy.is_none() {
            self.leave_out_removals(&mut items);
        }
        self.spare(&scopes, &mut items);
        let strangers = strangers::organizations(&scopes);
        let graph = order::graph(&items)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<String>>())?;
        let objects = self.walk(items, &graph, &strangers);
        self.guard(&objects, &totals);
        self.keep_owners(&scopes, &objects);
        Ok((objects, graph))
    }

    /// The first user, where the declaration has one that is not there yet.
    fn missing_first_user(&self) -> Result<Option<Missing>, Vec<String>> {
        if self.wish.destroy.is_some() {
            return Ok(None);
        }
        let found = Missing::find(self.declaration, self.endpoint, self.nobody.as_ref(), &self.reader);
        found.map_err(|error| vec![self.hide(&error.to_string())])
    }

    /// Plans the first user alone.
    fn first_user(&mut self, missing: &Missing) -> Result<(Vec<Object>, Graph), Vec<String>> {
        let mut items = Items::default();
        items.tasks(self.declaration, self.endpoint);
        let asked = self.wish.only.kinds.contains(&Kind::Tasks);
        self.warnings.extend(missing.alone(asked, &mut items.list).map_err(|why| vec![why])?);
        let graph = Graph::new(items.list.len());
        let objects = self.walk(items.list, &graph, &BTreeSet::new());
        Ok((objects, graph))
    }

    /// An invalid token still reads what is public, where nothing looks like a place for creations. Who may create an organization may
    /// also ask for the own name.
    fn check_caller(&self, scopes: &[Scope<'_>]) -> Result<(), Vec<String>> {
        let creates = scopes.iter().any(|scope| scope.seen.as_ref().is_ok_and(|seen| !seen.exists));
        if creates && self.wish.destroy.is_none() {
            lookup::caller(&self.reader).map_err(|error| vec![self.hide(&error.to_string())])?;
        }
        Ok(())
    }

    fn hide(&self, text: &str) -> String {
        Mask::new(&self.endpoint.secrets).text(text)
    }

    fn expand(&self, scopes: &[Scope<'_>], items: &mut Items) {
        let whole = self.wish.only.organizations.is_empty();
        if whole {
            items.top(self.declaration, self.endpoint);
        }
        for scope in scopes {
            let declared = scope.seen.as_ref().map_or(&[][..], |seen| &seen.declared);
            items.organization(scope.entry, declared, &scope.prune);
        }
        if whole {
            items.tasks(self.declaration, self.endpoint);
        }
    }

    fn leave_out_removals(&mut self, items: &mut Vec<Item>) {
        items.retain(|item| !item.is_removal());
        for item in items {
            if let Some(append) = item.options.get_mut("append") {
                *append = json!(true);
            }
        }
    }

    /// Plans every item once what it builds on is planned, several at a time.
    fn walk(&mut self, items: Vec<Item>, graph: &Graph, strangers: &BTreeSet<&str>) -> Vec<Object> {
        let common = Arc::new(Mask::new(&self.endpoint.secrets));
        let objects: Vec<Mutex<Object>> = items
            .into_iter()
            .map(|item| {
                let mask = match item.secrets.is_empty() {
                    true => Arc::clone(&common),
                    false => Arc::new(Mask::new(item.secrets.iter().chain(&self.endpoint.secrets))),
                };
                Mutex::new(Object::of(item, mask))
            })
            .collect();
        let refusals: Mutex<BTreeMap<usize, String>> = Mutex::default();
        let work = &*self;
        let fates = graph.walk(self.registry.jobs, |index| {
            let mut object = objects[index].lock().unwrap_or_else(PoisonError::into_inner);
            let scope = object.item.organization.as_ref().and_then(|name| Some((name, work.closed.get(name)?)));
            if let Some((name, why)) = scope {
                let why = format!("the organization {name} could not be read: {why}");
                object.outcome = Outcome::Skipped(object.mask.text(&why));
                return false;
            }
            if strangers::is_hidden(&object.item, strangers) {
                object.outcome = Outcome::Skipped(strangers::why(&object.item));
                return false;
            }
            match work.plan_of(&object.item) {
                Ok((plan, _)) if strangers::is_closed(&object.item, &plan, strangers) => {
                    object.outcome = Outcome::Skipped(strangers::why(&object.item));
                    false
                }
                Ok((plan, forced)) => {
                    foretell::keep(&work.picture, &object.item, &plan, &work.reader);
                    object.keep(plan, forced);
                    true
                }
                Err(error) => {
                    let text = object.mask.text(&error.to_string());
                    // The declaration's author has to act: nothing is written before.
                    if matches!(error, Error::Option(_) | Error::Missing(_) | Error::Bug(_)) {
                        let place = object.item.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
                        let mut refusals = refusals.lock().unwrap_or_else(PoisonError::into_inner);
                        refusals.insert(index, format!("{place}{text}"));
                    }
                    object.outcome = Outcome::Failed(text);
                    false
                }
            }
        });
        self.refusals.extend(refusals.into_inner().unwrap_or_else(PoisonError::into_inner).into_values());
        let mut objects: Vec<Object> =
            objects.into_iter().map(|object| object.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        for (index, fate) in fates.into_iter().enumerate() {
            if let Fate::Skipped(origin) = fate {
                let why = format!("it builds on the {}, which has no plan", objects[origin].item.title);
                objects[index].outcome = Outcome::Skipped(why);
            }
        }
        objects
    }

    /// The plan of an item, and the options that it sends although nothing tells whether they differ.
    fn plan_of(&self, item: &Item) -> Result<(Plan, Vec<&'static str>)> {
        let asked = self.wish.only.kinds.contains(&Kind::Tasks);
        if let (Some(nobody), "quay_first_user") = (&self.nobody, item.module()) {
            return Ok((first_user::plan(item, nobody, &self.reader)?, Vec::new()));
        }
        if let Some(plan) = commands::left_out(item, asked) {
            return Ok((plan, Vec::new()));
        }
        let (plan, forced) = write_only::plan(item, self.registry.update_secrets, &self.reader)?;
        caller::check(item, &plan, &self.reader)?;
        Ok((plan, forced))
    }
}
