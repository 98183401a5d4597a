//! Points in time as Quay writes them.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A time as Quay or a user writes it: `Mon, 05 Jan 2026 08:15:00 -0000` in most answers of Quay, `2026-01-05T08:15:00.123456Z`
/// in others.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Some(rfc2822::parse(text).ok()?.timestamp()))
}

/// The time that stands in an answer; `None` also for null, which Quay writes for what never happened.
pub fn of(value: &Value) -> Option<Timestamp> {
    parse(value.as_str()?)
}

/// A time to the second, `2026-01-05T08:15:00Z`.
pub fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether a time is more than so many seconds ago.
pub fn is_before(time: Timestamp, seconds: u64) -> bool {
    Timestamp::now().duration_since(time) > period(seconds)
}

/// Whether a time is less than so many seconds ahead, or past.
pub fn is_within(time: Timestamp, seconds: u64) -> bool {
    time.duration_since(Timestamp::now()) < period(seconds)
}

fn period(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// How many whole days ago a time is; 0 for one that is to come.
pub fn days_since(time: Timestamp) -> i64 {
    (Timestamp::now().duration_since(time).as_hours() / 24).max(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_of_quays_forms_are_understood() {
        for text in ["Mon, 05 Jan 2026 08:15:00 -0000", "2026-01-05T08:15:00Z", "2026-01-05T08:15:00.123456Z"] {
            assert_eq!(written(of(&json!(text)).unwrap()), "2026-01-05T08:15:00Z", "{text}");
        }
        assert_eq!(of(&Value::Null), None);
        assert_eq!(of(&json!("yesterday")), None);
    }

    #[test]
    fn what_is_to_come_is_never_long_ago() {
        let hour = |hours: i64| Timestamp::now() - SignedDuration::from_hours(hours);
        assert!(is_before(hour(2), 3600));
        assert!(!is_before(hour(2), 3 * 3600));
        assert!(!is_before(hour(-2), 0));
        assert!(is_within(hour(1), 0) && is_within(hour(-1), 2 * 3600) && !is_within(hour(-3), 2 * 3600));
        assert_eq!([hour(47), hour(49), hour(-49)].map(days_since), [1, 2, 0]);
    }
}
