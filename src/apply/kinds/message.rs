//! Messages of the day.

use serde_json::{Value, json};

use super::export::{Export, Source};
use super::list::List;
use super::section::{Place, Section};
use super::shape::sort;
use super::{Card, Kind};
use crate::api::Path;
use crate::error::Result;
use crate::quay::{lists, text};

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
    selectors: &["search_string", "search_severity", "regexp"],
    // One removal takes all messages of the same text.
    list: Some(List::of(|_| Path::api("messages"), "messages", |entry| json!({"content": entry["content"]}))),
    export: Export::Whole(export),
    ..Section::of("messages", Kind::Messages, "quay_message")
};

fn export(source: &Source<'_>, _: &str, _: &mut Vec<String>) -> Result<Value> {
    let of = |entry: &Value| {
        let media_type = text(&entry["media_type"]);
        let format = media_type.strip_prefix("text/").unwrap_or(media_type);
        json!({"content": entry["content"], "severity": entry["severity"], "format": format})
    };
    let mut messages: Vec<Value> = lists::messages(source.quay)?.iter().map(of).collect();
    sort(&mut messages, &["content", "severity"]);
    // Two that say the same are one.
    messages.dedup();
    Ok(json!(messages))
}
