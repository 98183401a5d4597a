//! The robot account by which a mirror writes into its repository.

use super::{Options, Work};
use crate::error::{Error, Result};
use crate::quay::lookup;

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
}
