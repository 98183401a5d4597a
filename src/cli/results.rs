//! The file with what a run returned: the one place of the command line where secrets are written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::plan::pretty;
use super::private;
use crate::apply::engine;
use crate::error::io_text;

/// A file that is there, and empty yet.
pub struct Results {
    path: PathBuf,
    kept: Mutex<Vec<Value>>,
}

impl Results {
    /// Creates the file for its owner alone, and tries whether it can be replaced there. It is done before the run, which could not be
    /// repeated for what it returns. An empty file is that of a run that broke off before it returned anything.
    ///
    /// # Errors
    /// When the file holds something, since what an earlier run returned would be lost, or cannot be created.
    pub fn create(path: PathBuf) -> Result<Results, Vec<String>> {
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file() || found.len() > 0) {
            return Err(vec![format!(
                "--results: {} exists already and may hold what an earlier run returned: name another file, or move it away",
                path.display()
            )]);
        }
        private::replace(&path, "").map_err(|error| fault(&path, "created", &error))?;
        Ok(Results { path, kept: Mutex::default() })
    }

    /// Adds what an object returned, on the disk before anything that waits for the object is begun: a run that is killed loses
    /// nothing. When that fails the run begins nothing more, since its tokens would be lost.
    pub fn keep(&self, result: Value) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(result);
        if self.store(&kept).is_err() {
            engine::interrupt();
        }
    }

    /// Writes the results of the whole run, in its order.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(self, results: &[Value]) -> Result<(), Vec<String>> {
        self.store(results).map_err(|error| fault(&self.path, "written", &error))
    }

    fn store(&self, results: &[Value]) -> std::io::Result<()> {
        private::replace(&self.path, &pretty(&json!({"results": results})))
    }
}

fn fault(path: &Path, what: &str, error: &std::io::Error) -> Vec<String> {
    vec![format!("--results: {} cannot be {what}: {}", path.display(), io_text(error))]
}
