//! An organization never loses the last of those who administer it.

use std::collections::HashMap;

use serde_json::Value;

use super::planning::Object;
use super::survey::Seen;
use crate::api::{Path, Reader};
use crate::error::Result;
use crate::plan::Plan;
use crate::quay::members;

/// Why the plans of an organization's teams must not be executed: nobody would be left who administers it. `None` where somebody is.
///
/// Quay itself only sees that the caller stays an administrator, and a superuser always is one.
///
/// # Errors
/// When the members of a team cannot be read.
pub fn problem(organization: &str, seen: &Seen, teams: &[&Object], reader: &Reader) -> Result<Option<String>> {
    let plans: HashMap<&str, (&Plan, bool)> = teams
        .iter()
        .filter_map(|object| Some((object.item.text("name")?, (object.plan.as_deref()?, object.item.is_removal()))))
        .collect();
    let is_admin = |name: &str| seen.teams.get(name).is_some_and(|team| team["role"] == "admin");
    let stays = |name: &str| match plans.get(name) {
        Some((_, true)) => false,
        // A plan without a change does not show the role.
        Some((plan, false)) => plan.after.get("role").map_or_else(|| is_admin(name), |role| role == "admin"),
        None => is_admin(name),
    };
    let lost: Vec<&str> = seen.teams.keys().map(String::as_str).filter(|name| is_admin(name) && !stays(name)).collect();
    if lost.is_empty() {
        return Ok(None);
    }
    let read = |name: &str| -> Result<bool> {
        let path = Path::team_members(organization, name);
        let members = reader.list(&path.query("includePending", "true"), "members")?;
        Ok(members.iter().any(|member| member["invited"] != true && is_person(&member["name"])))
    };
    let others = seen.teams.keys().map(String::as_str).chain(plans.keys().copied());
    for name in others.filter(|name| stays(name)) {
        let planned = plans.get(name).and_then(|(plan, _)| plan.after.get("members")).and_then(Value::as_array);
        let has_somebody = match planned {
            Some(members) => members.iter().any(is_person),
            None => seen.teams.contains_key(name) && read(name)?,
        };
        if has_somebody {
            return Ok(None);
        }
    }
    for name in &lost {
        if read(name)? {
            return Ok(Some(format!(
                "nobody would be left who administers the organization {organization}: the team {} has the last of its \
                 owners; put somebody into another team with the role admin first",
                lost.join(", ")
            )));
        }
    }
    Ok(None)
}

/// Robot accounts and those who are only invited administer nothing.
fn is_person(name: &Value) -> bool {
    name.as_str().is_some_and(|name| !name.contains('+') && members::without_invitation(name).is_none())
}
