//! What makes an organization a pull-through cache of another registry.

use serde_json::{Value, json};

use super::export::{Export, Source, if_available};
use super::section::Section;
use super::shape::entry;
use super::{Card, Kind};
use crate::error::Result;

/// Proxy caches.
pub static PROXY_CACHES: Card = Card { excludes: true, ..Card::of("proxy_caches", "proxy cache of", &[&SECTION]) };

static SECTION: Section = Section {
    left_out: &["verify"],
    export: Export::Whole(export),
    ..Section::single("proxy_cache", Kind::ProxyCaches, "quay_proxy_cache")
};

fn export(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Value> {
    if source.server.lacks("PROXY_CACHE") {
        return Ok(Value::Null);
    }
    let options = json!({"organization": name, "state": "absent"});
    let seen = if_available(source.seen(&SECTION, options))?.unwrap_or_default();
    let cache = entry(seen, &["organization"], SECTION.entry().fields);
    if !cache.is_empty() {
        let what = "username and password of the proxy cache, if it has any";
        left_out.push(format!("organization {name}: {what}"));
    }
    Ok(json!(cache))
}
