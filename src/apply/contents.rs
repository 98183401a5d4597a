//! What goes with the repositories and organizations that a plan removes: read for whoever looks at the plan, and for nobody else.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::graph::each;
use super::kinds::names::ObjectName;
use super::planning::{PlannedEndpoint, PlannedItem};
use super::report::Action;
use crate::api::{Path, Reader};
use crate::quay::lists::shows_all;
use crate::quay::log::{self, counts, range};
use crate::quay::names::namespace_of;
use crate::quay::server::Server;
use crate::quay::{text, usage};

/// Tags in the answer about a repository: Quay shows no more there.
const MOST_TAGS: usize = 500;
/// Requests for all removals of a plan: what is only told must keep nobody waiting.
const MOST_REQUESTS: u64 = 400;
/// Requests for each: tags and pulls of a repository.
const EACH: usize = 2;

/// Reads what the removals of a plan take along, as far as Quay tells it to this caller: repositories, tags, size and the day of the last
/// pull. Of what cannot be read nothing is told, and where it takes more than [`MOST_REQUESTS`], that there is more.
///
/// One request each for the organization and its list of repositories (sizes of repositories, which it gives 100 at a time), one for the
/// tags of each repository, and one for the pulls of each object.
pub fn look(planned: &mut PlannedEndpoint) {
    let Some(http) = planned.http.clone() else { return };
    let mut removed: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (index, object) in planned.objects.iter().enumerate() {
        if let Some(name) = name(object) {
            removed.entry(namespace_of(&name).to_owned()).or_default().push((index, name));
        }
    }
    let until = http.requests() + MOST_REQUESTS;
    let left = || usize::try_from(until.saturating_sub(http.requests())).unwrap_or(usize::MAX);
    let reader = Reader::new(http.clone(), true);
    let all: usize = removed.values().map(Vec::len).sum();
    let mut told = 0;
    for (namespace, mut objects) in removed {
        if left() == 0 {
            break;
        }
        let (wholes, parts) = objects.iter().partition::<Vec<_>, _>(|(_, name)| *name == namespace);
        let inside = Namespace::of(&reader, &namespace, !wholes.is_empty(), !parts.is_empty());
        objects.truncate(left() / EACH);
        let held = each(planned.jobs, &objects, |(_, name)| inside.held(name));
        for ((index, name), mut held) in objects.iter().zip(held) {
            told += usize::from(*name != namespace || inside.add_tags(&mut held, planned.jobs, left()));
            // An index of one of these objects.
            planned.objects[*index].holds = held;
        }
    }
    if told < all {
        planned.warnings.push(format!(
            "what goes with {} of {all} removals is not told, or not in full: that takes more than {MOST_REQUESTS} requests",
            all - told
        ));
    }
}

/// The organization, or the full name of the repository, that an object removes.
fn name(object: &PlannedItem) -> Option<String> {
    match object.item.makes().filter(|_| object.action == Action::Remove && object.has_steps())? {
        ObjectName::Organization(name) | ObjectName::Repository(name) => Some(name.clone()),
        _ => None,
    }
}

struct Namespace<'a> {
    reader: &'a Reader,
    name: &'a str,
    /// The organization, as far as it is needed and shown.
    organization: Value,
    /// Its repositories with their sizes, where they are needed and shown.
    repositories: Option<Vec<Value>>,
    /// Whether these are needed and shown all.
    is_whole: bool,
}

impl<'a> Namespace<'a> {
    /// Reads what is needed to tell of the whole, or of parts.
    fn of(reader: &'a Reader, name: &'a str, whole: bool, parts: bool) -> Namespace<'a> {
        let server = Server::ask(reader);
        let measures = !["QUOTA_MANAGEMENT", "EDIT_QUOTA"].iter().any(|feature| server.lacks(feature));
        let organization = (whole || measures).then(|| reader.get_once(&Path::organization(name)).ok());
        let organization = organization.flatten().unwrap_or_default();
        let is_counted = usage::size(&organization).is_some();
        let is_whole = whole && shows_all(reader, &organization);
        let is_needed = is_whole || parts && is_counted;
        let repositories = is_needed.then(|| usage::repositories(reader, name, is_counted).ok());
        Namespace { reader, name, organization, repositories: repositories.flatten(), is_whole }
    }

    /// What goes with it, or with one of its repositories; but for the tags of all of these.
    fn held(&self, name: &str) -> Map<String, Value> {
        let mut held = Map::new();
        let (log, size) = match name.split_once('/') {
            None => {
                let repositories = self.all().map(|all| all.len() as u64);
                add(&mut held, "repositories", repositories);
                (log::Scope::Namespace(name.to_owned()), usage::size(&self.organization))
            }
            Some((_, short)) => {
                add_tags(&mut held, vec![self.tags(name)]);
                let found = self.repositories.iter().flatten().find(|one| one["name"] == short);
                (log::Scope::Repository(name.to_owned()), found.and_then(|one| one["size"].as_u64()))
            }
        };
        add(&mut held, "size", size);
        if let Ok(Some(pulls)) = counts::last(self.reader, &log, "pull_repo") {
            held.insert("last_pull".into(), json!(pulls.day.map(range::written)));
            held.insert("pulls_since".into(), json!(range::written(pulls.since)));
        }
        held
    }

    /// All its repositories, where Quay shows them all.
    fn all(&self) -> Option<&Vec<Value>> {
        self.repositories.as_ref().filter(|_| self.is_whole)
    }

    /// Counts the tags of all its repositories; says whether so many requests were enough.
    fn add_tags(&self, held: &mut Map<String, Value>, jobs: usize, most: usize) -> bool {
        let all = self.all().map_or(&[][..], Vec::as_slice);
        if all.len() > most {
            return false;
        }
        if self.all().is_some() {
            add_tags(held, each(jobs, all, |one| self.tags(&format!("{}/{}", self.name, text(&one["name"])))));
        }
        true
    }

    /// How many live tags a repository has, [`MOST_TAGS`] where there may be more: one request, where the list of tags takes one a hundred.
    fn tags(&self, name: &str) -> Option<usize> {
        let found = self.reader.get_once(&Path::repository(name).query("includeTags", "true")).ok()?;
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
