//! Reads what the preview is computed from: one request for the policies of each place, and one for each 100 tags.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::{Preview, Proposal, Proposals, Repository, Rule, Rules, Scope};
use crate::api::Reader;
use crate::error::Result;
use crate::quay::history::{self, Entry, TimeMachine};
use crate::quay::image::{self, READ};
use crate::quay::partial::if_shown;
use crate::quay::policy::immutability::Matcher;
use crate::quay::policy::{Place, immutability, prune};
use crate::quay::server::{self, Server};
use crate::quay::{decode, lists, lookup, names, text};

/// Reads the tags and policies, and computes what would happen; `None` when the place does not exist.
///
/// Tags are only read where a policy concerns them. Policies that the caller may not read are left out, with a warning.
///
/// # Errors
/// When the tags or repositories cannot be read.
pub fn survey(quay: &Reader, scope: Scope<'_>, proposals: &Proposals) -> Result<Option<Preview>> {
    let server = Server::ask(quay);
    let survey = Survey { quay, server, proposals, preview: Preview::default() };
    let found = survey.repositories(scope)?;
    found.map(|found| survey.run(scope, found)).transpose()
}

struct Survey<'a> {
    quay: &'a Reader,
    server: Server,
    proposals: &'a Proposals,
    preview: Preview,
}

impl<'a> Survey<'a> {
    fn run(mut self, scope: Scope<'_>, mut repositories: Vec<Repository>) -> Result<Preview> {
        let namespace = match scope {
            Scope::Namespace(name) => name,
            Scope::Repository(name) => names::namespace_of(name),
        };
        let (mut rules, mut default) = (Rules::default(), Rules::default());
        if self.proposals.only_locks {
            // Nobody asks.
        } else if prune::KIND.is_off(&self.server) {
            self.preview.warn(format!("nothing is pruned: {}", server::off("AUTO_PRUNE")));
        } else {
            default = self.default_rules();
            rules = self.rules(Place::namespace(self.quay, &prune::KIND, namespace), namespace)?;
            for repository in &mut repositories {
                let place = Place::repository(self.quay, &prune::KIND, &repository.name)?;
                repository.rules = self.rules(place, &repository.name)?.known;
            }
            self.warn_of_siblings(scope, &rules, &repositories);
        }
        let locks = self.locks();
        // The default is applied by itself, once a day, and without the policies of users.
        let by_default = self.preview.is_working(namespace, &default, &[]);
        let by_policies = self.preview.is_working(namespace, &rules, &repositories);
        let now = self.quay.server_time();
        // One after the other: the tags of all of them can be many.
        for mut repository in repositories {
            let prunes = !rules.known.is_empty() || !default.known.is_empty() || !repository.rules.is_empty();
            let locks: Vec<&Matcher> =
                [namespace, &repository.name].into_iter().filter_map(|place| locks.get(place)).flatten().collect();
            if locks.is_empty() && !(prunes && repository.is_pruned()) {
                continue;
            }
            repository.tags = self.tags(&repository.name)?;
            self.preview.looked_at.push((repository.name.clone(), repository.tags.len()));
            self.preview.lock(&mut repository, &locks, self.server.has("IMMUTABLE_TAGS_CAN_EXPIRE"));
            if by_default {
                self.prune_by_default(&default.known, &mut repository, now);
            }
            if by_policies {
                self.preview.prune(&rules.known, &repository, now);
            }
        }
        Ok(self.preview)
    }

    /// The new immutability policies, by their places.
    fn locks(&mut self) -> BTreeMap<&'a str, Vec<Matcher>> {
        let new = self.proposals.places.iter().filter(|(_, proposal)| !proposal.lock.is_empty());
        let mut new = new.map(|(place, proposal)| (place.as_str(), &proposal.lock)).peekable();
        if new.peek().is_some() && immutability::KIND.is_off(&self.server) {
            self.preview.warn(format!("nothing is locked: {}", server::off("IMMUTABLE_TAGS")));
            return BTreeMap::new();
        }
        new.map(|(place, policies)| (place, self.preview.matchers(policies))).collect()
    }

    /// Without a policy of the namespace, one of any other repository can end the worker's task.
    fn warn_of_siblings(&mut self, scope: Scope<'_>, rules: &Rules, repositories: &[Repository]) {
        let Scope::Repository(name) = scope else { return };
        if rules.known.is_empty() && repositories.iter().any(|repository| !repository.rules.is_empty()) {
            let namespace = names::namespace_of(name);
            self.preview.warn(format!(
                "policies of other repositories of {namespace} were not looked at; one of them may keep {name} from being pruned"
            ));
        }
    }

    fn prune_by_default(&mut self, default: &[Rule], repository: &mut Repository, now: i64) {
        let rules = std::mem::take(&mut repository.rules);
        let before = self.preview.prune.len();
        self.preview.prune(default, repository, now);
        repository.rules = rules;
        let gone: HashSet<&str> = self.preview.prune.iter().skip(before).map(|entry| text(&entry["tag"])).collect();
        repository.tags.retain(|tag| !gone.contains(&*tag.name));
    }

    fn default_rules(&mut self) -> Rules {
        let found = self.server.config("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY");
        // Without the flag, the worker takes what does not match there.
        let policy = found["method"].as_str().map(|method| prune::Policy {
            uuid: String::new(),
            method: method.to_owned(),
            value: found["value"].clone(),
            tag_pattern: found["tag_pattern"].as_str().map(str::to_owned),
            tag_pattern_matches: Some(found["tag_pattern_matches"] == true),
        });
        self.understood(policy.as_slice(), "the server's configuration")
    }

    fn rules(&mut self, mut place: Place<'_>, name: &str) -> Result<Rules> {
        let what = place.what();
        let nothing = Proposal::default();
        let proposal = self.proposals.places.get(name).unwrap_or(&nothing);
        let proposed = proposal.prune.as_ref();
        let (mut policies, mut is_hidden) = (Vec::new(), false);
        if proposed.is_none() || proposal.adds {
            match if_shown(place.read::<prune::Policy>(true))? {
                Some(found) => policies = found.unwrap_or_default(),
                None => {
                    is_hidden = true;
                    self.preview.warn(format!("the auto-prune policies of {what} are not shown to this caller"));
                }
            }
        }
        policies.retain(|policy| !proposal.without.iter().any(|gone| gone.equals(policy)));
        policies.extend(proposed.into_iter().flatten().cloned());
        let mut rules = self.understood(&policies, &what);
        rules.is_partial |= is_hidden;
        Ok(rules)
    }

    /// Policies of a place; those whose value is none are told and left out.
    fn understood(&mut self, policies: &[prune::Policy], place: &str) -> Rules {
        let mut rules = Rules::default();
        for policy in policies {
            match Rule::of(policy, place) {
                Some(rule) => rules.known.push(rule),
                None => {
                    rules.is_partial = true;
                    let name = policy.name();
                    self.preview
                        .warn(format!("the auto-prune policy {name} of {place} is not understood and left out"));
                }
            }
        }
        rules
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
