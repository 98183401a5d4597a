//! What the module returns of each mirror.

use serde_json::{Value, json};

use crate::api::{Path, Reader, take};
use crate::error::{Need, Result};
use crate::quay::partial::if_allowed;
use crate::quay::{clean, mirror, text};

/// The mirror of a repository in a state, from Quay's answer about the mirror (the reason of a failure needs another request).
///
/// # Errors
/// When Quay refuses the log of the repository.
pub fn of_repository(quay: &Reader, name: &str, state: &str, found: &Value) -> Result<Value> {
    let enabled = found["is_enabled"] == true;
    let status = text(&found["sync_status"]);
    let problem = match state {
        "MIRROR" if mirror::hangs(found) => Some("stuck"),
        "MIRROR" => problem(status, enabled),
        _ => Some("wrong_state"),
    };
    Ok(json!({
        "repository": clean(&json!(name)),
        "kind": "repository",
        "enabled": enabled,
        "status": clean(&found["sync_status"]),
        "retries_remaining": found["sync_retries_remaining"].as_i64(),
        "next": clean(&found["sync_start_date"]),
        "last_sync": clean(&found["last_sync"]),
        "message": if status == "FAIL" { if_allowed(reason(quay, name))?.flatten() } else { None },
        "problem": problem,
    }))
}

/// What is wrong with a mirror, as far as its status tells.
pub fn problem(status: &str, enabled: bool) -> Option<&'static str> {
    match status {
        "CANCEL" if enabled => Some("cancelled"),
        "FAIL" => Some("failing"),
        "NEVER_RUN" => Some("never_run"),
        "SKIP" => Some("skipped"),
        _ => None,
    }
}

/// Why the last synchronization failed: only the log of the repository tells. Its newest page is enough, or it is long ago.
fn reason(quay: &Reader, name: &str) -> Result<Option<String>> {
    let path = Path::repository(name).fixed("/logs");
    let attempt = format!("read in the log of the repository {name} why its mirror fails");
    let answer = quay.get(&path).map_err(|error| error.attempting(attempt).needing(&Need::REPO_ADMIN))?;
    let logs: Vec<Value> = take(&path, answer, "logs")?;
    let failed = logs.iter().find(|entry| entry["kind"] == "repo_mirror_sync_failed");
    Ok(failed.and_then(|entry| clean(&entry["metadata"]["message"])))
}
