//! Commands that take a credential on their standard input, and what is remembered of those that did.

use std::io::Write as _;
use std::process::{Command, Stdio};

use ring::digest::{SHA256, digest};

use super::memory::Memory;
use crate::error::{io_text, plain};
use crate::quay::MASK;

/// The most of what a command says that is told.
const LONGEST: usize = 300;

/// What the names of the variables of this program begin with.
const OWN: &[&str] = &["QUAY_", "QUAYMASTER_"];

/// Starts a command with a secret as its whole standard input, unless it has taken just this one before. `what` is under which name
/// that is remembered, as a digest. The variables with which this program signs in to Quay are not for the command.
///
/// # Errors
/// When it cannot be started, or does not end with 0; with what it said on its standard error.
pub fn run(arguments: &[String], secret: &str, what: &str, hide: impl Fn(&str) -> String) -> Result<(), String> {
    let taken: String = digest(&SHA256, secret.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    if Memory::open().taken.get(what) == Some(&taken) {
        return Ok(());
    }
    let (program, rest) = arguments.split_first().ok_or("it is empty")?;
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let own = std::env::vars_os().map(|(name, _)| name);
    own.filter(|name| OWN.iter().any(|prefix| name.to_string_lossy().starts_with(prefix))).for_each(|name| {
        command.env_remove(name);
    });
    let mut child = command.spawn().map_err(|error| format!("cannot be started: {}", io_text(&error)))?;
    // What it does not read, it tells by its exit code.
    let given = child.stdin.take().map(|mut stdin| stdin.write_all(secret.as_bytes()));
    let ended = child.wait_with_output().map_err(|error| format!("cannot be waited for: {}", io_text(&error)))?;
    if !ended.status.success() || given.is_some_and(|given| given.is_err()) {
        let said = String::from_utf8_lossy(&ended.stderr);
        // Before it is cut, or a part of a secret would be left.
        let said: String = hide(&said.replace(secret, MASK)).trim().chars().take(LONGEST).collect();
        let said = if said.is_empty() { "it said nothing".to_owned() } else { format!("it said \"{}\"", plain(&said)) };
        return Err(format!("it did not take the credential ({}): {said}", ended.status));
    }
    // It has the credential. What cannot be remembered is brought once more by the next run.
    let _ = Memory::change(|memory| drop(memory.taken.insert(what.to_owned(), taken)));
    Ok(())
}
