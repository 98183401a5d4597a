//! Where else an entry can be listed: parts of a log, whose pages end at other entries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::entry::Entry;
use super::range::{Day, day_of};
use super::search::Wanted;
use super::{Scope, kind};
use crate::quay::text;

/// What the entries of a log told of namespaces, repositories and accounts.
#[derive(Default)]
pub struct Places {
    /// The namespaces as the entries of the whole log name them.
    owners: BTreeMap<String, Value>,
    namespaces: Seen<String>,
    /// Namespace and name.
    repositories: Seen<(String, String)>,
    /// Namespace and account.
    performers: Seen<(String, String)>,
}

/// On which days entries of which kinds told of a place.
type Seen<Place> = BTreeMap<Place, BTreeSet<(Day, String)>>;

/// What is missing of a day, by kind.
pub struct Lacking<'a> {
    /// The day.
    pub day: Day,
    /// The kinds.
    pub kinds: &'a BTreeMap<String, u64>,
}

impl Lacking<'_> {
    /// The places that the day's entries of these kinds told of: there the others may be. Those of a kind that was not seen at all may
    /// be in each place of the day.
    fn of<'a, Place>(&'a self, seen: &'a Seen<Place>) -> impl Iterator<Item = &'a Place> {
        let kinds_in =
            |when: &'a BTreeSet<(Day, String)>| when.iter().filter(|(day, _)| *day == self.day).map(|(_, kind)| kind);
        let known: BTreeSet<&String> = seen.values().flat_map(kinds_in).collect();
        let is_blind = self.kinds.keys().any(|kind| !known.contains(kind));
        let may_hold = move |when| kinds_in(when).any(|kind| is_blind || self.kinds.contains_key(kind));
        seen.iter().filter(move |(_, when)| may_hold(when)).map(|(place, _)| place)
    }
}

/// A part of a log.
pub struct Narrow {
    /// Whose log.
    pub scope: Scope,
    /// Only what this account did.
    pub performer: Option<String>,
    /// The namespace that the entries of the whole log name.
    pub namespace: Option<Value>,
}

impl Places {
    /// Takes notice of an entry of a log.
    pub fn note(&mut self, scope: &Scope, entry: &Entry) {
        let when = (day_of(entry.second), kind(&entry.value).to_owned());
        let entry = &entry.value;
        let owner = &entry["namespace"];
        let namespace = scope.namespace().unwrap_or_else(|| text(&owner["name"])).to_owned();
        let (repository, performer) = (text(&entry["metadata"]["repo"]), text(&entry["performer"]["name"]));
        if !repository.is_empty() && !namespace.is_empty() {
            let place = (namespace.clone(), repository.to_owned());
            self.repositories.entry(place).or_default().insert(when.clone());
        }
        if !performer.is_empty() {
            let place = (namespace.clone(), performer.to_owned());
            self.performers.entry(place).or_default().insert(when.clone());
        }
        if !namespace.is_empty() {
            self.owners.entry(namespace.clone()).or_insert_with(|| owner.clone());
            self.namespaces.entry(namespace).or_default().insert(when);
        }
    }

    /// The same log, day by day.
    pub fn whole(&self, wanted: &Wanted<'_>, _: &Lacking<'_>) -> Vec<Narrow> {
        let days = wanted.range.days();
        let whole = Narrow { scope: wanted.scope.clone(), performer: None, namespace: None };
        if days.start() == days.end() { Vec::new() } else { vec![whole] }
    }

    /// Each namespace.
    pub fn namespaces(&self, wanted: &Wanted<'_>, lacking: &Lacking<'_>) -> Vec<Narrow> {
        let names = lacking.of(&self.namespaces).filter(|_| *wanted.scope == Scope::Registry);
        names.map(|name| self.narrow(Scope::Namespace(name.clone()), name, None)).collect()
    }

    /// Each repository: its log knows no filter by account.
    pub fn repositories(&self, wanted: &Wanted<'_>, lacking: &Lacking<'_>) -> Vec<Narrow> {
        let wide = matches!(wanted.scope, Scope::Registry | Scope::Namespace(_)) && wanted.performer.is_none();
        let names = lacking.of(&self.repositories).filter(|_| wide);
        names.map(|(owner, name)| self.narrow(Scope::Repository(format!("{owner}/{name}")), owner, None)).collect()
    }

    /// Each account.
    pub fn performers(&self, wanted: &Wanted<'_>, lacking: &Lacking<'_>) -> Vec<Narrow> {
        let wide = !matches!(wanted.scope, Scope::Repository(_)) && wanted.performer.is_none();
        let names = lacking
            .of(&self.performers)
            .filter(|(owner, _)| wide && (*wanted.scope == Scope::Own || !owner.is_empty()));
        let narrow = |(owner, name): &(String, String)| {
            let scope = if *wanted.scope == Scope::Own { Scope::Own } else { Scope::Namespace(owner.clone()) };
            self.narrow(scope, owner, Some(name.clone()))
        };
        names.map(narrow).collect()
    }

    fn narrow(&self, scope: Scope, owner: &str, performer: Option<String>) -> Narrow {
        let namespace = self.owners.get(owner).filter(|owner| owner.is_object()).cloned();
        Narrow { scope, performer, namespace }
    }
}
