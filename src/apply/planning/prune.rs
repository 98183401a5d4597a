//! What is on the server and not in the declaration, where the declaration says that this must not be.

mod robots;
mod tokens;

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::declared::Organization;
use super::expand::{Items, emptied};
use super::item::Item;
use super::refresh::Existing;
use super::server::Server;
use crate::api::{Path, Reader};
use crate::apply::input::yaml::{Node, Problem};
use crate::apply::kinds::export::if_available;
use crate::apply::kinds::list::List;
use crate::apply::kinds::names::ObjectName;
use crate::apply::kinds::section::{Place, Section};
use crate::apply::kinds::{Kind, message, organization, repository, robot, sections, team};
use crate::error::Result;
use crate::quay::{lists, lookup};

/// What to remove, and how much there is of each kind.
#[derive(Default)]
pub struct Removals {
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
    /// The server, of which is read what the refresh has not.
    pub server: &'a Server<'a>,
    /// What is declared of it.
    pub organization: &'a Organization<'a>,
    /// What the refresh has read of it.
    pub existing: &'a Existing,
    /// What the declaration names, of all organizations.
    pub named: &'a Named<'a>,
    /// What it removes itself.
    pub own: &'a BTreeSet<Kind>,
}

/// What a declaration names, so that one thing is found without looking at all.
pub struct Named<'a> {
    /// Everything that is made or only referred to.
    named: HashSet<&'a ObjectName>,
    /// By module and organization.
    items: HashMap<(&'a str, &'a str), Vec<&'a Item>>,
}

impl<'a> Named<'a> {
    /// Sorts the items.
    pub fn of(items: &'a Items) -> Named<'a> {
        let named = items.list.iter().flat_map(Item::brings).chain(&items.references).collect();
        let mut sorted = Named { named, items: HashMap::new() };
        for item in &items.list {
            if let Some(organization) = &item.organization {
                sorted.items.entry((item.module(), organization)).or_default().push(item);
            }
        }
        sorted
    }
}

impl Pruning<'_> {
    /// Finds what is to be removed from the organization.
    ///
    /// # Errors
    /// When a list cannot be read: nothing is then removed here.
    pub fn removals(&self) -> Result<Removals> {
        let mut removals = Removals::default();
        if !self.existing.exists {
            return Ok(removals);
        }
        if self.has(Kind::Teams) {
            self.teams(&mut removals)?;
        }
        let name = |short: &String, mark: char| format!("{}{mark}{short}", self.organization.name);
        if let Some(robots) = self.existing.robots.as_ref().filter(|_| self.has(Kind::Robots)) {
            let robots = robots.iter().map(|short| name(short, '+'));
            let unnamed = self.unnamed(&mut removals, Kind::Robots, robots, ObjectName::Robot);
            let used = self.in_use(&unnamed)?;
            for robot in unnamed.iter().filter(|robot| !used.contains_key(*robot)) {
                self.remove(&mut removals, &robot::SECTION, json!({"name": robot}));
            }
            let stays = |(robot, what)| format!("the robot account {robot} is not removed: it mirrors {what}");
            removals.warnings.extend(used.iter().map(stays));
        }
        if let Some(repositories) = self.existing.repositories.as_ref().filter(|_| self.has(Kind::Repositories)) {
            let repositories = repositories.iter().map(|short| name(short, '/'));
            for repository in self.unnamed(&mut removals, Kind::Repositories, repositories, ObjectName::Repository) {
                self.remove(&mut removals, &repository::SECTION, json!({"name": repository}));
            }
        }
        self.lists(&mut removals)?;
        self.tokens(&mut removals)?;
        Ok(removals)
    }

    fn has(&self, kind: Kind) -> bool {
        self.own.contains(&kind)
    }

    /// The declared items of a module in the organization.
    fn own(&self, module: &'static str) -> &[&Item] {
        self.named.items.get(&(module, self.organization.name)).map_or(&[], Vec::as_slice)
    }

    fn remove(&self, removals: &mut Removals, section: &Section, options: Value) {
        match Item::removal(section, options, Some(self.organization.name)) {
            Ok(item) => removals.items.push(item),
            Err(problems) => removals.problems.extend(problems),
        }
    }

    /// The names that nothing declares; all are counted.
    fn unnamed(
        &self,
        removals: &mut Removals,
        kind: Kind,
        names: impl ExactSizeIterator<Item = String>,
        object: fn(String) -> ObjectName,
    ) -> Vec<String> {
        removals.totals.push((kind, names.len()));
        names.filter(|name| !self.named.named.contains(&object(name.clone()))).collect()
    }

    /// The teams that make somebody an owner stay: without them nobody could repair a mistake.
    fn teams(&self, removals: &mut Removals) -> Result<()> {
        let caller = lookup::caller(&self.server.reader)?;
        for (name, team) in &self.existing.teams {
            let wanted = ObjectName::Team(format!("{}/{name}", self.organization.name));
            if self.named.named.contains(&wanted) {
                continue;
            }
            if name == "owners" || (team["role"] == "admin" && self.is_member(name, caller.as_deref())?) {
                let why = if name == "owners" { "it holds the owners" } else { "the caller administers by it" };
                removals.warnings.push(format!("the team {}/{name} is not removed: {why}", self.organization.name));
                continue;
            }
            let options = json!({"name": name, "organization": self.organization.name});
            self.remove(removals, &team::SECTION, options);
        }
        removals.totals.push((Kind::Teams, self.existing.teams.len()));
        Ok(())
    }

    fn is_member(&self, team: &str, caller: Option<&str>) -> Result<bool> {
        let path = Path::team_members(self.organization.name, team);
        let members = self.server.reader.list(&path, "members")?;
        Ok(members.iter().any(|member| member["name"].as_str() == caller))
    }

    /// The kinds that the server keeps as lists of their own: read whole, compared by what tells one entry from another.
    fn lists(&self, removals: &mut Removals) -> Result<()> {
        for (section, list) in lists(Place::Organization).filter(|(section, _)| self.has(section.kind)) {
            let found = self.server.reader.list(&(list.path)(self.organization.name), list.key);
            let Some(found) = if_available(found)? else { continue };
            let base = json!({"organization": self.organization.name, "namespace": self.organization.name});
            self.compare(removals, section, list, self.organization.name, &found, &base);
        }
        for (name, prune) in self.repositories() {
            for (section, list) in lists(Place::Repository).filter(|(section, _)| prune.contains(&section.kind)) {
                let found = self.server.reader.list(&(list.path)(&name), list.key)?;
                self.compare(removals, section, list, &name, &found, &json!({"repository": name}));
            }
        }
        Ok(())
    }

    /// The declared repositories that exist, each with what it removes.
    fn repositories(&self) -> impl Iterator<Item = (String, BTreeSet<Kind>)> {
        let absent = |entry: &Node| entry.get("state").and_then(Node::as_str) == Some("absent");
        self.organization.repositories.iter().filter(move |entry| !absent(entry)).filter_map(move |entry| {
            let short = entry.get("name")?.as_str().filter(|short| self.existing.has_repository(short))?;
            Some((format!("{}/{short}", self.organization.name), emptied(&self.organization.prune, entry)))
        })
    }

    /// Removes what no item of the place is about, unless it can only be removed together with what one is about.
    fn compare(
        &self,
        removals: &mut Removals,
        section: &Section,
        list: &List,
        place: &str,
        found: &[Value],
        base: &Value,
    ) {
        let is_here = |options: &Map<String, Value>, key: &str| {
            options.get(key).and_then(Value::as_str).is_none_or(|name| base[key] == name)
        };
        // Most items of an organization are about other repositories, and need not be opened.
        let near = |item: &&&Item| {
            base["repository"].is_null() || item.repository().is_none_or(|name| base["repository"] == name)
        };
        let mut declared: Vec<_> =
            self.own(section.module).iter().filter(near).map(|item| item.options.all()).collect();
        declared.retain(|options| {
            ["organization", "namespace", "application", "repository"].iter().all(|key| is_here(options, key))
        });
        let is_declared = |entry: &&Value| declared.iter().any(|options| list.is_about(options, entry));
        let (kept, others): (Vec<&Value>, Vec<&Value>) = found.iter().partition(is_declared);
        let kept: Vec<Value> = kept.into_iter().map(list.options).collect();
        let mut calls: Vec<Value> = Vec::new();
        for wanted in others.into_iter().map(list.options) {
            if !calls.contains(&wanted) {
                calls.push(wanted);
            }
        }
        for mut wanted in calls {
            if kept.contains(&wanted) {
                let kinds = section.kind.word().replace('_', " ");
                removals.warnings.push(format!(
                    "not all {kinds} of {place} that nothing declares are removed: one that is declared has the same name"
                ));
                continue;
            }
            if let (Some(wanted), Some(base)) = (wanted.as_object_mut(), base.as_object()) {
                let knows = |key: &str| section.entry().document.options.iter().any(|option| option.name == key);
                wanted.retain(|_, value| !value.is_null());
                wanted
                    .extend(base.iter().filter(|(key, _)| knows(key)).map(|(key, value)| (key.clone(), value.clone())));
            }
            self.remove(removals, section, wanted);
        }
        removals.totals.push((section.kind, found.len()));
    }
}

/// Whether one of these kinds is a list of repositories.
pub fn concerns_repositories(kinds: &BTreeSet<Kind>) -> bool {
    lists(Place::Repository).any(|(section, _)| kinds.contains(&section.kind))
}

/// The kinds that the server keeps as lists in an organization, or in a repository.
fn lists(place: Place) -> impl Iterator<Item = (&'static Section, &'static List)> {
    sections()
        .filter(move |section| section.place == place)
        .filter_map(|section| Some((section, section.list.as_ref()?)))
}

/// Organizations that nothing declares.
///
/// # Errors
/// When the list cannot be read.
pub fn organizations(reader: &Reader, declared: &[&str]) -> Result<Removals> {
    let mut removals = Removals::default();
    let names = lists::organizations(reader)?;
    for name in names.iter().filter(|name| !declared.contains(&name.as_str())) {
        match Item::removal(&organization::SECTION, json!({"name": name}), Some(name)) {
            Ok(item) => removals.items.push(item),
            Err(problems) => removals.problems.extend(problems),
        }
    }
    removals.totals.push((Kind::Organizations, names.len()));
    Ok(removals)
}

/// Messages that nothing declares.
///
/// # Errors
/// When the list cannot be read.
pub fn messages(reader: &Reader, items: &[Item]) -> Result<Removals> {
    let mut removals = Removals::default();
    let found = lists::messages(reader)?;
    let declared = items.iter().filter(|item| item.module() == message::SECTION.module);
    let declared: Vec<_> = declared.filter_map(|item| item.options.all().swap_remove("content")).collect();
    // One removal takes all messages of the same text.
    let texts: BTreeSet<&str> = found
        .iter()
        .filter(|message| !declared.contains(&message["content"]))
        .filter_map(|message| message["content"].as_str())
        .collect();
    for text in texts {
        match Item::removal(&message::SECTION, json!({"content": text}), None) {
            Ok(item) => removals.items.push(item),
            Err(problems) => removals.problems.extend(problems),
        }
    }
    removals.totals.push((Kind::Messages, found.len()));
    Ok(removals)
}
