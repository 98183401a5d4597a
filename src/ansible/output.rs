//! The result of a module run, and the one place that prints it.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::apply::whole::Done;
use crate::call::mask::Mask;
use crate::call::{Call, Deprecation, Invalid};
use crate::modules::Report;
use crate::modules::contract::Rules;
use crate::plan::Failure;

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
        // A module that only reads has nothing to show a difference of.
        if diff && !report.plan.title.is_empty() {
            result.insert("diff".into(), report.plan.diff());
        }
        note(&mut result, "warnings", report.plan.warnings.iter().map(|text| json!(text)));
        Outcome { result, readable: rules.returned_secrets }
    }

    /// A run of a module above this layer, failed or not. Adds the secrets that it came across to the mask.
    pub fn whole(done: Done, diff: bool, mask: &mut Mask) -> Outcome {
        done.secrets.iter().for_each(|secret| mask.add(secret));
        let mut outcome = match done.failure {
            Some(why) => Outcome::failure(why),
            None => Outcome { result: Map::new(), readable: &[] },
        };
        outcome.readable = done.readable;
        let result = &mut outcome.result;
        result.insert("changed".into(), json!(done.changed));
        if done.errors.len() > 1 {
            result.insert("errors".into(), json!(done.errors));
        }
        result.extend(done.values);
        if diff && !done.diff.is_null() {
            result.insert("diff".into(), done.diff);
        }
        note(result, "warnings", done.warnings.into_iter().map(Value::String));
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

    /// A call with mistakes that the argument table does not show.
    pub fn problems(problems: Vec<String>) -> Outcome {
        let mut outcome = Outcome::failure(problems.join("; "));
        if problems.len() > 1 {
            outcome.result.insert("errors".into(), json!(problems));
        }
        outcome
    }

    /// A call with mistakes that the argument table shows.
    pub fn invalid(call: &Call, invalid: Invalid) -> Outcome {
        let mask = Mask::new(&invalid.secrets);
        Outcome::problems(invalid.texts())
            .noting(invalid.warnings, &invalid.deprecations)
            .invoked(call, invalid.shown)
            .masked(&mask)
    }

    /// Adds what the validation has to tell.
    #[must_use]
    pub fn noting(mut self, warnings: Vec<String>, deprecations: &[Deprecation]) -> Outcome {
        note(&mut self.result, "warnings", warnings.into_iter().map(Value::String));
        note(&mut self.result, "deprecations", deprecations.iter().map(|deprecation| json!(deprecation)));
        self
    }

    /// Repeats the options under `invocation`, as Ansible's own library does, when they are wanted.
    #[must_use]
    pub fn invoked(mut self, call: &Call, shown: Map<String, Value>) -> Outcome {
        if call.inject_invocation && !call.no_log {
            self.result.insert("invocation".into(), json!({"module_args": shown}));
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

    /// The result as a JSON object.
    pub fn into_json(self) -> Value {
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
