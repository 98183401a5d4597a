//! What a new policy takes of the tags that are there, told with its plan.

use serde_json::{Value, json};

use super::{Preview, Proposal, Proposals, Rule, Scope, preview_of};
use crate::api::Reader;
use crate::error::Error;
use crate::plan::Plan;
use crate::quay::names::namespace_of;
use crate::quay::policy::{immutability, prune};
use crate::quay::text;

/// What a person calls what policies do.
pub const PRUNE: &str = "prune";
/// The same of locks.
const LOCK: &str = "lock";
/// So many tags are told by name.
const TOLD: usize = 100;

/// A policy that is new, or becomes this one.
#[derive(Clone)]
pub enum NewPolicy {
    /// Tags are pruned by it.
    Prune(prune::Policy),
    /// Tags are locked by it.
    Lock(immutability::Policy),
}

impl NewPolicy {
    /// What it takes of the tags of a preview, in which it was proposed for a place.
    fn taken<'p>(&self, preview: &'p Preview, scope: Scope<'_>) -> Vec<&'p Value> {
        match self {
            NewPolicy::Prune(policy) => {
                let name = Rule::of(policy, &scope.place()).map(|rule| rule.name);
                preview.prune.iter().filter(|entry| entry["policy"].as_str() == name.as_deref()).collect()
            }
            NewPolicy::Lock(policy) => {
                let Ok(matcher) = policy.matcher() else { return Vec::new() };
                let inside = preview.lock.iter().filter(|entry| scope.has(text(&entry["repository"])));
                inside.filter(|entry| matcher.judge(text(&entry["tag"])).locks).collect()
            }
        }
    }

    /// The policy beside those that stay.
    fn proposal(&self, gone: &[prune::Policy]) -> Proposal {
        let without = gone.to_vec();
        match self.clone() {
            NewPolicy::Prune(policy) => {
                Proposal { prune: Some(vec![policy]), adds: true, without, ..Proposal::default() }
            }
            NewPolicy::Lock(policy) => Proposal { lock: vec![policy], ..Proposal::default() },
        }
    }

    /// Adds to its plan, where it takes any, the names of the tags. Returns these, and the whole in a sentence.
    pub fn tell(&self, plan: &mut Plan, preview: &Preview, scope: Scope<'_>) -> Option<(Vec<String>, String)> {
        let taken = self.taken(preview, scope);
        if taken.is_empty() {
            return None;
        }
        let (verb, key) = match self {
            NewPolicy::Prune(_) => (PRUNE, "prunes_now"),
            NewPolicy::Lock(_) => (LOCK, "locks_now"),
        };
        let mut told: Vec<String> = taken.iter().take(TOLD).map(|entry| line(entry)).collect();
        if taken.len() > TOLD {
            told.push(format!("and {} more", taken.len() - TOLD));
        }
        plan.effects.insert(key.to_owned(), json!(told));
        Some((taken.iter().map(|entry| tag(entry)).collect(), preview.sentence(verb, taken.iter().copied(), scope)))
    }

    /// Tells what it takes in the result and the difference of its plan, where somebody looks at that: as many requests as a
    /// [`preview_of`] of the place, or of its whole namespace when one of the policies that go keeps that from being pruned.
    pub fn preview(&self, plan: &mut Plan, quay: &Reader, scope: Scope<'_>, gone: &[prune::Policy]) {
        if !quay.is_shown() {
            return;
        }
        let only_locks = matches!(self, NewPolicy::Lock(_));
        let proposals = Proposals { only_locks, ..Proposals::of(scope.name(), self.proposal(gone)) };
        let namespace = namespace_of(scope.name());
        let area = if gone.iter().any(Rule::blocks) { Scope::Namespace(namespace) } else { scope };
        match preview_of(quay, area, &proposals) {
            Ok(Some(preview)) => {
                let key = if only_locks { LOCK } else { PRUNE };
                let mut taken = self.taken(&preview, scope);
                if let Some((freed, sentence)) = preview.freed(namespace) {
                    taken.extend(freed);
                    plan.warn(sentence);
                }
                plan.give(key, taken.into_iter().cloned().collect::<Value>());
                if let Some((_, sentence)) = self.tell(plan, &preview, scope) {
                    plan.effects.insert("preview".to_owned(), json!(sentence));
                }
                plan.warnings.extend(preview.warnings);
            }
            Ok(None) => {}
            Err(error) => plan.warn(unseen(scope, &error)),
        }
    }
}

/// Why nothing is told.
pub fn unseen(scope: Scope<'_>, error: &Error) -> String {
    format!("which tags the new policies of {} take cannot be seen: {error}", scope.place())
}

/// The tag of an entry with its repository.
pub fn tag(entry: &Value) -> String {
    format!("{}:{}", text(&entry["repository"]), text(&entry["tag"]))
}

fn line(entry: &Value) -> String {
    let name = tag(entry);
    match (entry["borderline"] == true, entry["loses_expiration"] == true) {
        (true, _) => format!("{name} (borderline)"),
        (_, true) => format!("{name} (loses its expiration)"),
        _ => name,
    }
}
