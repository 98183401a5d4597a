//! Whatever happens, a run has an outcome.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use super::output::Outcome;

/// Does `work`, and makes a failure of a panic. Nothing is printed about it elsewhere.
///
/// The message of a panic may quote a value, even a secret: the failure names the place alone.
pub fn guarded(work: impl FnOnce() -> Outcome) -> Outcome {
    let place = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&place);
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(|at| format!(" in {}, line {}", unit(at.file()), at.line()));
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

/// The unit of code behind the path of a source file, which may tell of the machine that built the executable.
fn unit(file: &str) -> String {
    let name = |path: &str| path.trim_end_matches(".rs").replace('/', "::");
    match file.rsplit_once("src/") {
        Some((krate, path)) => {
            let krate = krate.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            format!("{}::{}", if krate.is_empty() { env!("CARGO_PKG_NAME") } else { krate }, name(path))
        }
        None => name(file.rsplit('/').next().unwrap_or_default()),
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
        assert!(message.starts_with("internal error in quaymaster::ansible::guard, line "), "{message}");
        assert!(message.ends_with(": the module broke off; please report it with the options used"), "{message}");
        assert!(!result.to_string().contains("s3cret"), "{result}");
    }

    #[test]
    fn no_path_of_the_building_machine_is_told() {
        for (file, expected) in [
            ("src/plan/run.rs", "quaymaster::plan::run"),
            (
                "/home/me/.cargo/registry/src/index-1/serde_json-1.0.145/src/value/index.rs",
                "serde_json-1.0.145::value::index",
            ),
            ("/rustc/0123/library/core/src/option.rs", "core::option"),
        ] {
            assert_eq!(unit(file), expected);
        }
    }
}
