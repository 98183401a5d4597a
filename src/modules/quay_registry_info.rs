//! `quay_registry_info`: what its documentation cannot say. Its work is mass apply's.

use super::contract::Rules;
use super::quay_registry::jobs;

/// Short name; its documentation is `plugins/modules/quay_registry_info.py`.
pub const NAME: &str = "quay_registry_info";

/// Rules about its options.
pub const RULES: Rules = Rules { formats: &[("jobs", jobs)], ..Rules::NONE };
