//! From a declaration to plans, and from plans to a changed registry.
//!
//! Read everything, plan everything, guard, and only then write: [`plan`] does all but the last, [`Plans::execute`] carries
//! out the very plans that were shown. What signs in with a Secret that the run makes has its plans [after that](phases).

mod phases;

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::checks;
use super::contents;
use super::graph::each_of;
use super::input::declaration::{Declaration, NOTHING};
use super::input::registry::Endpoint;
use super::input::selection::{Destruction, Request};
use super::planning;
use super::planning::declared::Declared;
use super::planning::{PlannedEndpoint, PlannedItem, Refusals, validate};
use super::report::Report;
use super::run::{self, Progress};
use crate::error::caught;
pub use phases::phases;

/// Plans for all endpoints.
pub struct Plans {
    endpoints: Vec<PlannedEndpoint>,
}

/// Reads the servers and plans the way from there to the declaration; nothing is written.
///
/// What is wrong with the declaration or stands in the way of a plan is found in the report of the plans.
pub fn plan(declaration: &Declaration, request: &Request) -> Plans {
    plan_on(declaration, request, &|endpoint| request.selection.has(endpoint))
}

fn plan_on(declaration: &Declaration, request: &Request, is_chosen: &dyn Fn(&Endpoint) -> bool) -> Plans {
    let mut problems = request.selection.unknown(declaration);
    if declaration.is_empty() {
        problems.push(NOTHING.to_owned());
    }
    if matches!(&request.destroy, Some(Destruction::Organizations(names)) if names.is_empty()) {
        problems.push("the files declare no organization that could be deleted".to_owned());
    }
    let declared = validate::declared(declaration).unwrap_or_else(|found| {
        problems.extend(found.iter().map(ToString::to_string));
        Vec::new()
    });
    let refused = |problems| {
        // They are no endpoint's own, but a report has no other place for them.
        let all = &declaration.registry.endpoints;
        let first = all.iter().find(|endpoint| is_chosen(endpoint)).or(all.first());
        let name = first.map_or("registry", |endpoint| &endpoint.name);
        Plans { endpoints: vec![PlannedEndpoint::refused(name, Refusals::everywhere(problems))] }
    };
    if !problems.is_empty() {
        return refused(problems);
    }
    let awaiting = phases::Awaiting::of(&declared);
    let chosen: Vec<_> = declared.into_iter().filter(|declared| is_chosen(declared.endpoint)).collect();
    let planned = |declared: Declared<'_>| {
        let name = &declared.endpoint.name;
        if declared.endpoint.awaited.is_some() {
            return PlannedEndpoint::refused(name, Refusals::default());
        }
        if let Some(why) = declared.endpoint.refusal() {
            return PlannedEndpoint::refused(name, Refusals::here(vec![why]));
        }
        caught(|| planning::plan(declaration, declared, request).map(checks::judge))
            .unwrap_or_else(|error| PlannedEndpoint::refused(name, Refusals::everywhere(vec![error.to_string()])))
    };
    let mut endpoints = each_of(chosen, planned);
    checks::accounts::keep(declaration, &mut endpoints);
    phases::tell(&mut endpoints, &awaiting, request.destroy.is_some());
    let is_empty = |planned: &PlannedEndpoint| planned.objects.is_empty() && planned.refusals.is_empty();
    if endpoints.iter().all(is_empty) && request.selection.must_find(declaration) {
        return refused(vec!["nothing is declared of the part that was asked for".to_owned()]);
    }
    Plans { endpoints }
}

impl Plans {
    /// Reads what the removals take along, for whoever looks at the plans.
    pub fn look(&mut self) {
        self.endpoints.iter_mut().for_each(contents::look);
    }

    /// What the plans would do.
    pub fn report(&self) -> Report {
        Report { endpoints: self.endpoints.iter().map(PlannedEndpoint::report).collect() }
    }

    /// Whether nothing will be written anywhere. A fault of one server is no reason: the others need not wait for it.
    pub fn is_refused(&self) -> bool {
        self.endpoints.iter().any(|planned| planned.refusals.whole_run)
    }

    /// What would give a token that can be read in the result of the run only, by title. `in_secrets` says that
    /// Secrets are kept, where one is wanted.
    pub fn tokens(&self, in_secrets: bool) -> Vec<&str> {
        let is_kept =
            |object: &PlannedItem| (in_secrets && object.item.secret.is_some()) || !object.item.deliver.is_empty();
        self.titles(|object| object.gives_token() && !is_kept(object))
    }

    /// Whether credentials go to places that the files name, whatever changes on the servers.
    pub fn deliver(&self) -> bool {
        self.endpoints.iter().flat_map(|planned| &planned.objects).any(|object| !object.item.deliver.is_empty())
    }

    /// The new accounts whose password Quay makes, by title.
    pub fn passwords(&self) -> Vec<&str> {
        self.titles(PlannedItem::gives_password)
    }

    fn titles(&self, is_meant: impl Fn(&PlannedItem) -> bool) -> Vec<&str> {
        let open = self.endpoints.iter().filter(|planned| planned.refusals.is_empty());
        let objects = open.flat_map(|planned| &planned.objects).filter(|object| is_meant(object));
        objects.map(|object| object.item.title.as_str()).collect()
    }

    /// Carries the plans out, all endpoints side by side, and tells what came of it. Nothing is written to an endpoint whose
    /// plan was refused, and nothing anywhere when the whole run [is](Plans::is_refused). Once `interrupted` is set, what has begun is finished and nothing else is begun.
    pub fn execute(self, progress: &dyn Progress, interrupted: &AtomicBool) -> Report {
        if self.is_refused() {
            return Report { endpoints: self.endpoints.iter().map(PlannedEndpoint::not_run).collect() };
        }
        let endpoints = thread::scope(|scope| {
            let running: Vec<_> = self
                .endpoints
                .iter()
                .map(|planned| {
                    scope.spawn(move || {
                        let done = caught(|| Ok(run::execute(planned, progress, interrupted)));
                        done.unwrap_or_else(|error| planned.broken(error))
                    })
                })
                .collect();
            running.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        Report { endpoints }
    }
}

/// Plans and, unless `check` says that nothing may be written, carries the plans out, phase by phase.
pub fn run(declaration: &mut Declaration, request: &Request, check: bool, progress: &dyn Progress) -> Report {
    let mut plans = plan(declaration, request);
    if check {
        plans.look();
        return plans.report();
    }
    let carry_out = |plans: Plans, _: &Declaration| Ok::<Report, Infallible>(plans.execute(progress, interruption()));
    match phases(declaration, request, plans, carry_out) {
        Ok(report) => report,
        Err(never) => match never {},
    }
}

/// Set by SIGINT and SIGTERM.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The flag that a signal sets.
pub fn interruption() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Lets the next run begin, after one that was interrupted.
pub fn resume() {
    INTERRUPTED.store(false, Ordering::Relaxed);
}

/// Marks the run as interrupted.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}
