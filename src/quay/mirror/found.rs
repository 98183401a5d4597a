//! The mirror of one repository, as Quay shows it.

use serde_json::Value;

use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::quay::server::{self, Server};

/// The mirror of the repository `name`, `None` when it has none or does not exist. With the feature off the request ends in the
/// route for plain repositories, whose names may contain `/`, so only the public configuration tells.
///
/// # Errors
/// When Quay refuses, `FEATURE_REPO_MIRROR` is off, or the answer is not a mirror.
pub fn of_repository(quay: &Reader, name: &str) -> Result<Option<Value>> {
    let title = format!("mirror of the repository {name}");
    let reply = quay.ask(&Path::repository(name).fixed("/mirror"))?;
    let status = reply.status;
    let found = reply.into_json();
    let is_mirror = found.as_ref().is_ok_and(|found| found.get("external_reference").is_some());
    if !is_mirror && matches!(status, 200 | 403 | 404) && Server::ask(quay).lacks("REPO_MIRROR") {
        return Err(Error::Option(format!("cannot read the {title}: {}", server::off("REPO_MIRROR"))));
    }
    match found {
        Ok(found) if is_mirror => Ok(Some(found)),
        Err(_) if status == 404 => Ok(None),
        Ok(_) => Err(Error::Unexpected(format!("cannot read the {title}: Quay's answer is not a mirror"))),
        Err(error) => Err(error.attempting(format!("read the {title}"))),
    }
}
