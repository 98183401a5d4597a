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

/// A moment as a person names it. What is meant by "ago" is the server's to say: see [`Reader::server_time`](crate::api::Reader::server_time).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A second since 1970.
    At(i64),
    /// So many seconds ago.
    Ago(i64),
}

impl Moment {
    /// A date and time with a zone (`2026-11-28T09:00:00Z`), how long ago it was (`2h`), or what `vague` permits beside them.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str, vague: Vague) -> Result<Moment, String> {
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
        let ago = || period::with_unit(text).filter(|seconds| Timestamp::from_second(-seconds).is_ok());
        let at = parse(text).map(Timestamp::as_second).or_else(without_zone).map(Moment::At);
        at.or_else(|| ago().map(Moment::Ago)).ok_or_else(|| {
            let form =
                if vague == Vague::Refused { "a date and time with a zone" } else { "a date, or a date and time" };
            format!("\"{text}\" is no moment: write {form}, such as 2026-11-28T09:00:00Z, or how long ago, such as 2h")
        })
    }

    /// The second, since 1970, that is meant when it is `now`.
    pub fn second(self, now: i64) -> i64 {
        match self {
            Moment::At(second) => second,
            Moment::Ago(seconds) => now.saturating_sub(seconds),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// When it is yet to come.
    pub fn past(self, now: i64) -> Result<i64, String> {
        match self.second(now) {
            second if second > now => Err(format!("{} is in the future", iso(second).unwrap_or_default())),
            second => Ok(second),
        }
    }
}

/// A moment with a zone, or how long ago it was: the form alone.
///
/// # Errors
/// As [`Moment::parse`].
pub fn moment(value: &Value) -> Result<Value, String> {
    Moment::parse(super::text(value), Vague::Refused).map(|_| value.clone())
}

/// The same; a date, or one without a zone, is of UTC.
///
/// # Errors
/// As [`Moment::parse`].
pub fn moment_of_utc(value: &Value) -> Result<Value, String> {
    Moment::parse(super::text(value), Vague::First).map(|_| value.clone())
}

/// The time that stands in an answer; `None` also for null, which Quay writes for what never happened.
pub fn of(value: &Value) -> Option<Timestamp> {
    parse(value.as_str()?)
}

/// A time to the second, `2026-01-05T08:15:00Z`.
pub fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A second since 1970 as an ISO date in UTC.
pub fn iso(second: i64) -> Option<String> {
    Some(Timestamp::from_second(second).ok()?.to_string())
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
        let second =
            |text: &str, vague| Moment::parse(text, vague).ok().map(|moment| moment.second(1_800_000_000) % 86_400);
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
    fn a_moment_lies_in_the_past_by_the_clock_that_is_given() {
        let past = |text: &str, now| Moment::parse(text, Vague::Refused).unwrap().past(now);
        assert_eq!(past("2h", 1_800_000_000), Ok(1_799_992_800));
        assert_eq!(past("2026-01-31T18:00:00+01:00", 1_769_878_800), Ok(1_769_878_800));
        assert_eq!(
            past("2026-01-31T17:00:00Z", 1_769_878_799),
            Err("2026-01-31T17:00:00Z is in the future".to_owned())
        );
        for text in ["", "7200", "yesterday", "2026-01-31T18:00:00", "-2h"] {
            assert!(moment(&json!(text)).is_err(), "{text}");
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
