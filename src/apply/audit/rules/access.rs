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

/// A program could change settings and rights.
pub fn robot_admin(entry: &Entry, _: u64) -> Option<String> {
    let is_robot = |name: &&str| name.contains('+');
    let robots: Vec<&str> = match entry.kind? {
        Kind::Repositories => {
            let admins = entry.list("perms").filter(|grant| grant["role"] == "admin" && grant["type"] != "team");
            admins.map(|grant| text(&grant["name"])).filter(is_robot).collect()
        }
        Kind::Teams if entry.text("role") == Some("admin") => {
            entry.list("members").filter_map(Value::as_str).filter(is_robot).collect()
        }
        Kind::DefaultPermissions => {
            let role = entry.options.get("role").and_then(default_permission::strongest);
            entry.text("name").filter(is_robot).filter(|_| role == Some("admin")).into_iter().collect()
        }
        _ => Vec::new(),
    };
    let names = first_names(&robots, MOST);
    (!robots.is_empty()).then(|| format!("gives robot accounts the role admin ({names}): write or read is enough"))
}

/// When the only owner leaves, nobody is left.
pub fn few_owners(_: &Entry, inside: &[&Entry], least: u64) -> Option<String> {
    let is_admin = |entry: &&&Entry| entry.is(Kind::Teams) && entry.text("role") == Some("admin");
    let mut owners: BTreeSet<&str> = BTreeSet::new();
    for team in inside.iter().filter(is_admin) {
        let follows = |entry: &&&Entry| entry.is(Kind::TeamSyncs) && entry.text("name") == team.text("name");
        // Who is in the group of a directory, only the directory knows.
        if inside.iter().any(|entry| follows(&entry)) {
            return None;
        }
        owners.extend(team.list("members").filter_map(Value::as_str).filter(|name| !name.contains('+')));
    }
    let count = owners.len();
    (u64::try_from(count).unwrap_or(u64::MAX) < least).then(|| {
        format!("has {count} of at least {least} owners: add members to a team with the role admin, such as owners")
    })
}
