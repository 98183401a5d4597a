//! Whose notifications they are, and what follows from that.

use std::fmt;

use serde_json::{Value, json};

use super::options::Options;
use crate::api::{Path, Reader};
use crate::error::{Need, Result};
use crate::quay::{lookup, names, notification, version};

/// What the notifications of an organization need.
pub const OF_ORGANIZATION: Need =
    Need::ORG_ADMIN.feature("QUOTA_NOTIFICATIONS", version::ORGANIZATION_NOTIFICATIONS.since);
const OF_OWN: Need =
    Need::right("user:admin", "").feature("QUOTA_NOTIFICATIONS", version::ORGANIZATION_NOTIFICATIONS.since);

/// Whoever has notifications.
pub enum Holder {
    /// A repository, by its full name.
    Repository(String),
    /// An organization.
    Organization(String),
    /// The namespace of the calling user.
    Own,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Holder::Repository(name) | Holder::Organization(name) => f.write_str(name),
            Holder::Own => f.write_str("one's own namespace"),
        }
    }
}

impl Holder {
    /// Where the notifications are listed and made.
    pub(super) fn list(&self) -> Path {
        match self {
            Holder::Repository(name) => Path::repository(name).fixed("/notification/"),
            Holder::Organization(_) | Holder::Own => self.each(),
        }
    }

    /// What stands before the identifier in the address of one.
    pub(super) fn each(&self) -> Path {
        match self {
            Holder::Repository(name) => Path::repository(name).fixed("/notification"),
            Holder::Organization(name) => Path::organization(name).fixed("/notifications"),
            Holder::Own => Path::api("user/namespacenotifications"),
        }
    }

    /// Where the quota stands that they tell of.
    pub(super) fn quota(&self) -> Option<Path> {
        match self {
            Holder::Repository(_) => None,
            Holder::Organization(name) => Some(Path::organization(name).fixed("/quota")),
            Holder::Own => Some(Path::api("user/quota")),
        }
    }

    /// The module that sets that quota.
    pub(super) fn quota_module(&self) -> &'static str {
        if matches!(self, Holder::Own) { "quay_user" } else { "quay_quota" }
    }

    /// The organization, or user, around them, where its name is known.
    pub(super) fn namespace(&self) -> Option<&str> {
        match self {
            Holder::Repository(name) => Some(names::namespace_of(name)),
            Holder::Organization(name) => Some(name),
            Holder::Own => None,
        }
    }

    /// One side of a difference, before the notifications.
    pub(super) fn shown(&self) -> Value {
        match self {
            Holder::Repository(name) => json!({"repository": name}),
            Holder::Organization(name) => json!({"organization": name}),
            Holder::Own => json!({"own": true}),
        }
    }

    /// What requests about them need.
    pub(super) fn need(&self) -> Need {
        match self {
            Holder::Repository(_) => Need::REPO_ADMIN,
            Holder::Organization(_) => OF_ORGANIZATION,
            Holder::Own => OF_OWN,
        }
    }

    /// What Quay answers to the removal of one that somebody else has removed.
    pub(super) fn gone(&self) -> &'static [(u16, &'static str)] {
        match self {
            Holder::Repository(_) => &[(400, "no repository notification found")],
            Holder::Organization(_) | Holder::Own => &[(404, "")],
        }
    }

    /// What was read of them, `None` where their holder certainly does not exist.
    ///
    /// # Errors
    /// When the reading failed for another reason.
    pub(super) fn unless_missing<T>(&self, quay: &Reader, read: Result<T>) -> Result<Option<T>> {
        match (self, read) {
            (Holder::Organization(name), read) => lookup::within(quay, name, read),
            (Holder::Repository(name), Err(error))
                if error.refusal().is_some() && lookup::is_missing_namespace(quay, names::namespace_of(name)) =>
            {
                Ok(None)
            }
            (_, read) => read.map(Some),
        }
    }

    /// That the holder does not exist, for a person.
    pub(super) fn missing(&self) -> String {
        match self {
            Holder::Organization(name) => lookup::no_organization(name),
            Holder::Repository(_) | Holder::Own => lookup::no_namespace(self.namespace().unwrap_or_default()),
        }
    }

    /// The parameters that a method cannot do without. Mail about a quota goes to the organization's own address.
    pub(super) fn needed(&self, method: &str) -> &'static [(&'static str, &'static str)] {
        match self {
            Holder::Organization(_) | Holder::Own if method == "email" => &[],
            _ => notification::needed(method),
        }
    }

    /// What no request can make true: a target outside of what has the notifications, which Quay answers with a fault, and an address
    /// that it does not look at.
    pub fn problem(&self, options: &Options) -> Option<String> {
        let config = options.config.as_ref()?;
        if config.email.is_some() && !matches!(self, Holder::Repository(_)) {
            return Some(
                "config.email: Quay does not look at it; it writes to the address of the organization or, where there is none, to \
                 its administrators"
                    .into(),
            );
        }
        let name = config.name.as_ref()?;
        match (self, config.kind.as_str()) {
            (Holder::Own, kind @ ("team" | "org")) => {
                Some(format!("config.name: {name} is no user; one's own namespace has no {kind}"))
            }
            (_, "org") if self.namespace() != Some(name) => {
                let whose = if matches!(self, Holder::Repository(_)) {
                    "the organization of the repository"
                } else {
                    "this organization"
                };
                let namespace = self.namespace().unwrap_or_default();
                Some(format!("config.name: {name} is not {whose}, {namespace}"))
            }
            _ => None,
        }
    }
}
