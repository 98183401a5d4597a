//! What a declaration refers to and nobody has, beyond the first such name that stops the planning of an object.

use std::collections::HashSet;

use super::PlannedItem;
use super::barred::Barred;
use super::server::Server;
use crate::api::Path;
use crate::apply::kinds::names::ObjectName;
use crate::quay::lookup;

/// What is wrong with each object without a plan that refers to something which neither the declaration nor the server has,
/// with the place of the object in the list.
///
/// The modules look up what they refer to while they plan. What waits for something without a plan is not planned at all, and
/// its own mistakes would show one run later: it is worth some requests to tell them now.
pub fn unknown(
    server: &Server<'_>,
    barred: &Barred,
    objects: &[PlannedItem],
    waiting: &[usize],
) -> Vec<(usize, String)> {
    let made: HashSet<&ObjectName> = objects.iter().flat_map(|object| object.item.brings()).collect();
    let is_closed = |need: &ObjectName| need.owner().is_some_and(|owner| barred.closed.contains_key(owner));
    let mut unknown = Vec::new();
    for index in waiting {
        let Some(object) = objects.get(*index).filter(|object| !object.item.is_removal()) else { continue };
        let needs: HashSet<&ObjectName> = object.item.needs().iter().collect();
        let needs = needs.into_iter().filter(|need| !made.contains(need) && !is_closed(need));
        let mut names: Vec<String> = needs.filter_map(|need| missing(server, need)).collect();
        names.sort_unstable();
        if !names.is_empty() {
            let text = format!("it refers to what neither the declaration nor the server has: {}", names.join(", "));
            unknown.push((*index, object.mask.text(&text)));
        }
    }
    unknown
}

/// What to call an object that certainly is not there; `None` for all others, those in doubt included.
fn missing(server: &Server<'_>, need: &ObjectName) -> Option<String> {
    let reader = &server.reader;
    match need {
        ObjectName::User(name) => matches!(lookup::account(reader, name), Ok(None)).then(|| format!("user {name}")),
        ObjectName::Robot(name) => {
            matches!(lookup::account(reader, name), Ok(None)).then(|| format!("robot account {name}"))
        }
        ObjectName::Team(name) => {
            let (organization, team) = name.split_once('/')?;
            let found = reader.find(&Path::organization(organization)).ok().flatten()?;
            found["teams"].as_object()?.get(team).is_none().then(|| format!("team {name}"))
        }
        ObjectName::Repository(name) => {
            let found = reader.find(&lookup::repository_path(name));
            matches!(found, Ok(None)).then(|| format!("repository {name}"))
        }
        // What is in a missing organization, or of a missing application, says so itself.
        ObjectName::Organization(_) | ObjectName::Application(_) => None,
    }
}
