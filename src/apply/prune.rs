//! What is on the server and not in the declaration, where the declaration says that this must not be.

mod lists;

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::expand::{Items, pruned};
use super::item::Item;
use super::layout::{Kind, ORGANIZATIONS};
use super::refs::{self, Object};
use super::survey::Seen;
use super::yaml::{Node, Problem};
use crate::api::{Path, Reader};
use crate::error::Result;
use crate::modules;
use crate::quay::lookup;
use lists::{LISTS, REPOSITORY_LISTS, text};

/// What to remove, and how much there is of each kind.
#[derive(Default)]
pub struct Surplus {
    /// The removals.
    pub items: Vec<Item>,
    /// Kinds with the number of objects that are there.
    pub totals: Vec<(Kind, usize)>,
    /// What stays although nothing declares it, with the reason.
    pub warnings: Vec<String>,
    /// Objects that no module can remove.
    pub problems: Vec<Problem>,
}

/// One organization of which everything is known.
pub struct Pruning<'a> {
    pub reader: &'a Reader,
    pub organization: &'a str,
    pub seen: &'a Seen,
    /// The items that the declaration makes, of all organizations.
    pub declared: &'a Declared<'a>,
    pub prune: &'a BTreeSet<Kind>,
}

/// What a declaration names, so that one thing is found without looking at all.
pub struct Declared<'a> {
    /// Everything that is made or only referred to.
    named: HashSet<Object>,
    /// By module and organization.
    items: HashMap<(&'a str, &'a str), Vec<&'a Item>>,
}

impl<'a> Declared<'a> {
    /// Sorts the items.
    pub fn of(items: &'a Items) -> Declared<'a> {
        let named = items.list.iter().filter_map(refs::subject).chain(items.references.iter().cloned()).collect();
        let mut declared = Declared { named, items: HashMap::new() };
        for item in &items.list {
            if let Some(organization) = &item.organization {
                declared.items.entry((item.module(), organization)).or_default().push(item);
            }
        }
        declared
    }
}

impl Pruning<'_> {
    /// Finds the surplus of the organization.
    ///
    /// # Errors
    /// When a list cannot be read: nothing is then removed here.
    pub fn surplus(&self) -> Result<Surplus> {
        let mut surplus = Surplus::default();
        if !self.seen.exists {
            return Ok(surplus);
        }
        if self.has(Kind::Teams) {
            self.teams(&mut surplus)?;
        }
        let name = |short: &String, mark: char| format!("{}{mark}{short}", self.organization);
        if let Some(robots) = self.seen.robots.as_ref().filter(|_| self.has(Kind::Robots)) {
            let robots = robots.iter().map(|short| name(short, '+'));
            self.named(&mut surplus, Kind::Robots, "quay_robot", robots, Object::Robot);
        }
        if let Some(repositories) = self.seen.repositories.as_ref().filter(|_| self.has(Kind::Repositories)) {
            let repositories = repositories.iter().map(|short| name(short, '/'));
            self.named(&mut surplus, Kind::Repositories, "quay_repository", repositories, Object::Repository);
        }
        self.lists(&mut surplus)?;
        Ok(surplus)
    }

    fn has(&self, kind: Kind) -> bool {
        self.prune.contains(&kind)
    }

    /// The declared items of a module in the organization.
    fn own(&self, module: &'static str) -> &[&Item] {
        self.declared.items.get(&(module, self.organization)).map_or(&[], Vec::as_slice)
    }

    fn remove(&self, surplus: &mut Surplus, kind: Kind, module: &str, options: Value) {
        match Item::removal(kind, module, options, Some(self.organization)) {
            Ok(item) => surplus.items.push(item),
            Err(problems) => surplus.problems.extend(problems),
        }
    }

    fn named(
        &self,
        surplus: &mut Surplus,
        kind: Kind,
        module: &str,
        names: impl Iterator<Item = String>,
        object: fn(String) -> Object,
    ) {
        let mut total = 0;
        for name in names {
            total += 1;
            if !self.declared.named.contains(&object(name.clone())) {
                self.remove(surplus, kind, module, json!({"name": name}));
            }
        }
        surplus.totals.push((kind, total));
    }

    /// The teams that make somebody an owner stay: without them nobody could repair a mistake.
    fn teams(&self, surplus: &mut Surplus) -> Result<()> {
        let caller = lookup::caller(self.reader)?;
        for (name, team) in &self.seen.teams {
            let wanted = Object::Team(format!("{}/{name}", self.organization));
            if self.declared.named.contains(&wanted) {
                continue;
            }
            if name == "owners" || (team["role"] == "admin" && self.is_member(name, caller.as_deref())?) {
                let why = if name == "owners" { "it holds the owners" } else { "the caller administers by it" };
                surplus.warnings.push(format!("the team {}/{name} is not removed: {why}", self.organization));
                continue;
            }
            let options = json!({"name": name, "organization": self.organization});
            self.remove(surplus, Kind::Teams, "quay_team", options);
        }
        surplus.totals.push((Kind::Teams, self.seen.teams.len()));
        Ok(())
    }

    fn is_member(&self, team: &str, caller: Option<&str>) -> Result<bool> {
        let path = Path::organization(self.organization).fixed("/team").then(team).fixed("/members");
        let members = self.reader.list(&path, "members")?;
        Ok(members.iter().any(|member| member["name"].as_str() == caller))
    }

    /// The kinds that the server keeps as lists of their own: read whole, compared by what tells one entry from another.
    fn lists(&self, surplus: &mut Surplus) -> Result<()> {
        let home = Path::organization(self.organization);
        for (kind, segment, key, module, options) in LISTS {
            if self.has(*kind) {
                let found = self.reader.list(&home.clone().fixed(segment), key)?;
                let base = json!({"organization": self.organization, "namespace": self.organization});
                self.compare(surplus, *kind, module, &found, &base, *options);
            }
        }
        for (name, prune) in self.repositories() {
            for (kind, segment, key, module, options) in REPOSITORY_LISTS {
                if prune.contains(kind) {
                    let found = self.reader.list(&Path::repository(&name).fixed(segment), key)?;
                    self.compare(surplus, *kind, module, &found, &json!({"repository": name}), *options);
                }
            }
        }
        Ok(())
    }

    /// The declared repositories that exist, each with what it removes.
    fn repositories(&self) -> impl Iterator<Item = (String, BTreeSet<Kind>)> {
        let existing: HashSet<&str> =
            self.seen.repositories.as_deref().unwrap_or_default().iter().map(String::as_str).collect();
        let absent = |entry: &Node| entry.get("state").and_then(Node::as_str) == Some("absent");
        self.seen.declared.iter().filter(move |entry| !absent(entry)).filter_map(move |entry| {
            let short = entry.get("name")?.as_str().filter(|short| existing.contains(short))?;
            Some((format!("{}/{short}", self.organization), pruned(self.prune, entry)))
        })
    }

    fn compare(
        &self,
        surplus: &mut Surplus,
        kind: Kind,
        module: &'static str,
        found: &[Value],
        base: &Value,
        options: fn(&Value) -> Value,
    ) {
        let home = |item: &Item, key: &str| item.text(key).is_none_or(|name| base[key].as_str() == Some(name));
        let declared: Vec<&Item> = self
            .own(module)
            .iter()
            .copied()
            .filter(|item| ["organization", "namespace", "repository"].iter().all(|key| home(item, key)))
            .collect();
        for entry in found {
            let mut wanted = options(entry);
            let is_it = |item: &&&Item| {
                wanted.as_object().into_iter().flatten().all(|(key, value)| {
                    let given = item.options.get(key).unwrap_or(&Value::Null);
                    given == value || text(given) == text(value)
                })
            };
            if declared.iter().find(is_it).is_some() {
                continue;
            }
            if let (Some(wanted), Some(base)) = (wanted.as_object_mut(), base.as_object()) {
                let knows = |key: &str| {
                    modules::find(module).is_some_and(|entry| entry.document.options.iter().any(|o| o.name == key))
                };
                wanted.retain(|_, value| !value.is_null());
                wanted
                    .extend(base.iter().filter(|(key, _)| knows(key)).map(|(key, value)| (key.clone(), value.clone())));
            }
            self.remove(surplus, kind, module, wanted);
        }
        surplus.totals.push((kind, found.len()));
    }
}

/// Organizations that nothing declares.
///
/// # Errors
/// When the list cannot be read.
pub fn organizations(reader: &Reader, declared: &[&str]) -> Result<Surplus> {
    let mut surplus = Surplus::default();
    let names = lookup::organizations(reader)?;
    for name in names.iter().filter(|name| !declared.contains(&name.as_str())) {
        match Item::removal(ORGANIZATIONS.kind, ORGANIZATIONS.module, json!({"name": name}), Some(name)) {
            Ok(item) => surplus.items.push(item),
            Err(problems) => surplus.problems.extend(problems),
        }
    }
    surplus.totals.push((Kind::Organizations, names.len()));
    Ok(surplus)
}

/// Messages that nothing declares.
///
/// # Errors
/// When the list cannot be read.
pub fn messages(reader: &Reader, items: &[Item]) -> Result<Surplus> {
    let mut surplus = Surplus::default();
    let found = reader.list(&Path::api("messages"), "messages")?;
    let declared = |content: &Value| {
        items.iter().any(|item| item.module() == "quay_message" && item.options.get("content") == Some(content))
    };
    // One removal takes all messages of the same text.
    let surplus_texts: BTreeSet<&str> = found
        .iter()
        .filter(|message| !declared(&message["content"]))
        .filter_map(|message| message["content"].as_str())
        .collect();
    for text in surplus_texts {
        match Item::removal(Kind::Messages, "quay_message", json!({"content": text}), None) {
            Ok(item) => surplus.items.push(item),
            Err(problems) => surplus.problems.extend(problems),
        }
    }
    surplus.totals.push((Kind::Messages, found.len()));
    Ok(surplus)
}
