//! The second phase: what the server has of each declared organization.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::barred::Barred;
use super::declared::Organization;
use super::expand::entries;
use super::item::Item;
use super::refresh::{Existing, Refresh};
use super::server::{Server, is_no};
use super::{Refusals, protect};
use crate::apply::graph::each;
use crate::apply::input::yaml::Node;
use crate::apply::kinds::default_permission;
use crate::apply::kinds::names::ObjectName;
use crate::error::{Error, Result, caught};

/// A declared organization, and what the server has of it.
pub struct Scope<'a> {
    /// What is declared.
    pub organization: Organization<'a>,
    /// What there is.
    pub existing: Result<Existing>,
}

/// Reads all organizations, several at a time.
///
/// # Errors
/// What concerns the server as a whole: one fault, however many organizations it shows in.
pub fn read<'a>(server: &Server<'_>, organizations: Vec<Organization<'a>>) -> Result<Vec<Scope<'a>>, Refusals> {
    let found =
        each(server.registry().jobs, &organizations, |organization| caught(|| Refresh { server, organization }.take()));
    let scopes: Vec<Scope> =
        organizations.into_iter().zip(found).map(|(organization, existing)| Scope { organization, existing }).collect();
    let whole = scopes.iter().find_map(|scope| match &scope.existing {
        Err(error @ (Error::Connection(_) | Error::Lost(_))) => Some(error.clone()),
        _ => None,
    });
    let refused = !scopes.is_empty() && scopes.iter().all(|scope| scope.existing.as_ref().is_err_and(is_no));
    // Credentials that open nothing: every organization is refused, and so is the caller's own name.
    match whole.or_else(|| if refused { server.unwelcome() } else { None }) {
        Some(error) => Err(server.fault(&error)),
        None => Ok(scopes),
    }
}

/// Keeps the rights that no run takes away, and closes the organizations that could not be read.
pub fn keep_in_use(server: &Server<'_>, scopes: &[Scope<'_>], items: &mut [Item], barred: &mut Barred) {
    let mut existing: HashMap<&str, (&Existing, Vec<Value>)> = HashMap::new();
    for scope in scopes {
        match &scope.existing {
            Ok(found) => drop(existing.insert(scope.organization.name, (found, defaults(scope.organization.entry)))),
            Err(error) => drop(barred.closed.insert(scope.organization.name.to_owned(), error.clone())),
        }
    }
    let gone: HashSet<ObjectName> =
        items.iter().filter(|item| item.is_removal()).flat_map(Item::brings).cloned().collect();
    for item in items {
        let Some((found, defaults)) = item.organization.as_deref().and_then(|name| existing.get(name)) else {
            continue;
        };
        if let Err(error) = protect::keep_in_use(item, found, defaults, &gone, &server.reader) {
            barred.closed.extend(item.organization.clone().map(|name| (name, error)));
        }
    }
}

/// The default permissions that an entry declares; one for a creator is more particular than one for all, and comes before.
fn defaults(organization: &Node) -> Vec<Value> {
    let mut all: Vec<Value> =
        entries(&default_permission::SECTION, organization).into_iter().map(Node::to_value).collect();
    all.retain(|given| given["state"] != "absent");
    all.sort_by_cached_key(|given| given["creator"].is_null());
    all
}
