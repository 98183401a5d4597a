//! Where what a run returns is kept: the one place of the command line where secrets are written.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::form::pretty;
use super::secrets::Secrets;
use crate::apply::engine;
use crate::apply::private;
use crate::apply::report::{Report, ReportedItem};
use crate::error::io_text;

/// The places that a user has named.
#[derive(Default)]
pub struct Returned {
    results: Option<Results>,
    secrets: Option<Secrets>,
}

impl Returned {
    /// Prepares the file of `--results` and the folder of `--secrets`, before anything is done.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn open(results: Option<PathBuf>, secrets: Option<PathBuf>) -> Result<Returned, Vec<String>> {
        let secrets = secrets.map(Secrets::open).transpose()?;
        Ok(Returned { results: results.map(Results::create).transpose()?, secrets })
    }

    /// Keeps what an object returned.
    pub fn keep(&self, endpoint: &str, object: &dyn Fn() -> ReportedItem) {
        if self.results.is_none() && self.secrets.is_none() {
            return;
        }
        let object = object();
        if let Some(results) = &self.results {
            results.keep(&object.result(endpoint));
        }
        if let (Some(secrets), Some(manifest)) = (&self.secrets, &object.secret) {
            secrets.keep(manifest);
        }
    }

    /// Writes the results of the whole run, in its order.
    ///
    /// # Errors
    /// When something of it could not be kept.
    pub fn finish(self, report: &Report) -> Result<(), Vec<String>> {
        let results = self.results.map_or(Ok(()), |results| results.write(&report.results()));
        results.and(self.secrets.map_or(Ok(()), Secrets::finish))
    }
}

/// A file that is there, and empty yet.
pub struct Results {
    path: PathBuf,
    list: Mutex<Growing>,
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
        let file = private::replace(&path, "").and_then(|()| OpenOptions::new().write(true).open(&path));
        let file = file.map_err(|error| fault(&path, "created", &error))?;
        Ok(Results { path, list: Mutex::new(Growing { file, end: 0 }) })
    }

    /// Adds what an object returned, on the disk before anything that waits for the object is begun: a run that is killed loses
    /// nothing. When that fails the run begins nothing more, since its tokens would be lost.
    pub fn keep(&self, result: &Value) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.add(result).is_err() {
            engine::interrupt();
        }
    }

    /// Writes the results of the whole run, in its order.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(self, results: &[Value]) -> Result<(), Vec<String>> {
        let whole = pretty(&json!({"results": results}));
        private::replace(&self.path, &whole).map_err(|error| fault(&self.path, "written", &error))
    }
}

const START: &str = "{\"results\": [";
const END: &str = "\n]}\n";

/// A list on the disk that is whole after each entry, of which only the end is written anew.
struct Growing {
    file: File,
    /// Where the end of the list stands, which the next entry takes the place of.
    end: u64,
}

impl Growing {
    fn add(&mut self, result: &Value) -> io::Result<()> {
        let entry = format!("{}\n{}", if self.end == 0 { START } else { "," }, pretty(result).trim_end());
        // In one piece: entries before stay readable whatever interrupts it.
        self.file.write_all_at(format!("{entry}{END}").as_bytes(), self.end)?;
        self.file.sync_data()?;
        self.end += entry.len() as u64;
        Ok(())
    }
}

fn fault(path: &Path, what: &str, error: &io::Error) -> Vec<String> {
    vec![format!("--results: {} cannot be {what}: {}", path.display(), io_text(error))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_added_to_the_file_that_is_there_and_leaves_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.json");
        let results = Results::create(path.clone()).unwrap();
        // A file that were written anew would be another one, and not be seen from here.
        let seen = File::open(&path).unwrap();
        let mut entries = Vec::new();
        for number in 0..20 {
            entries.push(json!({"title": format!("robot {number}"), "result": {"token": "s".repeat(number)}}));
            results.keep(&entries[number]);
            let read: Value = serde_json::from_str(&io::read_to_string(File::open(&path).unwrap()).unwrap()).unwrap();
            assert_eq!(read, json!({"results": entries}));
            assert_eq!(seen.metadata().unwrap().len(), fs::metadata(&path).unwrap().len());
        }
        entries.reverse();
        results.write(&entries).unwrap();
        let read: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(read["results"][0]["title"], "robot 19");
    }
}
