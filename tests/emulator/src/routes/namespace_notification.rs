//! Notifications of organizations, and of one's own namespace, about their quota.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::notification::{check_method, view};
use super::{Right, Route, delete, get, post};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{Notification, ids},
};

const ON: &[&str] = &["QUOTA_NOTIFICATIONS"];
const ADMIN: Right = Right::OrganizationAdmin;
const OWN: Right = Right::Account("user:admin");

pub(super) const ROUTES: &[Route] = &[
    get("organization/{orgname}/notifications", list).needs(ADMIN).features(ON),
    post("organization/{orgname}/notifications", create).body().needs(ADMIN).features(ON),
    get("organization/{orgname}/notifications/{uuid}", show).needs(ADMIN).features(ON),
    post("organization/{orgname}/notifications/{uuid}", reset).needs(ADMIN).features(ON),
    delete("organization/{orgname}/notifications/{uuid}", remove).needs(ADMIN).features(ON),
    post("organization/{orgname}/notifications/{uuid}/test", test).needs(ADMIN).features(ON),
    get("user/namespacenotifications", list).needs(OWN).features(ON),
    post("user/namespacenotifications", create).body().needs(OWN).features(ON),
    get("user/namespacenotifications/{uuid}", show).needs(OWN).features(ON),
    post("user/namespacenotifications/{uuid}", reset).needs(OWN).features(ON),
    delete("user/namespacenotifications/{uuid}", remove).needs(OWN).features(ON),
    post("user/namespacenotifications/{uuid}/test", test).needs(OWN).features(ON),
];

/// The namespace that the path speaks of.
fn owner(call: &Call) -> String {
    Some(call.param("orgname")).filter(|name| !name.is_empty()).unwrap_or_else(|| call.user_name())
}

/// Its notifications; below `organization` a user has none.
fn all<'a>(call: &'a mut Call) -> Result<&'a mut IndexMap<String, Notification>, Answer> {
    let (owner, below) = (owner(call), !call.param("orgname").is_empty());
    let found = call.state.namespace_mut(&owner).filter(|found| found.organization || !below);
    Ok(&mut found.ok_or_else(Answer::not_found)?.notifications)
}

fn list(call: &mut Call) -> Outcome {
    let notifications: Vec<Value> = all(call)?.iter().map(|(uuid, one)| view(uuid, one)).collect();
    Answer::ok(&json!({ "notifications": notifications }))
}

fn create(call: &mut Call) -> Outcome {
    all(call)?;
    let (event, method) = (call.text("event").unwrap_or_default(), call.text("method").unwrap_or_default());
    if !matches!(event.as_str(), "quota_error" | "quota_warning") {
        return Err(Answer::invalid(format!("Invalid event '{event}'. Must be one of: quota_error, quota_warning")));
    }
    let config = call.body["config"].clone();
    match method.as_str() {
        // Mail goes to the organization, whatever the configuration says.
        "email" => {}
        "webhook" | "slack" | "flowdock" | "hipchat" | "quay_notification" => {
            check_method(call, &owner(call), &method, &config)?;
        }
        _ => return Err(Answer::invalid(format!("Unknown notification method '{method}'"))),
    }
    if let Some(Err(error)) = config["template"].as_str().map(serde_json::from_str::<Value>) {
        return Err(Answer::invalid(format!("Could not parse template: {error}")));
    }
    let notification = Notification {
        title: call.body.get("title").cloned().unwrap_or_default(),
        event,
        method,
        config,
        event_config: call.body["eventConfig"].clone(),
        failures: 0,
    };
    let uuid = ids::uuid();
    let view = view(&uuid, &notification);
    log(call, "create_namespace_notification", &uuid, &notification);
    all(call)?.insert(uuid, notification);
    Answer::created(&view)
}

fn log(call: &mut Call, kind: &str, uuid: &str, one: &Notification) {
    let owner = owner(call);
    let data = json!({ "event": one.event, "method": one.method, "namespace": owner, "notification_id": uuid });
    call.log(kind, Some(&owner), None, data);
}

fn found<'a>(call: &'a mut Call) -> Result<&'a mut Notification, Answer> {
    let uuid = call.param("uuid");
    all(call)?.get_mut(&uuid).ok_or_else(Answer::not_found)
}

fn show(call: &mut Call) -> Outcome {
    let uuid = call.param("uuid");
    Answer::ok(&view(&uuid, found(call)?))
}

fn reset(call: &mut Call) -> Outcome {
    let one = found(call)?;
    one.failures = 0;
    let one = one.clone();
    log(call, "reset_namespace_notification", &call.param("uuid"), &one);
    Answer::no_content()
}

fn remove(call: &mut Call) -> Outcome {
    let uuid = call.param("uuid");
    let one = all(call)?.shift_remove(&uuid).ok_or_else(Answer::not_found)?;
    log(call, "delete_namespace_notification", &uuid, &one);
    Answer::no_content()
}

fn test(call: &mut Call) -> Outcome {
    found(call)?;
    Answer::ok(&json!({}))
}
