//! Storage quotas, as Quay lists them.

use serde_json::Value;

/// The types of limits, and the option of each.
pub const LIMITS: [(&str, &str); 2] = [("Warning", "warning_pct"), ("Reject", "reject_pct")];

/// The quota of the namespace itself in a list of none or one; the server's default stands in the same list.
pub fn real(list: &Value) -> Option<&Value> {
    list.as_array()?.iter().find(|entry| entry["id"].is_u64() && entry["default_config"] != true)
}
