//! Reads the documentation of the modules (`plugins/modules/*.py`) and turns it into the argument tables.
//!
//! The documentation is the specification: a mistake in it is an error of the build, never a surprise at run time.
//! `build.rs` uses this, and so does `tests/build_documents.rs`, which a build script cannot hold itself.

pub mod document;
pub mod examples;
pub mod fragment;
pub mod option;
pub mod python;
pub mod returns;
pub mod write;
pub mod yaml;

use std::fmt;
use std::path::{Path, PathBuf};

use document::Document;

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File, relative to the repository.
    pub file: String,
    /// Line in that file, from 1.
    pub line: usize,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// The problems of one file, while it is being read.
pub struct Problems<'a> {
    file: String,
    list: &'a mut Vec<Problem>,
}

impl<'a> Problems<'a> {
    /// Collects into `list` what is found in `file`.
    pub fn of(file: &str, list: &'a mut Vec<Problem>) -> Problems<'a> {
        Problems { file: file.to_string(), list }
    }

    /// Notes that `what` is wrong at `line`.
    pub fn add(&mut self, line: usize, what: impl Into<String>) {
        self.list.push(Problem { file: self.file.clone(), line, what: what.into() });
    }
}

/// Everything that was read.
pub struct Documentation {
    /// The modules, sorted by name.
    pub documents: Vec<Document>,
    /// Every file that was read.
    pub files: Vec<PathBuf>,
}

/// Reads the documentation of all modules of the collection at `root`.
///
/// # Errors
/// Every problem of every file, sorted by file and line.
pub fn read(root: &Path) -> Result<Documentation, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut files = python_files(root, "plugins/doc_fragments", &mut problems);
    let fragments = fragment::read_all(root, &files, &mut problems);
    let modules = python_files(root, "plugins/modules", &mut problems);
    let mut documents: Vec<Document> =
        modules.iter().filter_map(|file| Document::read(&root.join(file), file, &fragments, &mut problems)).collect();
    documents.sort_by(|a, b| a.name.cmp(&b.name));
    for document in &documents {
        examples::check(document, &documents, &modules, &mut problems);
    }
    if !problems.is_empty() {
        problems.sort();
        problems.dedup();
        return Err(problems);
    }
    files.extend(modules);
    Ok(Documentation { documents, files: files.iter().map(PathBuf::from).collect() })
}

/// The `.py` files of a directory, relative to `root`, sorted. The modules' symlinks to the executable have no extension.
fn python_files(root: &Path, directory: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut files = Vec::new();
    match std::fs::read_dir(root.join(directory)) {
        Ok(entries) => {
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.ends_with(".py") && name != "__init__.py" {
                    files.push(format!("{directory}/{name}"));
                }
            }
        }
        Err(error) => Problems::of(directory, problems).add(1, format!("cannot be listed: {error}")),
    }
    files.sort();
    files
}
