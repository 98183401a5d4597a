//! One credential.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::Reader;
use crate::quay::server::Server;
use crate::quay::time;

/// What a credential is.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An API token of an application.
    #[default]
    Api,
    /// The token of a robot account.
    Robot,
    /// An application token, for docker and its like.
    Docker,
    /// An API token of the caller, of which Quay tells no date.
    Own,
}

/// A credential, as far as Quay tells of it.
#[derive(Default)]
pub struct Row {
    pub kind: Kind,
    pub organization: Option<String>,
    pub application: Option<String>,
    pub name: Option<String>,
    pub uuid: Option<String>,
    /// The account that it acts as.
    pub owner: Option<String>,
    pub scopes: Vec<String>,
    pub created: Option<Timestamp>,
    pub used: Option<Timestamp>,
    pub ends: Option<Timestamp>,
}

impl Kind {
    /// Whether Quay notes when credentials of this kind are used. Without FEATURE_USER_LAST_ACCESSED it notes none of robots and
    /// docker tokens, and of the caller's own API tokens it tells nothing.
    pub fn notes_use(self, quay: &Reader, rows: &[Row]) -> bool {
        let mut own = rows.iter().filter(|row| row.kind == self).peekable();
        match self {
            Kind::Api => true,
            Kind::Own => false,
            Kind::Robot | Kind::Docker => {
                own.peek().is_none()
                    || own.any(|row| row.used.is_some())
                    || !Server::ask(quay).lacks("USER_LAST_ACCESSED")
            }
        }
    }
}

impl Row {
    /// When it was used last, or else made.
    pub fn last_seen(&self) -> Option<Timestamp> {
        self.used.or(self.created)
    }

    /// Whether nobody used it for so many seconds, and it was not made within them.
    pub fn is_unused(&self, seconds: u64) -> bool {
        self.last_seen().is_some_and(|seen| time::is_before(seen, seconds))
    }

    /// Whether it was made longer ago. An API token without a date is from before the server's upgrade to 3.18.
    pub fn is_older(&self, seconds: u64) -> bool {
        self.created.map_or(self.kind == Kind::Api, |made| time::is_before(made, seconds))
    }

    /// Whether it works, and ends within so many seconds.
    pub fn ends_within(&self, seconds: u64) -> bool {
        !self.has_ended() && self.ends.is_some_and(|end| time::is_within(end, seconds))
    }

    /// Whether it has ended. Quay lists such docker tokens for a day.
    pub fn has_ended(&self) -> bool {
        self.ends.is_some_and(|end| end <= Timestamp::now())
    }

    /// The row as it is returned.
    pub fn shown(&self) -> Value {
        let created_is = match self.kind {
            Kind::Robot => "account",
            Kind::Api | Kind::Docker | Kind::Own => "token",
        };
        json!({
            "kind": self.kind,
            "organization": self.organization,
            "application": self.application,
            "name": self.name,
            "uuid": self.uuid,
            "owner": self.owner,
            "scopes": self.scopes,
            "created": self.created.map(time::written),
            "created_is": created_is,
            "last_accessed": self.used.map(time::written),
            "expires": self.ends.map(time::written),
            "expired": self.has_ended(),
            "age_days": self.created.map(time::days_since),
            "idle_days": self.used.map(time::days_since),
        })
    }
}
