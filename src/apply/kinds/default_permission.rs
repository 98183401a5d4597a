//! Rights that somebody gets on each new repository of an organization.

use serde_json::{Value, json};

use super::export::{Export, Source};
use super::list::List;
use super::names::{ObjectName, account, grantee, text};
use super::prediction::Made;
use super::section::Section;
use super::shape::{sort, tidy};
use super::{Card, Kind, Options};
use crate::api::Path;
use crate::error::{Need, Result};

/// Default permissions.
pub static DEFAULT_PERMISSIONS: Card =
    Card { pruned: true, ..Card::of("default_permissions", "default permission for", &[&SECTION]) };

/// Default permissions, in an organization.
pub static SECTION: Section = Section {
    identity: &["name", "type", "creator"],
    needs,
    predict,
    list: Some(List::of(list, "prototypes", select)),
    export: Export::Whole(export),
    ..Section::of("default_permissions", Kind::DefaultPermissions, "quay_default_perm")
};

/// The people whom default permissions of an organization name: those who get a right, and those who make repositories.
///
/// # Errors
/// When they cannot be read.
pub fn people(source: &Source<'_>, organization: &str) -> Result<Vec<String>> {
    let attempt = format!("read the default permissions of {organization}");
    let list = source.list(&list(organization), "prototypes", &Need::ORG_ADMIN, attempt)?;
    let users = |entry: &Value| {
        let grantee = &entry["delegate"];
        let grantee = (grantee["kind"] != "team").then_some(&grantee["name"]);
        grantee
            .into_iter()
            .chain([&entry["activating_user"]["name"]])
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    Ok(list.iter().flat_map(users).filter(|name| !name.contains('+')).collect())
}

fn list(organization: &str) -> Path {
    Path::organization(organization).fixed("/prototypes")
}

fn select(entry: &Value) -> Value {
    let creator = entry["activating_user"]["name"].clone();
    let kind = if entry["delegate"]["kind"] == "team" { "team" } else { "user" };
    json!({"name": entry["delegate"]["name"], "type": kind, "creator": creator})
}

fn needs(options: &Options) -> Vec<ObjectName> {
    let organization = text(options, "organization");
    let holder = text(options, "name").map(|name| grantee(organization, text(options, "type"), name));
    holder.into_iter().chain(text(options, "creator").map(account)).collect()
}

/// Puts its rights in the place of those that the same accounts have.
fn predict(made: &Made<'_>) {
    let path = list(made.text("organization"));
    let (true, Ok(known)) = (made.changes(), made.reader.get(&path)) else { return };
    let creator = made.after("creator");
    let by = if creator.is_null() { creator } else { json!({"name": creator}) };
    let delegate = json!({"name": made.after("name"), "kind": made.after("type")});
    let rule = |role| json!({"id": "", "delegate": delegate, "activating_user": by, "role": role});
    let rules: Vec<Value> = roles(&made.after("role")).into_iter().map(rule).collect();
    made.server.amend_or(&path, known, |body| {
        let Some(list) = body["prototypes"].as_array_mut() else { return };
        list.retain(|known| rules.iter().all(|rule| select(known) != select(rule)));
        list.extend(rules);
    });
}

/// The right that counts of those that an entry gives, where it gives any.
pub fn strongest(role: &Value) -> Option<&str> {
    roles(role).into_iter().max_by_key(|role| ["read", "write", "admin"].iter().position(|known| known == role))
}

fn roles(role: &Value) -> Vec<&str> {
    role.as_str().into_iter().chain(role.as_array().into_iter().flatten().filter_map(Value::as_str)).collect()
}

fn export(source: &Source<'_>, name: &str, _: &mut Vec<String>) -> Result<Value> {
    let list =
        source.list(&list(name), "prototypes", &Need::ORG_ADMIN, format!("read the default permissions of {name}"))?;
    let mut permissions: Vec<Value> = Vec::new();
    for entry in &list {
        let options = json!({
            "organization": name,
            "name": entry["delegate"]["name"],
            "type": entry["delegate"]["kind"],
            "creator": entry["activating_user"]["name"],
            "state": "absent",
        });
        let seen = tidy(source.seen(&SECTION, options)?, &["organization"], &json!({}));
        permissions.push(Value::Object(seen));
    }
    sort(&mut permissions, &["name", "type", "creator"]);
    // The module sees all for the same accounts as one.
    permissions.dedup();
    Ok(json!(permissions))
}
