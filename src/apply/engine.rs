//! From a declaration to plans, and from plans to a changed registry.
//!
//! Read everything, plan everything, guard, and only then write: [`plan`] does all but the last, [`Plans::execute`] carries
//! out the very plans that were shown.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::input::declaration::Declaration;
use super::input::registry::Endpoint;
use super::kinds::Kind;
use super::planning;
use super::planning::graph::each;
use super::planning::{PlannedEndpoint, Refusals};
use super::report::{Outcome, Report};
use super::run;
use super::validate;
use crate::error::caught;

/// What the user wants of a declaration.
#[derive(Default)]
pub struct Request {
    /// Which part of it.
    pub selection: Selection,
    /// The organizations to delete, instead of bringing about what is declared; each must be declared.
    pub destroy: Option<Vec<String>>,
}

/// A part of a declaration; an empty list means all.
#[derive(Default)]
pub struct Selection {
    /// Organizations by their declared names; of what stands outside of organizations nothing is planned then.
    pub organizations: Vec<String>,
    /// Endpoints by their names or hosts; the others get no request.
    pub endpoints: Vec<String>,
    /// Kinds of objects; what they build on counts as done.
    pub kinds: Vec<Kind>,
}

impl Selection {
    /// The kind with this name, of which a run can be limited to.
    ///
    /// # Errors
    /// A sentence that tells the names of all such kinds, or the one that has this among its options.
    pub fn kind(word: &str) -> Result<Kind, String> {
        let kind = Kind::of(word).ok_or_else(|| {
            let known: Vec<&str> =
                Kind::ALL.iter().filter(|kind| kind.card().held.is_none()).map(|kind| kind.word()).collect();
            format!("there is no kind \"{word}\"; the kinds are {}", known.join(", "))
        })?;
        match kind.card().held {
            Some((holder, _)) => {
                Err(format!("{word} are set together with their {0}: name the kind {0}", holder.word()))
            }
            None => Ok(kind),
        }
    }

    /// A sentence about each organization and endpoint that a declaration does not have: whoever names it has mistyped it, and
    /// would take the silence of an empty run for good news.
    pub fn unknown(&self, declaration: &Declaration) -> Vec<String> {
        let is_declared = |name: &&String| {
            let names = declaration.organizations.iter().filter_map(|entry| entry.get("name")?.as_str());
            names.into_iter().any(|known| known == *name)
        };
        let is_endpoint = |name: &&String| declaration.registry.endpoints.iter().any(|endpoint| endpoint.is(name));
        let organizations = self.organizations.iter().filter(|name| !is_declared(name));
        let organizations = organizations.map(|name| format!("the declaration has no organization \"{name}\""));
        let endpoints = self.endpoints.iter().filter(|name| !is_endpoint(name));
        organizations.chain(endpoints.map(|name| format!("the declaration has no endpoint \"{name}\""))).collect()
    }
}

/// Hears how a run goes on; it is called from many threads.
pub trait Progress: Sync {
    /// So many objects are to be changed on an endpoint.
    fn begins(&self, endpoint: &str, total: usize);
    /// One of them is through.
    fn ended(&self, endpoint: &str, title: &str, outcome: &Outcome);
    /// One of them has returned something, secrets included; `_result` makes it for who wants to have it. This is heard before
    /// anything that waits for the object is begun.
    fn returned(&self, _result: &dyn Fn() -> serde_json::Value) {}
}

/// Hears nothing.
pub struct NoProgress;

impl Progress for NoProgress {
    fn begins(&self, _endpoint: &str, _total: usize) {}
    fn ended(&self, _endpoint: &str, _title: &str, _outcome: &Outcome) {}
}

/// Plans for all endpoints.
pub struct Plans {
    endpoints: Vec<PlannedEndpoint>,
}

/// Reads the servers and plans the way from there to the declaration; nothing is written.
///
/// What is wrong with the declaration or stands in the way of a plan is found in the report of the plans.
pub fn plan(declaration: &Declaration, request: &Request) -> Plans {
    let mut problems = request.selection.unknown(declaration);
    problems.extend(validate::problems(declaration).iter().map(ToString::to_string));
    let chosen: Vec<_> = declaration
        .registry
        .endpoints
        .iter()
        .filter(|endpoint| {
            request.selection.endpoints.is_empty() || request.selection.endpoints.iter().any(|name| endpoint.is(name))
        })
        .collect();
    if !problems.is_empty() {
        // They are no endpoint's own, but a report has no other place for them.
        let first = chosen.first().copied().or(declaration.registry.endpoints.first());
        let name = first.map_or("registry", |endpoint| &endpoint.name);
        return Plans { endpoints: vec![PlannedEndpoint::refused(name, Refusals::everywhere(problems))] };
    }
    let planned = |endpoint: &&Endpoint| {
        caught(|| Ok(planning::plan(declaration, endpoint, request))).unwrap_or_else(|error| {
            PlannedEndpoint::refused(&endpoint.name, Refusals::everywhere(vec![error.to_string()]))
        })
    };
    // A single endpoint is planned on this thread, where the memory is that the checks have given back.
    let endpoints = each(chosen.len(), &chosen, planned);
    Plans { endpoints }
}

impl Plans {
    /// What the plans would do.
    pub fn report(&self) -> Report {
        Report { endpoints: self.endpoints.iter().map(PlannedEndpoint::report).collect() }
    }

    /// Whether nothing will be written anywhere. A fault of one server is no reason: the others need not wait for it.
    pub fn is_refused(&self) -> bool {
        self.endpoints.iter().any(|planned| planned.refusals.whole_run)
    }

    /// What would give a token that can be read in the result of the run only, by title.
    pub fn tokens(&self) -> Vec<&str> {
        let open = self.endpoints.iter().filter(|planned| planned.refusals.is_empty());
        let objects = open.flat_map(|planned| &planned.objects);
        objects.filter(|object| object.gives_token()).map(|object| object.item.title.as_str()).collect()
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

/// Plans and, unless `check` says that nothing may be written, carries the plans out.
pub fn run(declaration: &Declaration, request: &Request, check: bool, progress: &dyn Progress) -> Report {
    let plans = plan(declaration, request);
    if check { plans.report() } else { plans.execute(progress, interruption()) }
}

/// Set by SIGINT and SIGTERM.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The flag that a signal sets.
pub fn interruption() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Marks the run as interrupted.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}
