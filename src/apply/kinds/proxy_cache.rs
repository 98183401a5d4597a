//! What makes an organization a pull-through cache of another registry.

use super::section::Section;
use super::{Card, Kind};

/// Proxy caches.
pub static PROXY_CACHES: Card = Card { excludes: true, ..Card::of("proxy_caches", "proxy cache of", &[&SECTION]) };

static SECTION: Section = Section::single("proxy_cache", Kind::ProxyCaches, "quay_proxy_cache");
