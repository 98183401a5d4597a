//! The mirror of an organization: its search for repositories, and each repository that it found.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::entry::problem;
use crate::api::{Path, Reader, take, without_end};
use crate::error::{Need, Result};
use crate::quay::partial::if_available;
use crate::quay::{clean, lookup, text};

/// The mirror of the organization and the repositories that it found, or one of these alone; empty where there is none.
///
/// # Errors
/// When Quay refuses, or its list does not end.
pub fn mirrors(quay: &Reader, organization: &str, only: Option<&str>) -> Result<Vec<Value>> {
    let attempt = format!("read the mirror of the organization {organization}");
    let path = Path::organization(organization).fixed("/mirror");
    let read = quay.get(&path).map_err(|error| error.attempting(attempt.as_str()).needing(&Need::ORG_ADMIN));
    // Before 3.17, or without FEATURE_ORG_MIRROR, there is no such mirror.
    let found = if_available(lookup::within(quay, organization, read))?.flatten();
    let Some(found) = found else { return Ok(Vec::new()) };
    let enabled = found["is_enabled"] == true;
    let mut mirrors = vec![search(&found, enabled)];
    for repository in repositories(quay, &path.fixed("/repositories"), &attempt)? {
        mirrors.push(mirrored(organization, &repository, enabled));
    }
    mirrors.retain(|mirror| only.is_none_or(|name| mirror["repository"] == name));
    Ok(mirrors)
}

/// The search itself. It says nothing about the repositories, wakes again after CANCEL, and never gets stuck.
fn search(found: &Value, enabled: bool) -> Value {
    let status = text(&found["sync_status"]);
    json!({
        "repository": null,
        "kind": "organization",
        "enabled": enabled,
        "status": clean(&found["sync_status"]),
        "retries_remaining": found["sync_retries_remaining"].as_i64(),
        "next": clean(&found["sync_start_date"]),
        "last_sync": null,
        "message": null,
        "problem": problem(status, enabled).filter(|_| status != "CANCEL"),
    })
}

fn mirrored(organization: &str, repository: &Value, enabled: bool) -> Value {
    json!({
        "repository": clean(&json!(format!("{organization}/{}", text(&repository["name"])))),
        "kind": "organization",
        "enabled": enabled,
        "status": clean(&repository["sync_status"]),
        "retries_remaining": null,
        "next": null,
        "last_sync": clean(&repository["last_sync_date"]),
        "message": clean(&repository["status_message"]),
        "problem": problem(text(&repository["sync_status"]), enabled),
    })
}

/// All pages of 500, each repository once.
fn repositories(quay: &Reader, path: &Path, attempt: &str) -> Result<Vec<Value>> {
    let (mut repositories, mut seen) = (Vec::new(), HashSet::new());
    for number in 1.. {
        let page = path.clone().query("page", &number.to_string()).query("limit", "500");
        let answer = quay.get(&page).map_err(|error| error.attempting(attempt).needing(&Need::ORG_ADMIN))?;
        let is_last = answer["has_next"] != true;
        let known = seen.len();
        let entries: Vec<Value> = take(&page, answer, "repositories")?;
        repositories.extend(entries.into_iter().filter(|entry| seen.insert(entry["name"].to_string())));
        if is_last {
            break;
        }
        if seen.len() == known {
            return Err(without_end(path));
        }
    }
    Ok(repositories)
}
