//! Commands that take a credential on their standard input, and what is remembered of those that did.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use ring::digest::{SHA256, digest};

use crate::apply::private;
use crate::error::{io_text, plain};

/// The most of what a command says that is told.
const LONGEST: usize = 300;

/// Starts a command with a secret as its whole standard input, unless it has taken just this one before. `what` is under which name
/// that is remembered, as a digest, below `$XDG_STATE_HOME/quaymaster` (else `~/.local/state`); without such a place it is started each
/// time.
///
/// # Errors
/// When it cannot be started, or does not end with 0; with what it said on its standard error.
pub fn run(arguments: &[String], secret: &str, what: &str) -> Result<(), String> {
    let taken: String = digest(&SHA256, secret.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut memory = Memory::open();
    if memory.known.get(what) == Some(&taken) {
        return Ok(());
    }
    let (program, rest) = arguments.split_first().ok_or("it is empty")?;
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot be started: {}", io_text(&error)))?;
    // What it does not read, it tells by its exit code.
    let given = child.stdin.take().map(|mut stdin| stdin.write_all(secret.as_bytes()));
    let ended = child.wait_with_output().map_err(|error| format!("cannot be waited for: {}", io_text(&error)))?;
    if !ended.status.success() || given.is_some_and(|given| given.is_err()) {
        let said = String::from_utf8_lossy(&ended.stderr);
        let said: String = said.trim().replace(secret, "********").chars().take(LONGEST).collect();
        let said = if said.is_empty() { "it said nothing".to_owned() } else { format!("it said \"{}\"", plain(&said)) };
        return Err(format!("it did not take the credential ({}): {said}", ended.status));
    }
    memory.keep(what, taken)
}

/// Which secret each command took last, as a digest.
struct Memory {
    path: Option<PathBuf>,
    known: BTreeMap<String, String>,
}

impl Memory {
    fn open() -> Memory {
        let set = |name: &str| std::env::var_os(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")));
        let path = state.map(|state| state.join("quaymaster/deliveries.json"));
        let text = path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        // One that cannot be read remembers nothing: commands are started once more.
        let known = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Memory { path, known }
    }

    fn keep(&mut self, what: &str, taken: String) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        self.known.insert(what.to_owned(), taken);
        let folder =
            path.parent().map_or(Ok(()), |folder| DirBuilder::new().recursive(true).mode(0o700).create(folder));
        let text = serde_json::to_string_pretty(&self.known).unwrap_or_default();
        let kept = folder.and_then(|()| private::replace(path, &format!("{text}\n")));
        kept.map_err(|error| {
            format!("it took the credential, which cannot be noted in {}: {}", path.display(), io_text(&error))
        })
    }
}
