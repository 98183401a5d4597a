//! What concerns all organizations: accounts, superusers, features.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::Reader;
use crate::error::Result;
use crate::quay::version::READS_ALL;
use crate::quay::{lists, server, text};

/// What the server tells about its accounts and about itself.
#[derive(Default)]
pub struct Server {
    /// The accounts by name; `None` where the caller may not see them.
    pub accounts: Option<BTreeMap<String, Account>>,
    /// Whether superusers have full access (`FEATURE_SUPERUSERS_FULL_ACCESS`).
    pub full_access: bool,
    /// Whether invitations can be pending (`FEATURE_MAILING`).
    pub mailing: bool,
    /// What could not be read, a sentence each.
    pub incomplete: Vec<String>,
}

/// A person's account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Whether it is enabled.
    pub enabled: bool,
    /// Whether it is a superuser.
    pub superuser: bool,
    /// Whether it is a global read-only superuser, which wins over the other.
    pub reads_all: bool,
}

impl Server {
    /// Asks the server, in two requests: `GET superuser/users/`, which only superusers may, and the public `GET /config`, which
    /// alone tells whether superusers have full access.
    ///
    /// # Errors
    /// When there is no answer, or one that its API does not promise.
    pub fn ask(quay: &Reader) -> Result<Server> {
        let features = server::Server::ask(quay);
        let mut found = Server {
            full_access: features.has("SUPERUSERS_FULL_ACCESS"),
            // A server that does not tell is asked for invitations.
            mailing: !features.lacks("MAILING"),
            ..Server::default()
        };
        match lists::users(quay) {
            Ok(users) => found.learn(&users),
            Err(error) if error.hides() => found.incomplete.push(format!(
                "superusers and disabled accounts: {error}; this needs a superuser or global read-only superuser"
            )),
            Err(error) => return Err(error),
        }
        Ok(found)
    }

    fn learn(&mut self, users: &[Value]) {
        const KEY: &str = "global_readonly_super_user";
        if users.iter().any(|user| user.get(KEY).is_none()) {
            self.incomplete.push(format!("{}: this needs Quay {}", READS_ALL.what, READS_ALL.since));
        }
        let account = |user: &Value| Account {
            enabled: user["enabled"] != false,
            superuser: user["super_user"] == true,
            reads_all: user[KEY] == true,
        };
        self.accounts = Some(users.iter().map(|user| (text(&user["username"]).to_owned(), account(user))).collect());
    }

    /// Whether an account can do anything at all: it is enabled, and for a robot account the person that it belongs to. Robot
    /// accounts of organizations are never disabled.
    pub fn is_enabled(&self, name: &str) -> Option<bool> {
        let accounts = self.accounts.as_ref()?;
        match name.split_once('+') {
            Some((owner, _)) => Some(accounts.get(owner).is_none_or(|owner| owner.enabled)),
            None => accounts.get(name).map(|account| account.enabled),
        }
    }
}
