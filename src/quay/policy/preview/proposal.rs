//! What a preview is about: a place, and the policies that somebody thinks of setting there.

use std::collections::BTreeMap;

use crate::quay::names;
use crate::quay::policy::{immutability, prune};

/// What is looked at.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// All repositories of an organization or account.
    Namespace(&'a str),
    /// One repository, by its full name.
    Repository(&'a str),
}

impl<'a> Scope<'a> {
    /// The place of this name: only that of a repository has a slash.
    pub fn of(name: &'a str) -> Scope<'a> {
        if name.contains('/') { Scope::Repository(name) } else { Scope::Namespace(name) }
    }

    /// Whether a repository is it, or belongs to it.
    pub fn has(&self, repository: &str) -> bool {
        match self {
            Scope::Namespace(name) => names::namespace_of(repository) == *name,
            Scope::Repository(name) => repository == *name,
        }
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        let (Scope::Namespace(name) | Scope::Repository(name)) = *self;
        name
    }

    /// What a person calls it.
    pub fn place(&self) -> String {
        match self {
            Scope::Namespace(name) => format!("the namespace {name}"),
            Scope::Repository(name) => format!("the repository {name}"),
        }
    }
}

/// Policies of one place, as somebody thinks of setting them.
#[derive(Default)]
pub struct Proposal {
    /// The auto-prune policies in the place of those on the server; `None` leaves those, but for `without`.
    pub prune: Option<Vec<prune::Policy>>,
    /// Whether those on the server stay beside them.
    pub adds: bool,
    /// Those on the server that will be gone then.
    pub without: Vec<prune::Policy>,
    /// New immutability policies. Those on the server have locked their tags already.
    pub lock: Vec<immutability::Policy>,
}

/// What somebody thinks of setting at all places that are looked at. Policies of a namespace and of its repositories work together.
#[derive(Default)]
pub struct Proposals {
    /// By the name of the namespace, or the full name of the repository.
    pub places: BTreeMap<String, Proposal>,
    /// Whether nobody asks what is pruned: no auto-prune policy is read then.
    pub only_locks: bool,
}

impl Proposals {
    /// The policies of one place.
    pub fn of(place: &str, proposal: Proposal) -> Proposals {
        Proposals { places: BTreeMap::from([(place.to_owned(), proposal)]), only_locks: false }
    }
}
