//! The result of a module run, and the one place that prints it.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::args::Task;
use crate::call::mask::Mask;
use crate::call::{Deprecation, Invalid};
use crate::error::plain_lines;
use crate::modules::Report;
use crate::modules::contract::Rules;
use crate::plan::Failure;

/// Repeats the options.
const INVOCATION: &str = "invocation";
/// What is read by people, at any depth: Ansible prints it as it is. Other values are data, which its callbacks print as JSON.
const SENTENCES: &[&str] = &["deprecations", "diff", "errors", "msg", "prepared", "warnings"];

/// How many mistakes a message tells.
const MOST_TOLD: usize = 20;

/// The JSON object that Ansible gets.
pub struct Outcome {
    result: Map<String, Value>,
    /// Keys of the result that hold a secret on purpose.
    readable: &'static [&'static str],
}

impl Outcome {
    /// A run that did, or in check mode would do, what was asked.
    ///
    /// Adds the secrets that it returns to the mask: they are readable under their own key and nowhere else.
    pub fn success(report: Report, rules: &'static Rules, diff: bool, mask: &mut Mask) -> Outcome {
        let mut result = report.values;
        for key in rules.returned_secrets {
            if let Some(secret) = result.get(*key).and_then(Value::as_str) {
                mask.add(secret);
            }
        }
        result.insert("changed".into(), json!(report.changed));
        let outcome = Outcome { result, readable: rules.returned_secrets };
        // A module that only reads has nothing to show a difference of.
        let has_diff = diff && !report.plan.title.is_empty();
        outcome.showing(has_diff, report.plan.diff()).noting(report.plan.warnings, &[])
    }

    /// A run about many objects, failed when there are failures: the first is the message, and `errors` has them all.
    pub fn of_many(
        values: Map<String, Value>,
        changed: bool,
        failures: Option<Vec<String>>,
        readable: &'static [&'static str],
    ) -> Outcome {
        let mut outcome = Outcome { result: Map::new(), readable };
        if let Some(failures) = failures {
            outcome = Outcome { readable, ..Outcome::failure(first_of(&failures)) };
            if failures.len() > 1 {
                outcome.result.insert("errors".into(), json!(failures));
            }
        }
        outcome.result.insert("changed".into(), json!(changed));
        outcome.result.extend(values);
        outcome
    }

    /// A run that stopped for a reason without further facts.
    pub fn failure(message: String) -> Outcome {
        let mut result = Map::new();
        result.insert("failed".into(), json!(true));
        result.insert("changed".into(), json!(false));
        result.insert("msg".into(), json!(message));
        Outcome { result, readable: &[] }
    }

    /// A run that stopped while planning or writing.
    pub fn failed(failure: &Failure) -> Outcome {
        let mut outcome = Outcome::failure(failure.message());
        outcome.result.insert("changed".into(), json!(!failure.done.is_empty()));
        outcome.result.extend(failure.facts());
        outcome
    }

    /// A call with mistakes that the argument table does not show. `errors` has them all, the message no more than one can read.
    pub fn problems(problems: Vec<String>) -> Outcome {
        let mut told = problems.iter().take(MOST_TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
        if problems.len() > MOST_TOLD {
            told += &format!("; and {} more, see errors", problems.len() - MOST_TOLD);
        }
        let mut outcome = Outcome::failure(told);
        if problems.len() > 1 {
            outcome.result.insert("errors".into(), json!(problems));
        }
        outcome
    }

    /// A call with mistakes that the argument table shows.
    pub fn invalid(task: &Task, invalid: Invalid) -> Outcome {
        let mask = Mask::new(&invalid.secrets);
        Outcome::problems(invalid.texts())
            .noting(invalid.warnings, &invalid.deprecations)
            .invoked(task, invalid.shown)
            .masked(&mask)
    }

    /// Adds the difference, when it is wanted.
    #[must_use]
    pub fn showing(mut self, wanted: bool, diff: Value) -> Outcome {
        if wanted {
            self.result.insert("diff".into(), diff);
        }
        self
    }

    /// Adds warnings and deprecations.
    #[must_use]
    pub fn noting(mut self, warnings: Vec<String>, deprecations: &[Deprecation]) -> Outcome {
        note(&mut self.result, "warnings", warnings.into_iter().map(Value::String));
        let form = |it: &Deprecation| json!({"msg": it.msg, "date": it.date, "collection_name": "quaymaster.quay"});
        note(&mut self.result, "deprecations", deprecations.iter().map(form));
        self
    }

    /// Adds what is to be told of requests.
    #[must_use]
    pub fn telling(mut self, lines: Vec<String>) -> Outcome {
        note(&mut self.result, "requests", lines.into_iter().map(Value::String));
        self
    }

    /// Repeats the options under `invocation`, as Ansible's own library does, when they are wanted.
    #[must_use]
    pub fn invoked(mut self, task: &Task, shown: Map<String, Value>) -> Outcome {
        if task.invocation {
            self.result.insert(INVOCATION.into(), json!({"module_args": shown}));
        }
        self
    }

    /// Hides every secret, except where the module returns it on purpose.
    #[must_use]
    pub fn masked(mut self, mask: &Mask) -> Outcome {
        self.result = mask.value_except(self.result, self.readable);
        self
    }

    /// Whether the run failed.
    pub fn is_failure(&self) -> bool {
        self.result.contains_key("failed")
    }

    /// The result as a JSON object, without control characters in what is read by people.
    pub fn into_json(mut self) -> Value {
        let read =
            self.result.iter_mut().filter(|(key, _)| *key != INVOCATION && !self.readable.contains(&key.as_str()));
        read.for_each(|(key, value)| clean(value, SENTENCES.contains(&key.as_str())));
        Value::Object(self.result)
    }
}

fn note(result: &mut Map<String, Value>, key: &str, entries: impl Iterator<Item = Value>) {
    let mut entries = entries.peekable();
    if entries.peek().is_some()
        && let Value::Array(list) = result.entry(key).or_insert_with(|| json!([]))
    {
        list.extend(entries);
    }
}

/// Escapes the control characters of sentences.
fn clean(value: &mut Value, is_sentence: bool) {
    match value {
        Value::String(text) if is_sentence => *text = plain_lines(text),
        Value::Array(list) => list.iter_mut().for_each(|value| clean(value, is_sentence)),
        Value::Object(map) => {
            map.iter_mut().for_each(|(key, value)| clean(value, is_sentence || SENTENCES.contains(&key.as_str())));
        }
        _ => {}
    }
}

fn first_of(failures: &[String]) -> String {
    match failures {
        [] => "something was not tried".into(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more, see errors)", rest.len()),
    }
}

/// Prints the result and returns the exit code: 0, or 1 after a failure or when nobody reads the output.
pub fn print(outcome: Outcome) -> ExitCode {
    let is_failure = outcome.is_failure();
    let text = outcome.into_json().to_string() + "\n";
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) if !is_failure => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
