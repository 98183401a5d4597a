//! What both modules of notifications do: Quay keeps those of a repository and those of an organization in lists alike.

mod checks;
mod create;
mod holder;
pub mod options;

use serde_json::{Value, json};

use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::plan::once::split_doubles;
use crate::plan::{Plan, Step};
use crate::quay::lookup;
use crate::quay::notification;
use crate::quay::{State, text, without_line_end};

pub use holder::{Holder, OF_ORGANIZATION};

use options::Options;

/// What is the same for the options of both.
pub const RULES: Rules = Rules {
    secrets: &["config.notification_token", "config.flow_api_token"],
    hooks: &["config.url"],
    within: &[("config", options::CONFIG)],
    ..Rules::NONE
};

/// What a notification says.
const EQUAL: &[&str] = &["/title", "/event", "/method", "/config", "/event_config"];

/// Selects what the options are about, and plans what becomes of it. Quay has no update: a notification that differs gives way to a new
/// one, where it is the only one with its title.
///
/// # Errors
/// When the list cannot be read, or something that a new one needs is missing.
pub fn plan(options: &Options, holder: &Holder, quay: &Reader) -> Result<Plan> {
    let mut plan = Work { options, quay, holder }.plan()?;
    plan.steps = plan.steps.into_iter().map(|step| step.needing(holder.need())).collect();
    Ok(plan)
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    holder: &'a Holder,
}

impl Work<'_> {
    fn one(&self, entry: &Value) -> Path {
        self.holder.each().then(text(&entry["uuid"]))
    }

    fn title(&self, entry: &Value) -> String {
        format!("notification \"{}\" of {}", without_line_end(text(&entry["title"])), self.holder)
    }

    fn plan(&self) -> Result<Plan> {
        let Some(entries) = self.list()? else {
            return Ok(self.done(&[], &[]));
        };
        let mut selected = self.options.selected(entries)?;
        // Of equal ones, the one stays that Quay has not given up.
        selected.sort_by_cached_key(|entry| entry["number_of_failures"].as_i64().unwrap_or_default());
        let doubles = match self.options.state {
            State::Present if self.options.by_exact_title() => split_doubles(&mut selected, EQUAL),
            _ => Vec::new(),
        };
        let mut plan = self.toward(&selected)?;
        if let Some(Value::Array(shown)) = plan.before.get_mut("notifications") {
            shown.extend(doubles.iter().map(|entry| self.shown(entry)));
        }
        plan.steps.extend(doubles.iter().map(|entry| self.delete_step(entry)));
        Ok(plan)
    }

    fn toward(&self, selected: &[Value]) -> Result<Plan> {
        match (self.options.state, selected) {
            (State::Absent, _) => self.delete_all(selected),
            (State::Present, []) => self.create(None),
            (State::Present, [only]) if self.options.by_exact_title() && self.options.differences(only).is_some() => {
                self.create(Some(only))
            }
            (State::Present, _) => self.keep(selected),
        }
    }

    /// A plan without steps.
    fn done(&self, before: &[Value], after: &[Value]) -> Plan {
        let list = |entries: &[Value]| {
            let mut shown: Vec<Value> = entries.iter().map(|entry| self.shown(entry)).collect();
            shown.sort_unstable_by_key(Value::to_string);
            let mut list = self.holder.shown();
            list["notifications"] = json!(shown);
            list
        };
        Plan::of(format!("notifications of {}", self.holder)).difference(list(before), list(after))
    }

    /// All notifications in an order that is the same each time, `None` when their holder is missing and that does no harm. A missing
    /// repository in a namespace of one's own looks like one without notifications.
    fn list(&self) -> Result<Option<Vec<Value>>> {
        let attempt = format!("list the notifications of {}", self.holder);
        let found = self.quay.list(&self.holder.list(), "notifications");
        let found = self.holder.unless_missing(self.quay, found.map_err(|error| error.needing(&self.holder.need())));
        match (found.map_err(|error| error.attempting(&attempt))?, self.options.state) {
            (None, State::Present) => Err(Error::Missing(format!("cannot {attempt}: {}", self.holder.missing()))),
            (None, State::Absent) => Ok(None),
            (Some(mut entries), _) => {
                entries.sort_by_cached_key(|entry| [text(&entry["title"]), text(&entry["uuid"])].map(str::to_owned));
                Ok(Some(entries))
            }
        }
    }

    fn delete_step(&self, entry: &Value) -> Step {
        Step::delete(self.one(entry), format!("delete the {}", self.title(entry))).tolerating(self.holder.gone())
    }

    fn delete_all(&self, selected: &[Value]) -> Result<Plan> {
        let mut plan = self.done(selected, &[]);
        if !selected.is_empty() {
            self.check_repository()?;
        }
        plan.steps.extend(selected.iter().map(|entry| self.delete_step(entry)));
        Ok(plan)
    }

    /// Selected notifications that stay as they are, but for their failures.
    fn keep(&self, selected: &[Value]) -> Result<Plan> {
        let failed = |entry: &&Value| self.options.reset_failcount && entry["number_of_failures"].as_i64() > Some(0);
        let mut after = selected.to_vec();
        for entry in after.iter_mut().filter(|entry| failed(&&**entry)) {
            entry["number_of_failures"] = json!(0);
        }
        let mut plan = self.done(selected, &after);
        for entry in selected {
            if let Some(differences) = self.options.differences(entry) {
                plan.warn(format!(
                    "the {} differs in {differences}, and stays as it is: only the one that is selected by its exact title \
                     is replaced",
                    self.title(entry)
                ));
            }
        }
        if selected.iter().any(|entry| failed(&entry)) {
            self.check_repository()?;
        }
        for entry in selected.iter().filter(failed) {
            plan.push(Step::post(
                self.one(entry),
                json!({}),
                format!("reset the failures of the {}", self.title(entry)),
            ));
        }
        if self.options.test {
            plan.steps.extend(selected.iter().map(|entry| test_step(self.one(entry), &self.title(entry))));
        }
        plan.give("uuids", selected.iter().map(|entry| entry["uuid"].clone()).collect::<Value>());
        Ok(plan)
    }

    /// Before a write: Quay creates a fault for a repository that does not exist. Of an organization the list has told.
    fn check_repository(&self) -> Result<()> {
        let Holder::Repository(name) = self.holder else { return Ok(()) };
        let title = format!("notifications of {name}");
        lookup::own_repository(self.quay, name, &title, &format!("change the {title}")).map(drop)
    }

    /// A notification in the vocabulary of the options, without its secrets.
    fn shown(&self, entry: &Value) -> Value {
        let mut shown = notification::shown(entry);
        if self.options.reset_failcount {
            shown["number_of_failures"] = json!(entry["number_of_failures"].as_i64().unwrap_or_default());
        }
        shown
    }
}

fn test_step(path: Path, title: &str) -> Step {
    Step::post(path.fixed("/test"), json!({}), format!("test the {title}")).without_change()
}
