//! Whatever happens, work has a result: a panic becomes an error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use super::{Error, Result};

thread_local! {
    /// How many calls of [`caught`] this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where this thread broke off last.
    static PLACE: Cell<String> = const { Cell::new(String::new()) };
}

/// Does `work`, and makes an error of a panic. Nothing is printed about it elsewhere.
///
/// The message of a panic may quote a value, even a secret: the error names the place alone.
///
/// # Errors
/// Those of the work, and [`Error::Bug`] after a panic; an error that came up by [`thrown`] stays what it is.
pub fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| match DEPTH.get() {
            0 => usual(panic),
            _ => PLACE.set(place(panic)),
        }));
    });
    DEPTH.set(DEPTH.get() + 1);
    // Whatever a panic left half done goes with it: of its work, only the result would be used.
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    done.unwrap_or_else(|panic| match panic.downcast::<Error>() {
        Ok(error) => Err(*error),
        Err(_) => Err(Error::Bug(format!("the work broke off{}", PLACE.take()))),
    })
}

/// Breaks off with an error, on behalf of a thread that did.
pub fn thrown(error: Error) -> ! {
    panic::resume_unwind(Box::new(error))
}

fn place(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map(|at| format!(" in {}, line {}", unit(at.file()), at.line())).unwrap_or_default()
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
    fn a_panic_is_an_error_that_names_only_its_place() {
        let error = caught(|| -> Result<()> { panic!("a value: s3cret") }).unwrap_err().to_string();
        assert!(error.starts_with("internal error: the work broke off in quaymaster::error::caught, line "), "{error}");
        assert!(error.ends_with("; please report it") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn the_error_of_another_thread_comes_up_as_it_is() {
        let error = caught::<()>(|| caught(|| thrown(Error::Missing("x".into())))).unwrap_err();
        assert!(matches!(error, Error::Missing(what) if what == "x"));
    }

    #[test]
    fn no_path_of_the_building_machine_is_told() {
        for (file, expected) in [
            ("src/error/sub.rs", "quaymaster::error::sub"),
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
