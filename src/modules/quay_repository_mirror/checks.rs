//! What has to be right before a mirror is written.

use serde_json::{Map, Value};

use super::{Options, Work};
use crate::error::{Error, Result};
use crate::quay::server::{self, Server};
use crate::quay::{lookup, text};

impl Options {
    /// Quay takes only robots of the repository's own namespace.
    pub(super) fn foreign_robot(&self, namespace: Option<&str>) -> Option<String> {
        let robot = self.given.text("robot_username")?;
        let owner = robot.split_once('+').map(|(owner, _)| owner);
        match (owner, namespace) {
            (None, _) => Some(format!("robot_username: {robot} lacks the namespace, write namespace+{robot}")),
            (Some(owner), Some(namespace)) if owner != namespace => Some(format!(
                "robot_username: {robot} is a robot account of another namespace, the mirror needs one of {namespace}"
            )),
            _ => None,
        }
    }
}

impl Work<'_> {
    /// Quay looks at the robot only after it has stored the tags, so a missing one is found before. Whoever may not look
    /// at robots leaves it to Quay.
    pub(super) fn check_robot(&self, verb: &str) -> Result<()> {
        let Some(robot) = self.options.given.text("robot_username") else {
            return Ok(());
        };
        match lookup::account(self.quay, robot) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Error::Missing(format!(
                "cannot {verb} the {}: the robot account {robot} does not exist: create it first (quay_robot)",
                self.title()
            ))),
            Err(error) if matches!(error.status(), Some(401 | 403)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Refuses architectures where the server says that it keeps no lists with missing images (`SPARSE_INDEX`, off by default). Quay
    /// says so itself, but only a real run would hear it.
    pub(super) fn check_architectures(&self, body: &Map<String, Value>) -> Result<()> {
        let named = body.get("architecture_filter").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
        if named && Server::ask(self.quay).lacks("SPARSE_INDEX") {
            let off = server::off("SPARSE_INDEX");
            return Err(Error::Option(format!("cannot set architectures of the {}: {off}", self.title())));
        }
        Ok(())
    }

    pub(super) fn check_password(&self, verb: &str, username: &str) -> Result<()> {
        match self.options.given.text("external_registry_password") {
            Some(password) if !password.is_empty() && username.is_empty() => {
                Err(self.refuse(verb, "external_registry_password needs external_registry_username"))
            }
            _ => Ok(()),
        }
    }

    /// Makes sure that the repository is there and may be changed, and returns its state.
    pub(super) fn check_repository(&self, verb: &str) -> Result<String> {
        let title = self.title();
        let found = lookup::own_repository(self.quay, self.name, &title, &format!("{verb} the {title}"))?;
        Ok(text(&found["state"]).to_owned())
    }
}
