//! Reads what the preview is computed from: one request for the policies of each place, and one for each 100 tags.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::{LookedAt, Preview, Proposal, Proposals, Repository, Rule, Rules, Scope, stuck};
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
pub fn preview_of(quay: &Reader, scope: Scope<'_>, proposals: &Proposals) -> Result<Option<Preview>> {
    preview_within(quay, names::namespace_of(scope.name()), &[scope], proposals)
}

/// The same of several repositories of a namespace, whose policies work together. Those that do not exist are left out.
///
/// # Errors
/// As [`preview_of`].
pub fn preview_within(
    quay: &Reader,
    namespace: &str,
    scopes: &[Scope<'_>],
    proposals: &Proposals,
) -> Result<Option<Preview>> {
    let server = Server::ask(quay);
    let reading = Reading { quay, server, proposals, preview: Preview::default() };
    let found: Vec<Option<Vec<Repository>>> =
        scopes.iter().map(|scope| reading.repositories(*scope)).collect::<Result<_>>()?;
    if found.iter().all(Option::is_none) {
        return Ok(None);
    }
    let is_whole = scopes.iter().any(|scope| matches!(scope, Scope::Namespace(_)));
    reading.run(namespace, is_whole, found.into_iter().flatten().flatten().collect()).map(Some)
}

struct Reading<'a> {
    quay: &'a Reader,
    server: Server,
    proposals: &'a Proposals,
    preview: Preview,
}

impl<'a> Reading<'a> {
    fn run(mut self, namespace: &str, is_whole: bool, mut repositories: Vec<Repository>) -> Result<Preview> {
        let (mut rules, mut now_there, mut default) = (Rules::default(), Rules::default(), Rules::default());
        if self.proposals.only_locks {
            // Nobody asks.
        } else if prune::KIND.is_off(&self.server) {
            self.preview.warn(format!("nothing is pruned: {}", server::off("AUTO_PRUNE")));
        } else {
            default = self.default_rules();
            (now_there, rules) = self.rules(Place::namespace(self.quay, &prune::KIND, namespace), namespace)?;
            for repository in &mut repositories {
                let place = Place::repository(self.quay, &prune::KIND, &repository.name)?;
                let (now, then) = self.rules(place, &repository.name)?;
                (repository.now, repository.rules) = (now.known, then.known);
            }
            if !is_whole {
                self.warn_of_siblings(namespace, &rules, &repositories);
            }
        }
        let locks = self.locks();
        // The default is applied by itself, once a day, and without the policies of users.
        let by_default = self.preview.is_working(namespace, &default, &[]);
        let by_policies = self.preview.is_working(namespace, &rules, &repositories);
        if by_policies && matches!(stuck(&now_there, &repositories, |repository| &repository.now), Some((_, true))) {
            let now = now_there.known.iter().chain(repositories.iter().flat_map(|repository| &repository.now));
            self.preview.freed = now.map(|rule| rule.name.clone()).collect();
        }
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
            let (name, tags) = (repository.name.clone(), repository.tags.len());
            self.preview.looked_at.push(LookedAt { name, tags, is_pruned: repository.is_pruned() });
            self.preview.lock(&mut repository, &locks, self.server.has("IMMUTABLE_TAGS_CAN_EXPIRE"));
            if by_default {
                self.prune_by_default(&default.known, &mut repository, now);
            }
            if by_policies {
                self.preview.prune(&rules.known, &repository, now);
            }
        }
        Ok(self.preview.end())
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
    fn warn_of_siblings(&mut self, namespace: &str, rules: &Rules, repositories: &[Repository]) {
        let mut pruned = repositories.iter().filter(|repository| !repository.rules.is_empty());
        if let (true, Some(Repository { name, .. })) = (rules.known.is_empty(), pruned.next()) {
            let more = pruned.count();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            self.preview.warn(format!(
                "policies of other repositories of {namespace} were not looked at; one of them may keep {name}{more} from being pruned"
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
        let policy = prune::of_server(&self.server);
        self.understood(policy.as_slice(), "the server's configuration")
    }

    /// The policies of a place as they are, as far as they are read, and as they are proposed.
    fn rules(&mut self, mut place: Place<'_>, name: &str) -> Result<(Rules, Rules)> {
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
                    let warning = format!("the auto-prune policies of {what} are not shown to this caller");
                    self.preview.note("repositories have policies that are not shown to this caller", warning);
                }
            }
        }
        let known = policies.iter().filter_map(|policy| Rule::of(policy, &what)).collect();
        let now = Rules { known, is_partial: is_hidden };
        policies.retain(|policy| !proposal.without.iter().any(|gone| gone.equals(policy)));
        policies.extend(proposed.into_iter().flatten().cloned());
        let mut rules = self.understood(&policies, &what);
        rules.is_partial |= is_hidden;
        Ok((now, rules))
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
                    let warning = format!("the auto-prune policy {name} of {place} is not understood and left out");
                    self.preview.note("policies are not understood and left out", warning);
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
            now: Vec::new(),
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
