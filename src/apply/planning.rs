//! Plans one endpoint: what the server has, items, a plan each, checks.

pub mod caller;
mod checks;
mod destroy;
pub mod expand;
pub mod first_user;
pub mod item;
pub mod mirrors;
pub mod order;
mod order_of_owners;
mod out_of_reach;
mod planned;
mod protect;
pub mod prune;
mod prune_all;
mod references;
pub mod refresh;
mod refusals;
mod scopes;
pub mod targets;
mod walk;
mod write_only;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use super::graph::Graph;
use super::input::declaration::Declaration;
use super::input::registry::{Endpoint, Registry};
use super::input::selection::Request;
use super::input::yaml::Problem;
use super::kinds::Kind;
use super::predicted::PredictedServer;
use crate::api::{Http, Pace, Reader, Settings};
use crate::call::mask::Mask;
use crate::error::{Error, Result};
use crate::modules::connection;
use expand::Items;
use first_user::Missing;
use item::Item;
pub use planned::{PlannedEndpoint, PlannedItem};
pub use refusals::Refusals;
use scopes::Scope;

/// Plans the declaration for one endpoint.
pub fn plan(declaration: &Declaration, endpoint: &Endpoint, request: &Request) -> PlannedEndpoint {
    let start = Instant::now();
    let registry = &declaration.registry;
    let http = match Http::paced(Settings::from_options(&endpoint.options), Pace::new(registry.jobs, registry.rate)) {
        Ok(http) => Arc::new(http),
        Err(error) => return PlannedEndpoint::refused(&endpoint.name, Refusals::everywhere(vec![error.to_string()])),
    };
    let anonymous = first_user::connection(declaration, endpoint).ok().flatten();
    let nobody = anonymous.clone().map(|http| Reader::new(http, true));
    let predicted = PredictedServer::default();
    let reader = Reader::predicting(Arc::clone(&http), Box::new(predicted.clone()));
    let mut work = Work {
        declaration,
        registry,
        endpoint,
        request,
        predicted,
        reader,
        nobody,
        refusals: Refusals::default(),
        warnings: connection::exposed(&endpoint.options).into_iter().collect(),
        closed: BTreeMap::new(),
    };
    let (objects, graph) = work.plan().unwrap_or_else(|refusals| {
        work.refusals.add(refusals);
        Default::default()
    });
    PlannedEndpoint {
        name: endpoint.name.clone(),
        http: Some(http),
        anonymous,
        jobs: registry.jobs,
        keeps_content: !registry.limits.delete_repositories,
        objects,
        graph,
        refusals: work.refusals,
        warnings: work.warnings,
        start,
        seconds: start.elapsed().as_secs_f64(),
    }
}

struct Work<'a> {
    declaration: &'a Declaration,
    registry: &'a Registry,
    endpoint: &'a Endpoint,
    request: &'a Request,
    predicted: PredictedServer,
    reader: Reader,
    /// Reads without credentials, where something comes before any account.
    nobody: Option<Reader>,
    refusals: Refusals,
    warnings: Vec<String>,
    /// Organizations in which nothing is to be done, with the reason.
    closed: BTreeMap<String, Error>,
}

impl<'a> Work<'a> {
    fn plan(&mut self) -> Result<(Vec<PlannedItem>, Graph), Refusals> {
        if let Some(missing) = self.missing_first_user()? {
            return self.first_user(&missing);
        }
        if self.reader.is_anonymous() {
            self.check_caller()?;
        }
        let mut scopes = self.refresh()?;
        self.check_caller()?;
        let mut items = Items::default();
        if self.request.destroy.is_some() {
            self.destroy(&mut items)?;
        } else {
            self.expand(&scopes, &mut items);
        }
        let mut totals = Vec::new();
        if self.request.destroy.is_none() && !self.registry.limits.skip_removals {
            totals = self.prune(&scopes, &mut items);
        }
        items.problems.extend(mirrors::keep_robots(&mut items.list));
        // The items say it all from here on.
        scopes.iter_mut().flat_map(|scope| &mut scope.existing).for_each(|existing| existing.declared = Vec::new());
        if !items.problems.is_empty() {
            return Err(mistakes(&items.problems));
        }
        let mut items = items.list;
        if self.registry.limits.skip_removals && self.request.destroy.is_none() {
            self.leave_out_removals(&mut items);
        }
        // What is not asked for counts as done; what contradicts it is a mistake all the same.
        let kinds = &self.request.selection.kinds;
        let asked = |item: &Item| kinds.is_empty() || kinds.contains(&item.kind);
        let graph = order::graph(&items).map_err(|problems| mistakes(&problems))?;
        let mut graph = graph.only(|index| items.get(index).is_some_and(asked));
        items.retain(asked);
        self.keep_in_use(&scopes, &mut items);
        let out_of_reach = out_of_reach::organizations(&scopes);
        let objects = self.walk(items, &graph, &out_of_reach)?;
        self.guard(&objects, &totals);
        self.keep_owners(&scopes, &objects);
        order_of_owners::order(&objects, &mut graph);
        Ok((objects, graph))
    }

    /// The first user, where the declaration has one that is not there yet.
    fn missing_first_user(&self) -> Result<Option<Missing>, Refusals> {
        if self.request.destroy.is_some() {
            return Ok(None);
        }
        let found = Missing::find(self.declaration, self.endpoint, self.nobody.as_ref(), &self.reader);
        found.map_err(|error| self.fault(&error))
    }

    /// Plans the first user alone.
    fn first_user(&mut self, missing: &Missing) -> Result<(Vec<PlannedItem>, Graph), Refusals> {
        let mut items = Items::default();
        items.tasks(self.declaration, self.endpoint);
        let asked = self.request.selection.kinds.contains(&Kind::Tasks);
        self.warnings.extend(missing.alone(asked, &mut items.list).map_err(|why| Refusals::here(vec![why]))?);
        let graph = Graph::new(items.list.len());
        let objects = self.walk(items.list, &graph, &BTreeSet::new())?;
        Ok((objects, graph))
    }

    /// A server takes an invalid token for none, and shows what is public: then nothing looks like a place for creations.
    fn check_caller(&self) -> Result<(), Refusals> {
        self.reader.prove_credentials().map_err(|error| self.fault(&error))
    }

    /// A fault of this server, which stops nothing elsewhere.
    fn fault(&self, error: &Error) -> Refusals {
        Refusals::here(vec![self.hide(&error.to_string())])
    }

    fn hide(&self, text: &str) -> String {
        Mask::new(&self.endpoint.secrets).text(text)
    }

    fn expand(&self, scopes: &[Scope<'_>], items: &mut Items) {
        let whole = self.request.selection.organizations.is_empty();
        if whole {
            items.top(self.declaration, self.endpoint);
        }
        for scope in scopes {
            let declared = scope.existing.as_ref().map_or(&[][..], |existing| &existing.declared);
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
}

/// Mistakes of the declaration, which concern every server.
fn mistakes(problems: &[Problem]) -> Refusals {
    Refusals::everywhere(problems.iter().map(ToString::to_string).collect())
}
