//! Messages of the day.

use serde_json::json;

use super::list::List;
use super::section::{Place, Section};
use super::{Card, Kind};
use crate::api::Path;

/// Messages of the day.
pub static MESSAGES: Card = Card { pruned: true, listed: true, ..Card::of("messages", "message", &[&SECTION]) };

/// Messages, whichever the organization.
pub static SECTION: Section = Section {
    place: Place::Top,
    supplied: &[],
    identity: &["content"],
    called: &["content"],
    left_out: &["search_string", "search_severity", "regexp"],
    steering: &["endpoints", "preserve"],
    // One removal takes all messages of the same text.
    list: Some(List::of(|_| Path::api("messages"), "messages", |entry| json!({"content": entry["content"]}))),
    ..Section::of("messages", Kind::Messages, "quay_message")
};
