//! The storage quota of an organization, with its limits.

use super::section::Section;
use super::{Card, Kind};

/// Quotas.
pub static QUOTAS: Card = Card::of("quotas", "quota of", &[&SECTION]);

static SECTION: Section = Section::single("quota", Kind::Quotas, "quay_quota");
