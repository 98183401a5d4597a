//! What is read to its end only where the end is near.

use std::fs::File;
use std::io::{Error, Read, Result};
use std::path::Path;

/// Bytes that a file may have that an earlier run has written: all objects of a large server, with room for several of these.
pub const WRITTEN: u64 = 256 << 20;
/// Bytes that a file with one secret, or with certificates, may have; a bundle of all public authorities has a fourth of it.
const SMALL: u64 = 1 << 20;

/// All that can be read, unless that is more than `most` bytes.
///
/// # Errors
/// When it cannot be read.
pub fn all(file: impl Read, most: u64) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= most))
}

/// Reads a file. What is no file, such as a pipe or a device, is not waited for.
///
/// # Errors
/// When it cannot be read, is no file, or has more than `most` bytes.
pub fn file(path: &Path, most: u64) -> Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(Error::other("it is not a file"));
    }
    all(File::open(path)?, most)?.ok_or_else(|| Error::other(format!("it has more than {} MB", most >> 20)))
}

/// Reads a small file.
///
/// # Errors
/// As [`file()`], for more than 1 MB.
pub fn small_file(path: &Path) -> Result<Vec<u8>> {
    file(path, SMALL)
}
