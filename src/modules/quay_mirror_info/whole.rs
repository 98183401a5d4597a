//! The mirrors of a whole server, as far as the caller may see them.

use serde_json::Value;

use super::{health, listed, organization};
use crate::api::Reader;
use crate::error::Result;
use crate::plan::Plan;
use crate::quay::server::Server;
use crate::quay::{first_names, lists, lookup};

/// Names that a warning tells.
const MOST: usize = 20;

/// The mirrors of all repositories, in one request for each 1000 where Quay tells its health, and of all organizations, which take one
/// request each. What the caller does not administer is left out, with a warning.
///
/// # Errors
/// When one of the lists cannot be read.
pub fn mirrors(quay: &Reader, plan: &mut Plan) -> Result<Vec<Value>> {
    let organizations = lists::organizations(quay)?;
    let health = health::of(quay, None)?;
    let (mut found, mut closed) = (Vec::new(), Vec::new());
    let mut take = |name: &str, read: Result<Vec<Value>>| {
        match read {
            Err(error) if error.lacks_right() => {
                closed.push(name.to_owned());
            }
            read => found.extend(read?),
        }
        Ok(())
    };
    match &health {
        Some(health) => take("the server", health.mirrors(quay))?,
        None => organizations.iter().chain(&people(quay)?).try_for_each(|name| take(name, listed(quay, name)))?,
    }
    // An older Quay has no such mirrors.
    if !Server::ask(quay).is_without("ORG_MIRROR") {
        organizations.iter().try_for_each(|name| take(name, organization::mirrors(quay, name, None)))?;
    }
    closed.sort_unstable();
    closed.dedup();
    if !closed.is_empty() {
        let names: Vec<&str> = closed.iter().map(String::as_str).collect();
        plan.warn(format!("mirrors that the caller does not administer are left out: {}", first_names(&names, MOST)));
    }
    health.into_iter().for_each(|health| health.give(plan));
    Ok(found)
}

/// The personal namespaces: all of them for a superuser, else that of the caller.
fn people(quay: &Reader) -> Result<Vec<String>> {
    match lists::users(quay) {
        Ok(users) => Ok(users.iter().filter_map(|user| user["username"].as_str().map(str::to_owned)).collect()),
        Err(error) if error.refusal().is_some() => Ok(lookup::caller(quay)?.into_iter().collect()),
        Err(error) => Err(error),
    }
}
