//! Ansible's protocol: a module run gets the path of a JSON file and prints one JSON object.

pub mod args;
mod guard;
pub mod mask;
pub mod output;
pub mod spec;
pub mod whole;

use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use crate::modules::{self, Mode};
use args::Call;
pub use guard::guarded;
use mask::Mask;
use output::Outcome;
use whole::{Task, Whole};

/// Runs the module that the arguments file asks for, and prints its result.
///
/// Prints exactly one JSON object and returns 0 or 1, whatever happens, a panic included.
pub fn run(program: &str, file: &Path, whole: Whole) -> ExitCode {
    output::print(guarded(|| answer(program, file, whole)))
}

fn answer(program: &str, file: &Path, whole: Whole) -> Outcome {
    match args::read(program, file) {
        Ok(call) => execute(&call, whole),
        Err(message) => Outcome::failure(message),
    }
}

/// Validates and runs one call. `whole` does the work of the modules that stand above this layer.
pub fn execute(call: &Call, whole: Whole) -> Outcome {
    let Some(entry) = modules::find(&call.module) else {
        return Outcome::failure(format!("there is no module \"{}\"; `quaymaster modules` lists them", call.module));
    };
    let environment = |name: &str| std::env::var(name).ok();
    // What is a declaration inside has secrets that no table of options names.
    let inner = if entry.plans() { Vec::new() } else { (whole.secrets)(&Value::Object(call.parameters.clone())) };
    let validated = match spec::validate(entry.document, entry.rules, call, &environment) {
        Ok(validated) => validated,
        Err(mut invalid) => {
            invalid.secrets.extend(inner);
            return Outcome::invalid(call, *invalid);
        }
    };
    let mut mask = Mask::new(validated.secrets.iter().chain(&inner));
    let outcome = match entry.check(&validated.options) {
        Ok(problems) if problems.is_empty() && !entry.plans() => {
            let task = Task { document: entry.document, options: &validated.options, check_mode: call.check_mode };
            Outcome::whole((whole.run)(&task), call.diff, &mut mask)
        }
        Ok(problems) if problems.is_empty() => match entry.run(&validated.options, mode(call)) {
            Ok(report) => Outcome::success(report, entry.rules, call.diff, &mut mask),
            Err(failure) => Outcome::failed(&failure),
        },
        Ok(problems) => Outcome::problems(problems),
        Err(error) => Outcome::failure(error.to_string()),
    };
    outcome.noting(validated.warnings, &validated.deprecations).invoked(call, validated.shown).masked(&mask)
}

/// Set to 1 for a check of a whole play on an empty server: see [`Mode::CheckAssuming`].
const ASSUME_MISSING: &str = "QUAYMASTER_ASSUME_MISSING";

fn mode(call: &Call) -> Mode {
    let assuming = || std::env::var(ASSUME_MISSING).is_ok_and(|text| spec::boolean(&text.into()) == Some(true));
    match call.check_mode {
        false => Mode::Real,
        true if assuming() => Mode::CheckAssuming,
        true => Mode::Check,
    }
}
