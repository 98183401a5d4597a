//! What new policies do to the tags that are there: told with each policy, and counted against a ceiling of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::apply::kinds::Kind;
use crate::apply::kinds::names::ObjectName;
use crate::apply::kinds::section::{Place, Section};
use crate::apply::planning::{PlannedItem, Refusals, Unchecked};
use crate::apply::report::Action;
use crate::plan::Plan;
use crate::quay::names::namespace_of;
use crate::quay::policy::preview::{NewPolicy, Proposal, Proposals, Rule, Scope, preview_within, tag, unseen};
use crate::quay::policy::{immutability, prune};

/// What one object does to the policies of its place.
struct Change {
    /// Which object.
    index: usize,
    /// The namespace, or the full name of the repository.
    place: String,
    new: Vec<NewPolicy>,
    gone: Vec<prune::Policy>,
}

impl Change {
    /// Whether a policy goes that keeps the whole namespace from being pruned.
    fn frees(&self) -> bool {
        self.gone.iter().any(Rule::blocks)
    }
}

/// Tells with each new or changed policy which tags it would prune or lock now, and refuses the run when those are more than it may.
/// Policies of a namespace and of its repositories are judged together, as they work together. A place that the run itself makes has
/// no tags yet.
pub fn tell(plans: &mut Unchecked<'_>) -> Refusals {
    let objects = &plans.plans.objects;
    let made: Vec<ObjectName> = objects
        .iter()
        .filter(|object| object.action == Action::Create)
        .filter_map(|object| object.item.makes().cloned())
        .collect();
    let mut namespaces: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    let objects = objects.iter().enumerate().filter(|(_, object)| object.has_steps());
    for change in objects.filter_map(change).filter(|change| !is_made(&change.place, &made)) {
        // A namespace has no slash, and is one of its own.
        namespaces.entry(namespace_of(&change.place).to_owned()).or_default().push(change);
    }
    namespaces.values().for_each(|changes| changes.iter().for_each(|change| show_others(plans, change, changes)));
    // Policies can take the same tag.
    let mut all: BTreeSet<String> = BTreeSet::new();
    for (namespace, changes) in &namespaces {
        if let Err(why) = tell_of(plans, namespace, changes, &proposals(changes), &mut all) {
            return why;
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

/// Shows with a policy of a namespace those beside it, which stay: the plans of repositories tell all, those of namespaces the one
/// policy that they are about.
fn show_others(plans: &mut Unchecked<'_>, change: &Change, changes: &[Change]) {
    let Some(PlannedItem { item, plan: Some(plan), .. }) = plans.plans.objects.get_mut(change.index) else { return };
    let Some(Section { kind: Kind::PrunePolicies, place: Place::Organization, list: Some(list), .. }) = item.section
    else {
        return;
    };
    // The plan has read them. Where it could not, there is none.
    let Ok(found) = plans.server.reader.list(&(list.path)(&change.place), list.key) else { return };
    let (before, after) = (policies(&plan.before, "policies"), policies(&plan.after, "policies"));
    let leave = |one: &prune::Policy| changes.iter().flat_map(|change| &change.gone).any(|gone| gone.equals(one));
    let is_told = |one: &prune::Policy| before.iter().chain(&after).any(|told| told.equals(one));
    let others: Vec<prune::Policy> = found.iter().filter_map(|entry| prune::Policy::deserialize(entry).ok()).collect();
    let others: Vec<&prune::Policy> = others.iter().filter(|one| !is_told(one) && !leave(one)).collect();
    if !others.is_empty() {
        for (side, own) in [(&mut plan.before, &before), (&mut plan.after, &after)] {
            side.insert("policies".into(), prune::shown(own.iter().chain(others.iter().copied())));
        }
    }
}

/// The policies on one side of a difference.
fn policies(side: &Map<String, Value>, key: &str) -> Vec<prune::Policy> {
    side.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(prune::of_shown).collect()
}

/// Adds to the plans of what changes within the namespace the tags that it takes, and these to `all`.
fn tell_of(
    plans: &mut Unchecked<'_>,
    namespace: &str,
    changes: &[Change],
    proposals: &Proposals,
    all: &mut BTreeSet<String>,
) -> Result<(), Refusals> {
    let scopes = scopes(namespace, changes);
    let preview = match preview_within(&plans.server.reader, namespace, &scopes, proposals) {
        Ok(Some(preview)) => preview,
        Ok(None) => return Ok(()),
        Err(error) => {
            let place = if let [one] = &*scopes { *one } else { Scope::Namespace(namespace) };
            let why = plans.server.hide(&unseen(place, &error));
            return match plans.limits.max_policy_tags {
                Some(_) => Err(Refusals::here(vec![why])),
                None => {
                    plans.notes.warnings.push(why);
                    Ok(())
                }
            };
        }
    };
    if let Some((freed, sentence)) = preview.freed(namespace) {
        all.extend(freed.into_iter().map(tag));
        plans.notes.warnings.push(plans.server.hide(&sentence));
    }
    for change in changes {
        let object = plans.plans.objects.get_mut(change.index);
        let Some(plan) = object.and_then(|object| object.plan.as_mut()) else { continue };
        for policy in &change.new {
            if let Some((names, sentence)) = policy.tell(plan, &preview, Scope::of(&change.place)) {
                plan.warn(sentence);
                all.extend(names);
            }
        }
    }
    plans.notes.warnings.extend(preview.warnings.iter().map(|warning| plans.server.hide(warning)));
    Ok(())
}

/// What has to be looked at: all of the namespace when that gets a policy or is kept from being pruned by one that goes, else the
/// repositories that get policies.
fn scopes<'a>(namespace: &'a str, changes: &'a [Change]) -> Vec<Scope<'a>> {
    let places: BTreeSet<&str> =
        changes.iter().filter(|change| !change.new.is_empty()).map(|change| &*change.place).collect();
    match places.contains(namespace) || changes.iter().any(Change::frees) {
        true => vec![Scope::Namespace(namespace)],
        false => places.into_iter().map(Scope::of).collect(),
    }
}

/// What the places will have beside what they have.
fn proposals(changes: &[Change]) -> Proposals {
    let mut proposals = Proposals { only_locks: !changes.iter().any(Change::frees), ..Proposals::default() };
    for change in changes {
        let empty = || Proposal { adds: true, ..Proposal::default() };
        let proposal = proposals.places.entry(change.place.clone()).or_insert_with(empty);
        proposal.without.extend_from_slice(&change.gone);
        for policy in &change.new {
            match policy.clone() {
                NewPolicy::Lock(policy) => proposal.lock.push(policy),
                NewPolicy::Prune(policy) => {
                    proposal.prune.get_or_insert_default().push(policy);
                    proposals.only_locks = false;
                }
            }
        }
    }
    proposals
}

fn is_made(place: &str, made: &[ObjectName]) -> bool {
    made.iter().any(|made| match made {
        ObjectName::Organization(made) => made == namespace_of(place),
        ObjectName::Repository(made) => made == place,
        _ => false,
    })
}

/// What an object does to policies, if anything.
fn change((index, object): (usize, &PlannedItem)) -> Option<Change> {
    let plan = object.plan.as_ref()?;
    let side = if plan.after.is_empty() { &plan.before } else { &plan.after };
    // A task is of the kind of its module.
    let key = match object.item.section?.kind {
        Kind::PrunePolicies => Some("policies"),
        // The deprecated options make policies, too.
        Kind::Organizations | Kind::Repositories => Some("auto_prune"),
        Kind::ImmutabilityPolicies => None,
        _ => return None,
    };
    let (new, gone) = match key {
        Some(key) => {
            let (before, after) = (policies(&plan.before, key), policies(&plan.after, key));
            let lacks = |list: &[prune::Policy], one: &prune::Policy| !list.iter().any(|other| other.equals(one));
            let new: Vec<NewPolicy> =
                after.iter().filter(|one| lacks(&before, one)).cloned().map(NewPolicy::Prune).collect();
            (new, before.into_iter().filter(|one| lacks(&after, one)).collect())
        }
        None => (lock_policy(plan).map(NewPolicy::Lock).into_iter().collect(), Vec::new()),
    };
    let place = ["repository", "namespace", "name"].iter().find_map(|key| side.get(*key)?.as_str())?.to_owned();
    (!new.is_empty() || !gone.is_empty()).then_some(Change { index, place, new, gone })
}

/// As the plan leaves it: without a behavior, a policy keeps its own.
fn lock_policy(plan: &Plan) -> Option<immutability::Policy> {
    let behavior = plan.after.get("behavior").and_then(Value::as_str);
    Some(immutability::Policy::wanted(plan.after.get("tag_pattern")?.as_str()?, behavior))
}
