//! Accounts of the server.

use serde_json::json;

use super::names::{ObjectName, text};
use super::prediction::Made;
use super::section::{Place, Section};
use super::{Card, Kind};
use crate::api::Path;

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
    ..Section::of("users", Kind::Users, "quay_user")
};

fn predict(made: &Made<'_>) {
    if made.is_new() {
        let name = made.text("username");
        made.server.keep(&Path::api("users").then(name), 200, json!({"username": name}));
    }
}
