//! What a task tells of its requests: to Ansible from `-vvv` on, and to the file of `QUAYMASTER_LOG`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::api::trace;
use crate::call::journal::Journal;
use crate::error::io_text;

/// Names a file that requests are appended to.
const VARIABLE: &str = "QUAYMASTER_LOG";
/// Ansible shows the whole result of a task with so many `-v`, and what was sent as well.
const REQUESTS: u64 = 3;
/// From here on the bodies, too.
const BODIES: u64 = 4;

/// The lines for Ansible.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Begins to collect them, where the verbosity asks for it; writes to the file, where one is named.
    ///
    /// # Errors
    /// When that file cannot be written.
    pub fn collect(verbosity: u64) -> Result<Lines, String> {
        let lines = Lines::default();
        let file = std::env::var(VARIABLE).ok().filter(|path| !path.is_empty()).map(|path| open(&path)).transpose()?;
        let shown = verbosity >= REQUESTS;
        if !shown && file.is_none() {
            return Ok(lines);
        }
        let kept = lines.clone();
        trace::observe(Journal::new(verbosity >= BODIES, move |entry| {
            if shown {
                kept.0.lock().unwrap_or_else(PoisonError::into_inner).extend(entry.lines());
            }
            if let Some(mut file) = file.as_ref() {
                // One write for a line, so that tasks side by side do not mix theirs. A full disk stops no task.
                let _ = file.write_all(format!("{}\n", Value::Object(entry.bare())).as_bytes());
            }
        }));
        Ok(lines)
    }

    /// What was collected so far.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn open(path: &str) -> Result<File, String> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map_err(|error| format!("{VARIABLE}: {path} cannot be written: {}", io_text(&error)))
}
