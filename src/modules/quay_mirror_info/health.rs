//! The health that a server tells of its mirrors, or of those of a namespace.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::entry;
use crate::api::{Body, Path, Reader, take, without_end};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::partial::if_allowed;
use crate::quay::{clean, mirror, text};

/// Issues that are returned; Quay tells at most 5 of each sort.
const MOST_ISSUES: usize = 100;

/// The answer of `GET repository/mirror/health`, all pages.
pub struct Health {
    /// Whether Quay takes the mirrors for healthy.
    healthy: bool,
    /// What Quay finds wrong.
    issues: Vec<Value>,
    /// The enabled mirrors of repositories in the state MIRROR; Quay leaves out all others.
    details: Vec<Value>,
}

/// The health of the mirrors of repositories in a namespace or on the whole server, `None` where Quay does not tell it: before 3.18, to
/// somebody who is no member (or, of the whole server, no superuser with full access), and of a namespace that is not there.
///
/// # Errors
/// When there is no such answer for another reason, or its pages do not end.
pub fn of(quay: &Reader, namespace: Option<&str>) -> Result<Option<Health>> {
    let path = Path::api("repository/mirror/health");
    let path = namespace.into_iter().fold(path, |path, name| path.query("namespace", name));
    let path = path.query("detailed", "true").query("limit", "1000");
    let (mut details, mut seen) = (Vec::new(), HashSet::new());
    loop {
        let page = path.clone().query("offset", &details.len().to_string());
        let Some(answer) = answer(quay, &page, namespace)? else { return Ok(None) };
        let healthy = answer["healthy"] == true;
        let issues = answer["issues"].as_array().map_or_else(Vec::new, |issues| issues.iter().map(issue).collect());
        let repositories: Value = take(&page, answer, "repositories")?;
        let is_last = repositories["pagination"]["has_more"] != true;
        let entries: Vec<Value> = take(&page, repositories, "details")?;
        let is_new = entries.iter().filter(|entry| seen.insert(name(entry))).count() > 0;
        details.extend(entries);
        if is_last {
            let issues = issues.into_iter().take(MOST_ISSUES).collect();
            return Ok(Some(Health { healthy, issues, details }));
        }
        if !is_new {
            return Err(without_end(&path));
        }
    }
}

/// A 503 that carries the health is an answer: the mirrors are not healthy.
fn answer(quay: &Reader, path: &Path, namespace: Option<&str>) -> Result<Option<Value>> {
    let reply = match quay.ask(path) {
        // Before 3.18 this is the address of a repository, which somebody may have.
        Err(Error::Unexpected(_)) => return Ok(None),
        reply => reply?,
    };
    match (reply.status, &reply.body) {
        (200 | 503, Body::Json(body)) if body["healthy"].is_boolean() => Ok(Some(body.clone())),
        (401 | 403 | 404, _) => Ok(None),
        _ => {
            let attempt = format!("read the health of the mirrors of {}", namespace.unwrap_or("the server"));
            reply.into_json().map(Some).map_err(|error| error.attempting(attempt))
        }
    }
}

fn issue(issue: &Value) -> Value {
    json!({
        "severity": clean(&issue["severity"]),
        "message": clean(&issue["message"]),
        "timestamp": clean(&issue["timestamp"]),
    })
}

fn name(detail: &Value) -> String {
    format!("{}/{}", text(&detail["namespace"]), text(&detail["repository"]))
}

impl Health {
    /// Returns what Quay says of them as a whole.
    pub fn give(self, plan: &mut Plan) {
        plan.give("healthy", self.healthy);
        plan.give("issues", self.issues);
    }

    /// The mirrors, each once. Whether one that runs is stuck, only the mirror itself tells.
    ///
    /// # Errors
    /// When Quay refuses one of these mirrors, or the log of one that failed.
    pub fn mirrors(&self, quay: &Reader) -> Result<Vec<Value>> {
        let mut seen = HashSet::new();
        let details = self.details.iter().map(|detail| (name(detail), detail));
        let once = details.filter(|(name, _)| seen.insert(name.clone()));
        once.map(|(name, detail)| {
            let running = detail["sync_status"] == "SYNCING";
            let found = if running { if_allowed(mirror::of_repository(quay, &name))?.flatten() } else { None };
            let mut found = found.unwrap_or_else(|| {
                json!({
                    "is_enabled": detail["is_enabled"],
                    "sync_status": detail["sync_status"],
                    "sync_retries_remaining": detail["retries_remaining"],
                })
            });
            found["last_sync"] = detail["last_sync"].clone();
            entry::of_repository(quay, &name, "MIRROR", &found)
        })
        .collect()
    }
}
