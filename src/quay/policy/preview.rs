//! What policies would do to the tags that are there now: which ones Quay's worker would prune, and which ones would be locked.
//!
//! Rebuilt from what the worker of Quay did to recorded repositories. Locking happens as soon as a policy is set, pruning within about
//! an hour, so that what is locked is pruned no more. Policies of a repository add to those of its namespace.

mod pattern;
mod proposal;
mod quantifiers;
mod rule;
mod survey;
mod told;
pub mod worker;

use serde_json::{Value, json};

pub use proposal::{Proposal, Proposals, Scope};
pub use rule::Rule;
pub use survey::survey;
pub use told::{NewPolicy, unseen};

use super::immutability::{self, Matcher};
use crate::quay::history::{Entry, is_companion};

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

/// The policies of a namespace.
#[derive(Default)]
pub struct Rules {
    /// Those that could be read.
    pub known: Vec<Rule>,
    /// Whether there may be others, which the caller may not see or which are not understood.
    pub is_partial: bool,
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
    /// The repositories that were looked at, and how many tags each has.
    pub looked_at: Vec<(String, usize)>,
    /// What a person has to know beside.
    pub warnings: Vec<String>,
}

impl Preview {
    /// How many tags were looked at, and in how many repositories of a place.
    pub fn extent(&self, scope: Scope<'_>) -> (usize, usize) {
        let inside = self.looked_at.iter().filter(|(name, _)| scope.has(name));
        (inside.clone().map(|(_, tags)| tags).sum(), inside.count())
    }

    /// In one line: `would prune 3 of 12 tags in 2 repositories`, of those of a place.
    pub fn sentence<'e>(
        &self,
        verb: &str,
        listed: impl Iterator<Item = &'e Value> + Clone,
        scope: Scope<'_>,
    ) -> String {
        let (tags, repositories) = self.extent(scope);
        let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        let borderline = listed.clone().filter(|entry| entry["borderline"] == true).count();
        let hint = if borderline == 0 { String::new() } else { format!(" ({borderline} borderline)") };
        format!(
            "would {verb} {} of {} in {}{hint}",
            listed.count(),
            plural(tags, "tag", "tags"),
            plural(repositories, "repository", "repositories")
        )
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Makes immutability policies ready for [`Preview::lock`]; those that are not understood are told and left out.
    pub fn matchers(&mut self, policies: &[immutability::Policy]) -> Vec<Matcher> {
        let mut told = |why| self.warn(format!("what an immutability policy locks is not known: {why}"));
        policies.iter().filter_map(|policy| policy.matcher().map_err(&mut told).ok()).collect()
    }

    /// Locks the tags that a new policy selects; in `tags` they are locked from then on.
    pub fn lock(&mut self, repository: &mut Repository, policies: &[&Matcher], keeps_expiration: bool) {
        for tag in repository.tags.iter_mut().filter(|tag| !tag.is_locked()) {
            let locks = policies.iter().any(|policy| {
                let verdict = policy.judge(&tag.name);
                if verdict.is_slow {
                    self.warn(format!("the pattern {} takes long, and Quay counts that as no match", policy.pattern));
                }
                verdict.locks
            });
            if locks {
                tag.immutable = Some(true);
                let loses = tag.end_ts.is_some() && !keeps_expiration;
                self.lock.push(json!({"repository": repository.name, "tag": tag.name, "loses_expiration": loses}));
            }
        }
    }

    /// Tells what there is to know about the policies of a namespace as a whole, and whether the worker prunes by them at all.
    ///
    /// All repositories that have policies are given, without their tags; `rules` are the policies of the namespace.
    pub fn is_working(&mut self, namespace: &str, rules: &Rules, repositories: &[Repository]) -> bool {
        let all = || rules.known.iter().chain(repositories.iter().flat_map(|repository| &repository.rules));
        all().filter_map(Rule::warning).for_each(|warning| self.warn(warning));
        let Some((why, is_sure)) = stuck(rules, repositories) else { return true };
        let (verb, condition) = match is_sure {
            true => ("is", ""),
            false => ("may be", ", unless the namespace has policies that are not known"),
        };
        self.warn(format!(
            "auto-pruning {verb} stuck for the whole namespace {namespace} until this policy is gone{condition}: {why}"
        ));
        !is_sure
    }

    /// Prunes a repository as the worker does, by the policies of its namespace and its own.
    pub fn prune(&mut self, rules: &[Rule], repository: &Repository, now: i64) {
        let rules: Vec<&Rule> = rules.iter().chain(&repository.rules).collect();
        if !repository.is_pruned() || rules.is_empty() {
            return;
        }
        let outcome = worker::outcome(&repository.tags, &rules, now);
        outcome.ties.iter().for_each(|tie| self.warn(tie.sentence(&repository.name)));
        for taken in outcome.taken {
            self.prune.push(json!({
                "repository": repository.name,
                "tag": taken.tag.name,
                "manifest_digest": taken.tag.manifest_digest,
                "age": (now - taken.tag.start_ts).max(0),
                "policy": taken.policy,
                "borderline": taken.borderline,
            }));
        }
        if repository.tags.iter().any(|tag| is_companion(&tag.name)) {
            self.warn(format!("{} has signatures, which only a Quay newer than 3.18.0 keeps", repository.name));
        }
    }
}

/// The policy that ends the worker's task, and why: every hour anew, without a sign in the API; and whether that is sure. What policies
/// before it take is not known, because the order of the repositories is not.
fn stuck(rules: &Rules, repositories: &[Repository]) -> Option<(String, bool)> {
    let pruned =
        repositories.iter().filter(|repository| repository.is_pruned()).flat_map(|repository| &repository.rules);
    if let Some(rule) = rules.known.iter().chain(pruned).find(|rule| rule.is_refused()) {
        return Some((format!("{} (no database accepts its pattern)", rule.name), true));
    }
    if !rules.known.is_empty() {
        // With a policy of the namespace the worker goes from repository to repository, and passes over those.
        return None;
    }
    let mut frozen = repositories.iter().filter(|repository| !repository.is_pruned());
    let (repository, rule) = frozen.find_map(|frozen| Some((frozen, frozen.rules.first()?)))?;
    Some((format!("{} (the repository is in the state {})", rule.name, repository.state), !rules.is_partial))
}

#[cfg(test)]
mod tests;
