//! Ansible's protocol: a module run gets the path of a JSON file and prints one JSON object.

pub mod args;
mod audit;
mod log;
pub mod output;
mod page;
mod registry;

use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use crate::api::trace;
use crate::apply::hidden;
use crate::call;
use crate::call::mask::Mask;
use crate::error::caught;
use crate::modules::{self, ASSUME_MISSING, Mode};
use args::Task;
use output::Outcome;

/// Runs the module that the arguments file asks for, and prints its result.
///
/// Prints exactly one JSON object and returns 0 or 1, whatever happens, a panic included.
pub fn run(program: &str, file: &Path) -> ExitCode {
    output::print(guarded(|| answer(program, file)))
}

/// Does the work of a module, and makes a failure of a panic.
pub fn guarded(work: impl FnOnce() -> Outcome) -> Outcome {
    caught(|| Ok(work())).unwrap_or_else(|error| Outcome::failure(error.to_string()))
}

fn answer(program: &str, file: &Path) -> Outcome {
    match args::read(program, file) {
        Ok(task) => execute(&task),
        Err(message) => Outcome::failure(message),
    }
}

/// Validates and runs the call of a task.
pub fn execute(task: &Task) -> Outcome {
    let call = &task.call;
    let Some(entry) = modules::find(&call.module) else {
        return Outcome::failure(format!("there is no module \"{}\"; `quaymaster modules` lists them", call.module));
    };
    let environment = |name: &str| std::env::var(name).ok();
    // What is a declaration inside has secrets that no table of options names.
    let inner = if entry.plans() { Vec::new() } else { hidden::within(&Value::Object(call.parameters.clone())) };
    let validated = match call::validate(entry.document, entry.rules, call.clone(), &environment) {
        Ok(validated) => validated,
        Err(mut invalid) => {
            invalid.secrets.extend(inner);
            return Outcome::invalid(task, *invalid);
        }
    };
    let lines = match log::Lines::collect(task.verbosity) {
        Ok(lines) => lines,
        Err(why) => return Outcome::failure(why),
    };
    trace::learn(validated.secrets.iter().chain(&inner));
    let mut mask = Mask::new(validated.secrets.iter().chain(&inner));
    let outcome = match entry.check(&validated.options) {
        Ok(problems) if !problems.is_empty() => Outcome::problems(problems),
        Ok(_) if !entry.plans() => registry::run(task, &validated.options, &mut mask),
        Ok(_) => match entry.run(&validated.options, mode(task)) {
            Ok(report) => Outcome::success(report, entry.rules, task.diff, &mut mask),
            Err(failure) if mode(task) == Mode::Check && failure.error.is_missing() => {
                let advice = format!("If an earlier task makes what is missing, set {ASSUME_MISSING}=1 for checks.");
                Outcome::failed(&failure).noting(vec![advice], &[])
            }
            Err(failure) => Outcome::failed(&failure),
        },
        Err(error) => Outcome::failure(error.to_string()),
    };
    outcome
        .noting(validated.warnings, &validated.deprecations)
        .telling(lines.take())
        .invoked(task, validated.shown)
        .masked(&mask)
}

fn mode(task: &Task) -> Mode {
    let assuming = || std::env::var(ASSUME_MISSING).is_ok_and(|text| call::boolean(&text.into()) == Some(true));
    match task.check_mode {
        false => Mode::Real { shows: task.diff },
        true if assuming() => Mode::CheckAssuming,
        true => Mode::Check,
    }
}
