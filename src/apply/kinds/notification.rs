//! What a repository, or an organization, tells the outside world when something happens to it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::export::{Export, Source, if_available};
use super::list::{List, Select};
use super::names::{ObjectName, grantee, owner, text};
use super::section::{Place, Section, Supply};
use super::shape::{sort, tidy};
use super::{Card, Kind, Options};
use crate::api::Path;
use crate::error::{Need, Result};
use crate::quay::{notification, python, written};

/// Notifications.
pub static NOTIFICATIONS: Card =
    Card { pruned: true, listed: true, ..Card::of("notifications", "notification", &[&OF_ORGANIZATION, &SECTION]) };

/// Notifications of an organization about its quota.
pub static OF_ORGANIZATION: Section = Section {
    identity: &["title", "event", "method"],
    called: &["title", "organization"],
    left_out: &["own", "reset_failcount", "test"],
    commands: &["reset_failcount", "test"],
    starts: SECTION.starts,
    needs,
    list: Some(List {
        is_about,
        ..List::of(list_of_organization, "notifications", |entry| json!({"title": title(entry)}))
    }),
    export: Export::Whole(export_of_organization),
    ..Section::of("notifications", Kind::Notifications, "quay_organization_notification")
};

static SECTION: Section = Section {
    place: Place::Repository,
    supplied: &[("repository", Supply::Repository)],
    identity: &["title", "event", "method"],
    called: &["title", "repository"],
    left_out: &["search_string", "regexp", "reset_failcount", "test"],
    selectors: &["search_string", "regexp"],
    commands: &["reset_failcount", "test"],
    starts: Some("a test or a reset is sent"),
    needs,
    list: Some(List { is_about, ..List::of(list, "notifications", select) }),
    export: Export::Whole(export),
    ..Section::of("notifications", Kind::Notifications, "quay_notification")
};

/// Whom it tells, unless that is the organization.
fn needs(options: &Options) -> Vec<ObjectName> {
    let config = options.get("config").and_then(Value::as_object);
    let part = |key: &str| config.and_then(|config| config.get(key)).and_then(Value::as_str);
    let organization = text(options, "repository").and_then(owner).or(text(options, "organization"));
    let name = part("name").filter(|_| part("type") != Some("org"));
    name.map(|name| grantee(organization, part("type"), name)).into_iter().collect()
}

/// Event and method alone would also select those that have a title; this pattern selects none of them.
fn select(entry: &Value) -> Value {
    match title(entry) {
        "" => json!({"regexp": "^$"}),
        title => json!({"title": title}),
    }
}

fn title(entry: &Value) -> &str {
    entry["title"].as_str().unwrap_or_default()
}

/// Whether a call would find this notification. A pattern that cannot be tried may well fit.
fn is_about(options: &Options, entry: &Value, _: Select) -> bool {
    let (title, text) = (title(entry), |key: &str| options.get(key).and_then(Value::as_str));
    if let Some(part) = text("search_string") {
        return title.contains(part);
    }
    if let Some(pattern) = text("regexp") {
        return python::compile(pattern).map_or(true, |pattern| pattern.is_match(title).unwrap_or(true));
    }
    if let Some(wanted) = text("title") {
        return title == wanted;
    }
    let fits = |key: &str| text(key).is_none_or(|wanted| entry[key] == wanted);
    fits("event") && fits("method")
}

fn list(repository: &str) -> Path {
    Path::repository(repository).fixed("/notification/")
}

fn list_of_organization(organization: &str) -> Path {
    Path::organization(organization).fixed("/notifications")
}

fn export(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Value> {
    let list =
        source.list(&list(name), "notifications", &Need::REPO_ADMIN, format!("list the notifications of {name}"))?;
    Ok(exported(&SECTION, &list, &format!("repository {name}"), left_out))
}

/// None where the server has none: older ones do not know the feature, and others have it off.
fn export_of_organization(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Value> {
    if source.server.is_without("QUOTA_NOTIFICATIONS") {
        return Ok(Value::Null);
    }
    let attempt = format!("list the notifications of {name}");
    let list = if_available(source.list(&list_of_organization(name), "notifications", &Need::ORG_ADMIN, attempt))?
        .unwrap_or_default();
    Ok(exported(&OF_ORGANIZATION, &list, &format!("organization {name}"), left_out))
}

/// The notifications, without addresses and tokens, which are secrets or hold some.
fn exported(section: &Section, list: &[Value], place: &str, left_out: &mut Vec<String>) -> Value {
    let mut notifications = Vec::new();
    let mut titles = BTreeSet::new();
    for entry in list {
        let (title, shown) = (title(entry), notification::shown(entry));
        if title.is_empty() || !titles.insert(title) {
            let kind = format!("({} by {})", written(&shown["event"]), written(&shown["method"]));
            left_out.push(match title {
                "" => format!("{place}: a notification {kind} without a title, which {} cannot make", section.module),
                title => format!("{place}: another notification called \"{title}\" {kind}"),
            });
            continue;
        }
        for key in notification::unknown_event_values(entry) {
            left_out.push(format!("{place}: notification \"{title}\": {key} of the event"));
        }
        let Value::Object(mut shown) = shown else { continue };
        if let Some(Value::Object(config)) = shown.get_mut("config") {
            // A room goes only together with its token.
            let unused = (section.module == OF_ORGANIZATION.module).then_some("email");
            for key in ["url", "notification_token", "room_id", "flow_api_token"].into_iter().chain(unused) {
                if config.shift_remove(key).is_some() {
                    left_out.push(format!("{place}: notification \"{title}\": config.{key}"));
                }
            }
        }
        notifications.push(Value::Object(tidy(shown, &[], &json!({}))));
    }
    sort(&mut notifications, &["title"]);
    json!(notifications)
}
