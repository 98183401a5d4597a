//! What the deletion of an organization or of an account takes away besides, and nobody asked for.

use serde_json::Value;

use super::lists;
use crate::api::{Path, Reader};
use crate::error::{Error, Result};

/// Refuses to delete a namespace along with which Quay would delete robot accounts of others.
///
/// Quay finds the robots of a namespace by a pattern in which `_` stands for any character: with `a_b` go the robots of `a-b`
/// (3.7 to 3.18). Only names with `_` cost a request. Who may not see the list deletes nobody else's robots that could be named.
///
/// # Errors
/// With the robots, or when the list of an organization cannot be read.
pub fn spare_look_alikes(quay: &Reader, title: &str, namespace: &str) -> Result<()> {
    if !namespace.contains('_') {
        return Ok(());
    }
    let attempt = format!("delete the {title}");
    let path = Path::organization(namespace).fixed("/robots").query("token", "false");
    let robots = match quay.list(&path, "robots") {
        // Only a superuser with full access sees the robots of an account.
        Err(error) if error.status().is_some_and(|status| matches!(status, 403 | 404)) => return Ok(()),
        robots => robots.map_err(|error| error.attempting(&*attempt))?,
    };
    let foreign: Vec<&str> = robots
        .iter()
        .filter(|robot| lists::short_name(robot, namespace).is_none())
        .filter_map(|robot| robot["name"].as_str())
        .collect();
    match foreign.is_empty() {
        true => Ok(()),
        false => Err(Error::Option(format!(
            "cannot {attempt}: Quay takes the _ in its name for any character and would delete robot accounts of others, too: {}; \
             delete it with force: true if that is meant",
            foreign.join(", ")
        ))),
    }
}

/// Refuses to delete an account that is the last administrator of an organization: Quay does it all the same for a superuser,
/// and only a superuser could help the organization then. Asks for the members of each organization, one request each.
///
/// What the `quay` predicts is left out: who plans many objects together judges them together. An organization whose members the
/// caller may not see cannot be judged.
///
/// # Errors
/// With the names of the organizations, or when Quay does not list them.
pub fn spare_last_administrators(quay: &Reader, account: &str) -> Result<()> {
    let attempt = format!("delete the account {account}");
    let organizations = match quay.list(&Path::api("superuser/organizations/"), "organizations") {
        Err(error) if error.status().is_some_and(|status| matches!(status, 403..=405)) => return Ok(()),
        organizations => organizations.map_err(|error| error.attempting(&*attempt))?,
    };
    let mut orphans = Vec::new();
    for name in organizations.iter().filter_map(|organization| organization["name"].as_str()) {
        if !quay.predicts(&Path::organization(name)) && is_last_administrator(quay, account, name)? {
            orphans.push(name);
        }
    }
    match orphans.is_empty() {
        true => Ok(()),
        false => Err(Error::Option(format!(
            "cannot {attempt}: it is the last administrator of {}; add somebody to the team owners there first (a superuser can also \
             take ownership), delete the organization, or set force: true",
            orphans.join(", ")
        ))),
    }
}

fn is_last_administrator(quay: &Reader, account: &str, organization: &str) -> Result<bool> {
    let path = Path::organization(organization);
    let members = match quay.list(&path.fixed("/members"), "members") {
        Err(error) if error.refusal().is_some() => return Ok(false),
        members => members?,
    };
    let teams_of = |member: &Value| -> Vec<String> {
        let teams = member["teams"].as_array().into_iter().flatten();
        teams.filter_map(|team| team["name"].as_str().map(str::to_owned)).collect()
    };
    let Some(own) = members.iter().find(|member| member["name"] == *account) else { return Ok(false) };
    let found = quay.find(&Path::organization(organization))?.unwrap_or_default();
    // Before 3.16 the organization of somebody else hides its teams from a superuser.
    let administers = |team: &String| match found["teams"].get(team) {
        Some(team) => team["role"] == "admin",
        None => team == "owners",
    };
    let others = members.iter().filter(|member| member["name"] != *account);
    Ok(teams_of(own).iter().any(administers) && !others.flat_map(teams_of).any(|team| administers(&team)))
}
