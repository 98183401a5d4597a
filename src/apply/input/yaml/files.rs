//! The files that a user names: found, read, parsed.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use super::{Node, Place, Problem, parse};
use crate::api::bounded;
use crate::error::io_text;

/// What complaints call the standard input.
const STDIN: &str = "<stdin>";
/// The most bytes of one file: a hundred thousand objects need less, and a device has no end.
const MOST: u64 = 64 << 20;
/// How a file begins that ansible-vault encrypted as a whole.
const VAULT: &[u8] = b"$ANSIBLE_VAULT;";

/// How much is read at most; what is beyond that is left out without a word.
#[derive(Clone, Copy)]
pub struct Budget {
    /// Files, and all that stands in directories.
    pub entries: usize,
    /// Bytes of all files together.
    pub bytes: u64,
}

impl Default for Budget {
    /// All that the user names.
    fn default() -> Budget {
        Budget { entries: usize::MAX, bytes: u64::MAX }
    }
}

/// One file that was read.
pub struct Source {
    /// Its name, as complaints show it.
    pub file: Arc<str>,
    /// The folder that its relative paths start from; `None` for the standard input, where the working directory is it.
    pub folder: Option<PathBuf>,
    /// What it says.
    pub documents: Vec<Node>,
}

/// Reads files, directories (with everything inside, in the order of the names) and, as `-`, the standard input.
///
/// Beside them stands everything that is wrong with any of them.
pub fn read(paths: &[PathBuf]) -> (Vec<Source>, Vec<Problem>) {
    read_within(paths, Budget::default())
}

/// The same, as far as a budget allows.
pub fn read_within(paths: &[PathBuf], budget: Budget) -> (Vec<Source>, Vec<Problem>) {
    read_with(paths, budget, &mut io::stdin())
}

fn read_with(paths: &[PathBuf], budget: Budget, stdin: &mut dyn Read) -> (Vec<Source>, Vec<Problem>) {
    let mut reading = Reading { budget, ..Reading::default() };
    for path in paths {
        reading.named(path, stdin);
    }
    (reading.sources, reading.problems)
}

#[derive(Default)]
struct Reading {
    sources: Vec<Source>,
    problems: Vec<Problem>,
    /// Files and directories without links on the way, to find what is named twice.
    seen: HashSet<PathBuf>,
    /// What may still be read.
    budget: Budget,
}

impl Reading {
    fn complain(&mut self, path: &Path, what: impl Into<String>) {
        let place = Place::data(path.to_string_lossy());
        self.problems.push(Problem { place, what: what.into() });
    }

    /// A path that the user gave.
    fn named(&mut self, path: &Path, stdin: &mut dyn Read) {
        if path == Path::new("-") {
            let place = Path::new(STDIN);
            if !self.seen.insert(path.to_path_buf()) {
                self.complain(place, "named twice");
            } else if let Some(bytes) = self.bytes(place, Ok(stdin)) {
                self.parse(place, None, bytes);
            }
        } else if path.is_dir() {
            if self.directory(path) == Some(0) {
                self.complain(path, "no *.yml or *.yaml file is in this directory");
            }
        } else {
            self.file(path);
        }
    }

    /// Reads a directory; returns how many YAML files it has, `None` after a complaint about the directory.
    fn directory(&mut self, path: &Path) -> Option<usize> {
        if !self.is_new(path) {
            return None;
        }
        let entries = fs::read_dir(path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.complain(path, format!("the directory cannot be read: {}", io_text(&error)));
                return None;
            }
        };
        entries.sort_unstable_by_key(fs::DirEntry::file_name);
        let mut count = Some(0);
        for entry in entries {
            if self.budget.entries == 0 {
                break;
            }
            self.budget.entries -= 1;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let found = if path.is_dir() {
                self.directory(&path)
            } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
                // Reading a pipe that nobody named would wait for ever.
                match path.is_file() || !path.exists() {
                    true => self.file(&path),
                    false => self.complain(&path, "is no regular file: name it by itself if it shall be read"),
                }
                Some(1)
            } else {
                Some(0)
            };
            count = count.zip(found).map(|(count, found)| count + found);
        }
        count
    }

    fn file(&mut self, path: &Path) {
        // What is missing is not there twice.
        if let Some(bytes) = self.bytes(path, fs::File::open(path))
            && self.is_new(path)
        {
            self.parse(path, path.parent().map(Path::to_path_buf), bytes);
        }
    }

    /// All that a file holds, unless that is too much; `None` after a complaint.
    fn bytes(&mut self, place: &Path, file: io::Result<impl Read>) -> Option<Vec<u8>> {
        let most = MOST.min(self.budget.bytes);
        match file.and_then(|file| bounded::all(file, most)) {
            Err(error) => self.complain(place, format!("cannot be read: {}", io_text(&error))),
            Ok(None) if most < MOST => {}
            Ok(None) => self.complain(place, format!("holds more than {} MB: split it into several files", MOST >> 20)),
            Ok(Some(bytes)) => {
                self.budget.bytes -= bytes.len() as u64;
                return Some(bytes);
            }
        }
        None
    }

    /// Complains about a second time.
    fn is_new(&mut self, path: &Path) -> bool {
        // A pipe has a path that leads nowhere; it counts by its name.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let new = self.seen.insert(real);
        if !new {
            self.complain(path, "named twice, itself or through a link or a directory");
        }
        new
    }

    fn parse(&mut self, path: &Path, folder: Option<PathBuf>, bytes: Vec<u8>) {
        if bytes.trim_ascii_start().starts_with(VAULT) {
            let what = "the file is encrypted by ansible-vault: let Ansible read it and give the content to quay_registry in \
                        config, or decrypt it";
            return self.complain(path, what);
        }
        let file = path.to_string_lossy();
        match text(&file, bytes) {
            Ok(text) => {
                let (documents, problems) = parse::read(&file, &text);
                self.problems.extend(problems);
                self.sources.push(Source { file: file.into(), folder, documents });
            }
            Err(problem) => self.problems.push(problem),
        }
    }
}

fn text(file: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let good =
            String::from_utf8_lossy(error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default());
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Problem {
            place: Place::File { file: Arc::new(file.to_owned()), line: parse::at(line), column: parse::at(column) },
            what: "the file is not UTF-8 text".to_owned(),
        }
    })
}

/// What files of a folder say, for tests.
#[cfg(test)]
pub fn documents(folder: &str, names: &[&str]) -> Vec<Node> {
    let paths: Vec<PathBuf> = names.iter().map(|name| Path::new(folder).join(name)).collect();
    let (sources, problems) = read(&paths);
    assert!(problems.is_empty(), "{problems:#?}");
    sources.into_iter().flat_map(|source| source.documents).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir, sources: &[Source]) -> Vec<String> {
        let prefix = format!("{}/", folder.path().display());
        sources.iter().map(|source| source.file.replace(&prefix, "")).collect()
    }

    /// Every complaint, the temporary folder cut off.
    #[track_caller]
    fn problems(folder: &tempfile::TempDir, (_, problems): (Vec<Source>, Vec<Problem>)) -> Vec<String> {
        let prefix = folder.path().display().to_string();
        problems.iter().map(|problem| problem.to_string().replace(&prefix, "")).collect()
    }

    fn read_all(paths: &[PathBuf]) -> (Vec<Source>, Vec<Problem>) {
        read_with(paths, Budget::default(), &mut "from: stdin".as_bytes())
    }

    #[test]
    fn a_directory_is_read_with_everything_inside_in_the_order_of_names() {
        let folder = folder(&[
            ("b.yml", "a: 1"),
            ("a/z.yaml", "a: 1\n---\nb: 2"),
            ("c/d/e.yml", ""),
            ("a.txt", "not: [yaml"),
            (".hidden.yml", "not: [yaml"),
            (".git/x.yml", "not: [yaml"),
        ]);
        let sources = read_all(&[folder.path().to_path_buf()]).0;
        assert_eq!(names(&folder, &sources), ["a/z.yaml", "b.yml", "c/d/e.yml"]);
        assert_eq!(sources.iter().map(|source| source.documents.len()).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(sources[0].folder, Some(folder.path().join("a")));
    }

    #[test]
    fn a_named_file_may_have_any_name_and_files_keep_their_order() {
        let folder = folder(&[("z.conf", "a: 1"), ("a.yml", "b: 2")]);
        let sources = read_all(&[folder.path().join("z.conf"), "-".into(), folder.path().join("a.yml")]).0;
        assert_eq!(names(&folder, &sources), ["z.conf", "<stdin>", "a.yml"]);
        assert_eq!(sources[1].folder, None);
        assert_eq!(sources[1].documents[0].get("from").unwrap().as_str(), Some("stdin"));
    }

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let folder = folder(&[("good.yml", "a: 1")]);
        let large = folder.path().join("large.yml");
        fs::File::create(&large).unwrap().set_len(MOST + 1).unwrap();
        let paths = ["-".into(), large, folder.path().join("good.yml")];
        let result = read_with(&paths, Budget::default(), &mut io::repeat(b'#'));
        let found = problems(&folder, result);
        assert_eq!(
            found,
            [
                "<stdin>: holds more than 64 MB: split it into several files",
                "/large.yml: holds more than 64 MB: split it into several files"
            ]
        );
    }

    #[test]
    fn a_budget_bounds_files_and_bytes() {
        let folder = folder(&[("a/1.yml", "a: 1"), ("a/2.yml", "b: 2"), ("a/3.txt", ""), ("b.yml", "c: 3")]);
        let read = |entries, bytes| {
            let (sources, problems) = read_within(&[folder.path().to_path_buf()], Budget { entries, bytes });
            assert!(problems.is_empty());
            names(&folder, &sources)
        };
        assert_eq!(read(5, 12), ["a/1.yml", "a/2.yml", "b.yml"]);
        assert_eq!(read(4, 12), ["a/1.yml", "a/2.yml"]);
        assert_eq!(read(2, 12), ["a/1.yml"]);
        assert_eq!(read(5, 11), ["a/1.yml", "a/2.yml"]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let folder = folder(&[("bad.yml", "a: 1\nb: [1"), ("empty/notes.txt", ""), ("good.yml", "a: 1")]);
        fs::write(folder.path().join("latin.yml"), b"a: b\nname: caf\xe9\n").unwrap();
        fs::write(folder.path().join("vault.yml"), b"\n$ANSIBLE_VAULT;1.1;AES256\n6162\n").unwrap();
        let paths = ["missing.yml", "bad.yml", "empty", "latin.yml", "vault.yml", "good.yml"];
        let found = problems(&folder, read_all(&paths.map(|path| folder.path().join(path))));
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(found[0], "/missing.yml: cannot be read: No such file or directory");
        assert!(found[1].starts_with("/bad.yml:2:"), "{}", found[1]);
        assert_eq!(found[2], "/empty: no *.yml or *.yaml file is in this directory");
        assert_eq!(found[3], "/latin.yml:2:10: the file is not UTF-8 text");
        assert!(found[4].starts_with("/vault.yml: the file is encrypted by ansible-vault"), "{}", found[4]);
    }

    #[test]
    fn what_is_named_twice_is_told() {
        let folder = folder(&[("in/a.yml", "a: 1")]);
        let file = folder.path().join("in/a.yml");
        let other = folder.path().join("in/../in/a.yml");
        let twice = "named twice, itself or through a link or a directory";
        assert_eq!(problems(&folder, read_all(&[file.clone(), other])), [format!("/in/../in/a.yml: {twice}")]);
        assert_eq!(problems(&folder, read_all(&[folder.path().to_path_buf(), file])), [format!("/in/a.yml: {twice}")]);
        assert_eq!(problems(&folder, read_all(&["-".into(), "-".into()])), ["<stdin>: named twice"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_a_directory_is_told_and_not_waited_for() {
        let folder = folder(&[("a.yml", "a: 1")]);
        let pipe = folder.path().join("b.yml");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let found = problems(&folder, read_all(&[folder.path().to_path_buf()]));
        assert_eq!(found, ["/b.yml: is no regular file: name it by itself if it shall be read"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_ends() {
        let folder = folder(&[("a/b.yml", "a: 1")]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
        let found = problems(&folder, read_all(&[folder.path().to_path_buf()]));
        assert_eq!(found, ["/a/up: named twice, itself or through a link or a directory"]);
    }
}
