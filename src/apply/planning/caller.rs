//! What no plan does to its own caller, although the declaration says so.

use serde_json::Value;

use super::item::Item;
use super::protect::is_member;
use crate::api::{Path, Reader};
use crate::apply::kinds::names::ObjectName;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::lookup;

/// Refuses a plan that takes the right to administer a repository from the caller, or that removes or disables the
/// caller's account.
///
/// What pruning would take has been spared before: here the declaration contradicts its caller, and its author has to act.
///
/// # Errors
/// For such a plan; also for one that may be such a plan when the server does not tell who is calling.
pub fn check(item: &Item, plan: &Plan, reader: &Reader) -> Result<()> {
    match item.makes() {
        Some(ObjectName::Repository(_)) => rights(item, plan, reader),
        Some(ObjectName::User(_)) if leaves(item.is_removal(), plan) => account(item, plan, reader),
        _ => Ok(()),
    }
}

/// Whether the plan of an account takes it from those who can sign in.
pub fn leaves(is_removal: bool, plan: &Plan) -> bool {
    let disables =
        plan.before.get("enabled") != plan.after.get("enabled") && plan.after.get("enabled") == Some(&false.into());
    plan.changes().next().is_some() && (is_removal || disables)
}

fn rights(item: &Item, plan: &Plan, reader: &Reader) -> Result<()> {
    // With the repository itself goes every right on it, and that is another question.
    let (Some(before), Some(after)) = (grants(plan, true), grants(plan, false)) else { return Ok(()) };
    let kept: Vec<_> = after.iter().filter_map(admin).collect();
    let lost: Vec<_> = before.iter().filter_map(admin).filter(|holder| !kept.contains(holder)).collect();
    if lost.iter().all(|(_, name)| name.contains('+')) {
        return Ok(());
    }
    let Some(caller) = lookup::caller(reader)? else { return Ok(()) };
    let lowered = |whose: &str| {
        Error::Option(format!(
            "{}: permissions would take the role admin from {whose}: leave that entry out, or give it the role admin",
            plan.title
        ))
    };
    if lost.contains(&("user", &caller)) {
        return Err(lowered(&format!("{caller}, who is the caller")));
    }
    if kept.contains(&("user", &caller)) {
        return Ok(());
    }
    let Some(organization) = item.organization.as_deref() else { return Ok(()) };
    if reader.find(&Path::organization(organization))?.is_some_and(|found| found["is_admin"] == true) {
        return Ok(());
    }
    for (_, team) in lost.iter().filter(|(kind, _)| *kind == "team") {
        if is_member(organization, team, &caller, reader)? {
            return Err(lowered(&format!("the team {team}, by which the caller, {caller}, administers")));
        }
    }
    Ok(())
}

fn account(item: &Item, plan: &Plan, reader: &Reader) -> Result<()> {
    let caller = lookup::caller(reader)?;
    match caller == item.text("username") {
        true => Err(Error::Option(format!(
            "{}: this account is the caller, which no run removes or disables: use the credentials of somebody else",
            plan.title
        ))),
        false => Ok(()),
    }
}

fn grants(plan: &Plan, is_before: bool) -> Option<&Vec<Value>> {
    if is_before { &plan.before } else { &plan.after }.get("perms")?.as_array()
}

/// Who administers by a grant: `team` or `user`, and the name.
fn admin(grant: &Value) -> Option<(&str, &str)> {
    let kind = if grant["type"] == "team" { "team" } else { "user" };
    (grant["role"] == "admin").then_some((kind, grant["name"].as_str()?))
}
