//! The lists that Quay keeps, whole and without what belongs to others.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::first_names;
use super::lookup::{self, WHO_AM_I};
use super::robot::OWN;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};

/// The names of all organizations that the caller can see, sorted: every one for a superuser, else those that the caller is in.
///
/// # Errors
/// When Quay refuses both lists, or one of them cannot be read: a server in trouble is no reason to take the shorter list.
pub fn organizations(quay: &Reader) -> Result<Vec<String>> {
    let attempt = "list the organizations";
    let list = match quay.list(&Path::api("superuser/organizations/"), "organizations") {
        // Only superusers see it.
        Err(error) if error.hides() => {
            let caller = quay.get(&Path::api("user/")).map_err(|error| error.attempting(attempt).needing(&WHO_AM_I))?;
            let Some(list) = caller["organizations"].as_array() else {
                return Err(Error::Unexpected("Quay does not tell the organizations of the caller".into()));
            };
            list.clone()
        }
        list => list.map_err(|error| error.attempting(attempt))?,
    };
    let mut names: Vec<String> = list.iter().filter_map(|entry| entry["name"].as_str().map(str::to_owned)).collect();
    names.sort_unstable();
    Ok(names)
}

/// Every organization that the caller can see, among names of organizations.
pub const ALL: &str = "*";

/// Whether names of organizations stand for every one that the caller can see.
pub fn are_all(names: &[String]) -> bool {
    names.iter().any(|name| name == ALL)
}

/// The organizations that are named, each once and sorted; [`ALL`] stands for every one that the caller can see.
///
/// # Errors
/// As [`organizations`], which is asked for [`ALL`] only.
pub fn named(quay: &Reader, names: &[String]) -> Result<Vec<String>> {
    if are_all(names) {
        return organizations(quay);
    }
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The robot accounts of an organization; `None` where there is no such organization, for which Quay shows a superuser an empty list.
///
/// # Errors
/// As [`robots`].
pub fn robots_if_there(quay: &Reader, organization: &str, rights: bool) -> Result<Option<Vec<Value>>> {
    match lookup::within(quay, organization, robots(quay, organization, rights))? {
        Some(found) if found.is_empty() && lookup::organization(quay, organization)?.is_none() => Ok(None),
        found => Ok(found),
    }
}

/// The robot accounts of an organization; with `rights`, each entry names its teams and repositories.
///
/// Quay finds them by a pattern in which `_` of the name stands for any character: the list of `a_b` has the robots of `a-b`,
/// too. Those are left out. Their tokens stay on the server.
///
/// # Errors
/// When Quay refuses the list.
pub fn robots(quay: &Reader, organization: &str, rights: bool) -> Result<Vec<Value>> {
    robots_with(quay, organization, rights, false)
}

/// The same, with their tokens where those are wanted. Names alone, which are short, are asked for once.
///
/// # Errors
/// As [`robots`].
pub fn robots_with(quay: &Reader, organization: &str, rights: bool, tokens: bool) -> Result<Vec<Value>> {
    let path = robots_of(Path::organization(organization).fixed("/robots"), rights, tokens);
    let listed = if rights || tokens { quay.list_once(&path, "robots") } else { quay.list(&path, "robots") };
    own_of(listed, organization).map_err(|error| error.needing(&Need::ORG_ADMIN))
}

/// The same with rights, for several that ask for it: the answer is kept, also for those who want the names alone.
///
/// # Errors
/// As [`robots`].
pub fn robots_kept(quay: &Reader, organization: &str, tokens: bool) -> Result<Vec<Value>> {
    let path = |rights, tokens| robots_of(Path::organization(organization).fixed("/robots"), rights, tokens);
    let robots = own_of(quay.list(&path(true, tokens), "robots"), organization);
    let robots = robots.map_err(|error| error.needing(&Need::ORG_ADMIN))?;
    if !tokens {
        quay.learn(&path(false, false), json!({"robots": robots}));
    }
    Ok(robots)
}

/// The robot accounts of the caller, with their teams and repositories.
///
/// # Errors
/// When Quay refuses the list.
pub fn own_robots(quay: &Reader, caller: &str) -> Result<Vec<Value>> {
    let path = robots_of(Path::api("user/robots"), true, false);
    own_of(quay.list_once(&path, "robots"), caller).map_err(|error| error.needing(&OWN))
}

fn robots_of(path: Path, rights: bool, tokens: bool) -> Path {
    let word = |flag| if flag { "true" } else { "false" };
    path.query("permissions", word(rights)).query("token", word(tokens))
}

/// Those of a list that belong to the namespace.
fn own_of(listed: Result<Vec<Value>>, namespace: &str) -> Result<Vec<Value>> {
    let mut robots = listed.map_err(|error| error.attempting(format!("list the robot accounts of {namespace}")))?;
    robots.retain(|robot| short_name(robot, namespace).is_some());
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

/// Whether the list of the repositories of an organization is whole: others than its administrators and those who
/// [read all](lookup::reads_all) are shown those that they may read.
pub fn shows_all(quay: &Reader, organization: &Value) -> bool {
    organization["is_admin"] == true || lookup::reads_all(quay)
}

/// What to tell where the lists of the repositories of organizations and of personal namespaces may not be whole. No request tells that of
/// a personal namespace: only its owner and those who read all see all of it.
///
/// # Errors
/// When Quay refuses the look at an organization.
pub fn left_out(quay: &Reader, organizations: &[&str], users: &[&str]) -> Result<Option<String>> {
    let mut partly: Vec<&str> = Vec::new();
    for name in organizations {
        if lookup::organization(quay, name)?.is_some_and(|found| !shows_all(quay, &found)) {
            partly.push(name);
        }
    }
    if !users.is_empty() && !lookup::reads_all(quay) {
        // Whoever may not be asked for a name is told of the own namespace, too.
        let own = lookup::caller(quay).ok().flatten();
        partly.extend(users.iter().filter(|name| own.as_deref() != Some(name)));
    }
    let told = || format!("{}: only the repositories that this account can see are told", first_names(&partly, 10));
    Ok((!partly.is_empty()).then(told))
}

/// What modules read of a repository, out of its entry in the list.
pub fn as_repository(entry: &Value) -> BTreeMap<&'static str, &Value> {
    let keys = ["name", "description", "is_public", "is_starred", "state", "kind"];
    let told = keys.into_iter().map(|key| (key, &entry[key]));
    told.chain([("is_organization", &Value::Bool(true))]).collect()
}

/// The default permissions of an organization, which Quay calls prototypes.
///
/// # Errors
/// When Quay refuses the list.
pub fn default_permissions(quay: &Reader, organization: &str) -> Result<Vec<Value>> {
    let list = quay.list(&Path::organization(organization).fixed("/prototypes"), "prototypes");
    list.map_err(|error| error.attempting(format!("read the default permissions of {organization}")))
}

/// All accounts of people; only superusers see them.
///
/// # Errors
/// When Quay refuses the list.
pub fn users(quay: &Reader) -> Result<Vec<Value>> {
    quay.list(&Path::api("superuser/users/"), "users").map_err(|error| error.attempting("list the accounts"))
}

/// The messages of the day.
///
/// # Errors
/// When Quay refuses the list.
pub fn messages(quay: &Reader) -> Result<Vec<Value>> {
    quay.list(&Path::api("messages"), "messages").map_err(|error| error.attempting("read the messages"))
}

fn read(quay: &Reader, path: &Path, key: &str, attempt: &str) -> Result<Vec<Value>> {
    quay.list_once(path, key).map_err(|error| error.attempting(attempt).needing(&Need::ORG_ADMIN))
}
