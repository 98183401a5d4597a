//! Quay's log of what was done: whose log, in which time, and what a listing of it is worth.
//!
//! Entries have no identifier and no order below the second, the server filters by whole days, and its pages lose entries
//! (`listing`). What a listing gave is compared with the exact counts of the server (`counts`), and looked for by narrower
//! listings (`search`). `collect` goes on for ever and gives each entry once.

pub mod collect;
pub mod counts;
pub mod cursor;
pub mod entry;
pub mod heap;
pub mod listing;
mod places;
pub mod range;
pub mod search;

use serde_json::Value;

use super::{clean, lookup, text};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};

/// Whose log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole registry: for superusers and global read-only superusers.
    Registry,
    /// The account of the caller.
    Own,
    /// An organization or another account.
    Namespace(String),
    /// A repository, by its full name.
    Repository(String),
}

impl Scope {
    /// The route of this log: `logs`, `aggregatelogs` or `exportlogs`.
    pub fn path(&self, route: &'static str) -> Path {
        let path = match self {
            Scope::Registry => Path::api("superuser"),
            Scope::Own => Path::api("user"),
            Scope::Namespace(name) => Path::organization(name),
            Scope::Repository(name) => Path::repository(name),
        };
        path.fixed("/").fixed(route)
    }

    /// How it is told.
    pub fn shown(&self) -> String {
        match self {
            Scope::Registry => "the log of the registry".into(),
            Scope::Own => "the log of the own account".into(),
            Scope::Namespace(name) => format!("the log of {name}"),
            Scope::Repository(name) => format!("the log of the repository {name}"),
        }
    }

    /// The namespace whose log it is, where its name is known.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Scope::Registry | Scope::Own => None,
            Scope::Namespace(name) => Some(name),
            Scope::Repository(name) => Some(super::names::namespace_of(name)),
        }
    }

    /// What reading it needs.
    pub const fn need(&self) -> Need {
        match self {
            Scope::Registry => Need::right("super:user", "a superuser or a global read-only superuser"),
            Scope::Own => Need::right("user:admin", ""),
            Scope::Namespace(_) => Need::ORG_ADMIN,
            Scope::Repository(_) => Need::REPO_ADMIN,
        }
    }

    /// Tells a refusal that comes of a namespace or a repository that is not there as what it is: Quay says 400, 403 or 404 then.
    pub fn explained(&self, quay: &Reader, attempt: &str, error: Error) -> Error {
        let is_refused = matches!(error.status(), Some(400 | 403 | 404 | 500));
        let missing = match self {
            Scope::Namespace(name) if is_refused && lookup::is_missing_namespace(quay, name) => {
                lookup::no_namespace(name)
            }
            Scope::Repository(name) if error.status() == Some(404) => format!("the repository {name} does not exist"),
            _ => return error.attempting(attempt).needing(&self.need()),
        };
        Error::Missing(format!("cannot {attempt}: {missing}"))
    }
}

/// Makes sure that an account is there before entries are filtered by it: with an unknown one Quay fails to list (500), and counts
/// everything. So a robot account that this caller may not see is taken for listings, and not for counts.
///
/// # Errors
/// When there is no such account, or Quay refuses the look-up.
pub fn check_performer(quay: &Reader, attempt: &str, performer: Option<&str>, is_counted: bool) -> Result<()> {
    let Some(name) = performer else { return Ok(()) };
    if let Some((namespace, short)) = name.split_once('+').filter(|_| is_counted)
        && lookup::robot_exists(quay, namespace, short)?.is_none()
    {
        return Err(Error::Option(format!(
            "cannot {attempt}: only an administrator of {namespace} sees whether the robot account {name} exists, and for one that does \
             not exist Quay counts everything"
        )));
    }
    match lookup::account(quay, name)? {
        Some(account) if account.link.is_none() => Ok(()),
        _ => Err(Error::NoAccount { attempt: attempt.to_owned(), names: name.to_owned() }),
    }
}

/// Refuses an empty answer that only says that the server has no account to search its log with, which lies elsewhere (Quay 3.17).
fn check_searched(answer: &Value, attempt: &str) -> Result<()> {
    if answer["search_unavailable"] != true {
        return Ok(());
    }
    let why = clean(&answer["message"]).unwrap_or_else(|| "the server cannot search its log".into());
    Err(Error::Option(format!("cannot {attempt}: {why}")))
}

/// The kind of an entry or a count.
fn kind(value: &Value) -> &str {
    text(&value["kind"])
}
