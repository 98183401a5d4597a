//! Accounts of the server.

use serde_json::{Map, Value, json};

use super::export::{Export, Source};
use super::names::{ObjectName, text};
use super::prediction::Made;
use super::section::{Place, Section};
use super::shape::{size, sort};
use super::{Card, Kind};
use crate::api::Path;
use crate::error::Result;
use crate::quay::{address, lists, text as shown};

/// Accounts.
pub static USERS: Card = Card::of("users", "user", &[&SECTION]);

/// Accounts.
pub static SECTION: Section = Section {
    place: Place::Top,
    supplied: &[],
    identity: &["username"],
    called: &["username"],
    steering: &["endpoints", "preserve"],
    makes: |options| text(options, "username").map(|name| ObjectName::User(name.to_owned())),
    organization: |_| None,
    predict,
    export: Export::Whole(export),
    ..Section::of("users", Kind::Users, "quay_user")
};

fn predict(made: &Made<'_>) {
    if made.is_new() {
        let name = made.text("username");
        made.server.keep(&Path::api("users").then(name), 200, json!({"username": name}));
    }
}

/// The accounts. Passwords are never shown.
fn export(source: &Source<'_>, _: &str, left_out: &mut Vec<String>) -> Result<Value> {
    let mut users: Vec<Value> = Vec::new();
    for entry in lists::users(source.quay)?.iter().filter(|entry| entry["username"].is_string()) {
        let mut user = Map::from_iter([("username".to_owned(), entry["username"].clone())]);
        if let Some(email) = Some(address(&entry["email"])).filter(|email| !email.is_empty()) {
            user.insert("email".into(), json!(email));
        }
        for (key, option, unusual) in [("enabled", "enabled", false), ("super_user", "superuser", true)] {
            if entry[key] == unusual {
                user.insert(option.into(), json!(unusual));
            }
        }
        let name = shown(&entry["username"]);
        if let Some(bytes) = entry["quotas"][0]["limit_bytes"].as_u64() {
            user.insert("quota".into(), json!(size(bytes)));
            if entry["quotas"][0]["limits"].as_array().is_some_and(|limits| !limits.is_empty()) {
                left_out.push(format!("user {name}: the limits of the quota, which no route sets"));
            }
        }
        left_out.push(format!("user {name}: password"));
        users.push(Value::Object(user));
    }
    sort(&mut users, &["username"]);
    Ok(json!(users))
}
