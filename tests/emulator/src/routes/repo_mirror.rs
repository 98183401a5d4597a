//! Mirrors of single repositories.

use serde_json::{Map, Value, json};

use super::{Right, Route, get, post, put, upstream::check_registry};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{RepoMirror, Role, clock::parse_iso_seconds},
    version::Version,
};

const ADMIN: Right = Right::Repository(Role::Admin);
const ON: &[&str] = &["REPO_MIRROR"];

pub(super) const ROUTES: &[Route] = &[
    get("repository/{repository}/mirror", show).needs(ADMIN).features(ON),
    post("repository/{repository}/mirror", create).body().needs(ADMIN).features(ON),
    put("repository/{repository}/mirror", update).body().needs(ADMIN).features(ON),
    post("repository/{repository}/mirror/sync-now", sync_now).needs(ADMIN).features(ON),
    post("repository/{repository}/mirror/sync-cancel", sync_cancel).needs(ADMIN).features(ON),
];

/// What a filter can name.
const ARCHITECTURES: [&str; 4] = ["amd64", "arm64", "ppc64le", "s390x"];

/// Fields of the body that come back unchanged in the view, and the minor version that they came with.
const FIELDS: [(&str, u32); 8] = [
    ("architecture_filter", 17),
    ("external_reference", 9),
    ("external_registry_username", 9),
    ("is_enabled", 9),
    ("root_rule", 9),
    ("skopeo_timeout_interval", 15),
    ("sync_interval", 9),
    ("sync_start_date", 9),
];

/// The fields that this Quay knows.
fn fields(version: Version) -> impl Iterator<Item = &'static str> {
    FIELDS.into_iter().filter(move |(_, since)| version.since(*since)).map(|(name, _)| name)
}

/// A key that came later breaks the creation of a mirror; the release before its own drops it.
fn check_keys(call: &Call) -> Result<(), Answer> {
    let unknown =
        FIELDS.iter().any(|(name, since)| call.body.get(name).is_some() && !call.settings.version.since(since - 1));
    if unknown { Err(Answer::crash()) } else { Ok(()) }
}

fn show(call: &mut Call) -> Outcome {
    let mirror = call.repository()?.mirror.as_ref().ok_or_else(Answer::not_found)?;
    let mut view = mirror.fields.clone();
    view.insert("mirror_type".to_owned(), "PULL".into());
    view.insert("robot_username".to_owned(), mirror.robot_username.as_str().into());
    view.entry("sync_expiration_date").or_insert(Value::Null);
    view.insert("sync_retries_remaining".to_owned(), retries(mirror));
    view.insert("sync_status".to_owned(), mirror.sync_status.as_str().into());
    Answer::ok(&Value::Object(view))
}

/// How often a job is still tried: as a test brought about, or as at first. A cancelled one is not tried again.
pub(super) fn retries(mirror: &RepoMirror) -> Value {
    let usual = if mirror.sync_status == "CANCEL" { 0 } else { 3 };
    mirror.fields.get("sync_retries_remaining").cloned().unwrap_or_else(|| usual.into())
}

fn check(call: &Call) -> Result<(), Answer> {
    let (namespace, _) = call.repository_path();
    if let Some(reference) = call.text("external_reference") {
        check_registry(call.settings, &reference)?;
    }
    let wanted = call.body["architecture_filter"].as_array().cloned().unwrap_or_default();
    let unknown = wanted.iter().filter_map(Value::as_str).filter(|name| !ARCHITECTURES.contains(name));
    let unknown = unknown.collect::<Vec<_>>().join(", ");
    if call.settings.version.since(17) && !unknown.is_empty() {
        return Err(Answer::json(400, &json!({ "detail": format!("Invalid architectures: {unknown}") })));
    }
    if call.settings.version.since(17) && !wanted.is_empty() && !call.settings.on("SPARSE_INDEX") {
        let text = "Architecture filtering requires FEATURE_SPARSE_INDEX to be enabled.";
        return Err(Answer::json(400, &json!({ "detail": text })));
    }
    if let Some(date) = call.text("sync_start_date") {
        parse_iso_seconds(&date).ok_or_else(|| Answer::invalid("Incorrect DateTime format for sync_start_date."))?;
    }
    if let Some(robot) = call.text("robot_username") {
        let Some((owner, _)) = robot.split_once('+').filter(|_| call.state.robot(&robot).is_some()) else {
            return Err(Answer::invalid("Invalid robot"));
        };
        if owner != namespace {
            return Err(Answer::invalid("Invalid robot"));
        }
    }
    Ok(())
}

fn create(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    if call.repository()?.mirror.is_some() {
        let text = format!("Mirror configuration already exits for repository {namespace}/{name}");
        return Err(Answer::json(409, &json!({ "detail": text })));
    }
    if call.state.namespace(&namespace).is_some_and(|owner| owner.mirror.is_some()) {
        return Err(Answer::invalid(
            "Cannot configure repository mirror: organization is managed by organization-level mirroring",
        ));
    }
    check_keys(call)?;
    // The real server reads the robot without looking whether it was sent.
    let robot_username = call.text("robot_username").ok_or_else(Answer::crash)?;
    check(call)?;
    let mut fields: Map<String, Value> = fields(call.settings.version)
        .map(|key| (key.to_owned(), call.body.get(key).cloned().unwrap_or_default()))
        .collect();
    for (key, default) in [("is_enabled", json!(true)), ("architecture_filter", json!([]))] {
        if let Some(value) = fields.get_mut(key).filter(|value| value.is_null()) {
            *value = default;
        }
    }
    let config = call.body.get("external_registry_config").cloned().unwrap_or_else(|| json!({}));
    fields.insert("external_registry_config".to_owned(), config);
    let password = call.text("external_registry_password");
    let mirror = RepoMirror { robot_username, fields, password, sync_status: "NEVER_RUN".to_owned() };
    let robot = mirror.robot_username.clone();
    let repository = call.repository_mut()?;
    repository.mirror = Some(mirror);
    "MIRROR".clone_into(&mut repository.state);
    let role = repository.user_roles.entry(robot).or_insert(Role::Write);
    *role = (*role).max(Role::Write);
    log(call, json!({ "changed": "external_reference", "to": call.body["external_reference"] }));
    Answer::created(&json!(""))
}

fn log(call: &mut Call, mut data: Value) {
    let (namespace, name) = call.repository_path();
    data["namespace"] = namespace.as_str().into();
    data["repo"] = name.as_str().into();
    call.log("repo_mirror_config_changed", Some(&namespace), Some(&name), data);
}

fn mirror<'a>(call: &'a mut Call) -> Result<&'a mut RepoMirror, Answer> {
    call.repository_mut()?.mirror.as_mut().ok_or_else(Answer::not_found)
}

fn update(call: &mut Call) -> Outcome {
    mirror(call)?;
    check(call)?;
    let (body, known) = (call.body.clone(), fields(call.settings.version));
    let mirror = mirror(call)?;
    let mut changed = Vec::new();
    for key in known {
        if let Some(value) = body.get(key) {
            let cleared = key == "architecture_filter" && value.is_null();
            mirror.fields.insert(key.to_owned(), if cleared { json!([]) } else { value.clone() });
            changed.push(key);
        }
    }
    if let Some(robot) = body["robot_username"].as_str() {
        robot.clone_into(&mut mirror.robot_username);
        changed.push("robot_username");
    }
    if let Some(password) = body.get("external_registry_password") {
        mirror.password = password.as_str().map(str::to_owned);
        changed.push("external_registry_password");
    }
    if let (Some(Value::Object(wanted)), Some(Value::Object(config))) =
        (body.get("external_registry_config"), mirror.fields.get_mut("external_registry_config"))
    {
        merge(config, wanted);
        changed.push("external_registry_config");
    }
    for key in changed {
        log(call, json!({ "changed": key }));
    }
    Answer::created(&json!(""))
}

/// Changes single values. Where no proxy is stored yet, the first proxy value of a request is lost, as on the real server.
fn merge(config: &mut Map<String, Value>, wanted: &Map<String, Value>) {
    for (key, value) in wanted {
        let Value::Object(proxy) = value else {
            config.insert(key.clone(), value.clone());
            continue;
        };
        let mut values = proxy.iter();
        if !config.contains_key(key) {
            config.insert(key.clone(), json!({}));
            values.next();
        }
        if let Some(Value::Object(stored)) = config.get_mut(key) {
            stored.extend(values.map(|(key, value)| (key.clone(), value.clone())));
        }
    }
}

fn sync_now(call: &mut Call) -> Outcome {
    let mirror = mirror(call)?;
    if matches!(mirror.sync_status.as_str(), "SYNCING") {
        return Err(Answer::not_found());
    }
    "SYNC_NOW".clone_into(&mut mirror.sync_status);
    log(call, json!({ "changed": "sync_status", "to": "SYNC_NOW" }));
    Answer::no_content()
}

fn sync_cancel(call: &mut Call) -> Outcome {
    let mirror = mirror(call)?;
    if !matches!(mirror.sync_status.as_str(), "SYNC_NOW" | "SYNCING") {
        return Err(Answer::not_found());
    }
    "CANCEL".clone_into(&mut mirror.sync_status);
    log(call, json!({ "changed": "sync_status", "to": "SYNC_CANCEL" }));
    Answer::no_content()
}
