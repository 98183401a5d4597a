//! Tags: list, set, lock, let expire, remove.

use serde_json::{Map, Value, json};

use super::{Right, Route, delete, get, policy::tag_is_locked, put};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{
        Repository, Role, State, Tag,
        clock::{Micros, SECOND, mail_date, now, parse_span},
    },
};

const READ: Right = Right::Repository(Role::Read);
const WRITE: Right = Right::Repository(Role::Write);

/// The most tags on a page.
const PAGE: usize = 100;
const SOONEST_END: Micros = 3600 * SECOND;
const LATEST_END: Micros = 104 * 604_800 * SECOND;

pub(super) const ROUTES: &[Route] = &[
    get("repository/{repository}/tag/", list).needs(READ),
    put("repository/{repository}/tag/{tag}", change).body().needs(WRITE),
    delete("repository/{repository}/tag/{tag}", remove).needs(WRITE),
    get("repository/{repository}/tag/{tag}/pull_statistics", pull_statistics)
        .needs(READ)
        .features(&["IMAGE_PULL_STATS"]),
];

fn view(call: &Call, repository: &Repository, tag: &Tag) -> Value {
    let manifest = repository.manifests.get(&tag.digest);
    let children = manifest.map(|manifest| manifest.children.as_slice()).unwrap_or_default();
    let is_list = !children.is_empty();
    let mut view = json!({
        "is_manifest_list": is_list,
        "last_modified": mail_date(tag.start),
        "manifest_digest": tag.digest,
        "name": tag.name,
        "reversion": tag.reversion,
        "size": manifest.filter(|_| !is_list).map(|manifest| manifest.size),
        "start_ts": tag.start / SECOND,
    });
    if call.settings.on("IMMUTABLE_TAGS") {
        view["immutable"] = tag.immutable.into();
    }
    if let Some(end) = tag.end {
        view["end_ts"] = (end / SECOND).into();
        view["expiration"] = mail_date(end).into();
    }
    if is_list {
        let present: Map<String, Value> =
            children.iter().map(|digest| (digest.clone(), repository.manifests.contains_key(digest).into())).collect();
        let count = present.values().filter(|present| present.as_bool() == Some(true)).count();
        view["child_manifest_count"] = children.len().into();
        view["child_manifests_presence"] = Value::Object(present);
        view["is_sparse"] = (count < children.len()).into();
        view["present_child_count"] = count.into();
    }
    view
}

fn list(call: &mut Call) -> Outcome {
    let repository = call.repository()?;
    let now = now();
    let only_active = call.request.flag("onlyActiveTags");
    let name = call.request.argument("specificTag").filter(|name| !name.is_empty());
    let filter = call.request.argument("filter_tag_name").filter(|filter| !filter.is_empty());
    let name_fits = |tag: &Tag| match filter.as_deref().and_then(|filter| filter.split_once(':')) {
        Some(("like", text)) => tag.name.contains(text),
        Some(("eq", text)) => tag.name == text,
        _ => true,
    };
    if filter.as_deref().is_some_and(|filter| !filter.contains(':')) {
        let text = "Unsupported syntax for filter_tag_name. Expected <operation>:<tag_name> where <operation>can be 'like' or 'eq'.";
        return Err(Answer::message(400, text));
    }
    if call.request.argument("page").is_some() && call.request.number("page").is_none() {
        return Err(Answer::json(400, &json!({ "message": { "page": "Page index for the results. Default 1." } })));
    }
    let positive = |name: &str| call.request.number(name).map(|number| usize::try_from(number).unwrap_or(0).max(1));
    let limit = positive("limit").unwrap_or(50).min(PAGE);
    let page = positive("page").unwrap_or(1);
    let chosen = repository.tags.iter().rev().filter(|tag| {
        name.as_ref().is_none_or(|name| &tag.name == name) && name_fits(tag) && (!only_active || tag.is_active(now))
    });
    let mut chosen: Vec<&Tag> = chosen.collect();
    chosen.sort_by(|one, other| other.start.cmp(&one.start).then_with(|| one.name.cmp(&other.name)));
    let start = (page - 1) * limit;
    let tags: Vec<Value> = chosen.iter().skip(start).take(limit).map(|tag| view(call, repository, tag)).collect();
    Answer::ok(&json!({ "has_additional": chosen.len() > start + limit, "page": page, "tags": tags }))
}

/// Writes below repositories that are read-only or mirrors are refused.
pub(super) fn need_normal(repository: &Repository) -> Result<(), Answer> {
    if repository.state == "NORMAL" {
        return Ok(());
    }
    let number = if repository.state == "MIRROR" { 2 } else { 1 };
    Err(Answer::message(503, format!("Repository is in read only or mirror mode: {number}")))
}

fn check_name(name: &str) -> Result<(), Answer> {
    let start = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let valid = name.len() <= 128
        && name.starts_with(start)
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.' | '-'));
    if valid {
        return Ok(());
    }
    let rule =
        "Invalid tag: must match [A-Za-z0-9_.-], NOT start with \".\" or \"-\", and can contain 1-128 characters";
    Err(Answer::message(400, rule))
}

pub(super) fn active<'a>(repository: &'a mut Repository, name: &str) -> Option<&'a mut Tag> {
    let now = now();
    repository.tags.iter_mut().rev().find(|tag| tag.name == name && tag.is_active(now))
}

pub(super) fn immutable(text: String) -> Answer {
    Answer::problem(409, "tag_immutable", &text)
}

/// One request may change expiration, lock and manifest, in this order; the first two need the tag to exist.
fn change(call: &mut Call) -> Outcome {
    let name = call.param("tag");
    need_normal(call.repository()?)?;
    check_name(&name)?;
    if call.body.get("expiration").is_some() {
        set_expiration(call, &name)?;
    }
    if let Some(lock) =
        call.body.get("immutable").and_then(Value::as_bool).filter(|_| call.settings.on("IMMUTABLE_TAGS"))
    {
        set_lock(call, &name, lock)?;
    }
    if let Some(digest) = call.text("manifest_digest") {
        set_manifest(call, &name, &digest)?;
    }
    Answer::created(&json!("Updated"))
}

pub(super) fn log(call: &mut Call, kind: &str, mut data: Value) {
    let (namespace, repository) = call.repository_path();
    if kind != "revert_tag" {
        data["namespace"] = namespace.as_str().into();
    }
    data["repo"] = repository.as_str().into();
    data["tag"] = call.param("tag").into();
    data["username"] = call.user_name().into();
    call.log(kind, Some(&namespace), Some(&repository), data);
}

fn set_expiration(call: &mut Call, name: &str) -> Result<(), Answer> {
    // Seconds since 1970; a fraction is cut off.
    #[allow(clippy::cast_possible_truncation)]
    let wanted = call.body["expiration"].as_f64().map(|seconds| seconds as i64);
    let can_expire = call.settings.on("IMMUTABLE_TAGS_CAN_EXPIRE");
    let now = now();
    let tag = active(call.repository_mut()?, name).ok_or_else(Answer::not_found)?;
    if wanted.is_some_and(|seconds| seconds.saturating_mul(SECOND) <= now) {
        return Err(Answer::abort_400());
    }
    if tag.immutable && !can_expire {
        return Err(Answer::message(400, format!("Cannot change expiration of immutable tag '{name}'")));
    }
    let old = tag.end.map(|end| end / SECOND);
    tag.end = wanted.map(|seconds| (seconds * SECOND).clamp(tag.start + SOONEST_END, tag.start + LATEST_END));
    log(call, "change_tag_expiration", json!({ "expiration_date": wanted, "old_expiration_date": old }));
    Ok(())
}

fn set_lock(call: &mut Call, name: &str, lock: bool) -> Result<(), Answer> {
    let (namespace, repository) = call.repository_path();
    let can_expire = call.settings.on("IMMUTABLE_TAGS_CAN_EXPIRE");
    let is_admin = call.repository_role(&namespace, &repository) == Some(Role::Admin) || call.full_access();
    let tag = active(call.repository_mut()?, name).ok_or_else(Answer::not_found)?;
    if !lock && tag.immutable && !is_admin {
        return Err(Answer::unauthorized());
    }
    if lock && tag.end.is_some() && !can_expire {
        let text = format!(
            "Cannot make tag '{name}' immutable: tag has expiration set. Clear expiration first or enable FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE."
        );
        return Err(Answer::message(400, text));
    }
    let old = std::mem::replace(&mut tag.immutable, lock);
    log(call, "change_tag_immutability", json!({ "immutable": lock, "previous_immutable": old }));
    Ok(())
}

/// Whether a manifest is reachable: through a live tag, or as part of a manifest that is.
pub(super) fn is_reachable(repository: &Repository, digest: &str) -> bool {
    let now = now();
    let live = || repository.tags.iter().filter(|tag| tag.is_active(now));
    let holds = |tag: &Tag| {
        tag.digest == digest
            || repository
                .manifests
                .get(&tag.digest)
                .is_some_and(|list| list.children.iter().any(|child| child == digest))
    };
    repository.manifests.contains_key(digest) && live().any(holds)
}

fn set_manifest(call: &mut Call, name: &str, digest: &str) -> Result<(), Answer> {
    let (namespace, repository) = call.repository_path();
    if !is_reachable(call.repository()?, digest) {
        return Err(Answer::not_found());
    }
    let old = active(call.repository_mut()?, name).map(|tag| (tag.digest.clone(), tag.immutable));
    if old.as_ref().is_some_and(|(_, locked)| *locked) {
        return Err(immutable(format!("Cannot overwrite immutable tag '{name}'")));
    }
    point(call.state, &namespace, &repository, name, digest, false);
    let (kind, original) = match old {
        Some((digest, _)) => ("move_tag", Some(digest)),
        None => ("create_tag", None),
    };
    log(call, kind, json!({ "manifest_digest": digest, "original_manifest_digest": original }));
    Ok(())
}

/// Lets a tag point to a manifest from now on. Labels and policies decide anew when it ends and whether it is locked.
pub(crate) fn point(state: &mut State, namespace: &str, repository: &str, name: &str, digest: &str, reversion: bool) {
    let Some(owner) = state.namespace_mut(namespace) else {
        return;
    };
    let policies = owner.immutability.clone();
    let Some(repository) = owner.repositories.get_mut(repository) else {
        return;
    };
    let now = now();
    repository.end(name, now);
    let label = |key: &str| {
        let labels = repository.manifests.get(digest).map(|manifest| &manifest.labels);
        labels.into_iter().flatten().find(|(_, label)| label.key == key).map(|(_, label)| label.value.clone())
    };
    let end = label("quay.expires-after").as_deref().and_then(parse_span).map(|seconds| now + seconds * SECOND);
    let immutable = tag_is_locked(&policies, repository, name) || label("quay.immutable").as_deref() == Some("true");
    let end = if immutable { None } else { end };
    repository.tags.push(Tag {
        name: name.to_owned(),
        digest: digest.to_owned(),
        start: now,
        end,
        reversion,
        immutable,
        pulls: 0,
        last_pull: None,
    });
}

fn remove(call: &mut Call) -> Outcome {
    let name = call.param("tag");
    need_normal(call.repository()?)?;
    let tag = active(call.repository_mut()?, &name).ok_or_else(Answer::not_found)?;
    if tag.immutable {
        return Err(immutable(format!("Cannot delete immutable tag '{name}'")));
    }
    call.repository_mut()?.end(&name, now());
    log(call, "delete_tag", json!({}));
    Answer::no_content()
}

fn pull_statistics(call: &mut Call) -> Outcome {
    let name = call.param("tag");
    let now = now();
    let repository = call.repository()?;
    let tag = repository
        .tags
        .iter()
        .rev()
        .find(|tag| tag.name == name && tag.is_active(now))
        .ok_or_else(Answer::not_found)?;
    let manifest = repository.manifests.get(&tag.digest).ok_or_else(Answer::not_found)?;
    Answer::ok(&json!({
        "current_manifest_digest": tag.digest,
        "last_manifest_pull_date": manifest.last_pull.map(mail_date),
        "last_tag_pull_date": tag.last_pull.map(mail_date),
        "manifest_pull_count": manifest.pulls,
        "tag_name": name,
        "tag_pull_count": tag.pulls,
    }))
}
