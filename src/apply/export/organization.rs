//! One organization, without its repositories.

use serde_json::{Map, Value, json};

use super::{Part, Source};
use crate::apply::kinds::organization;
use crate::apply::kinds::shape::{is_empty, tidy, with_period};
use crate::error::{Error, Need, Result};
use crate::quay::{lists, lookup};

/// An organization, and what of it is still to be read.
pub struct Organization {
    value: Map<String, Value>,
    left_out: Vec<String>,
    pub parts: Vec<Part>,
}

impl Organization {
    /// Appends to one of its lists.
    pub fn add(&mut self, key: &str, entry: Value) {
        match self.value.get_mut(key) {
            Some(Value::Array(list)) => list.push(entry),
            _ => drop(self.value.insert(key.to_owned(), json!([entry]))),
        }
    }

    /// Its value, own options first; what was left out is added to `left_out`.
    pub fn into(mut self, left_out: &mut Vec<String>) -> Value {
        left_out.extend(self.left_out);
        for section in organization::SECTION.inside() {
            if let Some(value) = self.value.shift_remove(section.key) {
                self.value.insert(section.key.to_owned(), value);
            }
        }
        Value::Object(self.value)
    }

    /// Sets a key, unless there is nothing to say.
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        if !is_empty(&value) {
            self.value.insert(key.to_owned(), value);
        }
    }
}

/// Reads what takes few requests, and lists the rest.
pub fn read(source: &Source<'_>, name: &str) -> Result<Organization> {
    let quay = source.quay;
    let Some(found) = lookup::organization(quay, name)? else {
        return Err(lookup::missing_organization(&format!("export {name}"), name));
    };
    let teams = found["teams"].as_object().ok_or_else(|| {
        Error::Missing(format!(
            "cannot export {name}: {}; {}",
            lookup::HIDDEN_TEAMS,
            Need::ORG_ADMIN.sentence().unwrap_or_default()
        ))
    })?;
    let seen = source.seen(&organization::SECTION, json!({"name": name, "state": "absent", "force": true}))?;
    let mut value = tidy(seen, &[], &json!({}));
    with_period(&mut value, "time_machine_expiration");
    let mut organization = Organization { value, left_out: Vec::new(), parts: Vec::new() };

    let robots = lists::robots(quay, name, false)?;
    let mut robots: Vec<&str> = robots.iter().filter_map(|robot| lists::short_name(robot, name)).collect();
    robots.sort_unstable();
    let owned = || name.to_owned();
    organization
        .parts
        .extend(robots.into_iter().map(|robot| Part::Robot { organization: owned(), name: robot.to_owned() }));

    let mut names: Vec<(&String, bool)> =
        teams.iter().map(|(team, entry)| (team, entry["is_synced"] == true)).collect();
    names.sort_unstable();
    organization.parts.extend(names.into_iter().map(|(team, synced)| Part::Team {
        organization: owned(),
        name: team.clone(),
        synced,
    }));
    for section in organization::SECTION.inside() {
        if let Some(export) = section.export {
            let value = export(source, name, &mut organization.left_out)?;
            organization.set(section.key, value);
        }
    }
    let list = lists::repositories(quay, name)?;
    let mut names: Vec<&str> = list.iter().filter_map(|entry| entry["name"].as_str()).collect();
    names.sort_unstable();
    let parts = names.into_iter().map(|short| Part::Repository { organization: owned(), name: short.to_owned() });
    organization.parts.extend(parts);
    Ok(organization)
}
