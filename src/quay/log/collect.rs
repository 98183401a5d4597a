//! Collects a log without end: every entry once, whatever the server repeats and loses at the borders of its pages.
//!
//! Only whole, settled seconds can be compared, because entries have no identifier: a turn reads what is at least `lag` seconds old, and
//! once more what is at most `overlap` older than the last turn. There come entries that were written late, and those that a page border
//! hid the last time. A finished day is compared with what the server counts, and what is missing is looked for.

use serde_json::{Map, Value, json};

use super::cursor::{Cursor, Sieve};
use super::heap::Heap;
use super::listing::{Ended, Listing};
use super::places::Places;
use super::range::{self, Day, Range, day_of};
use super::search::{self, STARTED_OVER, UNCOUNTED, Wanted};
use super::{Scope, counts, kind};
use crate::api::Reader;
use crate::error::Result;

/// Entries that a turn keeps in memory, at least a second: the newer ones are left for the next turn.
const MOST: usize = 50_000;
const DAY: i64 = 86_400;

/// Collects a log.
pub struct Collector {
    /// Whose log.
    pub scope: Scope,
    /// How far it is.
    pub cursor: Cursor,
    /// Seconds before an entry counts as written.
    pub lag: i64,
    /// Seconds that are read once more.
    pub overlap: i64,
}

/// What a turn brought.
#[derive(Default)]
pub struct Turn {
    /// The entries, oldest first.
    pub entries: Vec<Value>,
    /// The balances of the days that were compared.
    pub balances: Vec<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Collector {
    /// Whether there is something to read at this time of the server.
    pub fn is_behind(&self, now: i64) -> bool {
        now - self.lag > self.cursor.done
    }

    /// Reads what came since the last turn, at most a day, and compares the days that are finished.
    ///
    /// # Errors
    /// When Quay refuses. The cursor is as it was then.
    pub fn turn(&mut self, quay: &Reader, now: i64) -> Result<Turn> {
        let mut turn = Turn::default();
        let mut until = (now - self.lag).min(self.cursor.done + DAY);
        if until <= self.cursor.done {
            return Ok(turn);
        }
        let since = (self.cursor.done + 1 - self.overlap).max(self.cursor.start);
        let (mut found, mut sieve) = (Heap::default(), Sieve::of(&self.cursor.given));
        let namespace = self.scope.namespace().map(|name| json!({"name": name}));
        let (first, last) = (day_of(since), day_of(until));
        let listing = Listing { quay, scope: &self.scope, performer: None, namespace, first, last };
        let ended = listing.read(since, |entry| {
            if entry.second <= until {
                sieve.keep(entry, &mut found);
            }
            if found.len() > 2 * MOST {
                until = found.keep_oldest(MOST).unwrap_or(until);
            }
            true
        })?;
        if ended == Ended::StartedOver {
            turn.warnings.push(STARTED_OVER.into());
        }
        self.give(found, &mut turn);
        self.cursor.done = self.cursor.done.max(until);
        self.check_days(quay, now, &mut turn);
        let unchecked = Range::day(self.cursor.checked + 1).since;
        self.cursor.given.forget_before((self.cursor.done + 1 - self.overlap).min(unchecked));
        Ok(turn)
    }

    /// Gives out what was found. The identifier is made of the entry and its number among equal ones of its second: the same again
    /// after a crash.
    fn give(&mut self, found: Heap, turn: &mut Turn) {
        for (second, hash, equal) in found.oldest_first() {
            let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            for _ in 0..equal.count {
                self.cursor.given.add(second, &hash, kind(&equal.value));
                let id = format!("{name}-{}", self.cursor.given.of(second, &hash));
                let mut entry = Map::from_iter([("id".to_owned(), json!(id))]);
                entry.extend(equal.value.as_object().cloned().unwrap_or_default());
                turn.entries.push(entry.into());
            }
        }
    }

    /// Compares the finished days. What was given is told whatever comes: a day that cannot be compared is tried again until the next
    /// one is finished, too, and then left, because the cursor keeps all that was given out of it.
    fn check_days(&mut self, quay: &Reader, now: i64, turn: &mut Turn) {
        let settled = (now - self.lag - self.overlap).min(self.cursor.done);
        let is_finished = |day: Day| Range::day(day).until <= settled;
        while is_finished(self.cursor.checked + 1) {
            let day = self.cursor.checked + 1;
            if let Err(error) = self.check(quay, day, turn) {
                let is_left = is_finished(day + 1);
                let end = if is_left { "was not compared" } else { "is not compared yet" };
                turn.warnings.push(format!("{} {end}: {error}", range::written(day)));
                if !is_left {
                    return;
                }
            }
            self.cursor.checked = day;
        }
    }

    fn check(&mut self, quay: &Reader, day: Day, turn: &mut Turn) -> Result<()> {
        let Some(counts) = counts::read(quay, &self.scope, None, day, day)? else {
            turn.warnings.push(UNCOUNTED.into());
            return Ok(());
        };
        let counted: u64 = counts.values().flat_map(|kinds| kinds.values()).sum();
        let before = self.cursor.given.total(day);
        // More than the day, so that the day is listed by itself.
        let range = Range { since: Range::day(day).since, until: Range::day(day + 1).since };
        let wanted = Wanted { scope: &self.scope, performer: None, kinds: &[], range, most: usize::MAX };
        let mut found = Heap::default();
        let missing = search::find(quay, &wanted, &counts, &self.cursor.given, &mut found, Places::default())?;
        let (late, lost) = (found.len(), missing.total());
        self.give(found, turn);
        self.cursor.lost += lost;
        turn.warnings.extend(missing.left());
        let day = range::written(day);
        turn.balances.push(format!(
            "{day}: {counted} entries counted by the server, {before} read, {late} found late, {lost} lost"
        ));
        if lost > 0 {
            turn.warnings.push(format!(
                "{lost} entries of {day} are lost: the server counts and does not list them; an export is complete"
            ));
        }
        Ok(())
    }
}
