//! Carries out the plans of one endpoint.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::checks::limits;
use super::deliver::{self, Credential, Undelivered, Way};
use super::graph::Fate;
use super::kinds::{credential, secret};
use super::planning::{PlannedEndpoint, PlannedItem};
use super::report;
use super::report::{Action, Outcome, ReportedItem};
use crate::api::{Answers, Http, Reader};
use crate::error::{Error, caught};
use crate::modules::contract::Login;
use crate::plan::{self, Failure, OnceKnown, Plan};

/// Hears how a run goes on; it is called from many threads.
pub trait Progress: Sync {
    /// So many objects are to be changed on an endpoint.
    fn begins(&self, endpoint: &str, total: usize);
    /// One of them is through.
    fn ended(&self, endpoint: &str, title: &str, outcome: &Outcome);
    /// One of them has returned something, secrets included; `_object` makes it for who wants to have it. This is heard before
    /// anything that waits for the object is begun.
    fn returned(&self, _endpoint: &str, _object: &dyn Fn() -> ReportedItem) {}
}

/// Hears nothing.
pub struct NoProgress;

impl Progress for NoProgress {
    fn begins(&self, _endpoint: &str, _total: usize) {}
    fn ended(&self, _endpoint: &str, _title: &str, _outcome: &Outcome) {}
}

/// Executes every plan once those that it waits for are through.
///
/// A failure skips what builds on it. Once the server is lost or the run interrupted nothing is begun any more; the next run
/// takes up the rest.
pub fn execute(
    planned: &PlannedEndpoint,
    progress: &dyn Progress,
    interrupted: &AtomicBool,
) -> report::ReportedEndpoint {
    let Some(http) = planned.http.as_ref().filter(|_| planned.refusals.is_empty()) else { return planned.not_run() };
    let total = planned.objects.iter().filter(|object| object.has_steps()).count();
    progress.begins(&planned.name, total);
    let run = Run { planned, http, interrupted, lost: Mutex::new(None) };
    // What cannot be shown is done all the same.
    let tell = |object: &PlannedItem, outcome: &Outcome| {
        let _ = caught(|| {
            if object.has_steps() {
                progress.ended(&planned.name, &object.item.title, outcome);
            }
            Ok(())
        });
    };
    let results: Vec<Mutex<Option<Done>>> = planned.objects.iter().map(|_| Mutex::new(None)).collect();
    let fates = planned.graph.walk(planned.jobs, &|index| {
        let object = &planned.objects[index];
        let done = run.one(object);
        if !done.returned.is_empty() {
            progress
                .returned(&planned.name, &|| report_of(planned, object, done.outcome.clone(), done.returned.clone()));
        }
        tell(object, &done.outcome);
        let went_well = matches!(done.outcome, Outcome::Planned | Outcome::Done);
        *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        went_well
    });
    let mut objects = Vec::with_capacity(planned.objects.len());
    for ((object, result), fate) in planned.objects.iter().zip(results).zip(fates) {
        let done = result.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(|| {
            let done = run.skipped(object, fate);
            tell(object, &done.outcome);
            done
        });
        let mut report = report_of(planned, object, done.outcome, done.returned);
        report.warnings.extend(done.warnings);
        if !done.changed {
            // Somebody else was faster, and all is as it shall be.
            report.action = Action::Keep;
        }
        objects.push(report);
    }
    report::ReportedEndpoint { seconds: planned.start.elapsed().as_secs_f64(), ..planned.report_with(objects) }
}

/// The object with what came of it, and with the Secret of what it returned.
fn report_of(
    planned: &PlannedEndpoint,
    object: &PlannedItem,
    outcome: Outcome,
    returned: Map<String, Value>,
) -> ReportedItem {
    let secret = manifest_of(planned, object, &returned);
    ReportedItem { secret, ..object.report(outcome, returned) }
}

/// The Secret that an item names, of what it returned.
fn manifest_of(planned: &PlannedEndpoint, object: &PlannedItem, returned: &Map<String, Value>) -> Option<Value> {
    let item = &object.item;
    let name = item.secret.as_ref()?;
    let made = secret::Made { options: &item.options.all(), returned, connection: &planned.connection };
    secret::manifest(item.module(), name, made)
}

struct Done {
    outcome: Outcome,
    returned: Map<String, Value>,
    changed: bool,
    warnings: Vec<String>,
}

impl Done {
    fn without_values(outcome: Outcome) -> Done {
        Done { outcome, returned: Map::new(), changed: true, warnings: Vec::new() }
    }
}

struct Run<'a> {
    planned: &'a PlannedEndpoint,
    http: &'a Arc<Http>,
    interrupted: &'a AtomicBool,
    /// Why the server is not there any more.
    lost: Mutex<Option<String>>,
}

impl Run<'_> {
    fn lost(&self) -> MutexGuard<'_, Option<String>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(&self, object: &PlannedItem) -> Done {
        let Some(plan) = &object.plan else {
            return Done::without_values(object.outcome.clone());
        };
        if plan.steps.is_empty() && plan.values.is_empty() {
            return Done::without_values(Outcome::Planned);
        }
        let stop = match self.lost().as_ref() {
            Some(why) => Some(format!("the server was lost before: {why}")),
            None if self.interrupted.load(Ordering::Relaxed) => Some("the run was interrupted before".to_owned()),
            None => None,
        };
        if let Some(why) = stop.filter(|_| !plan.steps.is_empty()) {
            return Done::without_values(Outcome::Skipped(why));
        }
        let executed = caught(|| Ok(self.execute(object, plan)));
        // How far it came, nobody knows.
        let broken =
            |error| Err(Box::new(Failure { done: vec!["perhaps some of its steps".into()], ..*Failure::boxed(error) }));
        match executed.unwrap_or_else(broken) {
            Ok(progress) => {
                let outcome = if plan.steps.is_empty() { Outcome::Planned } else { Outcome::Done };
                let warnings = progress.warnings.iter().map(|text| object.mask.text(text)).collect();
                let returned = plan.returned(&progress.answers);
                Done { outcome, returned, changed: !progress.done.is_empty(), warnings }
            }
            Err(failure) => {
                if matches!(failure.error, Error::Connection(_)) {
                    *self.lost() = Some(object.mask.text(&failure.error.to_string()));
                }
                Done::without_values(Outcome::Failed(Box::new(failure.rewritten(|text| object.mask.text(text)))))
            }
        }
    }

    fn execute(&self, object: &PlannedItem, plan: &Plan) -> Result<plan::Progress, Box<Failure>> {
        if self.planned.keeps_content && !object.item.holds_images && !plan.steps.is_empty() {
            limits::still_empty(&object.item, &Reader::new(Arc::clone(self.http), false)).map_err(Failure::boxed)?;
        }
        let anonymous = self.planned.anonymous.as_ref().filter(|_| object.item.entry.rules.login == Login::Never);
        let item = &object.item;
        let shown_once = credential::shown_once(item.module()).is_some();
        // A place that took it has nothing else that works.
        let has_arrived = Cell::new(false);
        let give = |answers: &Answers| self.deliver(object, &plan.returned(answers), &has_arrived);
        let once_known = OnceKnown {
            value: credential::key(item.module()),
            give: &give,
            what: format!("deliver the credential of the {}", item.title),
            or_back: &|| shown_once && !has_arrived.get(),
        };
        let once_known = Some(&once_known).filter(|_| !item.deliver.is_empty());
        if shown_once && once_known.is_some_and(|once_known| plan.steps_before(once_known.value) > 0) {
            self.way(object).begin();
        }
        item.entry.execute_and(plan, anonymous.unwrap_or(self.http), once_known)
    }

    fn way(&self, object: &PlannedItem) -> Way {
        Way::of(&self.planned.name, &object.item.deliver)
    }

    /// Brings the credential of an object to all its places, and notes in `has_arrived` whether one of them has it, or may have it.
    fn deliver(
        &self,
        object: &PlannedItem,
        returned: &Map<String, Value>,
        has_arrived: &Cell<bool>,
    ) -> Result<(), Error> {
        let item = &object.item;
        let Some(credential) = Credential::of(item.module(), returned, &self.planned.connection) else { return Ok(()) };
        let credential = credential.within(manifest_of(self.planned, object, returned));
        let what = format!("{} {}", self.planned.name, item.title);
        let targets = item.deliver.iter().map(|delivery| &delivery.target);
        let failed: Vec<Undelivered> =
            targets.filter_map(|target| deliver::bring(target, &credential, &what).err()).collect();
        has_arrived.set(failed.len() < item.deliver.len() || failed.iter().any(Undelivered::is_unknown));
        let shown_once = credential::shown_once(item.module()).is_some();
        if failed.is_empty() {
            if shown_once {
                self.way(object).end(credential::identity(returned));
            }
            return Ok(());
        }
        let next = if shown_once { "makes a new one" } else { "delivers it again" };
        let next = format!("what was valid stays so, and the next run {next}");
        let failed: Vec<&str> = failed.iter().map(Undelivered::why).collect();
        Err(Error::Unexpected(format!("the credential was not delivered: {} ({next})", failed.join("; "))))
    }

    fn skipped(&self, object: &PlannedItem, fate: Fate) -> Done {
        if !object.has_steps() {
            return Done::without_values(object.outcome.clone());
        }
        let why = match fate {
            Fate::Skipped(origin) => self.planned.objects.get(origin).map(|origin| origin.item.title.clone()),
            _ => None,
        };
        let why = why.unwrap_or_else(|| "something before it".to_owned());
        Done::without_values(Outcome::Skipped(format!("it comes after the {why}, which was not brought about")))
    }
}
