//! Mirrors of whole organizations.

use serde_json::{Map, Value, json};

use super::{Right, Route, delete, get, post, put, upstream::check_registry};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{
        OrgMirror,
        clock::{iso_micros, now, parse_iso_seconds},
    },
};

const ADMIN: Right = Right::OrganizationAdmin;
const ON: &[&str] = &["ORG_MIRROR"];

pub(super) const ROUTES: &[Route] = &[
    get("organization/{orgname}/mirror", show).needs(ADMIN).features(ON),
    post("organization/{orgname}/mirror", create).body().needs(ADMIN).features(ON),
    put("organization/{orgname}/mirror", update).body().needs(ADMIN).features(ON),
    delete("organization/{orgname}/mirror", remove).needs(ADMIN).features(ON),
    post("organization/{orgname}/mirror/sync-now", sync_now).needs(ADMIN).features(ON),
    post("organization/{orgname}/mirror/sync-cancel", sync_cancel).needs(ADMIN).features(ON),
    post("organization/{orgname}/mirror/verify", verify).needs(ADMIN).features(ON),
    get("organization/{orgname}/mirror/repositories", repositories).needs(ADMIN).features(ON),
];

/// Fields of the body that come back unchanged in the view.
const FIELDS: [&str; 11] = [
    "external_namespace",
    "external_registry_config",
    "external_registry_type",
    "external_registry_url",
    "external_registry_username",
    "is_enabled",
    "repository_filters",
    "skopeo_timeout",
    "sync_interval",
    "sync_start_date",
    "visibility",
];

fn show(call: &mut Call) -> Outcome {
    let mirror = call.organization()?.mirror.as_ref().ok_or_else(Answer::not_found)?;
    let counts: Map<String, Value> = ["CANCEL", "FAIL", "NEVER_RUN", "SKIP", "SUCCESS", "SYNCING", "SYNC_NOW"]
        .iter()
        .map(|name| ((*name).to_owned(), 0.into()))
        .collect();
    let mut view = mirror.fields.clone();
    let Value::Object(more) = json!({
        "creation_date": iso_micros(mirror.created),
        "has_external_registry_password": mirror.password.is_some(),
        "repo_sync_status_counts": counts,
        "robot_username": mirror.robot_username,
        "sync_expiration_date": null,
        "sync_retries_remaining": 3,
        "sync_status": mirror.sync_status,
    }) else {
        return Err(Answer::crash());
    };
    // A worker's doing, which a test can bring about.
    for (key, value) in more {
        view.entry(key).or_insert(value);
    }
    Answer::ok(&Value::Object(view))
}

/// Checks what the schema does not.
fn check(call: &Call) -> Result<(), Answer> {
    if let Some(url) = call.text("external_registry_url") {
        check_registry(call.settings, &url)?;
    }
    if let Some(date) = call.text("sync_start_date") {
        parse_iso_seconds(&date).ok_or_else(|| {
            Answer::invalid("Invalid sync_start_date format. Must be ISO 8601 format: YYYY-MM-DDTHH:MM:SSZ")
        })?;
    }
    if let Some(robot) = call.text("robot_username") {
        let own = robot.split_once('+').is_some_and(|(owner, _)| owner == call.param("orgname"));
        if !own || call.state.robot(&robot).is_none() {
            return Err(Answer::invalid(format!("Invalid robot account: {robot}")));
        }
    }
    Ok(())
}

fn create(call: &mut Call) -> Outcome {
    let organization = call.organization()?;
    if organization.mirror.is_some() {
        return Err(Answer::invalid("Mirror configuration already exists for this organization"));
    }
    if organization.proxy.is_some() {
        return Err(Answer::invalid(
            "Cannot create organization mirror: the organization has a proxy cache configuration.",
        ));
    }
    if !organization.repositories.is_empty() {
        return Err(Answer::invalid(
            "Cannot create organization mirror: the organization already contains repositories. Organization mirroring requires an empty organization.",
        ));
    }
    check(call)?;
    let mut fields: Map<String, Value> =
        FIELDS.iter().map(|name| ((*name).to_owned(), call.body.get(*name).cloned().unwrap_or_default())).collect();
    for (name, default) in [
        ("is_enabled", json!(true)),
        ("skopeo_timeout", json!(300)),
        ("repository_filters", json!([])),
        ("external_registry_config", json!({})),
    ] {
        if let Some(value) = fields.get_mut(name).filter(|value| value.is_null()) {
            *value = default;
        }
    }
    let mirror = OrgMirror {
        created: now(),
        robot_username: call.text("robot_username").unwrap_or_default(),
        fields,
        password: call.text("external_registry_password"),
        sync_status: "NEVER_RUN".to_owned(),
        found: Vec::new(),
    };
    call.organization_mut()?.mirror = Some(mirror);
    log(call, "org_mirror_enabled");
    Answer::created(&json!(""))
}

fn log(call: &mut Call, kind: &str) {
    let organization = call.param("orgname");
    call.log(kind, Some(&organization), None, json!({ "namespace": organization }));
}

fn mirror<'a>(call: &'a mut Call) -> Result<&'a mut OrgMirror, Answer> {
    call.organization_mut()?.mirror.as_mut().ok_or_else(Answer::not_found)
}

fn update(call: &mut Call) -> Outcome {
    mirror(call)?;
    check(call)?;
    let body = call.body.clone();
    let mirror = mirror(call)?;
    for name in FIELDS {
        if let Some(value) = body.get(name) {
            mirror.fields.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(robot) = body["robot_username"].as_str() {
        robot.clone_into(&mut mirror.robot_username);
    }
    if let Some(password) = body.get("external_registry_password") {
        mirror.password = password.as_str().map(str::to_owned);
    }
    log(call, "org_mirror_config_changed");
    Answer::ok(&json!(""))
}

fn remove(call: &mut Call) -> Outcome {
    let organization = call.organization_mut()?;
    organization.mirror.take().ok_or_else(Answer::not_found)?;
    for repository in organization.repositories.values_mut().filter(|repository| repository.state == "ORG_MIRROR") {
        "NORMAL".clone_into(&mut repository.state);
    }
    log(call, "org_mirror_disabled");
    Answer::no_content()
}

/// Whether repositories of the organization are still being mirrored.
fn is_syncing(mirror: &OrgMirror) -> bool {
    let counts = mirror.fields.get("repo_sync_status_counts");
    ["SYNCING", "SYNC_NOW", "NEVER_RUN"]
        .iter()
        .any(|status| counts.is_some_and(|counts| counts[*status].as_i64() > Some(0)))
}

fn sync_now(call: &mut Call) -> Outcome {
    let mirror = mirror(call)?;
    if is_syncing(mirror) {
        return Err(Answer::invalid(
            "Cannot trigger sync: repositories are still syncing. Cancel the current sync and wait for all repositories to \
             reach a terminal state before triggering a new sync.",
        ));
    }
    "SYNC_NOW".clone_into(&mut mirror.sync_status);
    mirror.fields.insert("sync_start_date".to_owned(), iso_micros(now()).into());
    log(call, "org_mirror_sync_now_requested");
    Answer::no_content()
}

fn sync_cancel(call: &mut Call) -> Outcome {
    let mirror = mirror(call)?;
    if mirror.sync_status == "CANCEL" {
        return Err(Answer::invalid("Cannot cancel: mirror is already cancelled"));
    }
    "CANCEL".clone_into(&mut mirror.sync_status);
    log(call, "org_mirror_sync_cancelled");
    Answer::no_content()
}

fn verify(call: &mut Call) -> Outcome {
    let namespace = mirror(call)?.fields["external_namespace"].as_str().unwrap_or_default();
    let found = !namespace.starts_with("nosuch");
    let message = if found { "Connection successful".to_owned() } else { format!("Namespace '{namespace}' not found") };
    Answer::ok(&json!({ "message": message, "success": found }))
}

fn repositories(call: &mut Call) -> Outcome {
    let argument = |name: &str| call.request.number(name).and_then(|number| usize::try_from(number).ok());
    let (page, limit) = (argument("page").unwrap_or(1).max(1), argument("limit").filter(|limit| *limit > 0));
    let limit = limit.unwrap_or(100).min(500);
    let status = call.request.argument("status").map(|status| status.to_uppercase());
    let mirror = call.organization()?.mirror.as_ref().ok_or_else(Answer::not_found)?;
    let fits = |entry: &&Value| status.as_ref().is_none_or(|status| entry["sync_status"] == **status);
    let all: Vec<&Value> = mirror.found.iter().filter(fits).collect();
    let shown: Vec<&&Value> = all.iter().skip((page - 1) * limit).take(limit).collect();
    Answer::ok(&json!({
        "has_next": all.len() > page * limit, "limit": limit, "page": page, "repositories": shown, "total": all.len(),
    }))
}
