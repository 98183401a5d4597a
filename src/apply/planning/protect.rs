//! Rights that pruning does not take away: the caller's own administration, that of the last owner, and a mirror's.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::item::Item;
use super::options::Opened;
use super::refresh::Existing;
use crate::api::{Path, Reader};
use crate::apply::kinds::default_permission;
use crate::apply::kinds::names::{ObjectName, grantee};
use crate::apply::kinds::repository::Grantee;
use crate::error::Result;
use crate::quay::{lookup, members, names};

/// Adds to the lists of an item what must stay in them, and says so in its warnings. What is `gone` after the run has no
/// rights to keep.
///
/// # Errors
/// When it cannot be read who has which right, or who the caller is whose right might go.
pub fn keep_in_use(
    item: &mut Item,
    existing: &Existing,
    defaults: &[Value],
    gone: &HashSet<ObjectName>,
    reader: &Reader,
) -> Result<()> {
    if item.is_removal() || !item.options.are_whole() {
        return Ok(());
    }
    let made = item.makes().cloned();
    let mut item = Opened::of(item);
    match made {
        Some(ObjectName::Team(_)) => members(&mut item, existing, reader)?,
        Some(ObjectName::Repository(name)) => {
            let given = item.list(PERMISSIONS).map_or(0, <[Value]>::len);
            permissions(&mut item, &name, existing, reader)?;
            given_by_default(&mut item, &name, existing, defaults, reader)?;
            drop_gone(&mut item, given, gone);
        }
        _ => return Ok(()),
    }
    item.close();
    Ok(())
}

const PERMISSIONS: &str = "perms";

fn members(item: &mut Opened<'_>, existing: &Existing, reader: &Reader) -> Result<()> {
    let (Some(name), Some(organization)) = (item.text("name"), item.text("organization")) else { return Ok(()) };
    let Some(team) = existing.teams.get(name).filter(|team| team["role"] == "admin") else { return Ok(()) };
    let Some(wanted) = item.list("members") else { return Ok(()) };
    if team["is_synced"] == true {
        return Ok(());
    }
    let path = members::with_invited(&Path::team_members(organization, name));
    let current = reader.list(&path, "members")?;
    let wanted: Vec<&str> = wanted.iter().filter_map(Value::as_str).collect();
    let leaving = current.iter().filter_map(|member| member["name"].as_str());
    let mut leaving: Vec<String> =
        leaving.filter(|name| is_person(name) && !wanted.contains(name)).map(str::to_owned).collect();
    if leaving.is_empty() {
        return Ok(());
    }
    let why = if wanted.iter().any(|name| is_person(name)) {
        let caller = lookup::caller(reader)?;
        leaving.retain(|name| caller.as_ref() == Some(name));
        "the caller administers by it"
    } else {
        "a team of owners needs one"
    };
    if !leaving.is_empty() {
        let warning = format!("{} stays in the team {organization}/{name}: {why}", leaving.join(", "));
        item.item.warnings.push(warning);
    }
    item.add("members", leaving.into_iter().map(Value::String));
    Ok(())
}

/// Robot accounts administer nothing.
fn is_person(name: &str) -> bool {
    !name.contains('+')
}

fn permissions(item: &mut Opened<'_>, name: &str, existing: &Existing, reader: &Reader) -> Result<()> {
    if item.list(PERMISSIONS).is_none() {
        return Ok(());
    }
    let is_new = is_new(name, existing);
    if let Some(grantees) = item.item.grantees.clone().filter(|_| !is_new) {
        others(item, name, &grantees, reader)?;
    }
    if !is_new {
        robot_of_the_mirror(item, name, reader)?;
        return own(item, name, existing, reader);
    }
    // Whoever creates a repository administers it.
    if let Some(caller) = lookup::caller(reader)?.filter(|caller| !item.has_grant("user", caller)) {
        item.add(PERMISSIONS, [admin("user", &caller)]);
    }
    Ok(())
}

/// What a declared default permission gave is declared: whoever has a right that it may have given keeps it as it is; in a new
/// repository, the role is that of the default.
fn given_by_default(
    item: &mut Opened<'_>,
    name: &str,
    existing: &Existing,
    defaults: &[Value],
    reader: &Reader,
) -> Result<()> {
    if item.list(PERMISSIONS).is_none() {
        return Ok(());
    }
    let is_new = is_new(name, existing);
    for given in defaults {
        let kind = if given["type"] == "team" { "team" } else { "user" };
        let Some(holder) = given["name"].as_str().filter(|holder| !item.has_grant(kind, holder)) else { continue };
        let current =
            if is_new { Value::Null } else { rights(name, kind, reader)?["permissions"][holder]["role"].clone() };
        let comes = is_new
            && (given["creator"].is_null() || lookup::caller(reader)?.is_some_and(|name| given["creator"] == *name));
        let role = current.as_str().or_else(|| default_permission::strongest(&given["role"])).unwrap_or("read");
        if comes || !current.is_null() {
            item.add(PERMISSIONS, [json!({"name": holder, "type": kind, "role": role})]);
        }
    }
    Ok(())
}

fn admin(kind: &str, name: &str) -> Value {
    json!({"name": name, "type": kind, "role": "admin"})
}

/// Who administers the repository, and is not named. `kind` is `team` or `user`.
fn unnamed_admins(item: &Opened<'_>, repository: &str, kind: &str, reader: &Reader) -> Result<Vec<String>> {
    let found = rights(repository, kind, reader)?;
    let rights = found["permissions"].as_object().into_iter().flatten();
    let admins = rights.filter(|(_, right)| right["role"] == "admin").map(|(name, _)| name);
    Ok(admins.filter(|name| is_person(name) && !item.has_grant(kind, name)).cloned().collect())
}

fn rights(repository: &str, kind: &str, reader: &Reader) -> Result<Value> {
    let path = Path::repository(repository).fixed("/permissions/").fixed(kind).fixed("/");
    Ok(reader.find(&path)?.unwrap_or_default())
}

/// The caller keeps the own right to administer an existing repository.
fn own(item: &mut Opened<'_>, name: &str, existing: &Existing, reader: &Reader) -> Result<()> {
    let users = unnamed_admins(item, name, "user", reader)?;
    // Who administers neither the organization nor the repository by name does it by a team.
    let teams = if existing.complete { Vec::new() } else { unnamed_admins(item, name, "team", reader)? };
    if users.is_empty() && teams.is_empty() {
        return Ok(());
    }
    let Some(caller) = lookup::caller(reader)? else { return Ok(()) };
    if users.contains(&caller) {
        item.add(PERMISSIONS, [admin("user", &caller)]);
        return Ok(());
    }
    if item.grant("user", &caller).is_some_and(|grant| grant["role"] == "admin") {
        return Ok(());
    }
    let organization = names::namespace_of(name);
    for team in &teams {
        if !is_member(organization, team, &caller, reader)? {
            continue;
        }
        item.item.warnings.push(format!("the team {team} keeps its right on {name}: the caller administers by it"));
        item.add(PERMISSIONS, [admin("team", team)]);
    }
    Ok(())
}

/// Whether somebody is known to be in a team: only its members see who is.
///
/// # Errors
/// When the members cannot be read for another reason than that.
pub fn is_member(organization: &str, team: &str, user: &str, reader: &Reader) -> Result<bool> {
    let path = Path::team_members(organization, team);
    match reader.list(&path, "members") {
        Ok(members) => Ok(members.iter().any(|member| member["name"] == *user)),
        Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A mirror that nobody declares goes on, so its robot account keeps what it needs.
fn robot_of_the_mirror(item: &mut Opened<'_>, name: &str, reader: &Reader) -> Result<()> {
    let found = reader.find(&lookup::repository_path(name))?.unwrap_or_default();
    if found["state"] != "MIRROR" {
        return Ok(());
    }
    let mirror = reader.find(&Path::repository(name).fixed("/mirror"))?.unwrap_or_default();
    let Some(robot) = mirror["robot_username"].as_str() else { return Ok(()) };
    if !item.has_grant("user", robot) {
        item.add(PERMISSIONS, [json!({"name": robot, "type": "user", "role": "write"})]);
    }
    Ok(())
}

/// Whether a repository is known not to be there yet.
fn is_new(name: &str, existing: &Existing) -> bool {
    let short = name.split_once('/').map_or(name, |(_, short)| short);
    !existing.exists || existing.repositories.as_ref().is_some_and(|known| !known.contains(short))
}

/// Where only the permissions of some are pruned, those of the others stay.
fn others(item: &mut Opened<'_>, name: &str, grantees: &[Grantee], reader: &Reader) -> Result<()> {
    let mut kept = Vec::new();
    for kind in ["user", "team"] {
        let found = rights(name, kind, reader)?;
        for (holder, right) in found["permissions"].as_object().into_iter().flatten() {
            let who = match (kind, holder.contains('+')) {
                ("team", _) => Grantee::Teams,
                (_, true) => Grantee::Robots,
                (_, false) => Grantee::Users,
            };
            if !grantees.contains(&who) && !item.has_grant(kind, holder) {
                kept.push(json!({"name": holder, "type": kind, "role": right["role"]}));
            }
        }
    }
    item.add(PERMISSIONS, kept);
    Ok(())
}

/// Takes back what was added for accounts and teams that the run removes.
fn drop_gone(item: &mut Opened<'_>, given: usize, gone: &HashSet<ObjectName>) {
    let organization = item.item.organization.clone();
    item.retain_from(PERMISSIONS, given, |grant| {
        let name = grant["name"].as_str().unwrap_or_default();
        !gone.contains(&grantee(organization.as_deref(), grant["type"].as_str(), name))
    });
}
