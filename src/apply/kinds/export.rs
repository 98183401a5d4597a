//! From a server to the entries of a file: what the kinds need to tell what is there.
//!
//! What an object looks like in the vocabulary of the options, its module knows: it is asked for a plan that is never
//! executed, and the state before that plan is what is exported.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::section::{Place, Section};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::quay::policy;
use crate::quay::server::Server;

/// Reads what an organization or a repository, by its name, has of a section: the value of the section's key, empty where there is
/// nothing. What cannot be read is added to the list, a line each.
pub type Export = fn(&Source<'_>, &str, &mut Vec<String>) -> Result<Value>;

/// The server that is read.
pub struct Source<'a> {
    /// Sends the requests.
    pub quay: &'a Reader,
    /// What the server can do.
    pub server: Server,
}

impl Source<'_> {
    /// What a module sees, in the vocabulary of its options, when it is asked to do what `options` say. They are complete
    /// as a validated call is; nothing of the plan is executed.
    ///
    /// # Errors
    /// As the module.
    pub fn seen(&self, section: &Section, options: Value) -> Result<Map<String, Value>> {
        let Value::Object(options) = options else {
            return Err(Error::Bug(format!("the options of {} are a mapping", section.module)));
        };
        Ok(section.entry().plan(&options, self.quay)?.before)
    }

    /// The entries of a list below a place, by the attempt that a message names.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn list(&self, path: &Path, key: &str, attempt: String) -> Result<Vec<Value>> {
        self.quay.list(path, key).map_err(|error| error.attempting(attempt))
    }

    /// The policies of an organization or a repository; none where the server has no such thing.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn policies<P: DeserializeOwned>(&self, kind: &policy::Kind, place: Place, name: &str) -> Result<Vec<P>> {
        if kind.is_off(&self.server) {
            return Ok(Vec::new());
        }
        let (path, what, right) = match place {
            Place::Repository => (Path::repository(name), "repository", Need::REPO_ADMIN),
            _ => (Path::organization(name), "organization", Need::ORG_ADMIN),
        };
        if_available(kind.list(self.quay, &path, &format!("the {what} {name}"), right)).map(Option::unwrap_or_default)
    }
}

/// What was read, `None` where the server does not have such a thing at all.
///
/// # Errors
/// All others.
pub fn if_available<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::NotAvailable) => Ok(None),
        Err(error) => Err(error),
    }
}
