//! Files that hold one secret, or a few certificates.

use std::fs::File;
use std::io::{Error, Read, Result};
use std::path::Path;

/// Bytes that such a file may have; a bundle of all public authorities has a fourth of it.
const LARGEST: u64 = 1 << 20;

/// Reads a small file. What is no file, such as a pipe, is not waited for.
///
/// # Errors
/// When it cannot be read, is no file, or has more than 1 MB.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LARGEST {
        true => Err(Error::other("it has more than 1 MB")),
        false => Ok(bytes),
    }
}
