//! What goes with the repositories and organizations that a plan removes: read for whoever looks at the plan, and for nobody else.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::graph::each;
use super::kinds::names::ObjectName;
use super::planning::{PlannedEndpoint, PlannedItem};
use super::report::Action;
use crate::api::{Path, Reader};
use crate::error::Result;
use crate::quay::log::{self, counts, range};
use crate::quay::names::namespace_of;
use crate::quay::server::Server;
use crate::quay::{lookup, text, usage};

/// Tags in the answer about a repository: Quay shows no more there.
const MOST_TAGS: usize = 500;
/// Repositories of an organization whose tags are counted: a request each.
const MOST_REPOSITORIES: usize = 100;
/// Days of the log that Quay counts in one request.
const DAYS: i64 = 31;

/// Reads what the removals of a plan take along, as far as Quay tells it to this caller: repositories, tags, size and the day of the last
/// pull. Of what cannot be read nothing is told.
///
/// One request each for the size of the organization and its list of repositories (sizes of repositories, which it gives 100 at a time), one
/// for the tags of each repository, and one for the pulls of each object.
pub fn look(planned: &mut PlannedEndpoint) {
    let Some(http) = &planned.http else { return };
    let mut removed: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (index, object) in planned.objects.iter().enumerate() {
        if let Some(name) = name(object) {
            removed.entry(namespace_of(&name).to_owned()).or_default().push((index, name));
        }
    }
    let reader = Reader::new(http.clone(), true);
    for (namespace, objects) in &removed {
        let inside = Namespace::of(&reader, namespace, objects.iter().any(|(_, name)| name == namespace));
        let held = each(planned.jobs, objects, |(_, name)| inside.held(name, planned.jobs));
        for ((index, _), held) in objects.iter().zip(held) {
            planned.objects[*index].holds = held;
        }
    }
}

/// The organization, or the full name of the repository, that an object removes.
fn name(object: &PlannedItem) -> Option<String> {
    match object.item.makes().filter(|_| object.action == Action::Remove && object.has_steps())? {
        ObjectName::Organization(name) | ObjectName::Repository(name) => Some(name),
        _ => None,
    }
}

struct Namespace<'a> {
    reader: &'a Reader,
    name: &'a str,
    /// Its repositories with their sizes, where they are needed and shown.
    repositories: Option<Vec<Value>>,
}

impl<'a> Namespace<'a> {
    fn of(reader: &'a Reader, name: &'a str, as_a_whole: bool) -> Namespace<'a> {
        let server = Server::ask(reader);
        let measures = !["QUOTA_MANAGEMENT", "EDIT_QUOTA"].iter().any(|feature| server.lacks(feature));
        let repositories = (as_a_whole || measures).then(|| usage::repositories(reader, name));
        Namespace { reader, name, repositories: repositories.and_then(Result::ok) }
    }

    /// What goes with it, or with one of its repositories.
    fn held(&self, name: &str, jobs: usize) -> Map<String, Value> {
        let mut held = if name == self.name { self.whole(jobs) } else { self.repository(name) };
        let log = match name == self.name {
            true => log::Scope::Namespace(name.to_owned()),
            false => log::Scope::Repository(name.to_owned()),
        };
        let today = range::day_of(self.reader.server_time());
        let since = today - DAYS + 1;
        if let Ok(Some(days)) = counts::days_of(self.reader, &log, "pull_repo", since, today) {
            held.insert("last_pull".into(), json!(days.last().map(|day| range::written(*day))));
            held.insert("pulls_since".into(), json!(range::written(since)));
        }
        held
    }

    fn whole(&self, jobs: usize) -> Map<String, Value> {
        let mut held = Map::new();
        if let Some(repositories) = &self.repositories {
            held.insert("repositories".into(), json!(repositories.len()));
            if repositories.len() <= MOST_REPOSITORIES {
                let full = |one: &Value| format!("{}/{}", self.name, text(&one["name"]));
                add_tags(&mut held, each(jobs, repositories, |one| self.tags(&full(one))));
            }
        }
        let found = lookup::organization(self.reader, self.name).ok().flatten();
        add(&mut held, "size", found.and_then(|found| usage::size(&found)));
        held
    }

    fn repository(&self, name: &str) -> Map<String, Value> {
        let mut held = Map::new();
        add_tags(&mut held, vec![self.tags(name)]);
        let is_it = |one: &&Value| name.split_once('/').is_some_and(|(_, short)| one["name"] == *short);
        let found = self.repositories.iter().flatten().find(is_it);
        add(&mut held, "size", found.and_then(|one| one["size"].as_u64()));
        held
    }

    /// How many live tags a repository has, [`MOST_TAGS`] where there may be more: one request, where the list of tags takes one a hundred.
    fn tags(&self, name: &str) -> Option<usize> {
        let found = self.reader.find(&Path::repository(name).query("includeTags", "true")).ok()??;
        found["tags"].as_object().map(Map::len)
    }
}

fn add(held: &mut Map<String, Value>, key: &str, value: Option<u64>) {
    held.extend(value.map(|value| (key.to_owned(), json!(value))));
}

fn add_tags(held: &mut Map<String, Value>, counts: Vec<Option<usize>>) {
    let is_open = counts.contains(&Some(MOST_TAGS));
    if let Some(tags) = counts.into_iter().sum::<Option<usize>>() {
        held.insert("tags".into(), json!(tags));
        held.insert("more_tags".into(), json!(is_open));
    }
}
