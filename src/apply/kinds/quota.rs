//! The storage quota of an organization, with its limits.

use serde_json::{Value, json};

use super::export::{Export, Source, if_available};
use super::section::Section;
use super::shape::entry;
use super::{Card, Kind};
use crate::error::Result;

/// Quotas.
pub static QUOTAS: Card = Card::of("quotas", "quota of", &[&SECTION]);

static SECTION: Section =
    Section { export: Export::Whole(export), ..Section::single("quota", Kind::Quotas, "quay_quota") };

fn export(source: &Source<'_>, name: &str, _: &mut Vec<String>) -> Result<Value> {
    if source.server.lacks("QUOTA_MANAGEMENT") || source.server.lacks("EDIT_QUOTA") {
        return Ok(Value::Null);
    }
    let seen = if_available(source.seen(&SECTION, json!({"organization": name, "state": "absent"})))?;
    Ok(json!(entry(seen.unwrap_or_default(), &["organization"], SECTION.entry().fields)))
}
