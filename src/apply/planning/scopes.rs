//! The organizations of a declaration: what the server has of each, and which of them stay closed.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::expand::pruned;
use super::item::Item;
use super::refresh::{Existing, Refresh};
use super::{Refusals, Work, protect};
use crate::apply::graph::each;
use crate::apply::input::declaration::belongs_on;
use crate::apply::input::yaml::Node;
use crate::apply::kinds::Kind;
use crate::apply::kinds::names::ObjectName;
use crate::error::{Error, Result, caught};
use crate::quay::lookup;

/// An organization, what it removes, and what the server has of it.
pub struct Scope<'a> {
    pub entry: &'a Node,
    pub name: &'a str,
    pub prune: BTreeSet<Kind>,
    pub existing: Result<Existing>,
}

/// Whether Quay refuses something to the caller: for the credentials, for a right, or for too many attempts to sign in.
pub fn is_no(error: &Error) -> bool {
    matches!(error.status(), Some(401 | 403 | 429))
}

impl<'a> Work<'a> {
    /// Reads all organizations, several at a time.
    pub fn refresh(&self) -> Result<Vec<Scope<'a>>, Refusals> {
        let only = &self.request.selection.organizations;
        let entries: Vec<(&Node, &str)> = self
            .declaration
            .organizations
            .iter()
            .filter(|entry| belongs_on(entry, self.endpoint))
            .filter_map(|entry| Some((entry, entry.get("name")?.as_str()?)))
            .filter(|(_, name)| only.is_empty() || only.iter().any(|only| only == name))
            .collect();
        let jobs = self.registry.jobs;
        let scopes = each(jobs, &entries, |(entry, name)| {
            let prune = pruned(&self.registry.prune, entry);
            let refresh =
                Refresh { reader: &self.reader, predicted: &self.predicted, jobs, organization: entry, prune: &prune };
            let existing =
                if self.request.destroy.is_some() { Ok(Existing::default()) } else { caught(|| refresh.take()) };
            Scope { entry, name, prune, existing }
        });
        // What concerns the server as a whole is one fault, however many organizations it shows in.
        let whole = scopes.iter().find_map(|scope| match &scope.existing {
            Err(error @ (Error::Connection(_) | Error::Lost(_))) => Some(error.clone()),
            _ => None,
        });
        match whole.or_else(|| self.rejection(&scopes)) {
            Some(error) => Err(self.fault(&error)),
            None => Ok(scopes),
        }
    }

    /// The error about credentials that open nothing: every organization is refused, and so is the caller's own name.
    fn rejection(&self, scopes: &[Scope<'_>]) -> Option<Error> {
        let refused = scopes.iter().all(|scope| scope.existing.as_ref().is_err_and(is_no));
        if scopes.is_empty() || !refused { None } else { self.unwelcome() }
    }

    /// The error about credentials that do not even tell whose they are.
    pub fn unwelcome(&self) -> Option<Error> {
        lookup::caller(&self.reader).err().filter(is_no)
    }

    /// Keeps the rights that no run takes away, and closes the organizations that could not be read.
    pub fn keep_in_use(&mut self, scopes: &[Scope<'_>], items: &mut [Item]) {
        let mut existing: HashMap<&str, &Existing> = HashMap::new();
        for scope in scopes {
            match &scope.existing {
                Ok(found) => {
                    existing.insert(scope.name, found);
                }
                Err(error) => {
                    self.closed.insert(scope.name.to_owned(), error.clone());
                }
            }
        }
        let gone: HashSet<ObjectName> =
            items.iter().filter(|item| item.is_removal()).filter_map(|item| item.makes()).collect();
        for item in items {
            let Some((name, existing)) =
                item.organization.clone().and_then(|name| Some((name.clone(), *existing.get(&*name)?)))
            else {
                continue;
            };
            if let Err(error) = protect::keep_in_use(item, existing, &gone, &self.reader) {
                self.closed.insert(name, error);
            }
        }
    }
}
