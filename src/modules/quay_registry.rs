//! `quay_registry`: what its documentation cannot say. Its work is mass apply's.

use serde_json::Value;

use super::contract::Rules;

/// Short name; its documentation is `plugins/modules/quay_registry.py`.
pub const NAME: &str = "quay_registry";

/// Rules about its options. What the declaration in them holds has rules of its own.
pub const RULES: Rules = Rules {
    secrets: &["endpoints.quay_token", "endpoints.quay_password"],
    formats: &[("jobs", jobs), ("rate", rate)],
    required_one_of: &[&["config", "src"]],
    within: &[(
        "endpoints",
        Rules {
            mutually_exclusive: &[&["quay_username", "quay_token"], &["quay_password", "quay_token"]],
            required_together: &[&["quay_username", "quay_password"]],
            ..Rules::NONE
        },
    )],
    ..Rules::NONE
};

/// More requests at a time than this only make a server slow.
const MOST_JOBS: i64 = 256;

/// Requests at a time.
pub fn jobs(value: &Value) -> Result<Value, String> {
    match value.as_i64() {
        Some(1..=MOST_JOBS) => Ok(value.clone()),
        _ => Err(format!("must be a number from 1 to {MOST_JOBS}")),
    }
}

fn rate(value: &Value) -> Result<Value, String> {
    match value.as_f64() {
        Some(rate) if rate > 0.0 && rate.is_finite() => Ok(value.clone()),
        _ => Err("must be a number of requests a second, above 0".into()),
    }
}
