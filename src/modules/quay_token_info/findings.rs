//! What is worth a look.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::row::{Kind, Row};
use crate::quay::time;

const DAY: u64 = 24 * 3600;
/// A credential that nobody ever used is told when it is older.
const FORGOTTEN: u64 = 30 * DAY;
/// An end that is farther away is told.
const YEAR: u64 = 366 * DAY;
/// Scopes that open more than repositories.
const POWERFUL: [&str; 2] = ["super:user", "org:admin"];

/// What is known of the accounts that tokens act as.
#[derive(Default)]
pub struct People {
    /// The members of organizations, where the caller may see them.
    pub members: BTreeMap<String, BTreeSet<String>>,
    /// Disabled accounts, where the caller may see them.
    pub disabled: BTreeSet<String>,
}

/// The findings about a credential.
pub fn of(row: &Row, usage_known: bool, people: &People) -> Vec<Value> {
    let mut found = Vec::new();
    if row.has_ended() {
        return found;
    }
    let title = title(row);
    let mut tell = |finding: &str, what: String| {
        found.push(json!({
            "kind": row.kind, "organization": row.organization, "application": row.application, "name": row.name,
            "uuid": row.uuid, "finding": finding, "message": format!("{title} {what}"),
        }));
    };
    let powerful: Vec<&str> = row.scopes.iter().map(String::as_str).filter(|scope| POWERFUL.contains(scope)).collect();
    if !powerful.is_empty() {
        tell("powerful", format!("has the scopes {}", powerful.join(", ")));
    }
    if let Some(end) = row.ends.filter(|_| !row.ends_within(YEAR)) {
        tell("long_lived", format!("is valid until {}", time::written(end)));
    }
    if usage_known && row.used.is_none() && row.is_older(FORGOTTEN) {
        let age =
            row.created.map_or_else(|| "long ago".to_owned(), |made| format!("{} days ago", time::days_since(made)));
        tell("unused", format!("was made {age}, and nobody ever used it"));
    }
    if row.kind == Kind::Api && row.name.is_none() {
        tell("unnamed", "has no name".to_owned());
    }
    if let Some(owner) = &row.owner {
        let members = row.organization.as_ref().and_then(|organization| people.members.get(organization));
        if people.disabled.contains(owner) {
            tell("owner_disabled", format!("acts as {owner}, whose account is disabled"));
        } else if members.is_some_and(|members| !members.contains(owner)) {
            let organization = row.organization.as_deref().unwrap_or_default();
            tell("owner_outside", format!("acts as {owner}, who is in no team of {organization}"));
        }
    }
    found
}

/// The credential for a person.
fn title(row: &Row) -> String {
    let name = row.name.as_deref().or(row.uuid.as_deref()).unwrap_or_default();
    let of = |what: &Option<String>| what.as_ref().map_or_else(String::new, |what| format!(" of {what}"));
    match row.kind {
        Kind::Api | Kind::Own => {
            let application = row.application.as_deref().unwrap_or_default();
            format!("the API token {name} of the application {application}{}", of(&row.organization))
        }
        Kind::Robot => format!("the robot account {name}"),
        Kind::Docker => format!("the application token {name}{}", of(&row.owner)),
    }
}
