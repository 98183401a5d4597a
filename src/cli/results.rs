//! The file with what a run returned: the one place of the command line where secrets are written.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::plan::pretty;
use crate::error::io_text;

/// A file that is there, and empty yet.
pub struct Results {
    path: PathBuf,
    file: File,
}

impl Results {
    /// Creates the file for its owner alone. It is done before the run, which could not be repeated for what it returns.
    ///
    /// # Errors
    /// When the file exists, since what an earlier run returned would be lost, or cannot be created.
    pub fn create(path: PathBuf) -> Result<Results, Vec<String>> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => Ok(Results { path, file }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(vec![format!(
                "--results: {} exists already and may hold what an earlier run returned: name another file, or move it away",
                path.display()
            )]),
            Err(error) => Err(vec![format!("--results: {} cannot be created: {}", path.display(), io_text(&error))]),
        }
    }

    /// Writes the results.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(mut self, results: Vec<Value>) -> Result<(), Vec<String>> {
        let text = pretty(&json!({"results": results}));
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written
            .map_err(|error| vec![format!("--results: {} cannot be written: {}", self.path.display(), io_text(&error))])
    }
}
