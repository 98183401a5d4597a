//! Clean values: without what a place in the tree says already, and without what is so anyway.

use serde_json::{Map, Value, json};

use crate::quay::fields::{Table, Unit};
use crate::quay::period::{self, in_units};

/// Removes nulls, empty texts and lists, the keys `without`, and what equals one of `defaults`.
pub fn tidy(mut value: Map<String, Value>, without: &[&str], defaults: &Value) -> Map<String, Value> {
    value.retain(|key, value| !is_empty(value) && !without.contains(&key.as_str()) && defaults.get(key) != Some(value));
    value
}

/// What a module sees of an object, as a file writes it: without the keys `without` and what a creation sends anyway, and its numbers
/// with their units.
pub fn entry(seen: Map<String, Value>, without: &[&str], table: &Table) -> Map<String, Value> {
    let mut entry = tidy(seen, without, &json!(table.usual()));
    for field in table.fields {
        match field.unit {
            Unit::One => {}
            Unit::Seconds => with_period(&mut entry, field.option),
            Unit::Bytes => with_size(&mut entry, field.option),
        }
    }
    entry
}

/// Whether a value says nothing.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Turns a number of seconds under `key` into a period with the largest unit that fits.
fn with_period(value: &mut Map<String, Value>, key: &str) {
    let Some(seconds) = value.get(key).and_then(Value::as_u64) else { return };
    value.insert(key.to_owned(), json!(period::written(seconds)));
}

/// Turns a number of bytes under `key` into a size with the largest unit that fits.
fn with_size(value: &mut Map<String, Value>, key: &str) {
    let Some(bytes) = value.get(key).and_then(Value::as_u64) else { return };
    value.insert(key.to_owned(), json!(size(bytes)));
}

/// A number of bytes with the largest unit that fits.
pub fn size(bytes: u64) -> String {
    in_units(bytes, SIZES)
}

const SIZES: &[(u64, &str)] = &[
    (1 << 50, " PiB"),
    (1 << 40, " TiB"),
    (1 << 30, " GiB"),
    (1 << 20, " MiB"),
    (1_000_000_000_000, " TB"),
    (1_000_000_000, " GB"),
    (1_000_000, " MB"),
    (1, ""),
];

/// Sorts a list by the texts of its entries under these keys.
pub fn sort(list: &mut [Value], keys: &[&str]) {
    list.sort_by_cached_key(|value| {
        keys.iter().map(|key| value[*key].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quay::size;

    #[test]
    fn numbers_get_the_largest_unit_and_stay_what_they_are() {
        for (seconds, expected) in [(0, "0s"), (1_209_600, "2w"), (90, "90s"), (3_600, "1h"), (86_400, "1d")] {
            assert_eq!(period::written(seconds), expected);
            assert_eq!(period::seconds(&json!(expected)), Ok(json!(seconds)));
        }
        for (bytes, expected) in [
            (10 << 30, "10 GiB"),
            (1_500_000_000, "1500 MB"),
            (8_000_000_000_000_000_000, "8000000 TB"),
            (1_023, "1023"),
        ] {
            assert_eq!(in_units(bytes, SIZES), expected);
            assert_eq!(size::bytes(&json!(expected)), Ok(json!(bytes)));
        }
    }

    #[test]
    fn what_says_nothing_is_removed() {
        let Value::Object(value) =
            json!({"name": "a", "text": "", "list": [], "none": null, "off": false, "usual": 1, "number": 0})
        else {
            panic!()
        };
        let tidied = tidy(value, &["name"], &json!({"usual": 1}));
        assert_eq!(json!(tidied), json!({"off": false, "number": 0}));
    }
}
