//! How much the server counts, of each kind on each day. It counts in its database: exactly, where its listings lose entries.

use std::collections::BTreeMap;

use serde_json::Value;

use super::listing::days;
use super::range::{Day, day_of, months};
use super::{Scope, kind};
use crate::api::{Reader, take};
use crate::error::Result;
use crate::quay::time;

/// Numbers by day and kind.
pub type Counts = BTreeMap<Day, BTreeMap<String, u64>>;

/// What the server counts from the first day until the last one; `None` where it does not count (FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL).
/// A request is for days of one month: of more than 31 Quay refuses it (400, and 500 for the registry).
/// An account that does not exist is no filter here: it has to be [checked](super::check_performer) before.
///
/// # Errors
/// When Quay refuses.
pub fn read(quay: &Reader, scope: &Scope, performer: Option<&str>, first: Day, last: Day) -> Result<Option<Counts>> {
    let attempt = format!("count {}", scope.shown());
    let mut counts = Counts::new();
    for (from, until) in months(first, last) {
        let path = days(scope.path("aggregatelogs"), from, until);
        let path = performer.into_iter().fold(path, |path, name| path.query("performer", name));
        let answer = match quay.get_once(&path) {
            Err(error) if error.is_unavailable() => return Ok(None),
            // Below a repository the missing route says so in JSON, as a missing repository does.
            Err(error) if error.status() == Some(404) && is_there(quay, scope)? => return Ok(None),
            answer => answer.map_err(|error| scope.explained(quay, &attempt, error))?,
        };
        for entry in take::<Vec<Value>>(&path, answer, "aggregated")? {
            if let (Some(time), Some(count)) = (time::of(&entry["datetime"]), entry["count"].as_u64()) {
                *counts.entry(day_of(time.as_second())).or_default().entry(kind(&entry).to_owned()).or_default() +=
                    count;
            }
        }
    }
    Ok(Some(counts))
}

fn is_there(quay: &Reader, scope: &Scope) -> Result<bool> {
    match scope {
        Scope::Repository(name) => Ok(quay.find(&crate::api::Path::repository(name))?.is_some()),
        _ => Ok(false),
    }
}
