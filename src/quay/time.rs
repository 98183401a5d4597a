//! Points in time as Quay writes them.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::period;

/// A time as Quay or a user writes it: `Mon, 05 Jan 2026 08:15:00 -0000` in most answers of Quay, `2026-01-05T08:15:00.123456Z`
/// in others.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Some(rfc2822::parse(text).ok()?.timestamp()))
}

/// What a text means that names no zone, or no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vague {
    /// Nothing.
    Refused,
    /// The time of UTC; a day alone is its first second.
    First,
    /// The same, but a day alone is its last second.
    Last,
}

/// The second, since 1970, that a person means: a date and time with a zone (`2026-11-28T09:00:00Z`), how long before `now` it was
/// (`2h`), or what `vague` permits beside them.
pub fn moment(text: &str, now: i64, vague: Vague) -> Option<i64> {
    let second = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
    let is_day = text.len() == 10 || text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let without_zone = || {
        let day = text.parse::<Date>().ok().filter(|_| is_day);
        match (vague, day) {
            (Vague::Refused, _) => None,
            (Vague::Last, Some(day)) => second(day.to_datetime(Time::MAX)),
            (_, Some(day)) => second(day.to_datetime(Time::MIN)),
            (_, None) => second(text.parse().ok()?),
        }
    };
    let ago = || Some(Timestamp::from_second(now - period::with_unit(text)?).ok()?.as_second());
    parse(text).map(Timestamp::as_second).or_else(without_zone).or_else(ago)
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
    fn a_moment_without_a_zone_needs_leave() {
        let second = |text: &str, vague| moment(text, 1_800_000_000, vague).map(|second| second % 86_400);
        for (text, refused, first, last) in [
            ("2026-01-31T18:00:00+01:00", Some(61_200), Some(61_200), Some(61_200)),
            ("2026-01-31T18:00:00", None, Some(64_800), Some(64_800)),
            ("2026-01-31", None, Some(0), Some(86_399)),
            ("20260131", None, Some(0), Some(86_399)),
            ("2h", Some(21_600), Some(21_600), Some(21_600)),
            ("yesterday", None, None, None),
            ("99999999y", None, None, None),
        ] {
            let found = [Vague::Refused, Vague::First, Vague::Last].map(|vague| second(text, vague));
            assert_eq!(found, [refused, first, last], "{text}");
        }
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
