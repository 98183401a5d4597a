//! Notifications of repositories.

use serde_json::{Value, json};

use super::{Right, Route, delete, get, post};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{Notification, Role, ids},
};

const ADMIN: Right = Right::Repository(Role::Admin);

pub(super) const ROUTES: &[Route] = &[
    get("repository/{repository}/notification/", list).needs(ADMIN),
    post("repository/{repository}/notification/", create).body().needs(ADMIN),
    get("repository/{repository}/notification/{uuid}", show).needs(ADMIN),
    post("repository/{repository}/notification/{uuid}", reset).needs(ADMIN),
    delete("repository/{repository}/notification/{uuid}", remove).needs(ADMIN),
    post("repository/{repository}/notification/{uuid}/test", test).needs(ADMIN),
];

/// Events, and the minor version that they came with.
const EVENTS: [(&str, u32); 14] = [
    ("repo_push", 9),
    ("build_queued", 9),
    ("build_start", 9),
    ("build_success", 9),
    ("build_failure", 9),
    ("build_cancelled", 9),
    ("vulnerability_found", 9),
    ("repo_mirror_sync_started", 9),
    ("repo_mirror_sync_success", 9),
    ("repo_mirror_sync_failed", 9),
    ("repo_image_expiry", 12),
    ("quota_warning", 18),
    ("quota_error", 18),
    ("package_vulnerability_found", 9),
];

pub(super) fn view(uuid: &str, notification: &Notification) -> Value {
    json!({
        "config": notification.config,
        "event": notification.event,
        "event_config": notification.event_config,
        "method": notification.method,
        "number_of_failures": notification.failures,
        "title": notification.title,
        "uuid": uuid,
    })
}

fn list(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    // A missing repository has no notifications either.
    let found = call.state.repository(&namespace, &name).map(|found| &found.notifications);
    let notifications: Vec<Value> = found.into_iter().flatten().map(|(uuid, one)| view(uuid, one)).collect();
    Answer::ok(&json!({ "notifications": notifications }))
}

/// What each method checks before it accepts a configuration, where a namespace, or a repository in it, notifies.
pub(super) fn check_method(call: &Call, namespace: &str, method: &str, config: &Value) -> Result<(), Answer> {
    let filled = |key: &str| config[key].as_str().is_some_and(|text| !text.is_empty());
    let missing = |text: &str| Err(Answer::invalid(text));
    match method {
        "webhook" if !filled("url") => missing("Missing webhook URL"),
        "webhook" => {
            let url = config["url"].as_str().unwrap_or_default();
            let host = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', ':']).next().unwrap_or_default());
            if !url.starts_with("http") || host.is_empty() || host == "localhost" || host == "127.0.0.1" {
                return missing("Invalid webhook URL");
            }
            Ok(())
        }
        "slack" if !filled("url") => missing("Missing Slack Callback URL"),
        "flowdock" if !filled("flow_api_token") => missing("Missing Flowdock API Token"),
        "hipchat" if !filled("notification_token") => missing("Missing Hipchat Room Notification Token"),
        "email" if !filled("email") => missing("Missing e-mail address"),
        "email" => {
            missing("The specified e-mail address is not authorized to receive notifications for this repository")
        }
        "quay_notification" if !config["target"].is_object() => missing("Missing target"),
        "quay_notification" => check_target(call, namespace, config),
        "slack" | "flowdock" | "hipchat" => Ok(()),
        _ => Err(Answer::crash()),
    }
}

fn check_target(call: &Call, namespace: &str, config: &Value) -> Result<(), Answer> {
    let (kind, name) =
        (config["target"]["kind"].as_str().unwrap_or_default(), config["target"]["name"].as_str().unwrap_or_default());
    match kind {
        "user" if call.state.user(name).is_none() => Err(Answer::invalid(format!("Unknown user {name}"))),
        "org" if call.state.organization(name).is_none() => {
            Err(Answer::invalid(format!("Unknown organization {name}")))
        }
        "org" if name != namespace => Err(Answer::invalid("Organization name must match repository namespace")),
        "team" if call.state.namespace(namespace).is_none_or(|owner| !owner.teams.contains_key(name)) => {
            Err(Answer::invalid(format!("Unknown team {name}")))
        }
        "user" | "org" | "team" => Ok(()),
        _ => Err(Answer::invalid(format!("Unknown target type {kind}"))),
    }
}

fn create(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    call.state.repository(&namespace, &name).ok_or_else(Answer::crash)?;
    let (event, method) = (call.text("event").unwrap_or_default(), call.text("method").unwrap_or_default());
    let config = call.body["config"].clone();
    check_method(call, &namespace, &method, &config)?;
    if !EVENTS.iter().any(|(name, since)| *name == event && call.settings.version.since(*since)) {
        return Err(Answer::crash());
    }
    let notification = Notification {
        title: call.body.get("title").cloned().unwrap_or_default(),
        event: event.clone(),
        method: method.clone(),
        config,
        event_config: call.body["eventConfig"].clone(),
        failures: 0,
    };
    let uuid = ids::uuid();
    let view = view(&uuid, &notification);
    call.repository_mut()?.notifications.insert(uuid.clone(), notification);
    let data =
        json!({ "event": event, "method": method, "namespace": namespace, "notification_id": uuid, "repo": name });
    call.log("add_repo_notification", Some(&namespace), Some(&name), data);
    Answer::created(&view)
}

fn unknown(call: &Call) -> Answer {
    let (namespace, name) = call.repository_path();
    Answer::invalid(format!("No repository notification found for: {namespace}, {name}, {}", call.param("uuid")))
}

fn show(call: &mut Call) -> Outcome {
    let uuid = call.param("uuid");
    let found = call.repository().ok().and_then(|repository| repository.notifications.get(&uuid));
    Answer::ok(&view(&uuid, found.ok_or_else(|| unknown(call))?))
}

fn log(call: &mut Call, kind: &str) {
    let ((namespace, name), uuid) = (call.repository_path(), call.param("uuid"));
    call.log(
        kind,
        Some(&namespace),
        Some(&name),
        json!({ "namespace": namespace, "notification_id": uuid, "repo": name }),
    );
}

fn reset(call: &mut Call) -> Outcome {
    let (uuid, unknown) = (call.param("uuid"), unknown(call));
    let found = call.repository_mut().ok().and_then(|repository| repository.notifications.get_mut(&uuid));
    found.ok_or(unknown)?.failures = 0;
    log(call, "reset_repo_notification");
    Answer::no_content()
}

fn remove(call: &mut Call) -> Outcome {
    let (uuid, unknown) = (call.param("uuid"), unknown(call));
    let found = call.repository_mut().ok().and_then(|repository| repository.notifications.shift_remove(&uuid));
    found.ok_or(unknown)?;
    log(call, "delete_repo_notification");
    Answer::no_content()
}

fn test(call: &mut Call) -> Outcome {
    let uuid = call.param("uuid");
    let known = call.repository().is_ok_and(|repository| repository.notifications.contains_key(&uuid));
    if known { Answer::ok(&json!({})) } else { Err(unknown(call)) }
}
