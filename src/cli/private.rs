//! Files that are never half written, most of them for their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

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
    // Not of the process alone: in a container that has the same number after a crash.
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let new = path.with_file_name(format!(".quaymaster.{}.{time}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
    let written = file.write_all(content.as_bytes()).and_then(|()| file.sync_all());
    let moved = written.and_then(|()| fs::rename(&new, path));
    if moved.is_err() {
        // It was never complete, or nobody would look for it.
        let _ = fs::remove_file(&new);
    }
    moved
}
