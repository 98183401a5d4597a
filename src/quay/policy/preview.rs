//! What policies would do to the tags that are there now: which ones Quay's worker would prune, and which ones would be locked.
//!
//! Rebuilt from what the worker of Quay did to recorded repositories. Locking happens as soon as a policy is set, pruning within about
//! an hour, so that what is locked is pruned no more. Policies of a repository add to those of its namespace.

mod pattern;
mod rule;
mod survey;
pub mod worker;

use serde_json::{Value, json};

pub use rule::Rule;
pub use survey::{Proposal, Scope, survey};

use super::immutability;
use crate::quay::history::Entry;
use crate::quay::python;

/// One repository as the worker finds it.
pub struct Repository {
    /// Full name.
    pub name: String,
    /// `NORMAL`, or a state in which nothing is pruned.
    pub state: String,
    /// The auto-prune policies of its own.
    pub rules: Vec<Rule>,
    /// Live tags in the order of Quay's list.
    pub tags: Vec<Entry>,
}

impl Repository {
    /// Whether the worker prunes it at all.
    pub fn is_pruned(&self) -> bool {
        self.state == "NORMAL"
    }
}

/// What would happen.
#[derive(Default)]
pub struct Preview {
    /// Tags that would be pruned: repository, tag, digest, age in seconds, policy, borderline.
    pub prune: Vec<Value>,
    /// Tags that would be locked: repository, tag, whether it loses its expiration.
    pub lock: Vec<Value>,
    /// How many tags were looked at.
    pub tags: usize,
    /// How many repositories were looked at.
    pub repositories: usize,
    /// What a person has to know beside.
    pub warnings: Vec<String>,
}

impl Preview {
    /// In one line: `would prune 3 of 12 tags in 2 repositories`.
    pub fn sentence<'e>(&self, verb: &str, listed: impl Iterator<Item = &'e Value> + Clone) -> String {
        let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        let borderline = listed.clone().filter(|entry| entry["borderline"] == true).count();
        let hint = if borderline == 0 { String::new() } else { format!(" ({borderline} borderline)") };
        format!(
            "would {verb} {} of {} in {}{hint}",
            listed.count(),
            plural(self.tags, "tag", "tags"),
            plural(self.repositories, "repository", "repositories")
        )
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Locks the tags that a new policy selects; in `tags` they are locked from then on.
    pub fn lock(&mut self, repository: &mut Repository, policies: &[immutability::Policy], keeps_expiration: bool) {
        for policy in policies {
            if let Err(why) = python::compile(&policy.tag_pattern) {
                self.warn(format!("what an immutability policy locks is not known: {why}"));
            }
        }
        for tag in repository.tags.iter_mut().filter(|tag| !tag.is_locked()) {
            if policies.iter().any(|policy| policy.locks(&tag.name)) {
                tag.immutable = Some(true);
                let loses = tag.end_ts.is_some() && !keeps_expiration;
                self.lock.push(json!({"repository": repository.name, "tag": tag.name, "loses_expiration": loses}));
            }
        }
    }

    /// Prunes the repositories of a namespace, of which all that have policies are given, as the worker does.
    pub fn prune(&mut self, namespace: &str, rules: &[Rule], repositories: &[Repository], now: i64) {
        let all = || rules.iter().chain(repositories.iter().flat_map(|repository| &repository.rules));
        all().filter_map(Rule::warning).for_each(|warning| self.warn(warning));
        if let Some(why) = stuck(rules, repositories) {
            self.warn(format!(
                "auto-pruning is stuck for the whole namespace {namespace} until this policy is gone: {why}"
            ));
            return;
        }
        for repository in repositories.iter().filter(|repository| repository.is_pruned()) {
            let rules: Vec<&Rule> = rules.iter().chain(&repository.rules).collect();
            for taken in worker::taken(&repository.tags, &rules, now) {
                self.prune.push(json!({
                    "repository": repository.name,
                    "tag": taken.tag.name,
                    "manifest_digest": taken.tag.manifest_digest,
                    "age": (now - taken.tag.start_ts).max(0),
                    "policy": taken.policy,
                    "borderline": taken.borderline,
                }));
            }
            if !rules.is_empty() && repository.tags.iter().any(|tag| worker::is_companion(&tag.name)) {
                self.warn(format!("{} has signatures, which only a Quay newer than 3.18.0 keeps", repository.name));
            }
        }
    }
}

/// The policy that ends the worker's task, and why: every hour anew, without a sign in the API. What policies before it take is not
/// known, because the order of the repositories is not.
fn stuck(rules: &[Rule], repositories: &[Repository]) -> Option<String> {
    let pruned =
        repositories.iter().filter(|repository| repository.is_pruned()).flat_map(|repository| &repository.rules);
    if let Some(rule) = rules.iter().chain(pruned).find(|rule| rule.is_refused()) {
        return Some(format!("{} (no database accepts its pattern)", rule.name));
    }
    // With a policy of the namespace the worker goes from repository to repository, and passes over these.
    let frozen = repositories.iter().find(|repository| !repository.is_pruned() && !repository.rules.is_empty());
    let (repository, rule) =
        frozen.filter(|_| rules.is_empty()).and_then(|frozen| Some((frozen, frozen.rules.first()?)))?;
    Some(format!("{} (the repository is in the state {})", rule.name, repository.state))
}

#[cfg(test)]
mod tests;
