//! Who belongs to an organization at all: one list of all people in it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::export::{Export, Source};
use super::section::{Retire, Section, Supply};
use super::{Card, Kind, default_permission};
use crate::api::Path;
use crate::error::{Need, Result};

/// People of organizations. Those whom nothing names go after all else: a team can still be joined in the same run.
pub static ORGANIZATION_MEMBERS: Card =
    Card { pruned: true, listed: true, rank: 4, ..Card::of("organization_members", "members of", &[&SECTION]) };

/// The list of those who may belong to an organization. It only takes people away, and only where their kind is pruned.
pub static SECTION: Section = Section {
    supplied: &[("organization", Supply::Organization), ("state", Supply::Text("exact"))],
    short: Some("names"),
    retire: Retire::Stay("who belongs to an organization is no object of its own"),
    export: Export::Whole(export),
    ..Section::single("members", Kind::OrganizationMembers, "quay_organization_member")
};

/// Those who are in a team, and those who are in none and have a right on a repository.
///
/// # Errors
/// When one of the lists cannot be read.
pub fn lists(source: &Source<'_>, name: &str) -> Result<[Vec<Value>; 2]> {
    let list = |key: &str| {
        let path = Path::organization(name).fixed("/").fixed(key);
        source.list(&path, key, &Need::ORG_ADMIN, format!("read the {key} of the organization {name}"))
    };
    Ok([list("members")?, list("collaborators")?])
}

fn export(source: &Source<'_>, name: &str, _: &mut Vec<String>) -> Result<Value> {
    let people = lists(source, name)?.into_iter().flatten();
    let mut names: BTreeSet<String> = people.filter_map(|entry| entry["name"].as_str().map(str::to_owned)).collect();
    // Whoever is not among those who may stay loses default permissions, too.
    names.extend(default_permission::people(source, name)?);
    Ok(if names.is_empty() { Value::Null } else { json!({"names": names}) })
}
