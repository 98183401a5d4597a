//! Files that credentials go to.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::api::bounded;
use crate::apply::private;
use crate::error::io_text;

/// What a file says; `None` for one that is not there.
pub fn content(path: &Path) -> Result<Option<String>, String> {
    match bounded::small_file(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| "it is no text".into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unwritten(&error)),
    }
}

/// Puts a text into a file in one step, with its mode (without one that which the file has, else 0600) and owner. A file that is so
/// already stays.
///
/// # Errors
/// When that is not possible; what is there is whole then.
pub fn write(path: &Path, text: &str, mode: Option<u32>, owner: Option<&str>) -> Result<(), String> {
    // The file that a link leads to, not the link.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let found = fs::metadata(&real).ok();
    let mode = mode.or(found.as_ref().map(|found| found.permissions().mode() & 0o777)).unwrap_or(0o600);
    let owner = owner.map(number).transpose()?;
    let is_so = found.is_some_and(|found| {
        found.permissions().mode() & 0o777 == mode && owner.is_none_or(|owner| found.uid() == owner)
    });
    if is_so && content(&real).ok().flatten().as_deref() == Some(text) {
        return Ok(());
    }
    private::put(&real, text, mode, owner).map_err(|error| unwritten(&error))
}

/// The number of an account, as the system knows it.
fn number(owner: &str) -> Result<u32, String> {
    if let Ok(number) = owner.parse() {
        return Ok(number);
    }
    let found = Command::new("id").args(["-u", "--", owner]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = found.ok().filter(|found| found.status.success()).and_then(|found| String::from_utf8(found.stdout).ok());
    text.and_then(|text| text.trim().parse().ok()).ok_or_else(|| format!("there is no account {owner} on this machine"))
}

fn unwritten(error: &io::Error) -> String {
    format!("cannot be written: {}", io_text(error))
}
