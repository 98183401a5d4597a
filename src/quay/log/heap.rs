//! Entries that were found, where equal ones are counted and not merged: three pulls of one image by one robot in a second are three.

use std::collections::BTreeMap;

use serde_json::Value;

use super::entry::{Entry, Hash};
use super::kind;
use super::range::{Day, Range};

/// Entries by their second.
#[derive(Default)]
pub struct Heap {
    entries: BTreeMap<(i64, Hash), Equal>,
    len: usize,
}

/// Entries that are alike in everything.
pub struct Equal {
    /// What is returned of each.
    pub value: Value,
    /// How many.
    pub count: usize,
    /// Where the first of them stood among all: the server's own order.
    place: usize,
}

impl Heap {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds one more.
    pub fn push(&mut self, entry: Entry) {
        self.len += 1;
        let place = self.len;
        let new = || Equal { value: entry.value, count: 0, place };
        self.entries.entry((entry.second, entry.hash)).or_insert_with(new).count += 1;
    }

    /// Adds what another listing of the same log saw. An entry that both saw is one: of equal ones there are as many as in the
    /// listing that saw more.
    pub fn unite(&mut self, other: Heap) {
        for (key, equal) in other.entries {
            match self.entries.get_mut(&key) {
                Some(known) => {
                    self.len += equal.count.saturating_sub(known.count);
                    known.count = known.count.max(equal.count);
                }
                None => {
                    self.len += equal.count;
                    self.entries.insert(key, Equal { place: self.len, ..equal });
                }
            }
        }
    }

    /// Forgets the newest seconds, as many as bring it down to `most` entries, and at least one second stays. Returns the last second
    /// that is kept whole.
    pub fn keep_oldest(&mut self, most: usize) -> Option<i64> {
        while self.len > most {
            let newest = self.entries.last_key_value().map(|((second, _), _)| *second)?;
            if self.entries.first_key_value().map(|((second, _), _)| *second) == Some(newest) {
                break;
            }
            let dropped = self.entries.split_off(&(newest, Hash::default()));
            self.len -= dropped.values().map(|equal| equal.count).sum::<usize>();
        }
        self.entries.last_key_value().map(|((second, _), _)| *second)
    }

    /// How many there are of each kind on a day.
    pub fn kinds(&self, day: Day) -> BTreeMap<&str, u64> {
        let mut kinds = BTreeMap::new();
        for (_, equal) in self.within(Range::day(day)) {
            *kinds.entry(kind(&equal.value)).or_default() += equal.count as u64;
        }
        kinds
    }

    /// Those of a time, oldest first; within a second in no order.
    pub fn within(&self, range: Range) -> impl Iterator<Item = (&(i64, Hash), &Equal)> {
        self.entries.range((range.since, Hash::default())..=(range.until, [u8::MAX; 32]))
    }

    /// All, oldest first, those of a second as the server listed them, from the last to the first.
    pub fn oldest_first(self) -> impl Iterator<Item = (i64, Hash, Equal)> {
        let mut all: Vec<_> = self.entries.into_iter().map(|((second, hash), equal)| (second, hash, equal)).collect();
        all.sort_unstable_by_key(|(second, _, equal)| (*second, std::cmp::Reverse(equal.place)));
        all.into_iter()
    }

    /// All, newest first as the server lists them, each as often as it is there.
    pub fn newest_first(self) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.len);
        let all: Vec<_> = self.oldest_first().collect();
        for (_, _, equal) in all.into_iter().rev() {
            values.extend(std::iter::repeat_n(equal.value, equal.count));
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn heap(entries: &[(i64, u8)]) -> Heap {
        let mut heap = Heap::default();
        for (second, name) in entries {
            heap.push(Entry { second: *second, hash: [*name; 32], value: json!({"kind": name.to_string()}) });
        }
        heap
    }

    #[test]
    fn equal_entries_of_several_listings_are_as_many_as_the_fullest_saw() {
        let mut one = heap(&[(9, 1), (9, 1), (8, 2)]);
        one.unite(heap(&[(9, 1), (8, 2), (8, 2), (8, 3)]));
        assert_eq!(one.len(), 5);
        assert_eq!(one.kinds(0), [("1", 2), ("2", 2), ("3", 1)].into_iter().collect());
        let kinds: Vec<String> = one.newest_first().iter().map(|value| kind(value).to_owned()).collect();
        assert_eq!(kinds, ["1", "1", "2", "2", "3"]);
    }

    #[test]
    fn only_whole_seconds_are_forgotten() {
        let mut many = heap(&[(9, 1), (9, 2), (8, 1), (8, 2), (7, 1)]);
        assert_eq!(many.keep_oldest(4), Some(8));
        assert_eq!(many.len(), 3);
        let mut busy = heap(&[(9, 1), (9, 2), (9, 3)]);
        assert_eq!((busy.keep_oldest(1), busy.len()), (Some(9), 3));
    }
}
