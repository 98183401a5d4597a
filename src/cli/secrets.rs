//! The folder with Kubernetes Secrets of what runs returned: a file each, for `kubectl apply`.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::apply::engine;
use crate::apply::input::yaml::{Node, files, write};
use crate::apply::private;
use crate::error::io_text;

/// A folder that only its owner can look into.
pub struct Secrets {
    folder: PathBuf,
    failures: Mutex<Vec<String>>,
}

impl Secrets {
    /// Takes the folder, a new one if need be, and tries whether it can be written to, before a run that could not be repeated for
    /// what it returned.
    ///
    /// # Errors
    /// When others can look into it, or it cannot be written to.
    pub fn open(folder: PathBuf) -> Result<Secrets, Vec<String>> {
        let shown = folder.display();
        let fault = |error: io::Error| vec![format!("--secrets: {shown} cannot be used: {}", io_text(&error))];
        match fs::metadata(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(fault)?;
            }
            found => {
                let found = found.map_err(fault)?;
                if !found.is_dir() {
                    return Err(vec![format!("--secrets: {shown} is no directory")]);
                }
                if found.mode() & 0o077 != 0 {
                    return Err(vec![format!("--secrets: others can look into {shown}: chmod 700 {shown}")]);
                }
            }
        }
        let trial = folder.join(".quaymaster");
        private::replace(&trial, "").and_then(|()| fs::remove_file(&trial)).map_err(fault)?;
        Ok(Secrets { folder, failures: Mutex::default() })
    }

    /// Puts a Secret into its file, on the disk before this returns; a file that says the same stays as it is. When that fails the
    /// run begins nothing more, since what it returns would be lost.
    pub fn keep(&self, manifest: &Value) {
        let text = |key: &str| manifest["metadata"][key].as_str().unwrap_or_default();
        // A namespace has no dot in it, and neither name has anything that leads out of the folder.
        let path = self.folder.join(format!("{}.{}.yml", text("namespace"), text("name")));
        let content = write::write(manifest);
        if is_kept(&path, &content) {
            return;
        }
        if let Err(error) = private::replace(&path, &content) {
            let what = format!("--secrets: {} cannot be written: {}", path.display(), io_text(&error));
            self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(what);
            engine::interrupt();
        }
    }

    /// Tells what could not be kept.
    ///
    /// # Errors
    /// A sentence for each file that could not be written.
    pub fn finish(self) -> Result<(), Vec<String>> {
        let failures = self.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }
}

/// The Secrets that runs have kept in a folder. A file that says something else is not theirs, and one that cannot be read is
/// written anew.
pub fn read(folder: &Path) -> Vec<Node> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "yml")).collect();
    let (sources, _) = files::read(&files);
    let documents = sources.into_iter().flat_map(|source| source.documents);
    documents.filter(|document| document.get("kind").and_then(Node::as_str) == Some("Secret")).collect()
}

/// Whether the file says just this, to its owner alone.
fn is_kept(path: &Path, content: &str) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let is_private = file.metadata().is_ok_and(|found| found.is_file() && found.mode() & 0o077 == 0);
    let mut known = String::new();
    // A longer one says something else.
    let limit = u64::try_from(content.len()).unwrap_or(u64::MAX).saturating_add(1);
    is_private && file.take(limit).read_to_string(&mut known).is_ok() && known == content
}
