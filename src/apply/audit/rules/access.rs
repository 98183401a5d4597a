//! Rules about who can do what.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::apply::audit::entry::Entry;
use crate::apply::kinds::{Kind, default_permission};
use crate::quay::{first_names, text};

/// Names of accounts in one message.
const MOST: usize = 5;

/// Everybody can pull.
pub fn public(entry: &Entry, _: u64) -> Option<String> {
    let visibility = entry.text("visibility");
    if entry.is(Kind::Repositories) && visibility == Some("public") {
        return Some("is public, so that everybody can pull from it: set visibility to private".into());
    }
    // The mirror of an organization makes public repositories unless told otherwise.
    let makes_public = entry.is(Kind::Mirrors) && entry.is_of_organization() && visibility != Some("private");
    makes_public.then(|| "makes public repositories: set its visibility to private".into())
}

/// A program could change settings and rights, be it by a right of its own or by one of its team.
pub fn robot_admin(entry: &Entry, inside: &[&Entry], _: u64) -> Option<String> {
    let holders = |name: &str, kind: &Value| match kind == "team" {
        true => robots_of_team(name, inside),
        false => Some(name).filter(|name| is_robot(name)).map(str::to_owned).into_iter().collect(),
    };
    let robots: Vec<String> = match entry.kind? {
        Kind::Repositories => {
            let admins = entry.list("perms").filter(|grant| grant["role"] == "admin");
            admins.flat_map(|grant| holders(text(&grant["name"]), &grant["type"])).collect()
        }
        Kind::Teams if entry.text("role") == Some("admin") => robots(entry).map(str::to_owned).collect(),
        Kind::DefaultPermissions => {
            let role = entry.options.get("role").and_then(default_permission::strongest);
            let name = entry.text("name").filter(|_| role == Some("admin"));
            name.map(|name| holders(name, entry.options.get("type").unwrap_or(&Value::Null))).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let names: Vec<&str> = robots.iter().map(String::as_str).collect();
    let names = first_names(&names, MOST);
    (!robots.is_empty()).then(|| format!("gives robot accounts the role admin ({names}): write or read is enough"))
}

fn is_robot(name: &str) -> bool {
    name.contains('+')
}

fn robots(team: &Entry) -> impl Iterator<Item = &str> {
    team.list("members").filter_map(Value::as_str).filter(|name| is_robot(name))
}

/// The robot accounts of a team, unless the team itself is found for having them.
fn robots_of_team(name: &str, inside: &[&Entry]) -> Vec<String> {
    let is_it = |entry: &&&Entry| entry.is(Kind::Teams) && entry.text("name") == Some(name);
    let teams = inside.iter().filter(is_it).filter(|team| team.text("role") != Some("admin"));
    teams.flat_map(|team| robots(team)).map(|robot| format!("{robot} in the team {name}")).collect()
}

/// When the only owner leaves, nobody is left.
pub fn few_owners(organization: &Entry, inside: &[&Entry], least: u64) -> Option<String> {
    let is_admin = |entry: &&&Entry| entry.is(Kind::Teams) && entry.text("role") == Some("admin");
    let mut owners: BTreeSet<&str> = BTreeSet::new();
    for team in inside.iter().filter(is_admin) {
        let follows = |entry: &&&Entry| entry.is(Kind::TeamSyncs) && entry.text("name") == team.text("name");
        // Who is in the group of a directory, only the directory knows.
        if inside.iter().any(|entry| follows(&entry)) {
            return None;
        }
        owners.extend(team.list("members").filter_map(Value::as_str).filter(|name| !is_robot(name)));
    }
    let count = owners.len();
    (u64::try_from(count).unwrap_or(u64::MAX) < least).then(|| {
        // Those of a team that no file names can be there all the same.
        let has = if count == 0 && organization.place.is_some() { "has in the files" } else { "has" };
        format!("{has} {count} of at least {least} owners: add members to a team with the role admin, such as owners")
    })
}
