//! Storage quotas, as Quay lists them.

use serde_json::Value;

/// The types of limits, and the option of each.
pub const LIMITS: [(&str, &str); 2] = [("Warning", "warning_pct"), ("Reject", "reject_pct")];

/// Whether the server's default (DEFAULT_SYSTEM_REJECT_QUOTA_BYTES) stands in the list of a namespace without a quota of its own.
pub fn is_given(list: &Value) -> bool {
    let is_it =
        |entry: &Value| entry["default_config"] == true && entry["limit_bytes"].as_u64().is_some_and(|it| it > 0);
    list.as_array().is_some_and(|list| list.iter().any(is_it))
}

/// The quota of the namespace itself in a list of none or one; the server's default stands in the same list.
pub fn real(list: &Value) -> Option<&Value> {
    list.as_array()?.iter().find(|entry| entry["id"].is_u64() && entry["default_config"] != true)
}
