//! From a server to the entries of a file: what the kinds need to tell what is there.
//!
//! What an object looks like in the vocabulary of the options, its module knows: it is asked for a plan that is never
//! executed, and the state before that plan is what is exported.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::section::{Place, Section};
use crate::api::{Path, Reader};
use crate::call::{self, Call};
use crate::error::{Error, Need, Result};
pub use crate::quay::partial::if_available;
use crate::quay::server::Server;
use crate::quay::{lookup, policy};

/// Reads all entries of a place.
pub type Entries = fn(&Source<'_>, &str, &mut Vec<String>) -> Result<Value>;
/// Reads one object of an organization.
pub type Entry = fn(&Source<'_>, &str, &str, &mut Vec<String>) -> Result<Map<String, Value>>;

/// How the entries of a section are read back. What cannot be read is added to the list, a line each.
#[derive(Clone, Copy)]
pub enum Export {
    /// Together with the objects around them, or not at all.
    Never,
    /// All that an organization or a repository, by its name, has of them: the value of the section's key, empty where there is
    /// nothing.
    Whole(Entries),
    /// One by one, as each takes requests of its own.
    Each {
        /// The short names of those in an organization that have a place in a file.
        names: fn(&Source<'_>, &str, &mut Vec<String>) -> Result<Vec<String>>,
        /// One of them, by its organization and its short name, without the sections within that are read [whole](Export::Whole).
        read: Entry,
    },
}

/// The server that is read.
pub struct Source<'a> {
    /// Sends the requests.
    pub quay: &'a Reader,
    /// What the server can do.
    pub server: Server,
}

impl Source<'_> {
    /// What a module sees, in the vocabulary of its options, when it is asked to do what `options` say; nothing of the plan is
    /// executed.
    ///
    /// # Errors
    /// As the module, and for options that it does not take.
    pub fn seen(&self, section: &Section, options: Value) -> Result<Map<String, Value>> {
        let (entry, parameters) = (section.entry(), options.as_object().cloned().unwrap_or_default());
        let call = Call::within(section.module, parameters);
        let checked = call::validate(entry.document, entry.rules, call, &|_| None).map_err(|invalid| {
            let why: Vec<&str> = invalid.errors.iter().map(|error| error.text.as_str()).collect();
            Error::Unexpected(format!("{} does not take what Quay shows: {}", section.module, why.join("; ")))
        })?;
        Ok(entry.plan(&checked.options, self.quay)?.before)
    }

    /// A repository as its list shows it.
    ///
    /// # Errors
    /// When it is gone.
    pub fn repository(&self, name: &str) -> Result<Value> {
        let attempt = || format!("read the repository {name}");
        let found = self.quay.find(&lookup::repository_path(name)).map_err(|error| error.attempting(attempt()))?;
        found.ok_or_else(|| Error::Missing(format!("cannot {}: it was listed, and is gone", attempt())))
    }

    /// The entries of a list below a place, which takes this right, by the attempt that a message names.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn list(&self, path: &Path, key: &str, need: &Need, attempt: String) -> Result<Vec<Value>> {
        self.quay.list(path, key).map_err(|error| error.attempting(attempt).needing(need))
    }

    /// The policies of an organization or a repository; none where the server has no such thing.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn policies<P: DeserializeOwned>(&self, kind: &policy::Kind, place: Place, name: &str) -> Result<Vec<P>> {
        let (path, what, right) = match place {
            Place::Repository => (Path::repository(name), "repository", Need::REPO_ADMIN),
            _ => (Path::organization(name), "organization", Need::ORG_ADMIN),
        };
        if kind.is_off(&self.server) || self.server.shortfall(&kind.need(right)).is_some() {
            return Ok(Vec::new());
        }
        if_available(kind.list(self.quay, &path, &format!("the {what} {name}"), right)).map(Option::unwrap_or_default)
    }
}
