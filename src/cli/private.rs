//! Files that are never half written, most of them for their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Puts a new content in the place of the file, on the disk before this returns.
///
/// # Errors
/// When that is not possible; the file is as it was then.
pub fn replace(path: &Path, content: &str) -> io::Result<()> {
    put(path, content, 0o600)
}

/// The same for what everybody may read.
///
/// # Errors
/// As [`replace`].
pub fn publish(path: &Path, content: &str) -> io::Result<()> {
    put(path, content, 0o644)
}

fn put(path: &Path, content: &str, mode: u32) -> io::Result<()> {
    // A file of another name first: what is there stays whole until the new one is.
    let mut new = path.to_path_buf().into_os_string();
    new.push(format!(".{}", std::process::id()));
    let new = PathBuf::from(new);
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new).and_then(|mut file| {
        file.write_all(content.as_bytes())?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&new, path));
    if moved.is_err() {
        // It was never complete, or nobody would look for it.
        let _ = fs::remove_file(&new);
    }
    moved
}
