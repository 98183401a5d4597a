//! Commands that take a credential on their standard input, and what is remembered of those that did.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use wait_timeout::ChildExt as _;

use super::Undelivered;
use super::memory::Memory;
use crate::error::{io_text, plain};
use crate::quay::MASK;

/// The most of what a command says that is told.
const LONGEST: usize = 300;

/// The most of what a command says that is read for it: a secret in it may be long.
const READ: u64 = 100_000;

/// The variable with the time that a command may take, in seconds.
const TIMEOUT: &str = "QUAYMASTER_DELIVERY_TIMEOUT";
/// The same where nobody says it.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What the names of the variables of this program begin with.
const OWN: &[&str] = &["QUAY_", "QUAYMASTER_"];

/// Starts a command with a secret as its whole standard input, unless it has taken just this one before. `what` is under which name
/// that is remembered, as a digest. The variables with which this program signs in to Quay are not for the command. One that does not
/// end within five minutes, or `QUAYMASTER_DELIVERY_TIMEOUT` seconds, is killed.
///
/// # Errors
/// When it cannot be started, or does not end with 0, with what it said on its standard error; [`Undelivered::Unknown`] where it does
/// not end in time: what it has started may have taken the secret, or may take it yet.
pub fn run(arguments: &[String], secret: &str, what: &str, hide: impl Fn(&str) -> String) -> Result<(), Undelivered> {
    let taken: String = digest(&SHA256, secret.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    if Memory::open().taken.get(what) == Some(&taken) {
        return Ok(());
    }
    let (program, rest) = arguments.split_first().ok_or_else(|| "it is empty".to_owned())?;
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let own = std::env::vars_os().map(|(name, _)| name);
    own.filter(|name| OWN.iter().any(|prefix| name.to_string_lossy().starts_with(prefix))).for_each(|name| {
        command.env_remove(name);
    });
    let mut child = command.spawn().map_err(|error| format!("cannot be started: {}", io_text(&error)))?;
    let said = heard(&mut child);
    // What it does not read, it tells by its exit code. A secret fits into a pipe, whether or not anybody reads it.
    let given = child.stdin.take().is_none_or(|mut stdin| stdin.write_all(secret.as_bytes()).is_ok());
    let status = ended(&mut child)?;
    if !status.success() || !given {
        // What it has started may go on speaking.
        let said = said.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        // Before it is cut, or a part of a secret would be left.
        let said: String = hide(&said.replace(secret, MASK)).trim().chars().take(LONGEST).collect();
        let said = if said.is_empty() { "it said nothing".to_owned() } else { format!("it said \"{}\"", plain(&said)) };
        return Err(format!("it did not take the credential ({status}): {said}").into());
    }
    // It has the credential. What cannot be remembered is brought once more by the next run.
    let _ = Memory::change(|memory| drop(memory.taken.insert(what.to_owned(), taken)));
    Ok(())
}

/// What a command says, once it is silent; the beginning of it, while all of it is read, or the command would wait.
fn heard(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut stderr) = child.stderr.take() {
        thread::spawn(move || {
            let mut said = Vec::new();
            let _ = stderr.by_ref().take(READ).read_to_end(&mut said);
            let _ = io::copy(&mut stderr, &mut io::sink());
            sender.send(String::from_utf8_lossy(&said).into_owned())
        });
    }
    receiver
}

/// How a command ended.
fn ended(child: &mut Child) -> Result<ExitStatus, Undelivered> {
    let given = std::env::var(TIMEOUT).ok().and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let longest = given.unwrap_or(LONGEST_WAIT);
    let waited = child.wait_timeout(longest).map_err(|error| format!("cannot be waited for: {}", io_text(&error)))?;
    waited.ok_or_else(|| {
        // It may have ended just now.
        let _ = child.kill().and_then(|()| child.wait());
        let longest = longest.as_secs();
        Undelivered::Unknown(format!(
            "it did not end within {longest} s and was stopped ({TIMEOUT} says how long it may take); it may have the credential"
        ))
    })
}
