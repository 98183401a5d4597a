//! Brings credentials that Quay has given out to where the files want them.

mod command;
mod docker;
mod file;

use std::fmt::{self, Display, Formatter};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::input::delivery::{Content, Target};
use super::kinds::credential;
use crate::api::{base_url, registry};
use crate::quay::docker as docker_config;

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
        let host = connection.get("quay_host").and_then(Value::as_str).unwrap_or_default();
        let registry = base_url(host).map(|base| registry(&base)).unwrap_or_default();
        Some(Credential { registry, username, token })
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
        why.replace(&self.token, "********").replace(&self.auth(), "********")
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
            command::run(arguments, &credential.text(*content), &format!("{what} to {target}"))
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
