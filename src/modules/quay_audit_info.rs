//! `quay_audit_info`: what its documentation cannot say. Its work is mass apply's.

use super::contract::Rules;
use super::quay_registry::jobs;

/// Short name; its documentation is `plugins/modules/quay_audit_info.py`.
pub const NAME: &str = "quay_audit_info";

/// Rules about its options. What a declaration in them holds has rules of its own.
pub const RULES: Rules = Rules {
    formats: &[("jobs", jobs)],
    mutually_exclusive: &[&["organizations", "src"], &["organizations", "config"], &["rules", "rules_src"]],
    ..Rules::NONE
};
