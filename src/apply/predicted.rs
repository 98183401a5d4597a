//! What is known without asking: the objects that a list has shown, and those that the plan will have made.
//!
//! A module asks for its object and the objects around it, one request each. Here the answers come out of the few lists
//! that a refresh has read; and below an organization or repository that is yet to be created there is nothing to ask for.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::Serialize;
use serde_json::{Value, json};

use super::kept::Kept;
use crate::api::{Answers, Path, Prediction};
use crate::quay::lookup;

/// Answers by address. Shared between the refresh, which fills it, and the planning, which reads it and adds what each plan
/// will have made.
#[derive(Clone, Default)]
pub struct PredictedServer(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    /// Statuses and bodies.
    answers: HashMap<String, (u16, Kept)>,
    /// Paths below which there is nothing but what `answers` holds.
    complete: HashSet<String>,
    /// Paths of repositories that have nothing in them but what `answers` holds. Others can be below them: a name may hold
    /// slashes.
    empty: HashSet<String>,
    /// Paths of lists whose every entry is in `answers`: the repositories of an organization, its robot accounts.
    listed: HashSet<String>,
    moves: Vec<Move>,
}

/// An organization that the plan renames.
struct Move {
    old: String,
    new: String,
    /// Whether its plan is made; until then the new name itself is free, and only what is below it is looked up below the old
    /// one.
    planned: bool,
}

impl PredictedServer {
    /// Remembers the answer to a GET.
    pub fn keep(&self, path: &Path, status: u16, body: impl Serialize) {
        if let Ok(address) = path.render(&Answers::default()) {
            self.write().answers.insert(address, (status, Kept::of(&body)));
        }
    }

    /// Remembers that below `path` there is nothing but what has been, and will be, kept.
    pub fn complete(&self, path: &Path) {
        if let Ok(address) = path.render(&Answers::default()) {
            self.write().complete.insert(address);
        }
    }

    /// Remembers that the repository with this path has nothing in it but what has been, and will be, kept.
    pub fn complete_repository(&self, path: &Path) {
        if let Ok(address) = path.render(&Answers::default()) {
            self.write().empty.insert(address);
        }
    }

    /// Remembers that every robot account below `path` has been kept.
    pub fn absent_robots(&self, path: &Path) {
        if let Ok(address) = path.render(&Answers::default()) {
            self.write().listed.insert(address);
        }
    }

    /// Remembers that every repository of the organization has been kept.
    pub fn absent_repositories(&self, organization: &str) {
        if let Ok(address) = Path::repository(organization).render(&Answers::default()) {
            self.write().listed.insert(address);
        }
    }

    /// Remembers that everything below `new` is still below `old`.
    pub fn renaming(&self, old: &str, new: &str) {
        self.write().moves.push(Move { old: old.to_owned(), new: new.to_owned(), planned: false });
    }

    /// Remembers that `old` is called `new` from now on, and all that is below it.
    pub fn rename(&self, old: &str, new: &str) {
        let mut known = self.write();
        let address = |name: &str| Path::organization(name).render(&Answers::default()).ok();
        if let (Some(from), Some(to)) = (address(old), address(new))
            && let Some((status, mut body)) = known.answers.get(&from).cloned()
        {
            body.change(|body| rename(body, old, new));
            known.answers.insert(to, (status, body));
        }
        match known.moves.iter_mut().find(|known| known.old == old && known.new == new) {
            Some(known) => known.planned = true,
            None => known.moves.push(Move { old: old.to_owned(), new: new.to_owned(), planned: true }),
        }
    }

    /// Changes a kept answer, if there is one.
    pub fn amend(&self, path: &Path, change: impl FnOnce(&mut Value)) {
        let Ok(address) = path.render(&Answers::default()) else { return };
        if let Some((_, kept)) = self.write().answers.get_mut(&address) {
            kept.change(change);
        }
    }

    /// Changes a kept answer, which is `otherwise` where none was kept.
    pub fn amend_or(&self, path: &Path, otherwise: Value, change: impl FnOnce(&mut Value)) {
        if let Ok(address) = path.render(&Answers::default()) {
            let kept = &mut self.write().answers;
            kept.entry(address).or_insert_with(|| (200, Kept::of(&otherwise))).1.change(change);
        }
    }

    // A panic elsewhere cannot leave half an entry behind: each is inserted whole.
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Prediction for PredictedServer {
    fn answer(&self, address: &str) -> Option<(u16, Value)> {
        let known = self.read();
        if let Some((status, body)) = known.answers.get(address) {
            return Some((*status, body.value()));
        }
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        (known.is_complete(path) || known.is_in_empty(path, query) || known.is_listed(path, query))
            .then(|| nothing(path))
    }

    fn moved(&self, address: &str) -> Option<String> {
        self.read().moves.iter().find_map(|Move { old, new, planned }| {
            ["/api/v1/organization/", "/api/v1/repository/"].iter().find_map(|root| {
                let rest = address.strip_prefix(root)?.strip_prefix(&**new)?;
                let below = rest.starts_with('/');
                (below || (*planned && (rest.is_empty() || rest.starts_with('?'))))
                    .then(|| format!("{root}{old}{rest}"))
            })
        })
    }

    /// The robot accounts of a renamed organization follow it.
    fn adjusted(&self, address: &str, mut body: Value) -> Value {
        for Move { old, new, .. } in &self.read().moves {
            if address.split(['/', '?']).any(|part| part == new) {
                rename(&mut body, old, new);
            }
        }
        body
    }
}

/// The query with which modules ask for a repository itself.
const AS_A_WHOLE: &str = "includeTags=false";

impl Known {
    /// Whether this is the address of a robot account or a repository of which there is a list without it.
    fn is_listed(&self, path: &str, query: &str) -> bool {
        let parent = |path: &str| path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        if query.split_once('=') == Some(lookup::WITHOUT_TAGS) {
            // The name of a repository can hold slashes itself.
            let organization = path.splitn(6, '/').take(5).collect::<Vec<_>>().join("/");
            return self.listed.contains(&organization);
        }
        query.is_empty() && parent(path).is_some_and(|parent| self.listed.contains(&parent))
    }

    /// Whether this is a part of a repository that has nothing in it, and no repository below that one.
    fn is_in_empty(&self, path: &str, query: &str) -> bool {
        const PARTS: &[&str] =
            &["permissions", "notification", "mirror", "autoprunepolicy", "immutabilitypolicy", "tag", "manifest"];
        if self.empty.is_empty() || query == AS_A_WHOLE {
            return false;
        }
        path.match_indices('/').any(|(end, _)| {
            let part = path[end + 1..].split('/').next().unwrap_or_default();
            PARTS.contains(&part) && self.empty.contains(&path[..end])
        })
    }

    /// Whether nothing is left to ask below some part of this path.
    fn is_complete(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        !self.complete.is_empty() && ends.into_iter().any(|end| self.complete.contains(&path[..end]))
    }
}

fn rename(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) => {
            if text == old {
                new.clone_into(text);
            } else if let Some(short) = text.strip_prefix(old).and_then(|rest| rest.strip_prefix('+')) {
                *text = format!("{new}+{short}");
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| rename(value, old, new)),
        Value::Object(map) => {
            for (key, mut value) in std::mem::take(map) {
                let key = match key.strip_prefix(old).and_then(|rest| rest.strip_prefix('+')) {
                    Some(short) => format!("{new}+{short}"),
                    None => key,
                };
                rename(&mut value, old, new);
                map.insert(key, value);
            }
        }
        _ => {}
    }
}

/// What Quay answers about something that is not there, or has nothing in it.
fn nothing(path: &str) -> (u16, Value) {
    let parts: Vec<&str> = path.trim_end_matches('/').rsplit('/').take(2).collect();
    let (last, before) = (parts.first().copied().unwrap_or_default(), parts.get(1).copied().unwrap_or_default());
    match last {
        "prototypes" | "applications" | "notifications" => (200, json!({ last: [] })),
        "notification" => (200, json!({"notifications": []})),
        "autoprunepolicy" | "immutabilitypolicy" => (200, json!({"policies": []})),
        "quota" | "federation" => (200, json!([])),
        "proxycache" => (200, json!({"upstream_registry": "", "insecure": false, "expiration_s": null})),
        "members" => (200, json!({"name": before, "members": []})),
        "robots" => (200, json!({"robots": []})),
        "user" | "team" if before == "permissions" => (200, json!({"permissions": {}})),
        "tag" => (200, json!({"tags": [], "page": 1, "has_additional": false})),
        _ if before == "robots" => (400, json!({"message": "Could not find robot with specified username"})),
        _ => (404, json!({"status": 404, "error_type": "not_found", "detail": "Not Found"})),
    }
}

#[cfg(test)]
mod tests;
