//! The health of the mirrors of repositories: enabled ones in the state MIRROR.

use serde_json::{Value, json};

use super::{Right, Route, get, repo_mirror::retries};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::clock::{iso_micros, now},
};

const ON: &[&str] = &["REPO_MIRROR"];
/// At most so many issues of a sort are told.
const ISSUES: usize = 5;

pub(super) const ROUTES: &[Route] = &[
    get("repository/mirror/health", named).features(ON),
    get("superuser/mirror/health", nameless).needs(Right::Superuser).features(ON),
];

fn named(call: &mut Call) -> Outcome {
    let number = |name: &str, default: usize| match call.request.argument(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            let help = "Maximum repositories in detailed view (when detailed=true)";
            Answer::json(400, &json!({ "message": { "limit": help } }))
        }),
    };
    let (limit, offset) = (number("limit", 100)?, number("offset", 0)?);
    let namespace = call.request.argument("namespace");
    if namespace.as_deref().is_some_and(|name| call.state.namespace(name).is_none()) {
        return Err(Answer::not_found());
    }
    let own = |name: &str| call.user_name() == name || call.team_role(name).is_some();
    if !(call.full_access() || call.readonly_superuser() || namespace.as_deref().is_some_and(own)) {
        return Err(call.refusal());
    }
    let details = details(call, namespace.as_deref());
    let mut body = summary(&details, true);
    if call.request.flag("detailed") {
        let page: Vec<&Value> = details.iter().skip(offset).take(limit).collect();
        body["repositories"]["details"] = json!(page);
        body["repositories"]["pagination"] =
            json!({ "has_more": details.len() > offset + page.len(), "limit": limit, "offset": offset });
    }
    told(&body)
}

fn nameless(call: &mut Call) -> Outcome {
    told(&summary(&details(call, None), false))
}

fn told(body: &Value) -> Outcome {
    Ok(Answer::json(if body["healthy"] == true { 200 } else { 503 }, body))
}

fn details(call: &Call, namespace: Option<&str>) -> Vec<Value> {
    let namespaces = call.state.namespaces.values().filter(|found| namespace.is_none_or(|name| found.name == name));
    let repositories = namespaces.flat_map(|found| found.repositories.values().map(move |entry| (found, entry)));
    let mirrors = repositories.filter_map(|(owner, repository)| {
        let mirror = repository.mirror.as_ref()?;
        let enabled = mirror.fields["is_enabled"] == true && repository.state == "MIRROR";
        enabled.then(|| {
            json!({
                "is_enabled": true,
                "last_sync": null,
                "namespace": owner.name,
                "repository": repository.name,
                "retries_remaining": retries(mirror),
                "sync_status": mirror.sync_status,
            })
        })
    });
    mirrors.collect()
}

/// Not healthy when over 20 % of those that have run fail.
fn summary(details: &[Value], names: bool) -> Value {
    let of = |status: &'static str| details.iter().filter(move |entry| entry["sync_status"] == status);
    let count = |status| of(status).count();
    let (failed, run) = (count("FAIL"), count("FAIL") + count("SUCCESS"));
    let healthy = failed * 5 <= run;
    let (checked, mut issues) = (iso_micros(now()), Vec::new());
    let mut tell = |severity: &str, message: String| {
        issues.push(json!({ "message": message, "severity": severity, "timestamp": checked }));
    };
    if !healthy {
        let share = 1000 * failed / run;
        let share = format!("{}.{}%", share / 10, share % 10);
        tell("critical", format!("{share} of repositories are failing (threshold: 20.0%)"));
    }
    let part = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let name = |entry: &Value| format!("{}/{}", part(entry, "namespace"), part(entry, "repository"));
    if names {
        for entry in of("FAIL").filter(|entry| entry["retries_remaining"] == 0).take(ISSUES) {
            tell("error", format!("Repository {} has exhausted all retry attempts", name(entry)));
        }
        for entry in of("NEVER_RUN").take(ISSUES) {
            tell("warning", format!("Repository {} has never been synced", name(entry)));
        }
    }
    json!({
        "healthy": healthy,
        "issues": issues,
        "last_check": checked,
        "repositories": {
            "completed": count("SUCCESS"), "failed": failed, "never_run": count("NEVER_RUN"), "syncing": count("SYNCING"),
            "total": details.len(),
        },
        "tags_pending": 0,
        "workers": { "active": 0, "configured": 0, "status": if healthy { "healthy" } else { "degraded" } },
    })
}
