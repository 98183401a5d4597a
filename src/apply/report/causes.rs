//! What did not come about: each cause once, with all that it concerns.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Outcome, ReportedEndpoint, ReportedItem};
use crate::quay::first_names;

/// So many names are told of things with one cause.
const FIRST: usize = 3;

/// A cause, and the objects that did not come about because of it.
pub struct Mishap<'a> {
    /// Why, as a sentence without a full stop.
    pub why: String,
    /// Whether it was tried.
    pub tried: bool,
    /// All that it concerns, in the order of the plan.
    pub objects: Vec<&'a ReportedItem>,
}

impl Mishap<'_> {
    /// The objects, by name or number.
    pub fn named(&self) -> String {
        named(&self.objects.iter().map(|object| object.title.as_str()).collect::<Vec<_>>())
    }
}

impl ReportedItem {
    /// Whether it did not come about, with whether it was tried, and why.
    pub fn mishap(&self) -> Option<(bool, String)> {
        match &self.outcome {
            Outcome::Failed(failure) => Some((true, failure.message())),
            Outcome::Skipped(why) => Some((false, why.clone())),
            Outcome::Planned | Outcome::Done => None,
        }
    }
}

impl ReportedEndpoint {
    /// What did not come about: failures first, then what was not tried. What is among the refusals is left out.
    pub fn mishaps(&self) -> Vec<Mishap<'_>> {
        let all = self.objects.iter().filter(|object| !self.is_refusal(object));
        let all = together(all.filter_map(|object| Some((object.mishap()?, object))));
        let mut all: Vec<_> = all.into_iter().map(|((tried, why), objects)| Mishap { why, tried, objects }).collect();
        all.sort_by_cached_key(|mishap| !mishap.tried);
        all
    }

    /// Whether the failure of an object is one of the refusals, where it is told with its place.
    pub fn is_refusal(&self, object: &ReportedItem) -> bool {
        let Outcome::Failed(failure) = &object.outcome else { return false };
        !self.refusals.is_empty() && failure.error.is_authors() && failure.not_done.is_empty()
    }
}

/// Things with the same cause together, in the order of the first of them.
pub fn together<C: Clone + Eq + Hash, T>(all: impl IntoIterator<Item = (C, T)>) -> Vec<(C, Vec<T>)> {
    let mut places: HashMap<C, usize> = HashMap::new();
    let mut found: Vec<(C, Vec<T>)> = Vec::new();
    for (cause, thing) in all {
        let place = *places.entry(cause.clone()).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, things)) => things.push(thing),
            None => found.push((cause, vec![thing])),
        }
    }
    found
}

/// The only name, or how many there are and the first of them.
pub fn named(names: &[&str]) -> String {
    match names {
        [one] => (*one).to_owned(),
        _ => format!("{} objects ({})", names.len(), first_names(names, FIRST)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_with_one_cause_are_told_by_number_and_first_names() {
        assert_eq!(together([("x", 1), ("y", 2), ("x", 3)]), [("x", vec![1, 3]), ("y", vec![2])]);
        assert_eq!(named(&["a"]), "a");
        assert_eq!(named(&["a", "b"]), "2 objects (a, b)");
        assert_eq!(named(&["a", "b", "c", "d", "e"]), "5 objects (a, b, c and 2 more)");
    }
}
