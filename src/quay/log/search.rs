//! Reads the log of a time, finds out whether the server lost entries, and looks for those.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::counts::{self, Counts};
use super::cursor::{Given, Sieve};
use super::heap::Heap;
use super::listing::{Ended, Listing};
use super::places::{Lacking, Narrow, Places};
use super::range::{self, Day, Range};
use super::{Scope, kind};
use crate::api::Reader;
use crate::error::Result;

/// What is wanted of a log.
pub struct Wanted<'a> {
    /// Whose log.
    pub scope: &'a Scope,
    /// Only what this account did.
    pub performer: Option<&'a str>,
    /// Only these kinds; all when empty.
    pub kinds: &'a [String],
    /// The time.
    pub range: Range,
    /// At most so many entries.
    pub most: usize,
}

/// What was found.
pub struct Found {
    /// The entries, newest first.
    pub entries: Vec<Value>,
    /// Whether there are more than wanted.
    pub truncated: bool,
    /// What the server counts and does not list.
    pub missing: Missing,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What is missing.
#[derive(Default)]
pub struct Missing {
    /// Of each kind, by day; nothing of a day where entries cannot be read and it is not known how many.
    pub counts: Counts,
    /// Whether the search for it was left.
    pub is_left: bool,
}

/// Narrower listings that a search asks for at most.
const MOST_LISTINGS: usize = 200;

impl Missing {
    /// By day, and in it by kind.
    pub fn shown(&self) -> Value {
        self.counts
            .iter()
            .map(|(day, kinds)| (range::written(*day), json!(kinds)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// What to tell where the search was left.
    pub fn left(&self) -> Option<String> {
        let told =
            || format!("the search for missing entries stopped after {MOST_LISTINGS} listings; an export is complete");
        self.is_left.then(told)
    }

    /// How many entries.
    pub fn total(&self) -> u64 {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }
}

/// Reads the entries, compares each whole day of the time with what the server counts, and looks for what is missing.
///
/// # Errors
/// When Quay refuses.
pub fn read(quay: &Reader, wanted: &Wanted<'_>) -> Result<Found> {
    let (mut entries, mut places) = (Heap::default(), Places::default());
    let (mut truncated, mut last) = (false, i64::MAX);
    let begun = Instant::now();
    let days = wanted.range.days();
    let whole = Narrow { scope: wanted.scope.clone(), performer: None, namespace: None };
    let ended = wanted.listing(quay, &whole, (*days.start(), *days.end())).read(wanted.range.since, |entry| {
        last = entry.second;
        if !wanted.takes(entry.second, kind(&entry.value)) {
            return true;
        }
        truncated = entries.len() >= wanted.most;
        if !truncated {
            places.note(wanted.scope, &entry);
            entries.push(entry);
        }
        !truncated
    })?;
    let mut warnings = Vec::new();
    if ended == Ended::StartedOver {
        warnings.push(STARTED_OVER.into());
    }
    // What is written between listing and counting is not missing: only days that were over before are compared.
    let now = quay.server_time().saturating_sub_unsigned(begun.elapsed().as_secs());
    let whole = wanted.range.whole_days();
    let first = if truncated { range::day_of(last) + 1 } else { *whole.start() };
    let mut end = *whole.end().min(&(range::day_of(now) - 1));
    let mut missing = Missing::default();
    if first <= end {
        match counts::read(quay, wanted.scope, wanted.performer, first, end)? {
            Some(counts) => missing = find(quay, wanted, &counts, &Given::default(), &mut entries, places)?,
            None => {
                end = first - 1;
                warnings.push(UNCOUNTED.into());
            }
        }
    }
    if ended == Ended::StartedOver {
        // Of these days there is no number to compare with.
        for day in (*days.start()..=range::day_of(last)).filter(|day| !(first..=end).contains(day)) {
            missing.counts.entry(day).or_default();
        }
    }
    warnings.extend(missing.left());
    if missing.total() > 0 {
        let more = missing.total();
        warnings.push(format!(
            "the server counts {more} more entries than it lists: its pages lose some; an export is complete"
        ));
    }
    // Those that were found late can be too many.
    let mut entries = entries.newest_first();
    truncated |= entries.len() > wanted.most;
    entries.truncate(wanted.most);
    Ok(Found { entries, truncated, missing, warnings })
}

/// What to tell where the server does not count.
pub const UNCOUNTED: &str = "whether entries are missing cannot be seen: FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL is off";
/// What to tell where a listing started over.
pub const STARTED_OVER: &str = "the listing started over; older entries cannot be read by paging";

/// Looks for what is counted and neither given out before nor among the entries, and adds it to them; tells what still is missing.
///
/// # Errors
/// When Quay cannot be asked.
pub fn find(
    quay: &Reader,
    wanted: &Wanted<'_>,
    counts: &Counts,
    given: &Given,
    entries: &mut Heap,
    mut places: Places,
) -> Result<Missing> {
    let (mut missing, mut listings) = (Missing::default(), 0);
    for (day, counted) in counts {
        for round in [Places::whole, Places::namespaces, Places::repositories, Places::performers] {
            let kinds = lacking(wanted, counted, given, entries, *day);
            for narrow in round(&places, wanted, &Lacking { day: *day, kinds: &kinds }) {
                if lacking(wanted, counted, given, entries, *day).is_empty() {
                    break;
                }
                if listings == MOST_LISTINGS {
                    missing.is_left = true;
                    break;
                }
                listings += 1;
                let (mut found, mut sieve) = (Heap::default(), Sieve::of(given));
                let read = wanted.listing(quay, &narrow, (*day, *day)).read(Range::day(*day).since, |entry| {
                    if wanted.takes(entry.second, kind(&entry.value)) {
                        places.note(wanted.scope, &entry);
                        sieve.keep(entry, &mut found);
                    }
                    true
                });
                match read {
                    // What is refused stays missing, and is told as such.
                    Err(error) if error.hides() || error.refusal().is_some() => {}
                    read => entries.unite(read.map(|_| found)?),
                }
            }
        }
        let left = lacking(wanted, counted, given, entries, *day);
        if !left.is_empty() {
            missing.counts.insert(*day, left);
        }
    }
    Ok(missing)
}

fn lacking(
    wanted: &Wanted<'_>,
    counted: &BTreeMap<String, u64>,
    given: &Given,
    entries: &Heap,
    day: Day,
) -> BTreeMap<String, u64> {
    let listed = entries.kinds(day);
    let counted = counted.iter().filter(|(kind, _)| wanted.takes_kind(kind));
    let lacking = counted.map(|(kind, count)| {
        let known = listed.get(&**kind).copied().unwrap_or_default() + given.on(day, kind);
        (kind.clone(), count.saturating_sub(known))
    });
    lacking.filter(|(_, count)| *count > 0).collect()
}

impl Wanted<'_> {
    fn takes(&self, second: i64, kind: &str) -> bool {
        self.range.holds(second) && self.takes_kind(kind)
    }

    fn takes_kind(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind)
    }

    fn listing<'a>(&'a self, quay: &'a Reader, narrow: &'a Narrow, (first, last): (Day, Day)) -> Listing<'a> {
        let namespace = narrow.namespace.clone().or_else(|| Some(json!({"name": self.scope.namespace()?})));
        let performer = narrow.performer.as_deref().or(self.performer);
        Listing { quay, scope: &narrow.scope, performer, namespace, first, last }
    }
}
