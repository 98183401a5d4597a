//! Ansible's protocol: a module run gets the path of a JSON file and prints one JSON object.

pub mod args;
pub mod mask;
pub mod output;
pub mod spec;

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use crate::modules::{self, Mode};
use args::Call;
use mask::Mask;
use output::Outcome;

/// Runs the module that the arguments file asks for, and prints its result.
///
/// Prints exactly one JSON object and returns 0 or 1, whatever happens, a panic included.
pub fn run(program: &str, file: &Path) -> ExitCode {
    output::print(&guarded(|| answer(program, file)))
}

/// Does `work`, and makes a failure of a panic. Nothing is printed about it elsewhere.
///
/// The message of a panic may quote a value, even a secret: the failure names the place alone.
pub fn guarded(work: impl FnOnce() -> Outcome) -> Outcome {
    let place = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&place);
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = at.unwrap_or_default();
    }));
    // Whatever a panic left half done goes with it: of its work, only an outcome would be used.
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(usual);
    done.unwrap_or_else(|_| {
        let place = place.lock().unwrap_or_else(PoisonError::into_inner);
        Outcome::failure(format!("internal error{place}: the module broke off; please report it with the options used"))
    })
}

fn answer(program: &str, file: &Path) -> Outcome {
    match args::read(program, file) {
        Ok(call) => execute(&call),
        Err(message) => Outcome::failure(message),
    }
}

/// Validates and runs one call.
pub fn execute(call: &Call) -> Outcome {
    let Some(entry) = modules::find(&call.module) else {
        return Outcome::failure(format!("there is no module \"{}\"; `quaymaster modules` lists them", call.module));
    };
    let environment = |name: &str| std::env::var(name).ok();
    let validated = match spec::validate(entry.document, entry.rules, call, &environment) {
        Ok(validated) => validated,
        Err(invalid) => return Outcome::invalid(call, *invalid),
    };
    let mut mask = Mask::new(&validated.secrets);
    let outcome = match entry.check(&validated.options) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_that_names_only_its_place() {
        let outcome = guarded(|| panic!("a value: s3cret"));
        assert!(outcome.is_failure());
        let result = outcome.into_json();
        let message = result["msg"].as_str().unwrap_or_default();
        assert!(message.starts_with("internal error at src/ansible/mod.rs:"), "{message}");
        assert!(message.ends_with(": the module broke off; please report it with the options used"), "{message}");
        assert!(!result.to_string().contains("s3cret"), "{result}");
    }
}
