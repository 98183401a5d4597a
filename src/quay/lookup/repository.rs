//! The repository that a task is about: its name, where to look for it, and whether the caller may change it.

use serde_json::Value;

use super::{caller, caller_or};
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::quay::names;

/// The parameter and value without which the answer about a repository carries up to 500 tags.
pub const WITHOUT_TAGS: (&str, &str) = ("includeTags", "false");

/// The full name of a repository: one that is given without a namespace belongs to the caller.
///
/// # Errors
/// When the caller cannot be found out, or is anonymous.
pub fn repository_name(quay: &Reader, option: &str, name: &str) -> Result<String> {
    if name.contains('/') {
        return Ok(name.to_owned());
    }
    let otherwise =
        format!("{option}: must include the organization, as namespace/repository, when no credentials are given");
    Ok(format!("{}/{name}", caller_or(quay, &otherwise)?))
}

/// The address under which everything asks for a repository, so that one answer serves them all.
pub fn repository_path(full: &str) -> Path {
    let (key, value) = WITHOUT_TAGS;
    Path::repository(full).query(key, value)
}

/// The text for a missing repository, the same everywhere.
pub fn no_repository(full: &str) -> String {
    format!("the repository {full} does not exist")
}

/// The repository that something called `title` belongs to, before the first write that would `attempt` to change it.
///
/// # Errors
/// When the repository is missing or cannot be read; as [`refuse_foreign`] for one of another user.
pub fn own_repository(quay: &Reader, full: &str, title: &str, attempt: &str) -> Result<Value> {
    let found = quay.find(&repository_path(full)).map_err(|error| error.attempting(attempt))?;
    let Some(found) = found else {
        return Err(Error::Missing(format!("cannot {attempt}: {}", no_repository(full))));
    };
    let namespace = names::namespace_of(full);
    refuse_foreign(quay, title, namespace, found["is_organization"] == false)?;
    Ok(found)
}

/// Refuses to change the repository called `title` in the personal namespace of another user.
///
/// The server lets superusers do it; the collection never did.
///
/// # Errors
/// For such a namespace, or when it cannot be told who is calling.
pub fn refuse_foreign(quay: &Reader, title: &str, namespace: &str, personal: bool) -> Result<()> {
    match personal && caller(quay)?.as_deref() != Some(namespace) {
        true => Err(foreign(title, namespace)),
        false => Ok(()),
    }
}

/// The error for a personal namespace of another user.
pub fn foreign(title: &str, namespace: &str) -> Error {
    Error::Option(format!(
        "cannot change the {title}: {namespace} is another user, and personal repositories are that user's own"
    ))
}
