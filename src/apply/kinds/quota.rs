//! The storage quota of an organization, with its limits.

use serde_json::{Value, json};

use super::export::{Export, Source, if_available};
use super::prediction::Made;
use super::section::Section;
use super::shape::entry;
use super::{Card, Kind};
use crate::api::Path;
use crate::error::Result;
use crate::quay::lookup;
use crate::quay::quota::LIMITS;

/// Quotas.
pub static QUOTAS: Card = Card::of("quotas", "quota of", &[&SECTION]);

static SECTION: Section =
    Section { predict, export: Export::Whole(export), ..Section::single("quota", Kind::Quotas, "quay_quota") };

/// Shows the quota to the notifications that tell of it. Quay deletes them together with the quota.
fn predict(made: &Made<'_>) {
    if !made.changes() {
        return;
    }
    let path = |part| Path::organization(made.text("organization")).fixed(part);
    if made.plan.after.is_empty() {
        made.server.keep(&path("/quota"), 200, json!([]));
        made.server.keep(&path("/notifications"), 200, json!({"notifications": []}));
        return;
    }
    let limits = LIMITS.into_iter().flat_map(|(kind, option)| {
        let percents = match made.after_or_kept(option) {
            Value::Array(several) => several,
            one => vec![one],
        };
        let limits = percents.into_iter().filter(|percent| percent.as_u64().is_some_and(|percent| percent > 0));
        limits.map(move |percent| json!({"id": 0, "type": kind, "limit_percent": percent}))
    });
    let limits: Vec<Value> = limits.collect();
    let quota = json!([{"id": 0, "limit_bytes": made.after_or_kept("quota"), "limits": limits}]);
    made.server.keep(&path("/quota"), 200, quota);
}

/// Where there is one, the organization shows it, too (3.9). Of one without, only the list of its own tells the server's default.
fn export(source: &Source<'_>, name: &str, _: &mut Vec<String>) -> Result<Value> {
    if source.server.lacks("QUOTA_MANAGEMENT") || source.server.lacks("EDIT_QUOTA") {
        return Ok(Value::Null);
    }
    let found = lookup::organization(source.quay, name)?.unwrap_or_default();
    match found["quotas"].as_array() {
        Some(list) if list.is_empty() => return Ok(Value::Null),
        Some(list) => source.quay.learn(&Path::organization(name).fixed("/quota"), json!(list)),
        None => {}
    }
    let seen = if_available(source.seen(&SECTION, json!({"organization": name, "state": "absent"})))?;
    Ok(json!(entry(seen.unwrap_or_default(), &["organization"], SECTION.entry().fields)))
}
