//! OAuth applications of an organization.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::export::{Export, Source};
use super::list::List;
use super::names::{ObjectName, text};
use super::prediction::Made;
use super::section::{Place, Section};
use super::shape::tidy;
use super::{Card, Kind, Options, application_token};
use crate::api::Path;
use crate::error::{Need, Result};
use crate::quay::{api_token, text as shown_text};

/// Applications.
pub static APPLICATIONS: Card = Card { pruned: true, ..Card::of("applications", "application", &[&SECTION]) };

/// Their entries in a file.
pub static SECTION: Section = Section {
    opens: Some(Place::Application),
    left_out: &["append", "reset_client_secret"],
    commands: &["reset_client_secret"],
    starts: Some("a client secret is reset"),
    steering: &["preserve", "secret"],
    makes: |options| Some(ObjectName::Application(format!("{}/{}", text(options, "organization")?, name(options)?))),
    predict,
    list: Some(List::of(list, "applications", |entry| json!({"name": entry["name"]}))),
    export: Export::Whole(export),
    ..Section::of("applications", Kind::Applications, "quay_application")
};

fn list(organization: &str) -> Path {
    api_token::applications(organization)
}

/// The name that it has in the end.
fn name(options: &Options) -> Option<&str> {
    text(options, "new_name").or(text(options, "name"))
}

/// The client ID of a new one is known when it is made.
fn predict(made: &Made<'_>) {
    if !made.changes() {
        return;
    }
    let path = list(made.text("organization"));
    let found = made.reader.get(&path).unwrap_or_else(|_| json!({"applications": []}));
    let (before, after) = (made.plan.before.get("name").cloned(), made.after("name"));
    made.server.amend_or(&path, found, |body| {
        let Some(all) = body["applications"].as_array_mut() else { return };
        match all.iter_mut().find(|entry| before.as_ref() == Some(&entry["name"])) {
            Some(known) => known["name"] = after,
            None => all.push(json!({"name": after})),
        }
    });
}

fn export(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Value> {
    let list =
        source.list(&list(name), "applications", &Need::ORG_ADMIN, format!("list the applications of {name}"))?;
    let names: Vec<&str> = list.iter().map(|entry| shown_text(&entry["name"])).collect();
    let mut applications = Vec::new();
    for application in names.iter().collect::<BTreeSet<_>>() {
        if names.iter().filter(|other| *other == application).count() > 1 {
            // By its name none of them can be told.
            left_out.push(format!("organization {name}: the applications called {application}, as there are several"));
            continue;
        }
        let options = json!({"organization": name, "name": application, "state": "absent"});
        let mut entry = tidy(source.seen(&SECTION, options)?, &["organization"], &json!({}));
        if let Some(found) = list.iter().find(|found| shown_text(&found["name"]) == *application) {
            entry.insert("tokens".into(), json!(application_token::export(source, name, found, left_out)?));
        }
        applications.push(Value::Object(tidy(entry, &[], &json!({}))));
    }
    Ok(json!(applications))
}
