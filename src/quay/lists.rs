//! The lists that Quay keeps of an organization, whole and without what belongs to others.

use serde_json::Value;

use crate::api::{Path, Reader};
use crate::error::{Need, Result};

/// The robot accounts of an organization; with `rights`, each entry names its teams and repositories.
///
/// Quay finds them by a pattern in which `_` of the name stands for any character: the list of `a_b` has the robots of `a-b`,
/// too. Those are left out. `token=false` keeps the secrets on the server.
///
/// # Errors
/// When Quay refuses the list.
pub fn robots(quay: &Reader, organization: &str, rights: bool) -> Result<Vec<Value>> {
    let path = Path::organization(organization).fixed("/robots");
    let path = path.query("permissions", if rights { "true" } else { "false" }).query("token", "false");
    let mut robots = read(quay, &path, "robots", &format!("list the robot accounts of {organization}"))?;
    robots.retain(|robot| short_name(robot, organization).is_some());
    Ok(robots)
}

/// The name of a robot account without that of its organization; `None` when it belongs to another one.
pub fn short_name<'a>(robot: &'a Value, organization: &str) -> Option<&'a str> {
    robot["name"].as_str()?.strip_prefix(organization)?.strip_prefix('+')
}

/// The repositories of an organization.
///
/// # Errors
/// When Quay refuses the list.
pub fn repositories(quay: &Reader, organization: &str) -> Result<Vec<Value>> {
    let path = Path::api("repository").query("namespace", organization);
    read(quay, &path, "repositories", &format!("list the repositories of {organization}"))
}

fn read(quay: &Reader, path: &Path, key: &str, attempt: &str) -> Result<Vec<Value>> {
    quay.list_once(path, key).map_err(|error| error.attempting(attempt).needing(&Need::ORG_ADMIN))
}
