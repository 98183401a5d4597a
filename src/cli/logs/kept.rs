//! Where the lines go, and the file that keeps how far a collection is: the one is written first, and cut back to what the other knows.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::api::bounded;
use crate::apply::private;
use crate::cli::print;
use crate::error::{Error, Result, io_text};
use crate::quay::log::cursor::Cursor;

/// Cursor and output of a collection.
pub struct Kept {
    cursor: Option<PathBuf>,
    output: Option<(PathBuf, File)>,
    /// Held as long as this process collects.
    _lock: Option<File>,
}

fn failed(what: &str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::Option(format!("cannot {what} {}: {}", path.display(), io_text(&error)))
}

impl Kept {
    /// Opens both. The cursor is that of the file, or `new` where there is none yet.
    ///
    /// # Errors
    /// When a file cannot be used, another process collects with it, or it belongs to another log.
    pub fn open(cursor: Option<&Path>, output: Option<&Path>, new: Cursor) -> Result<(Kept, Cursor)> {
        let lock = cursor.map(lock).transpose()?;
        let found = cursor.map(read).transpose()?.flatten();
        let output = output.map(|path| append(path).map(|file| (path.to_owned(), file))).transpose()?;
        let (cursor_now, place) = match found {
            Some((found, _)) if found.source != new.source => {
                let text = format!(
                    "the cursor keeps {}, not {}: give each collection a file of its own",
                    found.source, new.source
                );
                return Err(Error::Option(text));
            }
            Some((found, place)) => (found, place),
            None => (new, Value::Null),
        };
        if let Some((path, file)) = &output {
            cut(file, &place).map_err(failed("cut back", path))?;
        }
        Ok((Kept { cursor: cursor.map(Path::to_owned), output, _lock: lock }, cursor_now))
    }

    /// Writes a batch; whether somebody takes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, entries: &[Value]) -> Result<bool> {
        match &mut self.output {
            Some((path, file)) => {
                let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
                file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()).map_err(failed("write", path))?;
                Ok(true)
            }
            None => {
                let code = print::stream(ExitCode::SUCCESS, |out| {
                    entries.iter().try_for_each(|entry| writeln!(out, "{entry}"))
                });
                Ok(code == ExitCode::SUCCESS)
            }
        }
    }

    /// Keeps how far it is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, cursor: &Cursor) -> Result<()> {
        let Some(path) = &self.cursor else { return Ok(()) };
        let mut kept = cursor.written();
        if let Some((path, file)) = &self.output {
            let now = file.metadata().map_err(failed("read", path))?;
            kept["output"] = json!({"inode": now.ino(), "length": now.len()});
        }
        private::replace(path, &kept.to_string()).map_err(failed("write", path))
    }
}

/// One process at a time: two would give out everything twice.
fn lock(cursor: &Path) -> Result<File> {
    let mut name = cursor.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = for_owner().truncate(false).write(true).open(&path).map_err(failed("open", &path))?;
    let taken = || Error::Option(format!("another process collects with {}", cursor.display()));
    file.try_lock().map_err(|_| taken())?;
    Ok(file)
}

fn read(path: &Path) -> Result<Option<(Cursor, Value)>> {
    let text = match bounded::file(path, bounded::WRITTEN) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(failed("read", path))?,
    };
    let kept: Value = serde_json::from_slice(&text).unwrap_or_default();
    let cursor = Cursor::read(&kept)
        .ok_or_else(|| Error::Option(format!("{} is no cursor of quaymaster logs", path.display())))?;
    Ok(Some((cursor, kept["output"].clone())))
}

fn append(path: &Path) -> Result<File> {
    for_owner().append(true).open(path).map_err(failed("open", path))
}

/// A log tells who did what from where: a new file is for its owner alone.
fn for_owner() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

/// Takes back what was written after the cursor: a process that was killed in between had not finished it. A file that was moved away
/// since, as logs are, stays as it is.
fn cut(file: &File, place: &Value) -> io::Result<()> {
    let now = file.metadata()?;
    match (place["inode"].as_u64(), place["length"].as_u64()) {
        (Some(inode), Some(length)) if inode == now.ino() && now.len() > length => file.set_len(length),
        _ => Ok(()),
    }
}
