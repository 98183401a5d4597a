//! `quay_notification`: what a repository sends when something happens.

mod checks;
mod create;
mod options;

use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::once::split_doubles;
use crate::plan::{Plan, Step};
use crate::quay::lookup;
use crate::quay::notification;
use crate::quay::{State, names, python, text, without_line_end};

use options::Options;

pub struct Notification;

/// What a notification says.
const EQUAL: &[&str] = &["/title", "/event", "/method", "/config", "/event_config"];

impl Module for Notification {
    const NAME: &'static str = "quay_notification";
    const RULES: Rules = Rules {
        secrets: &["config.notification_token", "config.flow_api_token"],
        hooks: &["config.url"],
        formats: &[
            ("repository", names::repository),
            ("regexp", python::pattern_or_empty),
            ("search_string", names::empty_is_none),
            ("ref_regex", |value| if value == "" { Ok(json!("")) } else { python::pattern_or_empty(value) }),
            ("config.url", names::web_url),
            ("config.template", notification::template),
        ],
        mutually_exclusive: &[&["regexp", "search_string"]],
        within: &[("config", options::CONFIG)],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.problems()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let name = lookup::repository_name(quay, "repository", &options.repository)?;
        let namespace = names::namespace_of(&name);
        if let Some(problem) = options.foreign_organization(namespace) {
            return Err(Error::Option(problem));
        }
        Work { options, quay, name: &name, namespace }.plan()
    }
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    name: &'a str,
    namespace: &'a str,
}

impl Work<'_> {
    fn path(&self) -> Path {
        Path::repository(self.name).fixed("/notification")
    }

    fn one(&self, entry: &Value) -> Path {
        self.path().then(text(&entry["uuid"]))
    }

    fn title(&self, entry: &Value) -> String {
        format!("notification \"{}\" of {}", without_line_end(text(&entry["title"])), self.name)
    }

    fn plan(&self) -> Result<Plan> {
        let Some(entries) = self.list()? else {
            return Ok(self.done(&[], &[]));
        };
        let mut selected = self.options.selected(entries)?;
        // Of equal ones, the one stays that Quay has not given up.
        selected.sort_by_key(|entry| entry["number_of_failures"].as_i64().unwrap_or_default());
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
            shown.sort_by_key(Value::to_string);
            json!({"repository": self.name, "notifications": shown})
        };
        Plan::of(format!("notifications of {}", self.name)).difference(list(before), list(after))
    }

    /// All notifications, `None` when the namespace is missing and that does no harm. A missing repository in a namespace
    /// of one's own looks like one without notifications.
    fn list(&self) -> Result<Option<Vec<Value>>> {
        let attempt = || format!("list the notifications of {}", self.name);
        match self.quay.list(&self.path().fixed("/"), "notifications") {
            Ok(entries) => Ok(Some(entries)),
            Err(error) if error.refusal().is_some() && lookup::is_missing_namespace(self.quay, self.namespace) => {
                match self.options.state {
                    State::Absent => Ok(None),
                    State::Present => {
                        Err(Error::Missing(format!("cannot {}: {}", attempt(), lookup::no_namespace(self.namespace))))
                    }
                }
            }
            Err(error) => Err(error.attempting(attempt())),
        }
    }

    fn delete_step(&self, entry: &Value) -> Step {
        Step::delete(self.one(entry), format!("delete the {}", self.title(entry)))
            .tolerating(&[(400, "no repository notification found")])
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

    /// Before a write: Quay creates a fault for a repository that does not exist.
    fn check_repository(&self) -> Result<()> {
        let title = format!("notifications of {}", self.name);
        lookup::own_repository(self.quay, self.name, &title, &format!("change the {title}")).map(drop)
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
