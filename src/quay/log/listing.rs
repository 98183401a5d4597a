//! One listing of the log, page by page.

use std::collections::HashSet;

use serde_json::Value;

use super::entry::{Entry, Hash};
use super::range::{self, Day};
use super::{Scope, check_searched};
use crate::api::{Path, Reader, take, without_end};
use crate::error::{Error, Result};
use crate::quay::time;

/// Pages that a listing may have: 20 entries each.
const MOST_PAGES: usize = 500_000;

/// A listing: newest first, 20 entries a page, whatever the request says.
pub struct Listing<'a> {
    /// The server.
    pub quay: &'a Reader,
    /// Whose log.
    pub scope: &'a Scope,
    /// Only what this account did. Not for the registry and repositories.
    pub performer: Option<&'a str>,
    /// The namespace that entries get which name none.
    pub namespace: Option<Value>,
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
}

/// How a listing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With its last page, or with entries older than wanted.
    Complete,
    /// By who took the entries.
    Stopped,
    /// It started over: what is older cannot be read. Quay does so with entries in the tables of old servers (until 2019).
    StartedOver,
}

impl Listing<'_> {
    /// Hands over the entries, down to the second `oldest`, until `take` wants no more.
    ///
    /// # Errors
    /// When Quay refuses, cannot search its log, or does not take the days for what they are.
    pub fn read(&self, oldest: i64, mut take: impl FnMut(Entry) -> bool) -> Result<Ended> {
        let path = self.path();
        let (mut page, mut before, mut pages) = (path.clone(), i64::MAX, Pages::default());
        for _ in 0..MOST_PAGES {
            let (entries, next) = self.page(&page)?;
            if entries.first().is_some_and(|entry| entry.second > before) || pages.came_before(&entries) {
                return Ok(Ended::StartedOver);
            }
            before = entries.last().map_or(before, |entry| entry.second);
            for entry in entries.into_iter().filter(|entry| entry.second >= oldest) {
                if !take(entry) {
                    return Ok(Ended::Stopped);
                }
            }
            let Some(next) = next.filter(|_| before >= oldest) else { return Ok(Ended::Complete) };
            page = path.clone().query("next_page", &next);
        }
        Err(without_end(&path))
    }

    fn path(&self) -> Path {
        let path = days(self.scope.path("logs"), self.first, self.last);
        self.performer.into_iter().fold(path, |path, name| path.query("performer", name))
    }

    fn page(&self, page: &Path) -> Result<(Vec<Entry>, Option<String>)> {
        let attempt = format!("read {}", self.scope.shown());
        let answer = self.quay.get_once(page).map_err(|error| self.scope.explained(self.quay, &attempt, error))?;
        check_searched(&answer, &attempt)?;
        self.check_days(&answer)?;
        let next = answer["next_page"].as_str().map(str::to_owned);
        let raw: Vec<Value> = take(page, answer, "logs")?;
        let entries = raw.iter().map(|raw| Entry::of(raw, self.own_namespace(raw))).collect::<Result<_>>()?;
        Ok((entries, next))
    }

    /// A deleted namespace is not named, and the account of the caller has no other.
    fn own_namespace(&self, raw: &Value) -> Option<&Value> {
        self.namespace.as_ref().filter(|_| raw.get("namespace").is_none())
    }

    /// A server that did not understand the days tells of others.
    fn check_days(&self, answer: &Value) -> Result<()> {
        let told = time::of(&answer["start_time"]).map(|time| range::day_of(time.as_second()));
        match told {
            Some(day) if day != self.first => Err(Error::Unexpected(format!(
                "Quay lists its log from {} on, not from {}",
                range::written(day),
                range::written(self.first)
            ))),
            _ => Ok(()),
        }
    }
}

/// The pages of one second: a listing that goes round within it never shows a newer entry.
#[derive(Default)]
struct Pages {
    second: i64,
    seen: HashSet<Vec<Hash>>,
}

impl Pages {
    /// Whether this page came before. One of entries that are all alike may come again: there may be as many.
    fn came_before(&mut self, page: &[Entry]) -> bool {
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return false };
        if last.second != self.second || first.second != self.second {
            self.seen.clear();
            self.second = last.second;
        }
        let is_mixed = page.iter().any(|entry| entry.hash != first.hash);
        !self.seen.insert(page.iter().map(|entry| entry.hash).collect()) && is_mixed
    }
}

/// A path with its days.
pub fn days(path: Path, first: Day, last: Day) -> Path {
    path.query("starttime", &range::for_quay(first)).query("endtime", &range::for_quay(last))
}
