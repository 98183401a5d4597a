//! Who is who: the caller, namespaces, and the accounts that a permission or membership names; and the one repository that
//! a task is about.

mod repository;

use serde_json::{Value, json};

use super::server::Server;
use super::{State, version};
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::plan::{Plan, Step};

pub use repository::{
    WITHOUT_TAGS, foreign, no_repository, own_repository, refuse_foreign, repository_name, repository_path,
};

/// `GET /api/v1/user/` needs one of two scopes; the smaller one is named.
pub const WHO_AM_I: Need = Need::right("user:read", "");

/// Name of the calling user, `None` for an anonymous caller.
///
/// # Errors
/// When the token lacks the scope `user:read` or is not valid: Quay answers 401 to both.
pub fn caller(quay: &Reader) -> Result<Option<String>> {
    if quay.is_anonymous() {
        return Ok(None);
    }
    let user = quay
        .get(&Path::api("user/"))
        .map_err(|error| error.attempting("find out who is calling").needing(&WHO_AM_I))?;
    Ok(user["username"].as_str().map(str::to_owned))
}

/// The name of the caller, where nothing can be done without it.
///
/// # Errors
/// As [`caller`]; also for an anonymous caller, with `otherwise`.
pub fn caller_or(quay: &Reader, otherwise: &str) -> Result<String> {
    caller(quay)?.ok_or_else(|| Error::Option(otherwise.to_owned()))
}

/// Whether the caller is shown the repositories of every namespace: a global read-only superuser, and a superuser with full access, which
/// Quay before 3.16 tells in no answer about an organization. One who cannot be asked is taken for nobody of them.
pub fn reads_all(quay: &Reader) -> bool {
    let (only_reads, has_full_access) = power(quay);
    only_reads || has_full_access
}

/// Whether the caller works in every organization as in their own: a superuser with full access, from Quay 3.10 on, which refuses them
/// neither new repositories nor the removal of the organization. One who cannot be asked does not.
pub fn writes_all(quay: &Reader) -> bool {
    power(quay) == (false, true) && Server::ask(quay).older(version::FULL_ACCESS_WRITES).is_none()
}

/// Whether the caller is a global read-only superuser, and whether a superuser with full access.
fn power(quay: &Reader) -> (bool, bool) {
    let caller = quay.get(&Path::api("user/")).unwrap_or_default();
    let has_full_access = caller["super_user"] == true && Server::ask(quay).has("SUPERUSERS_FULL_ACCESS");
    (caller["global_readonly_super_user"] == true, has_full_access)
}

/// The organization, as far as the caller may see it; `None` when there is none.
///
/// # Errors
/// When Quay refuses (401 when anonymous access is off).
pub fn organization(quay: &Reader, name: &str) -> Result<Option<Value>> {
    quay.find(&Path::organization(name)).map_err(|error| error.attempting(format!("read the organization {name}")))
}

/// Whether an organization, as Quay shows it, certainly has no such team; not everybody is shown its teams.
pub fn lacks_team(organization: &Value, team: &str) -> bool {
    organization["teams"].as_object().is_some_and(|teams| !teams.contains_key(team))
}

/// The text for a missing organization, the same everywhere.
pub fn no_organization(name: &str) -> String {
    format!("the organization {name} does not exist")
}

/// What to tell where the `teams` of an organization are missing in Quay's answer.
pub const HIDDEN_TEAMS: &str = "Quay does not show this caller the teams of the organization (before 3.16 only its members see them, no superuser)";

/// The error for something that cannot be done because there is no such organization.
pub fn missing_organization(attempt: &str, name: &str) -> Error {
    Error::Missing(format!("cannot {attempt}: {}", no_organization(name)))
}

/// The plan for an object of an organization that is not there: none is needed where the object shall be absent, too.
///
/// # Errors
/// When it shall be present; `verb` says what was to be done to it.
pub fn without_organization(state: State, verb: &str, title: String, name: &str) -> Result<Plan> {
    match state {
        State::Absent => Ok(Plan::of(title)),
        State::Present => Err(missing_organization(&format!("{verb} the {title}"), name)),
    }
}

/// Refuses in a preview what the server would refuse because there is no such organization.
///
/// # Errors
/// As [`missing_organization`], or when Quay refuses the look-up.
pub fn predict_organization(quay: &Reader, attempt: &str, name: &str) -> Result<()> {
    match quay.is_preview() && organization(quay, name)?.is_none() {
        true => Err(missing_organization(attempt, name)),
        false => Ok(()),
    }
}

/// A step in an organization: that there is none may be why it is refused.
pub fn in_organization(step: Step, name: &str) -> Step {
    step.blaming(vec![Path::organization(name)], no_organization(name))
}

/// What was read below an organization, `None` when there is no such organization. Quay says 404 then, and 403 to those who
/// would have no right there, so that only a look at the organization tells.
///
/// # Errors
/// When the reading failed for another reason, or that look is refused.
pub fn within<T>(quay: &Reader, name: &str, read: Result<T>) -> Result<Option<T>> {
    let error = match read {
        Ok(found) => return Ok(Some(found)),
        Err(error) => error,
    };
    let gone = match error.refusal().map(|refusal| refusal.kind) {
        Some(RefusalKind::NotFound) => true,
        Some(RefusalKind::MissingRight) => organization(quay, name)?.is_none(),
        _ => false,
    };
    if gone { Ok(None) } else { Err(error) }
}

/// What a namespace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// An organization.
    Organization,
    /// The personal one of the calling user.
    Own,
    /// The personal one of another user.
    Foreign,
    /// Nothing: there is neither an organization nor a user of this name.
    Missing,
}

/// Finds out what a namespace is; only worth its requests after something went wrong.
///
/// # Errors
/// When Quay refuses one of the look-ups.
pub fn namespace(quay: &Reader, name: &str) -> Result<Namespace> {
    if organization(quay, name)?.is_some() {
        return Ok(Namespace::Organization);
    }
    if !namespace_exists(quay, name)? {
        return Ok(Namespace::Missing);
    }
    let own = caller(quay)?.as_deref() == Some(name);
    Ok(if own { Namespace::Own } else { Namespace::Foreign })
}

/// The name under which Quay knows an account, or will know it: an external user's gets lower-case letters, and `_` for
/// what Quay's names cannot hold. Names of Quay's own stay as they are.
pub fn local_name(name: &str) -> String {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    match name.contains('+') {
        true => name.to_owned(),
        false => name.to_lowercase().chars().map(|c| if fits(c) { c } else { '_' }).collect(),
    }
}

/// Whether there is an organization or a user of this name; needs no right.
///
/// # Errors
/// When Quay refuses one of the look-ups (401 when anonymous access is off).
pub fn namespace_exists(quay: &Reader, name: &str) -> Result<bool> {
    Ok(organization(quay, name)?.is_some() || quay.find(&Path::api("users").then(name))?.is_some())
}

/// The text for a namespace that is neither an organization nor a user, the same everywhere.
pub fn no_namespace(name: &str) -> String {
    format!("the organization or personal namespace {name} does not exist")
}

/// Whether there certainly is no organization and no user of this name; only worth its requests after a refusal.
pub fn is_missing_namespace(quay: &Reader, name: &str) -> bool {
    matches!(namespace_exists(quay, name), Ok(false))
}

/// Somebody who can get a right: a user or a robot account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name that the user of Quaymaster gave.
    pub name: String,
    /// The step's answer that brings the real name, for an external user whom Quay does not know yet.
    pub link: Option<Slot>,
}

impl Account {
    /// Appends the account's name to a path.
    #[must_use]
    pub fn end(&self, path: Path) -> Path {
        match &self.link {
            Some(slot) => path.then_slot(slot),
            None => path.then(&self.name),
        }
    }

    /// The step that makes Quay know an external user, when that is needed.
    ///
    /// `POST /api/v1/entities/link/{name}`; the account's name in Quay can differ from the external one.
    pub fn link_step(&self) -> Option<Step> {
        self.link.as_ref().map(|_| {
            let path = Path::api("entities/link").then(&self.name);
            Step::post(path, json!({}), format!("link the external user {}", self.name)).named(link_name(&self.name))
        })
    }
}

/// Finds an account, `None` when neither Quay nor the directory behind it knows the name.
///
/// A name with `+` is a robot account; one that the caller may not see counts as known. Another name is a user
/// (`GET users/{name}`) or else an external user of LDAP or OIDC whom Quay does not know yet (`GET entities/{name}`).
///
/// # Errors
/// When Quay refuses one of the look-ups.
pub fn account(quay: &Reader, name: &str) -> Result<Option<Account>> {
    let known = || Some(Account { name: name.to_owned(), link: None });
    if let Some((namespace, short)) = name.split_once('+') {
        return Ok(if robot_exists(quay, namespace, short)?.unwrap_or(true) { known() } else { None });
    }
    if quay
        .find(&Path::api("users").then(name))
        .map_err(|error| error.attempting(format!("look up the user {name}")))?
        .is_some()
    {
        return Ok(known());
    }
    let path = Path::api("entities").then(name).query("includeOrgs", "false").query("includeTeams", "false");
    let found = quay.get(&path).map_err(|error| error.attempting(format!("look up the user {name}")))?;
    let external = found["results"]
        .as_array()
        .is_some_and(|results| results.iter().any(|entry| entry["name"] == name && entry["kind"] == "external"));
    if external {
        let slot = Slot::new(link_name(name), "/entity/name").expecting(&local_name(name));
        return Ok(Some(Account { name: name.to_owned(), link: Some(slot) }));
    }
    // Somebody who has been linked before, given in the spelling of the directory.
    let local = local_name(name);
    let linked = local != name && quay.find(&Path::api("users").then(&local))?.is_some();
    Ok(linked.then_some(Account { name: local, link: None }))
}

/// Finds all accounts, or tells every name that nobody knows.
///
/// # Errors
/// [`Unknown::Names`] with all of them, or the first look-up that Quay refuses.
pub fn accounts<'a>(quay: &Reader, names: impl Iterator<Item = &'a str>) -> Result<Vec<Account>, Unknown> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for name in names {
        match account(quay, name).map_err(Unknown::Refused)? {
            Some(account) => found.push(account),
            None => unknown.push(name.to_owned()),
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(Unknown::Names(unknown)) }
}

/// Why accounts could not be found.
pub enum Unknown {
    /// Nobody has these names.
    Names(Vec<String>),
    /// Quay did not let us look.
    Refused(Error),
}

impl Unknown {
    /// The error, for something that was attempted.
    pub fn error(self, attempt: &str) -> Error {
        match self {
            Unknown::Refused(error) => error.attempting(attempt),
            Unknown::Names(names) => Error::NoAccount { attempt: attempt.to_owned(), names: names.join(", ") },
        }
    }
}

fn link_name(name: &str) -> String {
    format!("link {name}")
}

/// Whether there is a robot account; `None` where the caller may not see it.
///
/// Robots live below their organization or below their owner; a missing one is a 400, not a 404.
///
/// # Errors
/// When Quay refuses in another way.
pub fn robot_exists(quay: &Reader, namespace: &str, short: &str) -> Result<Option<bool>> {
    let attempt = |error: Error| error.attempting(format!("look up the robot account {namespace}+{short}"));
    let reply = quay.ask(&Path::organization(namespace).fixed("/robots").then(short))?;
    if reply.is_success() {
        return Ok(Some(true));
    }
    if reply.status != 400 && reply.status != 404 && self::organization(quay, namespace)?.is_some() {
        // Whoever administers a repository alone may not see the robots, and may grant them rights: Quay checks the name.
        return if reply.status == 403 { Ok(None) } else { Err(attempt(reply.into_error())) };
    }
    if caller(quay)?.as_deref() != Some(namespace) {
        return Ok(Some(false));
    }
    let reply = quay.ask(&Path::api("user/robots").then(short))?;
    match reply.status {
        400 | 404 => Ok(Some(false)),
        _ => reply.into_json().map(|_| Some(true)).map_err(attempt),
    }
}

/// Whether a repository has tags; one that cannot be looked into counts as full.
pub fn holds_tags(name: &str, quay: &Reader) -> bool {
    tags(name, quay).map_or(true, |found| found.unwrap_or(true))
}

/// Whether a repository has tags; `None` where there is no such repository.
///
/// # Errors
/// When it cannot be looked into.
pub fn tags(name: &str, quay: &Reader) -> Result<Option<bool>> {
    let path = Path::repository(name).fixed("/tag/").query("limit", "1").query("onlyActiveTags", "true");
    let found = quay.find(&path)?;
    Ok(found.map(|found| found["tags"].as_array().is_none_or(|tags| !tags.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_directory_become_names_of_quay() {
        for (given, expected) in
            [("alice", "alice"), ("Bob X", "bob_x"), ("a.b-c_d", "a.b-c_d"), ("acme+Ci", "acme+Ci"), ("é", "_")]
        {
            assert_eq!(local_name(given), expected);
        }
    }
}
