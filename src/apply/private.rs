//! Files that are never half written, most of them for their owner alone.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Puts a new content in the place of the file, on the disk before this returns.
///
/// # Errors
/// When that is not possible; the file is as it was then.
pub fn replace(path: &Path, content: &str) -> io::Result<()> {
    put(path, content, 0o600, None)
}

/// The same for what everybody may read.
///
/// # Errors
/// As [`replace`].
pub fn publish(path: &Path, content: &str) -> io::Result<()> {
    put(path, content, 0o644, None)
}

/// The same with a mode, whatever the process would take away of it, and the number of an owner.
///
/// # Errors
/// As [`replace`].
pub fn put(path: &Path, content: &str, mode: u32, owner: Option<u32>) -> io::Result<()> {
    // A file of another name first: what is there stays whole until the new one is.
    // Not of the process alone: in a container that has the same number after a crash.
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let new = path.with_file_name(format!(".quaymaster.{}.{time}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode & 0o600).open(&new)?;
    let owned = match (owner, fs::symlink_metadata(path)) {
        (Some(owner), _) => fchown(&file, Some(owner), None),
        // The file of somebody else stays theirs, as far as this user may say so.
        (None, Ok(before)) if before.is_file() => fchown(&file, Some(before.uid()), Some(before.gid())).or(Ok(())),
        _ => Ok(()),
    };
    let allowed = owned.and_then(|()| file.set_permissions(Permissions::from_mode(mode)));
    let written = allowed.and_then(|()| file.write_all(content.as_bytes())).and_then(|()| file.sync_all());
    let moved = written.and_then(|()| fs::rename(&new, path));
    if moved.is_err() {
        // It was never complete, or nobody would look for it.
        let _ = fs::remove_file(&new);
    }
    moved
}
