//! OAuth applications of an organization.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::export::{Export, Source};
use super::list::List;
use super::section::Section;
use super::shape::tidy;
use super::{Card, Kind};
use crate::api::Path;
use crate::error::Result;
use crate::quay::text;

/// Applications.
pub static APPLICATIONS: Card = Card { pruned: true, ..Card::of("applications", "application", &[&SECTION]) };

static SECTION: Section = Section {
    steering: &["preserve", "secret"],
    list: Some(List::of(list, "applications", |entry| json!({"name": entry["name"]}))),
    export: Export::Whole(export),
    ..Section::of("applications", Kind::Applications, "quay_application")
};

fn list(organization: &str) -> Path {
    Path::organization(organization).fixed("/applications")
}

fn export(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Value> {
    let list = source.list(&list(name), "applications", format!("list the applications of {name}"))?;
    let names: Vec<&str> = list.iter().map(|entry| text(&entry["name"])).collect();
    let mut applications = Vec::new();
    for application in names.iter().collect::<BTreeSet<_>>() {
        if names.iter().filter(|other| *other == application).count() > 1 {
            // By its name none of them can be told.
            left_out.push(format!("organization {name}: the applications called {application}, as there are several"));
            continue;
        }
        let options = json!({"organization": name, "name": application, "state": "absent"});
        applications.push(Value::Object(tidy(source.seen(&SECTION, options)?, &["organization"], &json!({}))));
    }
    Ok(json!(applications))
}
