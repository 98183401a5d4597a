//! Differences between sets whose members have a key: permissions, members, federations, policies.

use std::collections::BTreeMap;

/// What separates a current set from a wanted one, each part in the order of its keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference<K, V> {
    /// Wanted and not there.
    pub add: Vec<(K, V)>,
    /// There, with another value than the wanted one.
    pub change: Vec<(K, V)>,
    /// There and not wanted; always empty when others are kept.
    pub remove: Vec<(K, V)>,
    /// The set as it will be.
    pub after: BTreeMap<K, V>,
}

impl<K, V> Difference<K, V> {
    /// Whether the sets agree already.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.change.is_empty() && self.remove.is_empty()
    }
}

/// Compares a current set with a wanted one; `keep_others` leaves members alone that nobody asked for.
pub fn difference<K, V>(current: &BTreeMap<K, V>, wanted: &BTreeMap<K, V>, keep_others: bool) -> Difference<K, V>
where
    K: Ord + Clone,
    V: PartialEq + Clone,
{
    let pair = |(key, value): (&K, &V)| (key.clone(), value.clone());
    let add = wanted.iter().filter(|(key, _)| !current.contains_key(key)).map(pair).collect();
    let change =
        wanted.iter().filter(|(key, value)| current.get(key).is_some_and(|found| found != *value)).map(pair).collect();
    let remove: Vec<_> = match keep_others {
        true => Vec::new(),
        false => current.iter().filter(|(key, _)| !wanted.contains_key(key)).map(pair).collect(),
    };
    let mut after = if keep_others { current.clone() } else { BTreeMap::new() };
    after.extend(wanted.iter().map(pair));
    Difference { add, change, remove, after }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &[(&'static str, u8)]) -> BTreeMap<&'static str, u8> {
        members.iter().copied().collect()
    }

    #[test]
    fn exact_sets_lose_what_nobody_wants() {
        let found = difference(&set(&[("a", 1), ("b", 1), ("c", 1)]), &set(&[("b", 2), ("c", 1), ("d", 1)]), false);
        assert_eq!(found.add, [("d", 1)]);
        assert_eq!(found.change, [("b", 2)]);
        assert_eq!(found.remove, [("a", 1)]);
        assert_eq!(found.after, set(&[("b", 2), ("c", 1), ("d", 1)]));
    }

    #[test]
    fn kept_sets_only_grow() {
        let found = difference(&set(&[("a", 1), ("b", 1)]), &set(&[("b", 2)]), true);
        assert_eq!((found.add, found.remove), (vec![], vec![]));
        assert_eq!(found.change, [("b", 2)]);
        assert_eq!(found.after, set(&[("a", 1), ("b", 2)]));
    }

    #[test]
    fn equal_sets_have_no_difference() {
        assert!(difference(&set(&[("a", 1)]), &set(&[("a", 1)]), false).is_empty());
    }
}
