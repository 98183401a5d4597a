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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_that_names_only_its_place() {
        let outcome = guarded(|| panic!("a value: s3cret"));
        assert!(outcome.is_failure());
        let result = outcome.into_json();
        let message = result["msg"].as_str().unwrap_or_default();
        assert!(message.starts_with("internal error at src/ansible/guard.rs:"), "{message}");
        assert!(message.ends_with(": the module broke off; please report it with the options used"), "{message}");
        assert!(!result.to_string().contains("s3cret"), "{result}");
    }
}
