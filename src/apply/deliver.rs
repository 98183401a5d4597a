//! Brings credentials that Quay has given out to where the files want them.

mod command;
mod docker;
mod file;
mod memory;

use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Value};

use super::input::delivery::{Content, Delivery, Target};
use super::input::yaml::write;
use super::kinds::credential;
use crate::quay::{MASK, docker as docker_config};
use memory::{Alone, Memory};

/// What signs in at a registry. It has no `Debug`.
pub struct Credential {
    registry: String,
    username: String,
    token: String,
    /// The Kubernetes Secret of it, where the entry names one.
    manifest: Option<Value>,
}

impl Credential {
    /// The credential that a module returned; `None` where Quay does not show it (again).
    pub fn of(module: &str, returned: &Map<String, Value>, connection: &Map<String, Value>) -> Option<Credential> {
        let (username, token) = credential::of(module, returned)?;
        Some(Credential { registry: credential::registry_of(connection), username, token, manifest: None })
    }

    /// The same with the Kubernetes Secret that its entry names.
    #[must_use]
    pub fn within(self, manifest: Option<Value>) -> Credential {
        Credential { manifest, ..self }
    }

    fn auth(&self) -> String {
        docker_config::auth(&self.username, &self.token)
    }

    fn text(&self, content: Content) -> String {
        match content {
            Content::Token => self.token.clone(),
            Content::DockerConfig => format!("{:#}\n", docker_config::config(&self.registry, &self.auth())),
            // An entry without a Secret has no such content.
            Content::Manifest => self.manifest.as_ref().map(write::write).unwrap_or_default(),
        }
    }

    fn hide(&self, why: &str) -> String {
        let data = self.manifest.iter().flat_map(|manifest| manifest["data"].as_object()).flat_map(Map::values);
        let data = data.filter_map(Value::as_str).filter(|text| !text.is_empty());
        let why = why.replace(&self.token, MASK).replace(&self.auth(), MASK);
        data.fold(why, |why, text| why.replace(text, MASK))
    }
}

/// Why a credential is not known to be at its place, a sentence without the secret.
pub enum Undelivered {
    /// It is not there.
    Failed(String),
    /// It may be there.
    Unknown(String),
}

impl From<String> for Undelivered {
    fn from(why: String) -> Undelivered {
        Undelivered::Failed(why)
    }
}

impl Undelivered {
    /// Whether the credential may be at its place all the same.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Undelivered::Unknown(_))
    }

    /// The sentence.
    pub fn why(&self) -> &str {
        let (Undelivered::Failed(why) | Undelivered::Unknown(why)) = self;
        why
    }

    fn rewritten(self, rewrite: impl Fn(&str) -> String) -> Undelivered {
        match self {
            Undelivered::Failed(why) => Undelivered::Failed(rewrite(&why)),
            Undelivered::Unknown(why) => Undelivered::Unknown(rewrite(&why)),
        }
    }
}

/// Brings a credential to a place, unless it is there. `what` names the credential for good. Commands run side by side, since they may
/// take long; files are written one at a time.
///
/// # Errors
/// Why that is not known to have happened. A file there is whole then.
pub fn bring(target: &Target, credential: &Credential, what: &str) -> Result<(), Undelivered> {
    match target {
        Target::DockerConfig(path) => {
            let _alone = Alone::wait();
            docker::merge(path, &credential.registry, &credential.auth()).map_err(Undelivered::from)
        }
        Target::File { path, mode, owner, content } => {
            let _alone = Alone::wait();
            let text = credential.text(*content);
            file::write(path, &text, Some(*mode), owner.as_deref()).map_err(Undelivered::from)
        }
        Target::Command { arguments, content } => {
            let hide = |text: &str| credential.hide(text);
            command::run(arguments, &credential.text(*content), &format!("{what} to {target}"), hide)
        }
    }
    .map_err(|undelivered| undelivered.rewritten(|why| credential.hide(&format!("{target}: {why}"))))
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
        self.note(|memory| {
            memory.under_way.insert(self.name.clone());
        });
    }

    /// Notes that the credential of this identity has arrived.
    pub fn end(&self, identity: &str) {
        self.note(|memory| {
            memory.under_way.remove(&self.name);
            memory.arrived.insert(self.name.clone(), identity.to_owned());
        });
    }

    fn note(&self, change: impl FnOnce(&mut Memory)) {
        // What cannot be noted is missed only after a run that was killed in between.
        let _ = Memory::change(change);
    }

    /// Whether the credential of this identity is known to have arrived. A run that was killed elsewhere has left no note here.
    pub fn has_arrived(&self, identity: &str) -> bool {
        Memory::open().arrived.get(&self.name).is_some_and(|known| known == identity)
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
