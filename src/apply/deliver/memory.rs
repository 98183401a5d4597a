//! What is remembered of deliveries: `deliveries.json` below `$XDG_STATE_HOME/quaymaster` (else `~/.local/state/quaymaster`), for
//! its owner alone. It holds no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::apply::private;
use crate::error::io_text;

/// What is remembered. Without a place for it nothing is.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Memory {
    #[serde(skip)]
    path: Option<PathBuf>,
    /// The digest of what each command took last.
    pub taken: BTreeMap<String, String>,
    /// Credentials that are made and have not arrived, as far as anybody knows.
    pub under_way: BTreeSet<String>,
    /// The identity of what has arrived last.
    pub arrived: BTreeMap<String, String>,
}

/// One at a time, in this process and in others of this user: several credentials may go into one file, and all are noted in one.
pub struct Alone {
    _thread: MutexGuard<'static, ()>,
    /// Where it can be had: a folder that nobody can write to holds no notes either.
    _process: Option<File>,
}

static ALONE: Mutex<()> = Mutex::new(());

impl Alone {
    /// Waits for its turn, which ends when this is dropped.
    pub fn wait() -> Alone {
        let thread = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = |path: PathBuf| -> io::Result<File> {
            make_folder(&path)?;
            let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
            file.lock()?;
            Ok(file)
        };
        Alone { _thread: thread, _process: place("deliveries.lock").and_then(|path| lock(path).ok()) }
    }
}

/// Where a file of the state of this user is; `None` for a user without a home.
fn place(name: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")));
    Some(state?.join("quaymaster").join(name))
}

fn make_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| DirBuilder::new().recursive(true).mode(0o700).create(folder))
}

impl Memory {
    /// What is known; a file that cannot be read says nothing.
    pub fn open() -> Memory {
        let path = place("deliveries.json");
        let text = path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let known: Memory = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Memory { path, ..known }
    }

    /// Changes it, on the disk before this returns, in turn with others.
    ///
    /// # Errors
    /// A sentence, when it cannot be written.
    pub fn change(change: impl FnOnce(&mut Memory)) -> Result<(), String> {
        let _alone = Alone::wait();
        let mut memory = Memory::open();
        change(&mut memory);
        let Some(path) = &memory.path else { return Ok(()) };
        let text = serde_json::to_string_pretty(&memory).map_err(io::Error::other);
        let kept = make_folder(path).and(text).and_then(|text| private::replace(path, &format!("{text}\n")));
        kept.map_err(|error| format!("cannot be noted in {}: {}", path.display(), io_text(&error)))
    }
}
