//! Rights that no run takes away: the caller's own administration, and that of the last owner.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::census;
use super::item::{Grantee, Item};
use super::refs::{self, Object};
use super::survey::{Seen, repository_path};
use crate::api::{Path, Reader};
use crate::error::Result;

/// Adds to the lists of an item what must stay in them, and says so in its warnings. What is `gone` after the run has no
/// rights to keep.
///
/// # Errors
/// When it cannot be read who has which right.
pub fn spare(item: &mut Item, seen: &Seen, gone: &HashSet<Object>, reader: &Reader) -> Result<()> {
    if item.is_removal() || item.options.get("append") != Some(&json!(false)) {
        return Ok(());
    }
    match item.module() {
        "quay_team" => members(item, seen, reader),
        "quay_repository" => {
            let given = grants(item).len();
            permissions(item, seen, reader)?;
            drop_gone(item, given, gone);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn members(item: &mut Item, seen: &Seen, reader: &Reader) -> Result<()> {
    let (Some(name), Some(organization)) = (item.text("name"), item.text("organization")) else { return Ok(()) };
    let Some(team) = seen.teams.get(name).filter(|team| team["role"] == "admin") else { return Ok(()) };
    if !item.options.get("members").is_some_and(Value::is_array) || team["is_synced"] == true {
        return Ok(());
    }
    let path = Path::team_members(organization, name).query("includePending", "true");
    let current = reader.list(&path, "members")?;
    let users: Vec<&str> =
        current.iter().filter_map(|member| member["name"].as_str()).filter(|name| !name.contains('+')).collect();
    let wanted: Vec<&str> =
        item.options["members"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let caller = census::caller(reader);
    let spared: Vec<String> = match wanted.iter().any(|name| !name.contains('+')) {
        true => users
            .iter()
            .filter(|user| caller.as_deref() == Some(**user) && !wanted.contains(*user))
            .map(|user| (*user).to_owned())
            .collect(),
        false => users.iter().map(|user| (*user).to_owned()).collect(),
    };
    if !spared.is_empty() {
        let why = if wanted.iter().any(|name| !name.contains('+')) {
            "the caller administers by it"
        } else {
            "a team of owners needs one"
        };
        item.warnings.push(format!("{} stays in the team {organization}/{name}: {why}", spared.join(", ")));
    }
    add(item, "members", spared.into_iter().map(Value::String));
    Ok(())
}

fn permissions(item: &mut Item, seen: &Seen, reader: &Reader) -> Result<()> {
    let Some(name) = item.text("name").map(str::to_owned) else { return Ok(()) };
    if !item.options.get("perms").is_some_and(Value::is_array) {
        return Ok(());
    }
    if let Some(grantees) = item.grantees.clone() {
        others(item, &name, seen, &grantees, reader)?;
    }
    if !is_new(&name, seen) {
        robot_of_the_mirror(item, &name, reader)?;
    }
    let Some(caller) = census::caller(reader) else { return Ok(()) };
    let named = |grant: &Value| grant["name"] == caller.as_str() && grant["type"] != "team";
    if item.options["perms"].as_array().into_iter().flatten().any(named) {
        return Ok(());
    }
    let own = || json!({"name": caller, "type": "user", "role": "admin"});
    // Whoever creates a repository administers it.
    if is_new(&name, seen) {
        add(item, "perms", [own()].into_iter());
        return Ok(());
    }
    let found = reader.find(&Path::repository(&name).fixed("/permissions/user/"))?.unwrap_or_default();
    if found["permissions"][&caller]["role"] == "admin" {
        add(item, "perms", [own()].into_iter());
    } else if !seen.complete {
        teams_of_the_caller(item, &name, &caller, reader)?;
    }
    Ok(())
}

/// A mirror that nobody declares goes on, so its robot account keeps what it needs.
fn robot_of_the_mirror(item: &mut Item, name: &str, reader: &Reader) -> Result<()> {
    let short = name.split_once('/').unwrap_or((name, ""));
    let found = reader.find(&repository_path(short.0, short.1))?.unwrap_or_default();
    if found["state"] != "MIRROR" {
        return Ok(());
    }
    let mirror = reader.find(&Path::repository(name).fixed("/mirror"))?.unwrap_or_default();
    let Some(robot) = mirror["robot_username"].as_str() else { return Ok(()) };
    let named = |grant: &Value| grant["name"] == robot && grant["type"] != "team";
    if !item.options["perms"].as_array().into_iter().flatten().any(named) {
        add(item, "perms", [json!({"name": robot, "type": "user", "role": "write"})].into_iter());
    }
    Ok(())
}

/// Who administers neither the organization nor the repository by name does it by a team.
fn teams_of_the_caller(item: &mut Item, name: &str, caller: &str, reader: &Reader) -> Result<()> {
    let found = reader.find(&Path::repository(name).fixed("/permissions/team/"))?.unwrap_or_default();
    let organization = name.split_once('/').map_or(name, |(organization, _)| organization);
    let mut kept = Vec::new();
    for (team, right) in found["permissions"].as_object().into_iter().flatten() {
        let named = |grant: &Value| grant["name"] == team.as_str() && grant["type"] == "team";
        if right["role"] != "admin" || item.options["perms"].as_array().into_iter().flatten().any(named) {
            continue;
        }
        let path = Path::team_members(organization, team);
        // Only its members see who is in a team.
        if let Ok(members) = reader.list(&path, "members")
            && members.iter().any(|member| member["name"] == *caller)
        {
            kept.push(json!({"name": team, "type": "team", "role": "admin"}));
            item.warnings.push(format!("the team {team} keeps its right on {name}: the caller administers by it"));
        }
    }
    add(item, "perms", kept.into_iter());
    Ok(())
}

/// Whether a repository is known not to be there yet.
fn is_new(name: &str, seen: &Seen) -> bool {
    let short = name.split_once('/').map_or(name, |(_, short)| short);
    let listed = |known: &Vec<String>| known.iter().any(|known| known == short);
    !seen.exists || seen.repositories.as_ref().is_some_and(|known| !listed(known))
}

/// Where only the permissions of some are pruned, those of the others stay.
fn others(item: &mut Item, name: &str, seen: &Seen, grantees: &[Grantee], reader: &Reader) -> Result<()> {
    if is_new(name, seen) {
        return Ok(());
    }
    let mut kept = Vec::new();
    for kind in ["user", "team"] {
        let path = Path::repository(name).fixed("/permissions/").fixed(kind).fixed("/");
        let found = reader.find(&path)?.unwrap_or_default();
        for (holder, right) in found["permissions"].as_object().into_iter().flatten() {
            let who = match (kind, holder.contains('+')) {
                ("team", _) => Grantee::Teams,
                (_, true) => Grantee::Robots,
                (_, false) => Grantee::Users,
            };
            let named =
                |grant: &Value| grant["name"] == holder.as_str() && (grant["type"] == "team") == (kind == "team");
            let is_named = item.options["perms"].as_array().into_iter().flatten().any(named);
            if !grantees.contains(&who) && !is_named {
                kept.push(json!({"name": holder, "type": kind, "role": right["role"]}));
            }
        }
    }
    add(item, "perms", kept.into_iter());
    Ok(())
}

fn grants(item: &Item) -> &[Value] {
    item.options.get("perms").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Takes back what was added for accounts and teams that the run removes.
fn drop_gone(item: &mut Item, given: usize, gone: &HashSet<Object>) {
    let organization = item.organization.clone();
    if let Some(Value::Array(list)) = item.options.get_mut("perms") {
        let added = list.split_off(given.min(list.len()));
        list.extend(added.into_iter().filter(|grant| {
            let name = grant["name"].as_str().unwrap_or_default();
            !gone.contains(&refs::grantee(organization.as_deref(), grant["type"].as_str(), name))
        }));
    }
}

fn add(item: &mut Item, option: &str, entries: impl Iterator<Item = Value>) {
    if let Some(Value::Array(list)) = item.options.get_mut(option) {
        list.extend(entries);
    }
}
