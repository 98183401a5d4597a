//! The log of what was done: in pages, counted, and exported.

mod listing;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{Right, Route, get, post};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    names::is_email,
    state::{
        LogEntry, Role,
        clock::{Micros, SECOND, mail_day, now},
        ids,
    },
};

const REPO: Right = Right::Repository(Role::Admin);
const ORG: Right = Right::OrganizationAdmin;
const OWN: Right = Right::Account("user:admin");
const SUPER: Right = Right::Superuser;
const COUNTS: &[&str] = &["AGGREGATED_LOG_COUNT_RETRIEVAL"];
const EXPORT: &[&str] = &["LOG_EXPORT"];

pub(super) const ROUTES: &[Route] = &[
    get("repository/{repository}/logs", listing::entries).needs(REPO),
    get("repository/{repository}/aggregatelogs", counts).needs(REPO).features(COUNTS),
    post("repository/{repository}/exportlogs", export).body().needs(REPO).features(EXPORT),
    get("organization/{orgname}/logs", listing::entries).needs(ORG),
    get("organization/{orgname}/aggregatelogs", counts).needs(ORG).features(COUNTS),
    post("organization/{orgname}/exportlogs", export).body().needs(ORG).features(EXPORT),
    get("user/logs", listing::entries).needs(OWN),
    get("user/aggregatelogs", counts).needs(OWN).features(COUNTS),
    post("user/exportlogs", export).body().needs(OWN).features(EXPORT),
    get("superuser/logs", listing::entries).needs(SUPER).features(&["SUPER_USERS"]),
    get("superuser/aggregatelogs", counts).needs(SUPER).features(&["SUPER_USERS"]),
];

/// How many lines stand on a page; what the request says does not matter.
const PAGE: usize = 20;
const DAY: Micros = 86_400 * SECOND;
/// Longer ranges are not counted.
const LONGEST: Micros = 31 * DAY;

/// The lines that the request speaks of. An account that does not exist makes a listing fail; for a count it is no filter.
fn chosen<'a>(call: &'a Call, listed: bool) -> Result<Vec<&'a LogEntry>, Answer> {
    let (organization, path) = (call.param("orgname"), &call.request.path);
    let whole = path.contains("/superuser/");
    let own = !whole && organization.is_empty() && call.param("repository").is_empty();
    let (namespace, repository) = if !call.param("repository").is_empty() {
        let found = call.repository()?;
        (Some(call.repository_path().0), Some(found.name.clone()))
    } else if whole {
        (None, None)
    } else if own {
        (Some(call.user_name()), None)
    } else if call.state.namespace(&organization).is_none() {
        return Err(Answer::message(400, format!("Invalid namespace requested: {organization}")));
    } else {
        (Some(organization), None)
    };
    let performer = call.request.argument("performer").filter(|_| !whole && repository.is_none());
    let known = performer.as_ref().is_none_or(|name| call.state.account_exists(name));
    if listed && !known {
        return Err(Answer::crash());
    }
    let performer = performer.filter(|_| known);
    let (start, end) = range(call);
    let fits = |entry: &&LogEntry| {
        (start..end).contains(&entry.at)
            && namespace.as_ref().is_none_or(|name| entry.namespace.as_ref() == Some(name))
            && repository.as_ref().is_none_or(|name| entry.repository.as_ref() == Some(name))
            && performer.as_ref().is_none_or(|name| entry.performer.as_ref() == Some(name))
            && !(own && entry.kind.starts_with("service_key"))
    };
    Ok(call.state.logs.iter().rev().filter(fits).collect())
}

/// From when until when: whole days, written as `MM/DD/YYYY`; anything else counts as not given.
fn range(call: &Call) -> (Micros, Micros) {
    let day = |name: &str| {
        let date = Date::strptime("%m/%d/%Y", call.request.argument(name)?).ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
    };
    (day("starttime").unwrap_or_else(|| now() - DAY), day("endtime").unwrap_or_else(now) + DAY)
}

/// What a store elsewhere answers that no account can search.
fn unsearched(call: &Call, list: &str) -> Option<Value> {
    let model = call.settings.text("LOGS_MODEL");
    let message = format!("Log search is not available: no search account for {model} is configured");
    (call.settings.version.since(17) && !matches!(model, "" | "database"))
        .then(|| json!({ list: [], "message": message, "search_unavailable": true }))
}

/// The database counts by the day of the month: what is of the same one counts as of the first such day in the range.
fn counted_as(at: Micros, start: Micros) -> Micros {
    let of_month = |at: Micros| Timestamp::from_microsecond(at).map(|at| at.to_zoned(TimeZone::UTC).day()).ok();
    (0..31).map(|days| start + days * DAY).find(|day| of_month(*day) == of_month(at)).unwrap_or(at)
}

fn counts(call: &mut Call) -> Outcome {
    if let Some(nothing) = unsearched(call, "aggregated") {
        return Answer::ok(&nothing);
    }
    let (start, end) = range(call);
    if end < start || end - start > LONGEST {
        let whole = call.request.path.contains("/superuser/");
        return Err(if whole { Answer::crash() } else { Answer::message(400, "Invalid date range for logs") });
    }
    let mut counts: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for entry in chosen(call, false)? {
        *counts.entry((mail_day(counted_as(entry.at, start)), &entry.kind)).or_default() += 1;
    }
    let aggregated: Vec<Value> = counts
        .into_iter()
        .map(|((day, kind), count)| json!({ "count": count, "datetime": day, "kind": kind }))
        .collect();
    Answer::ok(&json!({ "aggregated": aggregated }))
}

/// Queues an export. Nothing comes of it here.
fn export(call: &mut Call) -> Outcome {
    let repository = call.param("repository");
    let owner = call.param("orgname");
    if !repository.is_empty() {
        call.repository()?;
    }
    if let Some(url) = call.text("callback_url") {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", &url));
        if !matches!(scheme, "http" | "https") {
            let text = format!("Invalid URL scheme '{scheme}': only HTTP and HTTPS are allowed");
            return Err(Answer::invalid(text));
        }
        if rest.starts_with("//169.254.") {
            return Err(Answer::invalid("Invalid callback URL"));
        }
    }
    if call.text("callback_email").is_some_and(|email| !is_email(&email)) {
        return Err(Answer::invalid("Invalid callback e-mail"));
    }
    if repository.is_empty() && !owner.is_empty() && call.state.namespace(&owner).is_none() {
        return Err(Answer::crash());
    }
    Answer::ok(&json!({ "export_id": ids::uuid() }))
}
