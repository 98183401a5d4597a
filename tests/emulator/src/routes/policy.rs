//! Pruning and immutability policies of organizations, repositories and the caller's own namespace.

use fancy_regex::Regex;
use serde_json::{Value, json};

use super::{Right, Route, delete, get, post, put};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{
        ImmutabilityPolicy, PrunePolicy, Repository, Role,
        clock::{now, parse_span},
        ids,
    },
    version::Version,
};

const REPO: Right = Right::Repository(Role::Admin);
const ORG: Right = Right::NamespaceAdmin;
const OWN: Right = Right::Account("user:admin");
const PRUNE: &[&str] = &["AUTO_PRUNE"];
const LOCK: &[&str] = &["IMMUTABLE_TAGS"];

pub(super) const ROUTES: &[Route] = &[
    get("organization/{orgname}/autoprunepolicy/", list_prune).needs(ORG).features(PRUNE),
    post("organization/{orgname}/autoprunepolicy/", create_prune).body().needs(ORG).features(PRUNE),
    get("organization/{orgname}/autoprunepolicy/{policy_uuid}", show_prune).needs(ORG).features(PRUNE),
    put("organization/{orgname}/autoprunepolicy/{policy_uuid}", update_prune).body().needs(ORG).features(PRUNE),
    delete("organization/{orgname}/autoprunepolicy/{policy_uuid}", remove_prune).needs(ORG).features(PRUNE),
    get("repository/{repository}/autoprunepolicy/", list_prune).needs(REPO).features(PRUNE),
    post("repository/{repository}/autoprunepolicy/", create_prune).body().needs(REPO).features(PRUNE),
    get("repository/{repository}/autoprunepolicy/{policy_uuid}", show_prune).needs(REPO).features(PRUNE),
    put("repository/{repository}/autoprunepolicy/{policy_uuid}", update_prune).body().needs(REPO).features(PRUNE),
    delete("repository/{repository}/autoprunepolicy/{policy_uuid}", remove_prune).needs(REPO).features(PRUNE),
    get("user/autoprunepolicy/", list_prune).needs(OWN).features(PRUNE),
    post("user/autoprunepolicy/", create_prune).body().needs(OWN).features(PRUNE),
    get("user/autoprunepolicy/{policy_uuid}", show_prune).needs(OWN).features(PRUNE),
    put("user/autoprunepolicy/{policy_uuid}", update_prune).body().needs(OWN).features(PRUNE),
    delete("user/autoprunepolicy/{policy_uuid}", remove_prune).needs(OWN).features(PRUNE),
    get("organization/{orgname}/immutabilitypolicy/", list_locks).needs(ORG).features(LOCK),
    post("organization/{orgname}/immutabilitypolicy/", create_lock).body().needs(ORG).features(LOCK),
    get("organization/{orgname}/immutabilitypolicy/{policy_uuid}", show_lock).needs(ORG).features(LOCK),
    put("organization/{orgname}/immutabilitypolicy/{policy_uuid}", update_lock).body().needs(ORG).features(LOCK),
    delete("organization/{orgname}/immutabilitypolicy/{policy_uuid}", remove_lock).needs(ORG).features(LOCK),
    get("repository/{repository}/immutabilitypolicy/", list_locks).needs(REPO).features(LOCK),
    post("repository/{repository}/immutabilitypolicy/", create_lock).body().needs(REPO).features(LOCK),
    get("repository/{repository}/immutabilitypolicy/{policy_uuid}", show_lock).needs(REPO).features(LOCK),
    put("repository/{repository}/immutabilitypolicy/{policy_uuid}", update_lock).body().needs(REPO).features(LOCK),
    delete("repository/{repository}/immutabilitypolicy/{policy_uuid}", remove_lock).needs(REPO).features(LOCK),
];

/// What the path speaks of: a namespace, and perhaps a repository in it.
fn place(call: &Call) -> (String, Option<String>) {
    if !call.param("repository").is_empty() {
        let (namespace, name) = call.repository_path();
        return (namespace, Some(name));
    }
    let organization = call.param("orgname");
    (if organization.is_empty() { call.user_name() } else { organization }, None)
}

fn log(call: &mut Call, kind: &str, data: Value) {
    let (namespace, repository) = place(call);
    call.log(kind, Some(&namespace), repository.as_deref(), data);
}

/// What Quay calls the place in its texts.
fn place_word(call: &Call) -> &'static str {
    if call.param("repository").is_empty() { "namespace" } else { "repository" }
}

fn prune_policies<'a>(call: &'a mut Call) -> Result<&'a mut Vec<PrunePolicy>, Answer> {
    let (namespace, repository) = place(call);
    let owner = call.state.namespace_mut(&namespace).ok_or_else(Answer::not_found)?;
    match repository {
        None => Ok(&mut owner.prune),
        Some(name) => owner.repositories.get_mut(&name).map(|found| &mut found.prune).ok_or_else(Answer::not_found),
    }
}

fn prune_view(version: Version, policy: &PrunePolicy) -> Value {
    let mut view = json!({ "method": policy.method, "uuid": policy.uuid, "value": policy.value });
    if version.since(13) {
        view["tagPattern"] = policy.tag_pattern.clone().into();
        view["tagPatternMatches"] = policy.tag_pattern_matches.into();
    }
    view
}

/// A superuser who asks for the policies of a namespace that does not exist gets an empty list.
fn is_nowhere(call: &Call) -> bool {
    let (namespace, repository) = place(call);
    repository.is_none() && call.state.namespace(&namespace).is_none()
}

fn list_prune(call: &mut Call) -> Outcome {
    if is_nowhere(call) {
        return Answer::ok(&json!({ "policies": [] }));
    }
    let version = call.settings.version;
    let policies: Vec<Value> = prune_policies(call)?.iter().map(|policy| prune_view(version, policy)).collect();
    Answer::ok(&json!({ "policies": policies }))
}

fn show_prune(call: &mut Call) -> Outcome {
    let (uuid, version) = (call.param("policy_uuid"), call.settings.version);
    let found = prune_policies(call)?.iter().find(|policy| policy.uuid == uuid);
    let found = found.map(|policy| prune_view(version, policy));
    Answer::ok(&found.ok_or_else(Answer::not_found)?)
}

/// Before 3.13 a pattern is dropped, and there is one policy a place.
fn wanted_prune(call: &mut Call, uuid: &str) -> Result<PrunePolicy, Answer> {
    let patterns = call.settings.version.since(13);
    let wanted = PrunePolicy {
        uuid: uuid.to_owned(),
        method: call.text("method").unwrap_or_default(),
        value: call.body["value"].clone(),
        tag_pattern: call.text("tagPattern").filter(|_| patterns).map(|pattern| pattern.trim().to_owned()),
        tag_pattern_matches: call.body.get("tagPatternMatches").and_then(Value::as_bool).unwrap_or(true),
    };
    let valid = match wanted.method.as_str() {
        "number_of_tags" => wanted.value.as_i64().is_some_and(|count| count > 0),
        "creation_date" => wanted.value.as_str().and_then(parse_span).is_some_and(|seconds| seconds > 0),
        _ => return Err(Answer::invalid("Invalid method provided")),
    };
    if !valid {
        return Err(Answer::invalid("Invalid value given for method type"));
    }
    let word = place_word(call);
    if !patterns && prune_policies(call)?.iter().any(|other| other.uuid != uuid) {
        let text = format!("Policy for this {word} already exists, delete existing to create new policy");
        return Err(Answer::invalid(text));
    }
    let same = |other: &PrunePolicy| {
        other.uuid != uuid
            && other.method == wanted.method
            && other.value == wanted.value
            && other.tag_pattern == wanted.tag_pattern
            && other.tag_pattern_matches == wanted.tag_pattern_matches
    };
    if prune_policies(call)?.iter().any(same) {
        let text = format!("Existing policy with same values for this {word}, duplicate policies are not permitted");
        return Err(Answer::invalid(text));
    }
    Ok(wanted)
}

fn log_prune(call: &mut Call, verb: &str, policy: &PrunePolicy) {
    let kind = format!("{verb}_{}_autoprune_policy", place_word(call));
    let mut data = json!({ "method": policy.method, "namespace": place(call).0, "value": policy.value });
    if call.settings.version.since(13) {
        data["tag_pattern"] = policy.tag_pattern.clone().into();
        data["tag_pattern_matches"] = policy.tag_pattern_matches.into();
    }
    log(call, &kind, data);
}

fn create_prune(call: &mut Call) -> Outcome {
    let policy = wanted_prune(call, &ids::uuid())?;
    prune_policies(call)?.push(policy.clone());
    log_prune(call, "create", &policy);
    Answer::created(&json!({ "uuid": policy.uuid }))
}

/// Replaces a policy as a whole: what is not sent is lost.
fn update_prune(call: &mut Call) -> Outcome {
    let uuid = call.param("policy_uuid");
    let missing = !prune_policies(call)?.iter().any(|policy| policy.uuid == uuid);
    if missing {
        return Err(Answer::not_found());
    }
    let wanted = wanted_prune(call, &uuid)?;
    if let Some(policy) = prune_policies(call)?.iter_mut().find(|policy| policy.uuid == uuid) {
        *policy = wanted.clone();
    }
    log_prune(call, "update", &wanted);
    Answer::no_content()
}

fn remove_prune(call: &mut Call) -> Outcome {
    let uuid = call.param("policy_uuid");
    let policies = prune_policies(call)?;
    let at = policies.iter().position(|policy| policy.uuid == uuid).ok_or_else(Answer::not_found)?;
    let removed = policies.remove(at);
    log_prune(call, "delete", &removed);
    Answer::ok(&json!({ "uuid": uuid }))
}

fn locks<'a>(call: &'a mut Call) -> Result<&'a mut Vec<ImmutabilityPolicy>, Answer> {
    let (namespace, repository) = place(call);
    let owner = call.state.namespace_mut(&namespace).ok_or_else(Answer::not_found)?;
    match repository {
        None => Ok(&mut owner.immutability),
        Some(name) => {
            owner.repositories.get_mut(&name).map(|found| &mut found.immutability).ok_or_else(Answer::not_found)
        }
    }
}

fn lock_view(policy: &ImmutabilityPolicy) -> Value {
    json!({ "tagPattern": policy.tag_pattern, "tagPatternMatches": policy.tag_pattern_matches, "uuid": policy.uuid })
}

fn list_locks(call: &mut Call) -> Outcome {
    if is_nowhere(call) {
        return Answer::ok(&json!({ "policies": [] }));
    }
    let policies: Vec<Value> = locks(call)?.iter().map(lock_view).collect();
    Answer::ok(&json!({ "policies": policies }))
}

fn show_lock(call: &mut Call) -> Outcome {
    let uuid = call.param("policy_uuid");
    let found = locks(call)?.iter().find(|policy| policy.uuid == uuid).map(lock_view);
    Answer::ok(&found.ok_or_else(Answer::not_found)?)
}

fn wanted_lock(call: &mut Call, uuid: &str) -> Result<ImmutabilityPolicy, Answer> {
    let pattern = call.text("tagPattern").unwrap_or_default().trim().to_owned();
    if pattern.is_empty() {
        return Err(Answer::invalid("tag_pattern cannot be empty"));
    }
    if Regex::new(&pattern).is_err() {
        // The real server's pattern library names the place; only its most common complaint is worded alike here.
        let open = pattern.matches('(').count() > pattern.matches(')').count();
        let reason = if open { format!("missing ) at position {}", pattern.len()) } else { "bad pattern".to_owned() };
        return Err(Answer::invalid(format!("Invalid regex pattern: {reason}")));
    }
    if locks(call)?.iter().any(|other| other.tag_pattern == pattern && other.uuid != uuid) {
        return Err(Answer::invalid("A policy with the same tag_pattern already exists"));
    }
    let matches = call.body.get("tagPatternMatches").and_then(Value::as_bool).unwrap_or(true);
    Ok(ImmutabilityPolicy { uuid: uuid.to_owned(), tag_pattern: pattern, tag_pattern_matches: matches })
}

fn log_lock(call: &mut Call, verb: &str, policy: &ImmutabilityPolicy) {
    let data = json!({
        "namespace": place(call).0,
        "tag_pattern": policy.tag_pattern,
        "tag_pattern_matches": policy.tag_pattern_matches,
        "uuid": policy.uuid,
    });
    log(call, &format!("{verb}_immutability_policy"), data);
}

/// A new or changed policy locks the tags that are there already, and ends their expiration.
fn apply(call: &mut Call, policy: &ImmutabilityPolicy) {
    let (namespace, name) = place(call);
    let keeps_expiration = call.settings.on("IMMUTABLE_TAGS_CAN_EXPIRE");
    let Some(owner) = call.state.namespace_mut(&namespace) else {
        return;
    };
    let now = now();
    let chosen =
        owner.repositories.values_mut().filter(|repository| name.as_ref().is_none_or(|name| &repository.name == name));
    for tag in chosen.flat_map(|repository| &mut repository.tags) {
        if tag.is_active(now) && locks_tag(policy, &tag.name) {
            tag.immutable = true;
            if !keeps_expiration {
                tag.end = None;
            }
        }
    }
}

/// Whether a policy locks tags of this name. The pattern has to fit the whole name.
fn locks_tag(policy: &ImmutabilityPolicy, tag: &str) -> bool {
    let whole = Regex::new(&format!("^(?:{})$", policy.tag_pattern));
    whole.is_ok_and(|regex| regex.is_match(tag).unwrap_or(false)) == policy.tag_pattern_matches
}

/// Whether any policy of the namespace or the repository locks tags of this name.
pub(super) fn tag_is_locked(namespace: &[ImmutabilityPolicy], repository: &Repository, tag: &str) -> bool {
    namespace.iter().chain(&repository.immutability).any(|policy| locks_tag(policy, tag))
}

fn create_lock(call: &mut Call) -> Outcome {
    let policy = wanted_lock(call, &ids::uuid())?;
    locks(call)?.push(policy.clone());
    apply(call, &policy);
    log_lock(call, "create", &policy);
    Answer::created(&json!({ "uuid": policy.uuid }))
}

fn update_lock(call: &mut Call) -> Outcome {
    let uuid = call.param("policy_uuid");
    let missing = !locks(call)?.iter().any(|policy| policy.uuid == uuid);
    if missing {
        return Err(Answer::not_found());
    }
    let wanted = wanted_lock(call, &uuid)?;
    if let Some(policy) = locks(call)?.iter_mut().find(|policy| policy.uuid == uuid) {
        *policy = wanted.clone();
    }
    apply(call, &wanted);
    log_lock(call, "update", &wanted);
    Answer::no_content()
}

fn remove_lock(call: &mut Call) -> Outcome {
    let uuid = call.param("policy_uuid");
    let policies = locks(call)?;
    let at = policies.iter().position(|policy| policy.uuid == uuid).ok_or_else(Answer::not_found)?;
    let removed = policies.remove(at);
    log_lock(call, "delete", &removed);
    Answer::ok(&json!({ "uuid": uuid }))
}
