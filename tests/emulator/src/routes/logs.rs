//! The log of what was changed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Right, Route, get, post,
    repository::{page_start, page_token},
};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    state::{
        LogEntry, Role,
        clock::{SECOND, mail_date, mail_day, now},
        ids,
    },
    views,
};

const REPO: Right = Right::Repository(Role::Admin);
const ORG: Right = Right::OrganizationAdmin;
const OWN: Right = Right::Account("user:admin");
const SUPER: Right = Right::Superuser;
const COUNTS: &[&str] = &["AGGREGATED_LOG_COUNT_RETRIEVAL"];
const EXPORT: &[&str] = &["LOG_EXPORT"];

pub(super) const ROUTES: &[Route] = &[
    get("repository/{repository}/logs", entries).needs(REPO),
    get("repository/{repository}/aggregatelogs", counts).needs(REPO).features(COUNTS),
    post("repository/{repository}/exportlogs", export).needs(REPO).features(EXPORT),
    get("organization/{orgname}/logs", entries).needs(ORG),
    get("organization/{orgname}/aggregatelogs", counts).needs(ORG).features(COUNTS),
    post("organization/{orgname}/exportlogs", export).needs(ORG).features(EXPORT),
    get("user/logs", entries).needs(OWN),
    get("user/aggregatelogs", counts).needs(OWN).features(COUNTS),
    post("user/exportlogs", export).needs(OWN).features(EXPORT),
    get("superuser/logs", entries).needs(SUPER).features(&["SUPER_USERS"]),
    get("superuser/aggregatelogs", counts).needs(SUPER).features(&["SUPER_USERS", "AGGREGATED_LOG_COUNT_RETRIEVAL"]),
];

/// How many lines stand on a page.
const PAGE: usize = 20;
const DAY: i64 = 86_400 * SECOND;

/// The lines that the path speaks of, newest first.
fn chosen<'a>(call: &'a Call) -> Vec<&'a LogEntry> {
    let (organization, path) = (call.param("orgname"), call.request.path.clone());
    let (namespace, repository) = if !call.param("repository").is_empty() {
        let (namespace, name) = call.repository_path();
        (Some(namespace), Some(name))
    } else if !organization.is_empty() {
        (Some(organization), None)
    } else if path.contains("/superuser/") {
        (None, None)
    } else {
        (Some(call.user_name()), None)
    };
    let performer = call.request.argument("performer");
    let fits = |entry: &&LogEntry| {
        namespace.as_ref().is_none_or(|name| entry.namespace.as_ref() == Some(name))
            && repository.as_ref().is_none_or(|name| entry.repository.as_ref() == Some(name))
            && performer.as_ref().is_none_or(|name| entry.performer.as_ref() == Some(name))
    };
    call.state.logs.iter().rev().filter(fits).collect()
}

fn view(call: &Call, entry: &LogEntry) -> Value {
    let mut view =
        json!({ "datetime": mail_date(entry.at), "ip": "127.0.0.1", "kind": entry.kind, "metadata": entry.metadata });
    if let Some(name) = &entry.performer {
        view["performer"] = json!({ "avatar": views::account_avatar(call.state, name), "is_robot": name.contains('+'), "kind": "user", "name": name });
    }
    if call.request.path.contains("/superuser/")
        && let Some(found) = entry.namespace.as_deref().and_then(|name| call.state.namespace(name))
    {
        let (kind, picture) =
            if found.organization { ("org", avatar::organization(found)) } else { ("user", avatar::user(found)) };
        view["namespace"] = json!({ "avatar": picture, "kind": kind, "name": found.name });
    }
    view
}

fn entries(call: &mut Call) -> Outcome {
    let all = chosen(call);
    let start = call.request.argument("next_page").and_then(|token| page_start(&token)).unwrap_or_default();
    let start = usize::try_from(start).unwrap_or_default();
    let logs: Vec<Value> = all.iter().skip(start).take(PAGE).map(|entry| view(call, entry)).collect();
    let mut body = json!({ "end_time": mail_date(now() + DAY), "logs": logs, "start_time": mail_date(now() - DAY) });
    if all.len() > start + PAGE {
        body["next_page"] = page_token((start + PAGE) as u64).into();
    }
    Answer::ok(&body)
}

fn counts(call: &mut Call) -> Outcome {
    let mut counts: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for entry in chosen(call) {
        *counts.entry((mail_day(entry.at), &entry.kind)).or_default() += 1;
    }
    let aggregated: Vec<Value> = counts
        .into_iter()
        .map(|((day, kind), count)| json!({ "count": count, "datetime": day, "kind": kind }))
        .collect();
    Answer::ok(&json!({ "aggregated": aggregated }))
}

fn export(call: &mut Call) -> Outcome {
    let body = call.request.json()?;
    let given = |key: &str| body[key].as_str().is_some_and(|text| !text.is_empty());
    if !given("callback_url") && !given("callback_email") {
        return Err(Answer::invalid("Missing callback_url or callback_email"));
    }
    Answer::ok(&json!({ "export_id": ids::uuid() }))
}
