//! Ctrl-C and its like: a run ends in order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{process, thread};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::print;
use crate::apply::engine;

/// Lets the first signal from now on end the run in order, and the second one at once.
pub fn catch() {
    // Without the handler a signal ends the process as it always did; the next run takes up the rest then, too.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            if count > 0 {
                process::exit(1);
            }
            engine::interrupt();
            print::warning("interrupted: what has begun is finished, nothing else is begun; once more to stop at once");
        }
    });
}

/// Set by the first signal of a loop.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Whether a signal asks the loop to end.
pub fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed)
}

/// Lets the first signal from now on end the process with exit code 0, as soon as nobody holds `writing`, and the second one at once.
/// What is being carried out then begins nothing more.
pub fn end_loop(writing: &'static Mutex<()>) {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            if count > 0 {
                process::exit(1);
            }
            ENDING.store(true, Ordering::Relaxed);
            engine::interrupt();
            thread::spawn(move || {
                let _nobody_writes = writing.lock().unwrap_or_else(PoisonError::into_inner);
                process::exit(0);
            });
        }
    });
}
