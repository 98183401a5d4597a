//! What new policies do to the tags that are there: told with each policy, and counted against a ceiling of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::apply::kinds::Kind;
use crate::apply::kinds::names::ObjectName;
use crate::apply::planning::{PlannedItem, Refusals, Unchecked};
use crate::apply::report::Action;
use crate::quay::policy::preview::{Preview, Proposal, Rule, Scope, survey};
use crate::quay::policy::{immutability, prune};
use crate::quay::{text, written};

/// So many tags are told by name.
const TOLD: usize = 100;

/// The namespace or the repository whose policies change.
type Place = (bool, String);

/// Tells with each new or changed policy which tags it would prune or lock now, and refuses the run when those are more than it may.
/// A place that the run itself makes has no tags yet.
pub fn tell(plans: &mut Unchecked<'_>) -> Refusals {
    let mut changed: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    let objects = &plans.plans.objects;
    let new: Vec<ObjectName> = objects
        .iter()
        .filter(|object| object.action == Action::Create)
        .filter_map(|object| object.item.makes())
        .collect();
    for (index, object) in objects.iter().enumerate().filter(|(_, object)| object.has_steps()) {
        if let Some(place) = place(object).filter(|place| !is_made(place, &new)) {
            changed.entry(place).or_default().push(index);
        }
    }
    // Policies of both levels can take the same tag.
    let mut all: BTreeSet<String> = BTreeSet::new();
    for (place, indices) in changed {
        let objects = &mut plans.plans.objects;
        let adds = indices.iter().any(|index| objects[*index].action != Action::Remove);
        if !adds {
            continue;
        }
        let scope = scope(&place);
        let proposal = proposal(indices.iter().map(|index| &objects[*index]));
        match survey(&plans.server.reader, scope, &proposal) {
            Ok(Some(preview)) => {
                for index in &indices {
                    all.extend(add(&mut objects[*index], scope, &preview));
                }
                plans.notes.warnings.extend(preview.warnings.iter().map(|warning| plans.server.hide(warning)));
            }
            Ok(None) => {}
            Err(error) => {
                let why = format!("which tags the new policies of {} take cannot be seen: {error}", scope.place());
                match plans.limits.max_policy_tags {
                    Some(_) => return Refusals::here(vec![plans.server.hide(&why)]),
                    None => plans.notes.warnings.push(plans.server.hide(&why)),
                }
            }
        }
    }
    let count = all.len();
    let most = plans.limits.max_policy_tags.filter(|most| count as u64 > *most);
    let refusal = most.map(|most| {
        format!(
            "{count} tags would be pruned or locked by new policies, and max_policy_tags permits {most}; raise it (--max-policy-tags), \
             or look for the mistake"
        )
    });
    Refusals::everywhere(refusal.into_iter().collect())
}

fn place(object: &PlannedItem) -> Option<Place> {
    if !matches!(object.item.kind, Kind::PrunePolicies | Kind::ImmutabilityPolicies) {
        return None;
    }
    let of = |option: &str, is_repository| Some((is_repository, object.item.text(option)?.to_owned()));
    of("repository", true).or_else(|| of("namespace", false))
}

fn is_made(place: &Place, new: &[ObjectName]) -> bool {
    let (is_repository, name) = place;
    let namespace = name.split('/').next().unwrap_or_default();
    new.iter().any(|made| match made {
        ObjectName::Organization(made) => made == namespace,
        ObjectName::Repository(made) => *is_repository && made == name,
        _ => false,
    })
}

fn scope(place: &Place) -> Scope<'_> {
    if place.0 { Scope::Repository(&place.1) } else { Scope::Namespace(&place.1) }
}

/// What the place will have beside what it has.
fn proposal<'a>(objects: impl Iterator<Item = &'a PlannedItem>) -> Proposal {
    let mut proposal = Proposal { prune: Some(Vec::new()), adds: true, ..Proposal::default() };
    for object in objects {
        match (object.action == Action::Remove, prune_policy(object), lock_policy(object)) {
            (true, Some(policy), _) => proposal.without.push(policy),
            (false, Some(policy), _) => proposal.prune.get_or_insert_default().push(policy),
            (false, None, Some(policy)) => proposal.lock.push(policy),
            (_, None, _) => {}
        }
    }
    proposal
}

fn prune_policy(object: &PlannedItem) -> Option<prune::Policy> {
    let options = &object.item.options;
    let value = written(options.get("value").filter(|_| object.item.kind == Kind::PrunePolicies)?);
    let pattern = object.item.text("tag_pattern").map(str::to_owned);
    let matches = options.get("tag_pattern_matches") != Some(&json!(false));
    prune::Policy::wanted(object.item.text("method")?, &value, pattern, matches).ok()
}

/// As the plan leaves it: without a behavior, a policy keeps its own.
fn lock_policy(object: &PlannedItem) -> Option<immutability::Policy> {
    let after = &object.plan.as_ref().filter(|_| object.item.kind == Kind::ImmutabilityPolicies)?.after;
    Some(immutability::Policy::wanted(
        after.get("tag_pattern")?.as_str()?,
        after.get("behavior").and_then(Value::as_str),
    ))
}

/// Adds to a plan the tags that its policy takes, and names them.
fn add(object: &mut PlannedItem, scope: Scope<'_>, preview: &Preview) -> Vec<String> {
    if object.action == Action::Remove {
        return Vec::new();
    }
    let (verb, key, taken) = match (prune_policy(object), lock_policy(object)) {
        (Some(policy), _) => {
            let Some(rule) = Rule::of(&policy, &scope.place()) else { return Vec::new() };
            ("prune", "prunes_now", preview.prune.iter().filter(|entry| entry["policy"] == *rule.name).collect())
        }
        (None, Some(policy)) => {
            let Ok(matcher) = policy.matcher() else { return Vec::new() };
            let locked = preview.lock.iter().filter(|entry| matcher.judge(text(&entry["tag"])).locks);
            ("lock", "locks_now", locked.collect::<Vec<&Value>>())
        }
        (None, None) => return Vec::new(),
    };
    let Some(plan) = object.plan.as_mut().filter(|_| !taken.is_empty()) else { return Vec::new() };
    let mut told: Vec<String> = taken.iter().take(TOLD).map(|entry| line(entry)).collect();
    if taken.len() > TOLD {
        told.push(format!("and {} more", taken.len() - TOLD));
    }
    plan.warn(preview.sentence(verb, taken.iter().copied()));
    plan.after.insert(key.to_owned(), json!(told));
    taken.iter().map(|entry| name(entry)).collect()
}

fn name(entry: &Value) -> String {
    format!("{}:{}", text(&entry["repository"]), text(&entry["tag"]))
}

fn line(entry: &Value) -> String {
    let name = name(entry);
    match (entry["borderline"] == true, entry["loses_expiration"] == true) {
        (true, _) => format!("{name} (borderline)"),
        (_, true) => format!("{name} (loses its expiration)"),
        _ => name,
    }
}
