//! Reads what the preview is computed from: one request for the policies of each place, and one for each 100 tags.

use serde_json::Value;

use super::{Preview, Repository, Rule};
use crate::api::Reader;
use crate::error::Result;
use crate::quay::history::{self, Entry, TimeMachine};
use crate::quay::image::{self, READ};
use crate::quay::partial::if_shown;
use crate::quay::policy::{Place, immutability, prune};
use crate::quay::server::{self, Server};
use crate::quay::tag_end::now;
use crate::quay::{decode, lists, lookup, names, text};

/// What is looked at.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// All repositories of an organization or account.
    Namespace(&'a str),
    /// One repository, by its full name.
    Repository(&'a str),
}

impl Scope<'_> {
    /// What a person calls it.
    pub fn place(&self) -> String {
        match self {
            Scope::Namespace(name) => format!("the namespace {name}"),
            Scope::Repository(name) => format!("the repository {name}"),
        }
    }
}

/// Policies of the place that is looked at, as somebody thinks of setting them.
#[derive(Default)]
pub struct Proposal {
    /// The auto-prune policies in the place of those on the server; `None` leaves those.
    pub prune: Option<Vec<prune::Policy>>,
    /// Whether those on the server stay beside them.
    pub adds: bool,
    /// Those on the server that will be gone then.
    pub without: Vec<prune::Policy>,
    /// New immutability policies. Those on the server have locked their tags already.
    pub lock: Vec<immutability::Policy>,
}

/// Reads the tags and policies, and computes what would happen; `None` when the place does not exist.
///
/// Tags are only read where a policy concerns them. Policies that the caller may not read are left out, with a warning.
///
/// # Errors
/// When the tags or repositories cannot be read.
pub fn survey(quay: &Reader, scope: Scope<'_>, proposal: &Proposal) -> Result<Option<Preview>> {
    let server = Server::ask(quay);
    let survey = Survey { quay, server, proposal, preview: Preview::default() };
    let found = survey.repositories(scope)?;
    found.map(|found| survey.run(scope, found)).transpose()
}

struct Survey<'a> {
    quay: &'a Reader,
    server: Server,
    proposal: &'a Proposal,
    preview: Preview,
}

impl Survey<'_> {
    fn run(mut self, scope: Scope<'_>, mut repositories: Vec<Repository>) -> Result<Preview> {
        let namespace = match scope {
            Scope::Namespace(name) => name,
            Scope::Repository(name) => names::namespace_of(name),
        };
        let (mut rules, mut default) = (Vec::new(), Vec::new());
        if prune::KIND.is_off(&self.server) {
            self.preview.warn(format!("nothing is pruned: {}", server::off("AUTO_PRUNE")));
        } else {
            default = self.default_rules();
            let is_proposed = matches!(scope, Scope::Namespace(_));
            rules = self.rules(Place::namespace(self.quay, &prune::KIND, namespace), is_proposed)?;
            for repository in &mut repositories {
                let place = Place::repository(self.quay, &prune::KIND, &repository.name)?;
                repository.rules = self.rules(place, !is_proposed)?;
            }
        }
        let locks = if immutability::KIND.is_off(&self.server) { &[][..] } else { &self.proposal.lock };
        if locks.len() < self.proposal.lock.len() {
            self.preview.warn(format!("nothing is locked: {}", server::off("IMMUTABLE_TAGS")));
        }
        for repository in &mut repositories {
            let prunes = !rules.is_empty() || !default.is_empty() || !repository.rules.is_empty();
            if !locks.is_empty() || prunes && repository.is_pruned() {
                repository.tags = self.tags(&repository.name)?;
                self.preview.tags += repository.tags.len();
                self.preview.repositories += 1;
                self.preview.lock(repository, locks, self.server.has("IMMUTABLE_TAGS_CAN_EXPIRE"));
            }
        }
        let now = now();
        self.prune_by_default(namespace, &default, &mut repositories, now);
        self.preview.prune(namespace, &rules, &repositories, now);
        Ok(self.preview)
    }

    /// The worker applies the policy of the configuration by itself, once a day, and without those of users.
    fn prune_by_default(&mut self, namespace: &str, default: &[Rule], repositories: &mut [Repository], now: i64) {
        for repository in repositories.iter_mut().filter(|repository| repository.is_pruned() && !default.is_empty()) {
            let rules = std::mem::take(&mut repository.rules);
            let before = self.preview.prune.len();
            self.preview.prune(namespace, default, std::slice::from_ref(repository), now);
            repository.rules = rules;
            let gone: Vec<&Value> = self.preview.prune.iter().skip(before).map(|entry| &entry["tag"]).collect();
            repository.tags.retain(|tag| !gone.iter().any(|name| **name == *tag.name));
        }
    }

    fn default_rules(&self) -> Vec<Rule> {
        let found = self.server.config("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY");
        // Without the flag, the worker takes what does not match there.
        let policy = found["method"].as_str().map(|method| prune::Policy {
            uuid: String::new(),
            method: method.to_owned(),
            value: found["value"].clone(),
            tag_pattern: found["tag_pattern"].as_str().map(str::to_owned),
            tag_pattern_matches: Some(found["tag_pattern_matches"] == true),
        });
        policy.and_then(|policy| Rule::of(&policy, "the server's configuration")).into_iter().collect()
    }

    fn rules(&mut self, mut place: Place<'_>, is_proposed: bool) -> Result<Vec<Rule>> {
        let what = place.what();
        let proposed = self.proposal.prune.as_ref().filter(|_| is_proposed);
        let mut policies = Vec::new();
        if proposed.is_none() || self.proposal.adds {
            match if_shown(place.read::<prune::Policy>(true))? {
                Some(found) => policies = found.unwrap_or_default(),
                None => self.preview.warn(format!("the auto-prune policies of {what} are not shown to this caller")),
            }
        }
        policies.retain(|policy| !is_proposed || !self.proposal.without.iter().any(|gone| gone.equals(policy)));
        policies.extend(proposed.into_iter().flatten().cloned());
        Ok(policies.iter().filter_map(|policy| Rule::of(policy, &what)).collect())
    }

    fn repositories(&self, scope: Scope<'_>) -> Result<Option<Vec<Repository>>> {
        let new = |name: String, state: &str| Repository {
            name,
            state: state.to_owned(),
            rules: Vec::new(),
            tags: Vec::new(),
        };
        let namespace = match scope {
            Scope::Namespace(name) => name,
            Scope::Repository(name) => {
                let found = TimeMachine::of(&image::Repository::of(self.quay, name, "repository")?)?;
                return Ok(found.ok().map(|found| vec![new(name.to_owned(), &found.state)]));
            }
        };
        let found = lists::repositories(self.quay, namespace)?;
        if found.is_empty() && !lookup::namespace_exists(self.quay, namespace)? {
            return Ok(None);
        }
        let full = |entry: &Value| format!("{namespace}/{}", text(&entry["name"]));
        Ok(Some(found.iter().map(|entry| new(full(entry), text(&entry["state"]))).collect()))
    }

    fn tags(&self, name: &str) -> Result<Vec<Entry>> {
        let repository = image::Repository::of(self.quay, name, "repository")?;
        let path = history::path(&repository, None, true);
        let read = |page: &_| repository.read(page, &history::attempt(&repository), &READ);
        let tags = history::pages(&path, read)?.unwrap_or_default();
        tags.into_iter().map(|entry| decode(entry, "a tag")).collect()
    }
}
