//! What the deletion of an organization or of an account takes away besides, and nobody asked for.

use serde_json::Value;

use super::{first_names, lists};
use crate::api::{Path, Reader};
use crate::error::{Error, Result};

/// Refuses to delete a namespace along with which Quay would delete robot accounts of others.
///
/// Quay finds the robots of a namespace by a pattern in which `_` stands for any character: with `a_b` go the robots of `a-b`
/// (3.7 to 3.18). Only names with `_` cost a request. Returns a warning where the caller may not see the list.
///
/// # Errors
/// With the robots, or when the list of an organization cannot be read.
pub fn spare_look_alikes(quay: &Reader, title: &str, namespace: &str) -> Result<Option<String>> {
    if !namespace.contains('_') {
        return Ok(None);
    }
    let attempt = format!("delete the {title}");
    let path = Path::organization(namespace).fixed("/robots").query("token", "false");
    let robots = match quay.list(&path, "robots") {
        // Only a superuser with full access sees the robots of an account.
        Err(error) if error.status().is_some_and(|status| matches!(status, 403 | 404)) => {
            return Ok(Some(format!(
                "whether robot accounts of others go with the {title} could not be seen: Quay takes the _ in its name for any \
                 character, and shows them to a superuser with FEATURE_SUPERUSERS_FULL_ACCESS alone"
            )));
        }
        robots => robots.map_err(|error| error.attempting(&*attempt))?,
    };
    let foreign: Vec<&str> = robots
        .iter()
        .filter(|robot| lists::short_name(robot, namespace).is_none())
        .filter_map(|robot| robot["name"].as_str())
        .collect();
    match foreign.is_empty() {
        true => Ok(None),
        false => Err(Error::Option(format!(
            "cannot {attempt}: Quay takes the _ in its name for any character and would delete robot accounts of others, too: {}; \
             delete it with force: true if that is meant",
            foreign.join(", ")
        ))),
    }
}

/// Refuses to delete an account that is the last administrator of an organization: Quay does it all the same for a superuser,
/// and only a superuser could help the organization then. Asks for the members of each organization, one request each, and whether
/// the administrators that would be left can sign in.
///
/// What the `quay` predicts is left out: who plans many objects together judges them together. Returns a warning about what the
/// caller may not see, and so cannot be judged.
///
/// # Errors
/// With the names of the organizations, or when Quay does not list them.
pub fn spare_last_administrators(quay: &Reader, account: &str) -> Result<Option<String>> {
    let attempt = format!("delete the account {account}");
    let unseen = |what: &str| {
        Some(format!(
            "whether {account} is the last administrator of {what} could not be seen: this takes a superuser with \
             FEATURE_SUPERUSERS_FULL_ACCESS"
        ))
    };
    let organizations = match quay.list(&Path::api("superuser/organizations/"), "organizations") {
        Err(error) if error.status().is_some_and(|status| matches!(status, 403..=405)) => {
            return Ok(unseen("an organization"));
        }
        organizations => organizations.map_err(|error| error.attempting(&*attempt))?,
    };
    let (mut orphans, mut hidden) = (Vec::new(), Vec::new());
    for name in organizations.iter().filter_map(|organization| organization["name"].as_str()) {
        if quay.predicts(&Path::organization(name)) {
            continue;
        }
        match is_last_administrator(quay, account, name)? {
            Some(true) => orphans.push(name),
            Some(false) => {}
            None => hidden.push(name),
        }
    }
    if orphans.is_empty() {
        return Ok(if hidden.is_empty() { None } else { unseen(&first_names(&hidden, 10)) });
    }
    Err(Error::Option(format!(
        "cannot {attempt}: it is the last administrator of {}; add somebody to the team owners there first (a superuser can also \
         take ownership), delete the organization, or set force: true",
        orphans.join(", ")
    )))
}

/// `None` where the caller may not see the members. An administrator who is left can sign in: no robot account, and nobody who is
/// disabled.
fn is_last_administrator(quay: &Reader, account: &str, organization: &str) -> Result<Option<bool>> {
    let path = Path::organization(organization);
    let members = match quay.list(&path.fixed("/members"), "members") {
        Err(error) if error.status() == Some(404) => return Ok(Some(false)),
        Err(error) if error.refusal().is_some() => return Ok(None),
        members => members?,
    };
    let Some(own) = members.iter().find(|member| member["name"] == *account) else { return Ok(Some(false)) };
    let found = quay.find(&Path::organization(organization))?.unwrap_or_default();
    // Before 3.16 the organization of somebody else hides its teams from a superuser.
    let gives_admin = |team: &str| match found["teams"].get(team) {
        Some(team) => team["role"] == "admin",
        None => team == "owners",
    };
    let administers = |member: &Value| {
        let teams = member["teams"].as_array().into_iter().flatten();
        teams.filter_map(|team| team["name"].as_str()).any(gives_admin)
    };
    let is_one = administers(own);
    if !is_one && found["teams"].is_object() {
        return Ok(Some(false));
    }
    for other in members.iter().filter(|member| member["name"] != *account && administers(member)) {
        let name = other["name"].as_str().unwrap_or_default();
        if !name.contains('+') && !is_disabled(quay, name)? {
            return Ok(Some(false));
        }
    }
    Ok(is_one.then_some(true))
}

/// Whether an account is known to be disabled; a refusal leaves that open.
fn is_disabled(quay: &Reader, account: &str) -> Result<bool> {
    match quay.find(&Path::api("superuser/users").then(account)) {
        Err(error) if error.refusal().is_some() => Ok(false),
        found => Ok(found?.is_some_and(|found| found["enabled"] == false)),
    }
}
