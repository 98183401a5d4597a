//! What policies would do to the tags that are there now: which ones Quay's worker would prune, and which ones would be locked.
//!
//! Rebuilt from what the worker of Quay did to recorded repositories. Locking happens as soon as a policy is set, pruning within about
//! an hour, so that what is locked is pruned no more. Policies of a repository add to those of its namespace.

mod pattern;
mod proposal;
mod quantifiers;
mod reading;
mod rule;
mod told;
pub mod worker;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use proposal::{Proposal, Proposals, Scope};
pub use reading::{preview_of, preview_within};
pub use rule::{Limit, Rule};
pub use told::{NewPolicy, tag, unseen};

use super::immutability::{self, Matcher};
use crate::quay::history::{Entry, is_companion};
use crate::quay::text;
use told::PRUNE;

/// One repository as the worker finds it.
pub struct Repository {
    /// Full name.
    pub name: String,
    /// `NORMAL`, or a state in which nothing is pruned.
    pub state: String,
    /// The auto-prune policies of its own.
    pub rules: Vec<Rule>,
    /// Those that it has now, where others are proposed.
    pub now: Vec<Rule>,
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
    /// The repositories that were looked at.
    pub looked_at: Vec<LookedAt>,
    /// What a person has to know beside.
    pub warnings: Vec<String>,
    /// The policies that are there already, and work only once others are set or gone.
    freed: BTreeSet<String>,
    /// How many of a kind there were to warn of.
    noted: BTreeMap<&'static str, usize>,
}

/// A repository that was looked at.
pub struct LookedAt {
    /// Full name.
    pub name: String,
    /// How many live tags it has.
    pub tags: usize,
    /// Whether the worker prunes it at all.
    pub is_pruned: bool,
}

/// So many warnings of one kind are told, and so many tags by name in one.
const TOLD: usize = 10;

impl Preview {
    /// How many tags were looked at, and in how many repositories of a place; with `pruned` only of those which can be pruned.
    pub fn extent(&self, scope: Scope<'_>, pruned: bool) -> (usize, usize) {
        let inside = self.looked_at.iter().filter(|one| scope.has(&one.name) && (one.is_pruned || !pruned));
        (inside.clone().map(|one| one.tags).sum(), inside.count())
    }

    /// In one line: `would prune 3 of 12 tags in 2 repositories`, of those of a place.
    pub fn sentence<'e>(
        &self,
        verb: &str,
        listed: impl Iterator<Item = &'e Value> + Clone,
        scope: Scope<'_>,
    ) -> String {
        let (tags, repositories) = self.extent(scope, verb == PRUNE);
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

    /// What policies take that are there already and come free, as the whole namespace was stuck, and that in a sentence.
    pub fn freed(&self, namespace: &str) -> Option<(Vec<&Value>, String)> {
        let freed: Vec<&Value> =
            self.prune.iter().filter(|entry| self.freed.contains(text(&entry["policy"]))).collect();
        let sentence = self.sentence(PRUNE, freed.iter().copied(), Scope::Namespace(namespace));
        let names: Vec<String> = freed.iter().take(TOLD).map(|entry| tag(entry)).collect();
        let more = if freed.len() > TOLD { format!(" and {} more", freed.len() - TOLD) } else { String::new() };
        (!freed.is_empty()).then(|| {
            let told = format!(
                "auto-pruning is stuck for the whole namespace {namespace} and will work again: policies that are there already {sentence}: \
                 {}{more}",
                names.join(", ")
            );
            (freed, told)
        })
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Warns of one of a kind of which there can be one for each repository.
    fn note(&mut self, kind: &'static str, warning: String) {
        if self.warnings.contains(&warning) {
            return;
        }
        let count = self.noted.entry(kind).or_default();
        *count += 1;
        if *count <= TOLD {
            self.warnings.push(warning);
        }
    }

    /// Tells how many were not told of.
    fn end(mut self) -> Preview {
        let noted = std::mem::take(&mut self.noted).into_iter().filter(|(_, count)| *count > TOLD);
        self.warnings.extend(noted.map(|(kind, count)| format!("{} more {kind}", count - TOLD)));
        self
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
        let warnings = all().filter_map(Rule::warning);
        warnings.for_each(|warning| self.note("policies with a pattern that depends on the database", warning));
        let Some((why, is_sure)) = stuck(rules, repositories, |repository| &repository.rules) else { return true };
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
        for tie in &outcome.ties {
            self.note("policies whose border is between tags of one second", tie.sentence(&repository.name));
        }
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
            let warning = format!("{} has signatures, which only a Quay newer than 3.18.0 keeps", repository.name);
            self.note("repositories have signatures", warning);
        }
    }
}

/// The policy that ends the worker's task, and why: every hour anew, without a sign in the API; and whether that is sure. What policies
/// before it take is not known, because the order of the repositories is not. `of` chooses the policies of a repository.
fn stuck(rules: &Rules, repositories: &[Repository], of: fn(&Repository) -> &Vec<Rule>) -> Option<(String, bool)> {
    let pruned = repositories.iter().filter(|repository| repository.is_pruned()).flat_map(of);
    if let Some(rule) = rules.known.iter().chain(pruned).find(|rule| rule.is_refused()) {
        return Some((format!("{} (no database accepts its pattern)", rule.name), true));
    }
    if !rules.known.is_empty() {
        // With a policy of the namespace the worker goes from repository to repository, and passes over those.
        return None;
    }
    let mut frozen = repositories.iter().filter(|repository| !repository.is_pruned());
    let (repository, rule) = frozen.find_map(|frozen| Some((frozen, of(frozen).first()?)))?;
    Some((format!("{} (the repository is in the state {})", rule.name, repository.state), !rules.is_partial))
}

#[cfg(test)]
mod tests;
