//! How far a collection is, and what was given out of the seconds that may still change.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::entry::{Entry, Hash};
use super::heap::Heap;
use super::range::{Day, day_of};

/// The beginning of a hash: enough to tell the entries of one second apart.
type Short = u64;

/// What was given out, as often as it was.
#[derive(Default)]
pub struct Given {
    entries: BTreeMap<i64, BTreeMap<Short, u64>>,
    kinds: BTreeMap<Day, BTreeMap<String, u64>>,
}

fn short(hash: &Hash) -> Short {
    hash.iter().take(8).fold(0, |short, byte| short << 8 | Short::from(*byte))
}

impl Given {
    /// How often an entry like this one was.
    pub fn of(&self, second: i64, hash: &Hash) -> u64 {
        self.entries.get(&second).and_then(|hashes| hashes.get(&short(hash))).copied().unwrap_or_default()
    }

    /// How many of a kind on a day.
    pub fn on(&self, day: Day, kind: &str) -> u64 {
        self.kinds.get(&day).and_then(|kinds| kinds.get(kind)).copied().unwrap_or_default()
    }

    /// How many on a day.
    pub fn total(&self, day: Day) -> u64 {
        self.kinds.get(&day).into_iter().flat_map(BTreeMap::values).sum()
    }

    /// Takes notice of one that is given out.
    pub fn add(&mut self, second: i64, hash: &Hash, kind: &str) {
        *self.entries.entry(second).or_default().entry(short(hash)).or_default() += 1;
        *self.kinds.entry(day_of(second)).or_default().entry(kind.to_owned()).or_default() += 1;
    }

    /// Forgets what is older.
    pub fn forget_before(&mut self, second: i64) {
        self.entries = self.entries.split_off(&second);
        self.kinds = self.kinds.split_off(&day_of(second));
    }
}

/// Lets through what was not given out yet. For one listing: of equal entries the first ones count as those that were.
pub struct Sieve<'a> {
    given: &'a Given,
    seen: HashMap<(i64, Short), u64>,
}

impl<'a> Sieve<'a> {
    /// A sieve for one listing.
    pub fn of(given: &'a Given) -> Sieve<'a> {
        Sieve { given, seen: HashMap::new() }
    }

    /// Adds the entry, unless it was given out.
    pub fn keep(&mut self, entry: Entry, into: &mut Heap) {
        let given = self.given.of(entry.second, &entry.hash);
        if given > 0 {
            let seen = self.seen.entry((entry.second, short(&entry.hash))).or_default();
            *seen += 1;
            if *seen <= given {
                return;
            }
        }
        into.push(entry);
    }
}

/// How far a collection is.
pub struct Cursor {
    /// Which server and whose log.
    pub source: String,
    /// The first second of all.
    pub start: i64,
    /// The last second that is finished.
    pub done: i64,
    /// The last day that was compared with what the server counts.
    pub checked: Day,
    /// Entries that the server counts and never listed.
    pub lost: u64,
    /// What was given out of what may still change.
    pub given: Given,
}

impl Cursor {
    /// The beginning of a collection.
    pub fn new(source: String, start: i64) -> Cursor {
        // A day that began before is not whole.
        let checked = day_of(start - 1);
        Cursor { source, start, done: start - 1, checked, lost: 0, given: Given::default() }
    }

    /// As it is kept in a file.
    pub fn written(&self) -> Value {
        let hashes = |hashes: &BTreeMap<Short, u64>| {
            hashes.iter().map(|(hash, count)| (format!("{hash:016x}"), json!(count))).collect::<Map<_, _>>()
        };
        let tail = self.given.entries.iter().map(|(second, each)| (second.to_string(), hashes(each).into()));
        let kinds = self.given.kinds.iter().map(|(day, kinds)| (day.to_string(), json!(kinds)));
        json!({
            "version": 1,
            "source": self.source,
            "start": self.start,
            "done": self.done,
            "checked": self.checked,
            "lost": self.lost,
            "days": kinds.collect::<Map<_, _>>(),
            "tail": tail.collect::<Map<_, _>>(),
        })
    }

    /// Reads what was kept; `None` when it is not what [`Cursor::written`] makes.
    pub fn read(kept: &Value) -> Option<Cursor> {
        let number = |key: &str| kept[key].as_i64();
        if number("version") != Some(1) {
            return None;
        }
        let mut given = Given::default();
        for (second, hashes) in kept["tail"].as_object()? {
            let hash =
                |(hash, count): (&String, &Value)| Some((Short::from_str_radix(hash, 16).ok()?, count.as_u64()?));
            given.entries.insert(second.parse().ok()?, hashes.as_object()?.iter().map(hash).collect::<Option<_>>()?);
        }
        for (day, kinds) in kept["days"].as_object()? {
            let kind = |(kind, count): (&String, &Value)| Some((kind.clone(), count.as_u64()?));
            given.kinds.insert(day.parse().ok()?, kinds.as_object()?.iter().map(kind).collect::<Option<_>>()?);
        }
        Some(Cursor {
            source: kept["source"].as_str()?.to_owned(),
            start: number("start")?,
            done: number("done")?,
            checked: number("checked")?,
            lost: kept["lost"].as_u64()?,
            given,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let mut cursor = Cursor::new("https://quay.example.com acme".into(), 86_400);
        assert_eq!((cursor.done, cursor.checked), (86_399, 0));
        cursor.given.add(100_000, &[7; 32], "pull_repo");
        cursor.given.add(100_000, &[7; 32], "pull_repo");
        let read = Cursor::read(&cursor.written()).unwrap();
        assert_eq!(read.written(), cursor.written());
        assert_eq!((read.given.of(100_000, &[7; 32]), read.given.on(1, "pull_repo")), (2, 2));
        assert!(Cursor::read(&json!({"version": 2})).is_none() && Cursor::read(&json!({})).is_none());
    }
}
