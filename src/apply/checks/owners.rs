//! An organization never loses the last of those who administer it, nor its caller the right to do so.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::api::{Path, Reader};
use crate::apply::kinds::user;
use crate::apply::planning::refresh::Existing;
use crate::apply::planning::{PlannedItem, caller};
use crate::error::Result;
use crate::plan::Plan;
use crate::quay::{lookup, members};

/// The accounts that plans remove or disable.
pub fn leaving(objects: &[PlannedItem]) -> BTreeSet<String> {
    let leaves = |object: &&PlannedItem| {
        let Some(plan) = object.plan.as_deref().filter(|_| object.item.module() == user::SECTION.module) else {
            return false;
        };
        caller::leaves(object.item.is_removal(), plan)
    };
    objects.iter().filter(leaves).filter_map(|object| object.item.text("username")).collect()
}

/// Why the plans of an organization's teams must not be executed, now that the accounts `leaving` go: nobody would be left who
/// administers it, or no longer the caller. `None` where nothing is against them.
///
/// Quay itself only sees that the caller stays an administrator, and a superuser always is one.
///
/// # Errors
/// When the members of a team cannot be read, or the server does not tell who is calling.
pub fn problem(
    organization: &str,
    existing: &Existing,
    teams: &[&PlannedItem],
    leaving: &BTreeSet<String>,
    reader: &Reader,
) -> Result<Option<String>> {
    let plans: HashMap<String, (&Plan, bool)> = teams
        .iter()
        .filter_map(|object| Some((object.item.text("name")?, (object.plan.as_deref()?, object.item.is_removal()))))
        .collect();
    let is_admin = |name: &str| existing.teams.get(name).is_some_and(|team| team["role"] == "admin");
    let stays = |name: &str| match plans.get(name) {
        Some((_, true)) => false,
        // A plan without a change does not show the role.
        Some((plan, false)) => plan.after.get("role").map_or_else(|| is_admin(name), |role| role == "admin"),
        None => is_admin(name),
    };
    let admins = || existing.teams.keys().map(String::as_str).filter(|name| is_admin(name));
    let lost: Vec<&str> = admins().filter(|name| !stays(name)).collect();
    if !existing.exists || (lost.is_empty() && leaving.is_empty()) {
        return Ok(None);
    }
    if !leaving.is_empty() && !existing.complete {
        let who = names(leaving);
        return Ok(Some(format!(
            "whether somebody would be left who administers the organization {organization} cannot be seen, so {who} must stay: \
             Quay shows its teams only to its administrators"
        )));
    }
    let read = |name: &str| -> Result<Vec<String>> {
        let path = Path::team_members(organization, name);
        let members = reader.list(&members::with_invited(&path), "members")?;
        Ok(members
            .iter()
            .filter(|member| member["invited"] != true)
            .filter_map(|member| person(&member["name"]))
            .collect())
    };
    let mut left: BTreeSet<String> = BTreeSet::new();
    let others = existing.teams.keys().map(String::as_str).chain(plans.keys().map(String::as_str));
    for name in others.filter(|name| stays(name)) {
        match plans.get(name).and_then(|(plan, _)| plan.after.get("members")).and_then(Value::as_array) {
            Some(planned) => left.extend(planned.iter().filter_map(person)),
            None if existing.teams.contains_key(name) => left.extend(read(name)?),
            None => {}
        }
    }
    left.retain(|name| !leaving.contains(name));
    if left.is_empty() {
        for name in admins() {
            if !read(name)?.is_empty() {
                let why = match lost.as_slice() {
                    [] => format!("the last of its owners would go with the accounts {}", names(leaving)),
                    lost => format!("the team {} has the last of its owners", lost.join(", ")),
                };
                return Ok(Some(format!(
                    "nobody would be left who administers the organization {organization}: {why}; put somebody into another \
                     team with the role admin first"
                )));
            }
        }
        return Ok(None);
    }
    losing_the_caller(organization, &lost, &left, read, reader)
}

/// Whoever administers by a team that ceases to administer must do so by another one.
fn losing_the_caller(
    organization: &str,
    lost: &[&str],
    left: &BTreeSet<String>,
    read: impl Fn(&str) -> Result<Vec<String>>,
    reader: &Reader,
) -> Result<Option<String>> {
    if lost.is_empty() {
        return Ok(None);
    }
    let Some(caller) = lookup::caller(reader)?.filter(|caller| !left.contains(caller)) else { return Ok(None) };
    for team in lost {
        if read(team)?.contains(&caller) {
            return Ok(Some(format!(
                "the caller, {caller}, would no longer administer the organization {organization}, which the team {team} makes \
                 possible; put {caller} into another team with the role admin first"
            )));
        }
    }
    Ok(None)
}

fn names(accounts: &BTreeSet<String>) -> String {
    accounts.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The name, unless it is that of a robot account, or of one who is only invited: those administer nothing.
fn person(name: &Value) -> Option<String> {
    name.as_str().filter(|name| !name.contains('+') && members::without_invitation(name).is_none()).map(str::to_owned)
}
