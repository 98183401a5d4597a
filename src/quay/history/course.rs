//! The way from what a repository is to what it was.

use std::collections::BTreeMap;

use super::{COMPANIONS, Entry, Repository, is_companion, restore};
use crate::plan::Step;

/// What is done about one tag.
#[derive(Clone, Copy, Debug)]
pub enum Action<'e> {
    /// It gets its image of then; what it points to now, if it is there.
    Restore(&'e Entry, Option<&'e Entry>),
    /// It was not there then.
    Remove(&'e Entry),
}

impl<'e> Action<'e> {
    /// The tag.
    pub fn name(&self) -> &'e str {
        let (Action::Restore(entry, _) | Action::Remove(entry)) = self;
        &entry.name
    }

    /// Where the tag points now.
    pub fn now(&self) -> Option<&'e Entry> {
        match self {
            Action::Restore(_, now) => *now,
            Action::Remove(now) => Some(now),
        }
    }

    /// Where it shall point.
    pub fn then(&self) -> Option<&'e Entry> {
        match self {
            Action::Restore(then, _) => Some(then),
            Action::Remove(_) => None,
        }
    }

    /// The step that does it. A deletion is one as any: it stays in the history.
    pub fn step(&self, repository: &Repository<'_>) -> Step {
        match self {
            Action::Restore(then, _) => restore(repository, &then.name, &then.manifest_digest),
            Action::Remove(now) => {
                let path = repository.path().fixed("/tag").then(&now.name);
                Step::removal(path, format!("delete the tag {}:{}", repository.name, now.name))
            }
        }
    }
}

/// What is to be done, in order: images, then the signatures of images, then deletions.
#[derive(Default)]
pub struct Course<'e> {
    /// One a tag; two where a deletion takes a signature away that was there then.
    pub actions: Vec<Action<'e>>,
    /// The tags that are live once all is done.
    pub after: Vec<&'e Entry>,
}

impl<'e> Course<'e> {
    /// The way from `now` to `then`. Tags that were not there then are removed only when asked for.
    pub fn of(entries: &'e [Entry], then: i64, now: i64, remove_newer: bool) -> Course<'e> {
        let then = Names::of(entries, |entry| entry.covers(then));
        let present = Names::of(entries, |entry| entry.is_live(now));
        let mut live = present.clone();
        let differs = |live: &Names<'e>, entry: &Entry| live.get(&entry.name) != Some(&entry.manifest_digest);
        let (companions, images): (Vec<&Entry>, Vec<&Entry>) =
            then.0.values().partition(|entry| is_companion(&entry.name));
        let mut actions = Vec::new();
        for entry in images.iter().chain(&companions) {
            if differs(&live, entry) {
                actions.push(Action::Restore(entry, present.0.get(entry.name.as_str()).copied()));
                live.put(entry);
            }
        }
        for (name, entry) in present.0.iter().filter(|(name, _)| remove_newer && !then.0.contains_key(*name)) {
            actions.push(Action::Remove(entry));
            live.remove(name);
        }
        let lost: Vec<&Entry> = companions.into_iter().filter(|entry| differs(&live, entry)).collect();
        actions.extend(lost.iter().map(|entry| Action::Restore(entry, None)));
        lost.into_iter().for_each(|entry| live.put(entry));
        Course { actions, after: live.0.into_values().collect() }
    }

    /// Tags that a lock keeps as they are.
    pub fn locked(&self) -> Vec<&'e str> {
        let locked = self.actions.iter().filter(|action| action.now().is_some_and(Entry::is_locked));
        locked.map(Action::name).collect()
    }

    /// How many tags lose the image that they point to now: those that are removed, and those that move.
    pub fn losses(&self) -> usize {
        self.actions.iter().filter(|action| action.now().is_some()).count()
    }
}

/// Entries by the names of their tags, one each.
#[derive(Clone)]
struct Names<'e>(BTreeMap<&'e str, &'e Entry>);

impl<'e> Names<'e> {
    /// Of several entries of a name the first listed.
    fn of(entries: &'e [Entry], fits: impl Fn(&Entry) -> bool) -> Names<'e> {
        let mut names = BTreeMap::new();
        for entry in entries.iter().filter(|entry| fits(entry)) {
            names.entry(entry.name.as_str()).or_insert(entry);
        }
        Names(names)
    }

    fn get(&self, name: &str) -> Option<&'e str> {
        self.0.get(name).map(|entry| entry.manifest_digest.as_str())
    }

    fn put(&mut self, entry: &'e Entry) {
        let old = self.0.insert(&entry.name, entry);
        old.into_iter().for_each(|old| self.orphan(&old.manifest_digest));
    }

    fn remove(&mut self, name: &str) {
        let old = self.0.remove(name);
        old.into_iter().for_each(|old| self.orphan(&old.manifest_digest));
    }

    /// Quay after 3.18.0 ends the signatures of an image with its last tag.
    fn orphan(&mut self, digest: &str) {
        if !self.0.values().any(|entry| entry.manifest_digest == digest) {
            let start = digest.replace(':', "-");
            self.0.retain(|name, _| {
                !name
                    .strip_prefix(&*start)
                    .and_then(|end| end.strip_prefix('.'))
                    .is_some_and(|kind| COMPANIONS.contains(&kind))
            });
        }
    }
}
