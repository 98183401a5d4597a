//! How much the server counts, of each kind on each day. It counts in its database: exactly, where its listings lose entries.

use std::collections::BTreeMap;

use serde_json::Value;

use super::listing::days;
use super::range::{Day, day_of, months};
use super::{Scope, check_searched, kind};
use crate::api::{Path, Reader, take};
use crate::error::Result;
use crate::quay::server::Server;
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
    let mut counts = Counts::new();
    for (from, until) in months(first, last) {
        let path = days(scope.path("aggregatelogs"), from, until);
        let path = performer.into_iter().fold(path, |path, name| path.query("performer", name));
        let Some(entries) = ask(quay, scope, &path)? else { return Ok(None) };
        for (day, entry) in entries {
            *counts.entry(day).or_default().entry(kind(&entry).to_owned()).or_default() +=
                entry["count"].as_u64().unwrap_or_default();
        }
    }
    Ok(Some(counts))
}

/// When something was done last, as far as the server counts it.
pub struct Last {
    /// The first day that was looked at.
    pub since: Day,
    /// The last day with an entry; `None` where there is none since then.
    pub day: Option<Day>,
}

/// Days that [`last`] looks at. Quay adds up what has the same day of the month, and dates it from the first one on: more days than the
/// shortest month has are not told apart.
const DAYS: Day = 28;

/// When an entry of a kind was written last: one request. `None` where the server does not count, for which it is not asked where it says so.
///
/// # Errors
/// When Quay refuses, or cannot search its log.
pub fn last(quay: &Reader, scope: &Scope, wanted: &str) -> Result<Option<Last>> {
    if Server::ask(quay).lacks("AGGREGATED_LOG_COUNT_RETRIEVAL") {
        return Ok(None);
    }
    let today = day_of(quay.server_time());
    let since = today - DAYS + 1;
    let entries = ask(quay, scope, &days(scope.path("aggregatelogs"), since, today))?;
    let is_wanted = |entry: &Value| kind(entry) == wanted && entry["count"] != 0;
    let day =
        |entries: Vec<(Day, Value)>| entries.iter().filter(|(_, entry)| is_wanted(entry)).map(|(day, _)| *day).max();
    Ok(entries.map(|entries| Last { since, day: day(entries) }))
}

/// What the server counts, with the day of each number.
fn ask(quay: &Reader, scope: &Scope, path: &Path) -> Result<Option<Vec<(Day, Value)>>> {
    let attempt = format!("count {}", scope.shown());
    let answer = match quay.get_once(path) {
        Err(error) if error.is_unavailable() => return Ok(None),
        // Below a repository the missing route says so in JSON, as a missing repository does.
        Err(error) if error.status() == Some(404) && is_there(quay, scope)? => return Ok(None),
        answer => answer.map_err(|error| scope.explained(quay, &attempt, error))?,
    };
    check_searched(&answer, &attempt)?;
    let entries = take::<Vec<Value>>(path, answer, "aggregated")?.into_iter();
    let dated = entries.filter_map(|entry| Some((day_of(time::of(&entry["datetime"])?.as_second()), entry)));
    Ok(Some(dated.collect()))
}

fn is_there(quay: &Reader, scope: &Scope) -> Result<bool> {
    match scope {
        Scope::Repository(name) => Ok(quay.find(&Path::repository(name))?.is_some()),
        _ => Ok(false),
    }
}
