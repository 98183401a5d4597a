//! One organization, without its repositories.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::policies::Place;
use super::shape;
use super::shape::tidy;
use super::{Part, Source, if_available};
use crate::api::Path;
use crate::apply::kinds::organization;
use crate::error::{Error, Need, Result};
use crate::modules::PROXY_CACHE_EXPIRATION;
use crate::quay::mirror::{self, PROXIES};
use crate::quay::{MASK, lists, lookup, text};

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
        let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if !is_empty {
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
            "cannot export {name}: Quay does not show this caller its teams; {}",
            Need::ORG_ADMIN.sentence().unwrap_or_default()
        ))
    })?;
    let seen = source.seen("quay_organization", json!({"name": name, "state": "absent", "force": true}))?;
    let mut value = tidy(seen, &[], &json!({}));
    shape::with_period(&mut value, "time_machine_expiration");
    let mut organization = Organization { value, left_out: Vec::new(), parts: Vec::new() };

    if !source.server.lacks("QUOTA_MANAGEMENT") && !source.server.lacks("EDIT_QUOTA") {
        quota(source, name, &mut organization)?;
    }
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
    applications(source, name, &mut organization)?;
    default_permissions(source, name, &mut organization)?;
    if !source.server.lacks("PROXY_CACHE") {
        proxy_cache(source, name, &mut organization)?;
    }
    if !source.server.is_without("ORG_MIRROR") {
        mirror(source, name, &mut organization)?;
    }
    let what = format!("the organization {name}");
    let place = Place { path: Path::organization(name), what, right: Need::ORG_ADMIN };
    organization.set("prune_policies", place.prune_policies(source)?);
    organization.set("immutability_policies", place.immutability_policies(source)?);

    let list = lists::repositories(quay, name)?;
    let mut names: Vec<&str> = list.iter().filter_map(|entry| entry["name"].as_str()).collect();
    names.sort_unstable();
    let parts = names.into_iter().map(|short| Part::Repository { organization: owned(), name: short.to_owned() });
    organization.parts.extend(parts);
    Ok(organization)
}

fn quota(source: &Source<'_>, name: &str, organization: &mut Organization) -> Result<()> {
    let seen = if_available(source.seen("quay_quota", json!({"organization": name, "state": "absent"})))?;
    let mut quota = tidy(seen.unwrap_or_default(), &["organization"], &json!({"warning_pct": 0, "reject_pct": 0}));
    shape::with_size(&mut quota, "quota");
    // Quay permits several limits of one type, the option only one.
    quota.retain(|key, value| {
        let several = value.is_array();
        if several {
            organization.left_out.push(format!("organization {name}: {key} of the quota, which has several"));
        }
        !several
    });
    organization.set("quota", quota);
    Ok(())
}

fn applications(source: &Source<'_>, name: &str, organization: &mut Organization) -> Result<()> {
    let path = Path::organization(name).fixed("/applications");
    let attempt = format!("list the applications of {name}");
    let list = source.quay.list(&path, "applications").map_err(|error| error.attempting(attempt))?;
    let names: Vec<&str> = list.iter().map(|entry| text(&entry["name"])).collect();
    let mut applications = Vec::new();
    for application in names.iter().collect::<BTreeSet<_>>() {
        if names.iter().filter(|other| *other == application).count() > 1 {
            // By its name none of them can be told.
            organization
                .left_out
                .push(format!("organization {name}: the applications called {application}, as there are several"));
            continue;
        }
        let options = json!({"organization": name, "name": application, "state": "absent"});
        applications.push(Value::Object(tidy(
            source.seen("quay_application", options)?,
            &["organization"],
            &json!({}),
        )));
    }
    organization.set("applications", applications);
    Ok(())
}

fn default_permissions(source: &Source<'_>, name: &str, organization: &mut Organization) -> Result<()> {
    let path = Path::organization(name).fixed("/prototypes");
    let attempt = format!("read the default permissions of {name}");
    let list = source.quay.list(&path, "prototypes").map_err(|error| error.attempting(attempt))?;
    let mut permissions: Vec<Value> = Vec::new();
    for entry in &list {
        let options = json!({
            "organization": name,
            "name": entry["delegate"]["name"],
            "type": entry["delegate"]["kind"],
            "creator": entry["activating_user"]["name"],
            "state": "absent",
        });
        let seen = tidy(source.seen("quay_default_perm", options)?, &["organization"], &json!({}));
        permissions.push(Value::Object(seen));
    }
    shape::sort(&mut permissions, &["name", "type", "creator"]);
    // Of several for the same account the module sees one.
    permissions.dedup();
    organization.set("default_permissions", permissions);
    Ok(())
}

fn proxy_cache(source: &Source<'_>, name: &str, organization: &mut Organization) -> Result<()> {
    let options = json!({"organization": name, "registry": "", "state": "absent"});
    let seen = if_available(source.seen("quay_proxy_cache", options))?.unwrap_or_default();
    let mut cache = tidy(seen, &["organization"], &json!({"insecure": false, "expiration": PROXY_CACHE_EXPIRATION}));
    shape::with_period(&mut cache, "expiration");
    if !cache.is_empty() {
        let what = "username and password of the proxy cache, if it has any";
        organization.left_out.push(format!("organization {name}: {what}"));
    }
    organization.set("proxy_cache", cache);
    Ok(())
}

fn mirror(source: &Source<'_>, name: &str, organization: &mut Organization) -> Result<()> {
    let options = json!({"organization": name, "state": "absent", "force_sync": false});
    let seen = if_available(source.seen("quay_org_mirror", options))?.unwrap_or_default();
    let usual = json!({
        "is_enabled": true, "visibility": "public", "sync_interval": mirror::USUAL_INTERVAL,
        "skopeo_timeout": mirror::USUAL_TIMEOUT, "verify_tls": true,
    });
    let mut mirror = tidy(seen, &["organization"], &usual);
    hide(&mut mirror, &format!("organization {name}: mirror"), &mut organization.left_out);
    organization.set("mirror", mirror);
    Ok(())
}

/// Takes what is masked out of a mirror, and brings its periods into shape.
pub fn hide(mirror: &mut Map<String, Value>, whose: &str, left_out: &mut Vec<String>) {
    mirror.retain(|key, value| {
        let masked = value.as_str().is_some_and(|text| text.contains(MASK));
        let hidden = masked && (key == "external_registry_password" || PROXIES.contains(&key.as_str()));
        if hidden {
            left_out.push(format!("{whose}: {key}"));
        }
        !hidden
    });
    shape::with_period(mirror, "sync_interval");
    shape::with_period(mirror, "skopeo_timeout");
}
