//! What goes with an object that is removed, in words.

use serde_json::{Map, Value, json};

use crate::quay::size;

/// `3 repositories, 12 tags, 49.9 KiB, last pull on 2026-11-20`; `None` where nothing is known.
pub fn sentence(held: &Map<String, Value>) -> Option<String> {
    let number = |key: &str| held.get(key).and_then(Value::as_u64);
    let count = |key: &str, one: &str, many: &str| {
        let count = number(key)?;
        let more = if key == "tags" && held.get("more_tags") == Some(&json!(true)) { " or more" } else { "" };
        Some(format!("{count} {}{more}", if count == 1 { one } else { many }))
    };
    let day = |key: &str| held.get(key).and_then(Value::as_str);
    let pull = match day("last_pull") {
        Some(day) => Some(format!("last pull on {day}")),
        None => day("pulls_since").map(|since| format!("no pull in the log since {since}")),
    };
    let parts = [
        count("repositories", "repository", "repositories"),
        count("tags", "tag", "tags"),
        number("size").map(size::shown),
        pull,
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
