//! Brings credentials that Quay has given out to where the files want them.

mod command;
mod docker;
mod file;
mod memory;

use std::fmt::{self, Display, Formatter};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::input::delivery::{Content, Delivery, Target};
use super::kinds::credential;
use crate::quay::{MASK, docker as docker_config};
use memory::Memory;

/// What signs in at a registry. It has no `Debug`.
pub struct Credential {
    registry: String,
    username: String,
    token: String,
}

impl Credential {
    /// The credential that a module returned; `None` where Quay does not show it (again).
    pub fn of(module: &str, returned: &Map<String, Value>, connection: &Map<String, Value>) -> Option<Credential> {
        let (username, token) = credential::of(module, returned)?;
        Some(Credential { registry: credential::registry_of(connection), username, token })
    }

    fn auth(&self) -> String {
        docker_config::auth(&self.username, &self.token)
    }

    fn text(&self, content: Content) -> String {
        match content {
            Content::Token => self.token.clone(),
            Content::DockerConfig => format!("{:#}\n", docker_config::config(&self.registry, &self.auth())),
        }
    }

    fn hide(&self, why: &str) -> String {
        why.replace(&self.token, MASK).replace(&self.auth(), MASK)
    }
}

/// One at a time: several credentials may go into one file.
static ALONE: Mutex<()> = Mutex::new(());

/// Brings a credential to a place, unless it is there. `what` names the credential for good.
///
/// # Errors
/// A sentence about the place, without the secret. A file there is whole then.
pub fn bring(target: &Target, credential: &Credential, what: &str) -> Result<(), String> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    match target {
        Target::DockerConfig(path) => docker::merge(path, &credential.registry, &credential.auth()),
        Target::File { path, mode, owner, content } => {
            file::write(path, &credential.text(*content), Some(*mode), owner.as_deref())
        }
        Target::Command { arguments, content } => {
            let hide = |text: &str| credential.hide(text);
            command::run(arguments, &credential.text(*content), &format!("{what} to {target}"), hide)
        }
    }
    .map_err(|why| credential.hide(&format!("{target}: {why}")))
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Target::DockerConfig(path) | Target::File { path, .. } => write!(f, "{}", path.display()),
            Target::Command { arguments, .. } => write!(f, "the command {}", arguments.join(" ")),
        }
    }
}

/// The credential that goes to the places of an entry and that Quay shows only once: what is known of its way.
pub struct Way {
    /// Under which name it is remembered. No two entries have the same places.
    name: String,
}

impl Way {
    /// The way to the places of an entry of an endpoint.
    pub fn of(endpoint: &str, deliveries: &[Delivery]) -> Way {
        let places: Vec<String> = deliveries.iter().map(|delivery| delivery.target.address()).collect();
        Way { name: format!("{endpoint} to {}", places.join(", ")) }
    }

    /// Notes that a credential is about to be made: a run that is killed before that has arrived leaves the note.
    pub fn begin(&self) {
        self.note(true);
    }

    /// Notes that it has arrived.
    pub fn end(&self) {
        self.note(false);
    }

    fn note(&self, is_under_way: bool) {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot be noted is missed only after a run that was killed in between.
        let _ = Memory::change(|memory| match is_under_way {
            true => drop(memory.under_way.insert(self.name.clone())),
            false => drop(memory.under_way.remove(&self.name)),
        });
    }

    /// Whether a place certainly has no credential that works: one was made and never arrived, or a file is missing.
    pub fn is_open(&self, deliveries: &[Delivery], connection: &Map<String, Value>) -> bool {
        let registry = credential::registry_of(connection);
        let lacks = |delivery: &Delivery| match &delivery.target {
            Target::DockerConfig(path) => !docker::has(path, &registry),
            Target::File { path, .. } => !path.exists(),
            Target::Command { .. } => false,
        };
        Memory::open().under_way.contains(&self.name) || deliveries.iter().any(lacks)
    }
}
