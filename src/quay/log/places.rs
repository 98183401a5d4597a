//! Where else an entry can be listed: parts of a log, whose pages end at other entries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Scope;
use super::search::Wanted;
use crate::quay::text;

/// What the entries of a log told of namespaces, repositories and accounts.
#[derive(Default)]
pub struct Places {
    namespaces: BTreeMap<String, Value>,
    /// Namespace and name.
    repositories: BTreeSet<(String, String)>,
    /// Namespace and account.
    performers: BTreeSet<(String, String)>,
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
    pub fn note(&mut self, scope: &Scope, entry: &Value) {
        let owner = &entry["namespace"];
        let namespace = scope.namespace().unwrap_or_else(|| text(&owner["name"])).to_owned();
        let (repository, performer) = (text(&entry["metadata"]["repo"]), text(&entry["performer"]["name"]));
        if !repository.is_empty() && !namespace.is_empty() {
            self.repositories.insert((namespace.clone(), repository.to_owned()));
        }
        if !performer.is_empty() {
            self.performers.insert((namespace.clone(), performer.to_owned()));
        }
        if !namespace.is_empty() {
            self.namespaces.entry(namespace).or_insert_with(|| owner.clone());
        }
    }

    /// The same log, day by day.
    pub fn whole(&self, wanted: &Wanted<'_>) -> Vec<Narrow> {
        let days = wanted.range.days();
        let whole = Narrow { scope: wanted.scope.clone(), performer: None, namespace: None };
        if days.start() == days.end() { Vec::new() } else { vec![whole] }
    }

    /// Each namespace.
    pub fn namespaces(&self, wanted: &Wanted<'_>) -> Vec<Narrow> {
        let names = self.namespaces.keys().filter(|_| *wanted.scope == Scope::Registry);
        names.map(|name| self.narrow(Scope::Namespace(name.clone()), name, None)).collect()
    }

    /// Each repository: its log knows no filter by account.
    pub fn repositories(&self, wanted: &Wanted<'_>) -> Vec<Narrow> {
        let wide = matches!(wanted.scope, Scope::Registry | Scope::Namespace(_)) && wanted.performer.is_none();
        let names = self.repositories.iter().filter(|_| wide);
        names.map(|(owner, name)| self.narrow(Scope::Repository(format!("{owner}/{name}")), owner, None)).collect()
    }

    /// Each account.
    pub fn performers(&self, wanted: &Wanted<'_>) -> Vec<Narrow> {
        let wide = !matches!(wanted.scope, Scope::Repository(_)) && wanted.performer.is_none();
        let names =
            self.performers.iter().filter(|(owner, _)| wide && (*wanted.scope == Scope::Own || !owner.is_empty()));
        let narrow = |(owner, name): &(String, String)| {
            let scope = if *wanted.scope == Scope::Own { Scope::Own } else { Scope::Namespace(owner.clone()) };
            self.narrow(scope, owner, Some(name.clone()))
        };
        names.map(narrow).collect()
    }

    fn narrow(&self, scope: Scope, owner: &str, performer: Option<String>) -> Narrow {
        let namespace = self.namespaces.get(owner).filter(|owner| owner.is_object()).cloned();
        Narrow { scope, performer, namespace }
    }
}
