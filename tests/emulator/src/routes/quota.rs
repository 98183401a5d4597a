//! Storage quotas and their limits.

use serde_json::{Value, json};

use super::{Right, Route, delete, get, post, put};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{Quota, QuotaLimit},
    views,
};

const ON: &[&str] = &["QUOTA_MANAGEMENT"];
const EDIT: &[&str] = &["QUOTA_MANAGEMENT", "EDIT_QUOTA"];
const SUPER: &[&str] = &["QUOTA_MANAGEMENT", "EDIT_QUOTA", "SUPER_USERS"];
const OWN: Right = Right::Account("user:admin");

pub(super) const ROUTES: &[Route] = &[
    get("organization/{orgname}/quota", list).features(ON),
    post("organization/{orgname}/quota", create).body().needs(Right::Superuser).features(EDIT),
    get("organization/{orgname}/quota/{quota_id}", show).features(ON),
    put("organization/{orgname}/quota/{quota_id}", update).body().needs(Right::Superuser).features(EDIT),
    delete("organization/{orgname}/quota/{quota_id}", remove).needs(Right::Superuser).features(EDIT),
    get("organization/{orgname}/quota/{quota_id}/limit", limits).features(ON),
    post("organization/{orgname}/quota/{quota_id}/limit", create_limit).body().needs(Right::Superuser).features(EDIT),
    get("organization/{orgname}/quota/{quota_id}/limit/{limit_id}", limit).features(ON),
    put("organization/{orgname}/quota/{quota_id}/limit/{limit_id}", update_limit)
        .body()
        .needs(Right::Superuser)
        .features(EDIT),
    delete("organization/{orgname}/quota/{quota_id}/limit/{limit_id}", remove_limit)
        .needs(Right::Superuser)
        .features(EDIT),
    get("user/quota", list).needs(OWN).features(ON),
    get("user/quota/{quota_id}", show).needs(OWN).features(ON),
    get("user/quota/{quota_id}/limit", limits).needs(OWN).features(ON),
    get("user/quota/{quota_id}/limit/{limit_id}", limit).needs(OWN).features(ON),
    get("superuser/users/{namespace}/quota", list).needs(Right::Superuser).features(SUPER),
    post("superuser/users/{namespace}/quota", create).body().needs(Right::Superuser).features(SUPER),
    put("superuser/users/{namespace}/quota/{quota_id}", update).body().needs(Right::Superuser).features(SUPER),
    delete("superuser/users/{namespace}/quota/{quota_id}", remove).needs(Right::Superuser).features(SUPER),
    get("superuser/organization/{namespace}/quota", list).needs(Right::Superuser).features(SUPER),
    post("superuser/organization/{namespace}/quota", create).body().needs(Right::Superuser).features(SUPER),
    put("superuser/organization/{namespace}/quota/{quota_id}", update).body().needs(Right::Superuser).features(SUPER),
    delete("superuser/organization/{namespace}/quota/{quota_id}", remove).needs(Right::Superuser).features(SUPER),
];

/// The namespace that the path speaks of.
fn owner(call: &Call) -> String {
    let name = [call.param("orgname"), call.param("namespace")].into_iter().find(|name| !name.is_empty());
    name.unwrap_or_else(|| call.user_name())
}

/// Members may look; changes have been checked by the route, but below an organization they need full access too.
fn check(call: &Call) -> Result<(), Answer> {
    let organization = call.param("orgname");
    if organization.is_empty() {
        return Ok(());
    }
    let reads = call.request.method == "GET";
    let member = reads && (call.team_role(&organization).is_some() || call.readonly_superuser());
    // Before 3.16 the right of the route was enough.
    let superuser = !reads && !call.settings.version.since(16);
    if member || superuser || call.full_access() { Ok(()) } else { Err(call.refusal()) }
}

/// A write by a route of the superusers fails for a name that nobody has.
fn unknown(call: &Call) -> Answer {
    if call.param("orgname").is_empty() { Answer::crash() } else { Answer::not_found() }
}

fn refused_size(call: &Call, bytes: i64) -> Answer {
    match call.param("orgname").is_empty() {
        true => Answer::invalid(format!("Invalid quota size limit value: '{bytes}'")),
        false => Answer::invalid("Invalid quota limit bytes, must be greater than 0"),
    }
}

fn quota<'a>(call: &'a mut Call) -> Result<&'a mut Quota, Answer> {
    check(call)?;
    let (owner, id) = (owner(call), call.param("quota_id"));
    if call.request.method != "GET" && call.state.namespace(&owner).is_none() {
        return Err(unknown(call));
    }
    let quota = call.state.namespace_mut(&owner).and_then(|owner| owner.quota.as_mut());
    quota.filter(|quota| quota.id.to_string() == id).ok_or_else(Answer::not_found)
}

fn list(call: &mut Call) -> Outcome {
    check(call)?;
    let namespace = call.state.namespace(&owner(call)).ok_or_else(Answer::not_found)?;
    let default = call.settings.value("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES");
    if namespace.quota.is_none() && default.is_number() {
        let default = json!({"id": null, "limit_bytes": default, "default_config": true, "default_config_exists": true, "limits": []});
        return Answer::ok(&json!([default]));
    }
    Answer::ok(&namespace.quota.iter().map(|quota| views::quota(call.settings.version, quota)).collect())
}

/// Quotas are in the log since 3.17, those that were set by the superusers' own routes are not.
fn log(call: &mut Call, kind: &str, owner: &str, data: Value) {
    if call.settings.version.since(17) && !call.param("orgname").is_empty() {
        call.log(kind, Some(owner), None, data);
    }
}

/// The bytes that a body asks for, as number or as text.
fn wanted_bytes(call: &Call) -> Result<Option<i64>, Answer> {
    if let Some(bytes) = call.body.get("limit_bytes") {
        return Ok(bytes.as_i64());
    }
    let Some(text) = call.text("limit").filter(|_| call.settings.version.since(12)) else {
        return Ok(None);
    };
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let unit = text[digits..].trim().trim_end_matches('B');
    let binary = unit.ends_with('i') || unit.len() == 1;
    let power = match unit.chars().next() {
        None => 0,
        Some(letter) => 1 + "KMGTPE".find(letter).ok_or_else(|| Answer::invalid("Invalid quota limit"))? as u32,
    };
    let factor = if binary { 1024_i64 } else { 1000 }.checked_pow(power);
    let bytes = text[..digits].parse::<i64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    bytes.map(Some).ok_or_else(|| Answer::invalid("Invalid quota limit"))
}

fn create(call: &mut Call) -> Outcome {
    check(call)?;
    let owner = owner(call);
    let namespace = call.state.namespace(&owner).ok_or_else(|| unknown(call))?;
    if namespace.quota.is_some() {
        let word = if call.param("orgname").is_empty() { "Quota" } else { "Organization quota" };
        return Err(Answer::invalid(format!("{word} for '{owner}' already exists")));
    }
    let limit_bytes = wanted_bytes(call)?.unwrap_or_default();
    if limit_bytes <= 0 {
        return Err(refused_size(call, limit_bytes));
    }
    let id = call.state.serial("quota");
    if let Some(namespace) = call.state.namespace_mut(&owner) {
        namespace.quota = Some(Quota { id, limit_bytes, limits: Vec::new() });
    }
    log(
        call,
        "org_create_quota",
        &owner,
        json!({ "limit": views::human_size(limit_bytes), "limit_bytes": limit_bytes, "namespace": owner }),
    );
    Answer::created(&json!("Created"))
}

fn show(call: &mut Call) -> Outcome {
    Answer::ok(&views::quota(call.settings.version, quota(call)?))
}

fn update(call: &mut Call) -> Outcome {
    let (owner, wanted, version) = (owner(call), wanted_bytes(call)?, call.settings.version);
    let given_as_text = wanted.is_some() && call.body.get("limit").is_some();
    if let Some(bytes) = wanted.filter(|bytes| *bytes < 0 && call.param("orgname").is_empty()) {
        return Err(refused_size(call, bytes));
    }
    let quota = quota(call)?;
    let old = quota.limit_bytes;
    // Zero counts as not given.
    if let Some(bytes) = wanted.filter(|bytes| *bytes != 0) {
        quota.limit_bytes = bytes;
    }
    let mut view = views::quota(version, quota);
    if given_as_text {
        view["limit_bytes"] = (quota.limit_bytes as f64).into();
    }
    let data = json!({ "limit_bytes": view["limit_bytes"], "namespace": owner, "previous_limit_bytes": old });
    log(call, "org_change_quota", &owner, data);
    Answer::ok(&view)
}

fn remove(call: &mut Call) -> Outcome {
    let owner = owner(call);
    quota(call)?;
    if let Some(namespace) = call.state.namespace_mut(&owner) {
        namespace.quota = None;
        namespace.notifications.clear();
    }
    log(call, "org_delete_quota", &owner, json!({ "namespace": owner }));
    Answer::no_content()
}

fn limits(call: &mut Call) -> Outcome {
    Answer::ok(&views::quota(call.settings.version, quota(call)?)["limits"])
}

fn limit(call: &mut Call) -> Outcome {
    let id = call.param("limit_id");
    let view = views::quota(call.settings.version, quota(call)?);
    let limits = view["limits"].as_array();
    let found = limits.and_then(|limits| {
        limits.iter().find(|limit| limit["id"].as_u64().is_some_and(|number| number.to_string() == id))
    });
    Answer::ok(found.ok_or_else(Answer::not_found)?)
}

/// Type and percentage of a body, where a missing one is taken from an existing limit.
fn wanted_limit(call: &Call, old: Option<&QuotaLimit>) -> Result<(String, i64), Answer> {
    let kind = call.text("type").or_else(|| old.map(|old| old.kind.clone())).unwrap_or_default();
    let percent = call
        .body
        .get("threshold_percent")
        .and_then(Value::as_i64)
        .or_else(|| old.map(|old| old.percent))
        .unwrap_or_default();
    if !matches!(kind.as_str(), "Warning" | "Reject") {
        return Err(Answer::message(400, "Quota type must be one of [Warning, Reject]"));
    }
    if !(1..=100).contains(&percent) {
        return Err(Answer::message(400, "Quota limit threshold must be between 1 and 100"));
    }
    Ok((kind, percent))
}

fn create_limit(call: &mut Call) -> Outcome {
    let owner = owner(call);
    quota(call)?;
    let (kind, percent) = wanted_limit(call, None)?;
    if quota(call)?.limits.iter().any(|limit| limit.kind == kind && limit.percent == percent) {
        return Err(Answer::invalid(format!("Quota limit for '{kind}' with {percent}% already exists")));
    }
    let id = call.state.serial("quota_limit");
    quota(call)?.limits.push(QuotaLimit { id, kind: kind.clone(), percent });
    let data = json!({ "namespace": owner, "threshold_percent": percent, "type": kind });
    log(call, "org_create_quota_limit", &owner, data);
    Answer::created(&json!("Created"))
}

fn update_limit(call: &mut Call) -> Outcome {
    let (owner, id, version) = (owner(call), call.param("limit_id"), call.settings.version);
    let old =
        quota(call)?.limits.iter().find(|limit| limit.id.to_string() == id).cloned().ok_or_else(Answer::not_found)?;
    let (kind, percent) = wanted_limit(call, Some(&old))?;
    let quota = quota(call)?;
    if let Some(limit) = quota.limits.iter_mut().find(|limit| limit.id == old.id) {
        limit.kind.clone_from(&kind);
        limit.percent = percent;
    }
    let view = views::quota(version, quota);
    let data = json!({ "namespace": owner, "previous_threshold_percent": old.percent, "threshold_percent": percent, "type": kind });
    log(call, "org_change_quota_limit", &owner, data);
    Answer::ok(&view)
}

fn remove_limit(call: &mut Call) -> Outcome {
    let (owner, id) = (owner(call), call.param("limit_id"));
    let quota = quota(call)?;
    let at = quota.limits.iter().position(|limit| limit.id.to_string() == id).ok_or_else(Answer::not_found)?;
    let removed = quota.limits.remove(at);
    let data = json!({ "namespace": owner, "threshold_percent": removed.percent, "type": removed.kind });
    log(call, "org_delete_quota_limit", &owner, data);
    Answer::no_content()
}
