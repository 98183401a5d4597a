//! The time that is read: a moment from the user, whole seconds and days of UTC, and the days as the server wants them.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::quay::time::{Moment, Vague};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A day, as its number since 1970.
pub type Day = i64;

const DAY: i64 = 86_400;

/// Seconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first second.
    pub since: i64,
    /// The last one.
    pub until: i64,
}

impl Range {
    /// From `since` (24 hours ago) until `until` (now).
    ///
    /// # Errors
    /// When one is no moment, or they are the wrong way round.
    pub fn of(since: Option<&str>, until: Option<&str>, now: i64) -> Result<Range> {
        let read = |text: Option<&str>, otherwise, vague| match text {
            Some(text) => Moment::parse(text, vague).map(|moment| moment.second(now)).map_err(Error::Option),
            None => Ok(otherwise),
        };
        let range = Range { since: read(since, now - DAY, Vague::First)?, until: read(until, now, Vague::Last)? };
        match (range.since <= range.until, until) {
            (true, _) => Ok(range),
            (false, Some(_)) => Err(Error::Option("until is before since".into())),
            (false, None) => Err(Error::Option("since is in the future".into())),
        }
    }

    /// What of it is over at a time: of what is to come there is nothing.
    #[must_use]
    pub fn over(self, now: i64) -> Range {
        Range { until: self.until.min(now).max(self.since), ..self }
    }

    /// A whole day.
    pub fn day(day: Day) -> Range {
        Range { since: day * DAY, until: (day + 1) * DAY - 1 }
    }

    /// All days that it touches.
    pub fn days(&self) -> RangeInclusive<Day> {
        day_of(self.since)..=day_of(self.until)
    }

    /// The days that it covers from end to end.
    pub fn whole_days(&self) -> RangeInclusive<Day> {
        day_of(self.since + DAY - 1)..=day_of(self.until + 1) - 1
    }

    /// Whether a second lies in it.
    pub fn holds(&self, second: i64) -> bool {
        (self.since..=self.until).contains(&second)
    }
}

/// The days from the first until the last one, cut between calendar months.
pub fn months(first: Day, last: Day) -> impl Iterator<Item = (Day, Day)> {
    let mut from = first;
    std::iter::from_fn(move || {
        let part = (from <= last).then(|| (from, last.min(end_of_month(from))))?;
        from = part.1 + 1;
        Some(part)
    })
}

fn end_of_month(day: Day) -> Day {
    let date = start(day).to_zoned(TimeZone::UTC).date();
    day + i64::from(date.days_in_month()) - i64::from(date.day())
}

/// The day of a second.
pub fn day_of(second: i64) -> Day {
    second.div_euclid(DAY)
}

/// A day as `2026-11-28`.
pub fn written(day: Day) -> String {
    shown(day, "%Y-%m-%d")
}

/// A day as the server wants it, `11/28/2026`: any other form it ignores without a word, and takes the last 24 hours.
pub fn for_quay(day: Day) -> String {
    shown(day, "%m/%d/%Y")
}

fn shown(day: Day, form: &str) -> String {
    start(day).strftime(form).to_string()
}

fn start(day: Day) -> Timestamp {
    Timestamp::from_second(day.saturating_mul(DAY)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_a_time_or_a_period() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let now = at("2026-11-28T10:00:00Z");
        for (since, until, expected) in [
            (None, None, ("2026-11-27T10:00:00Z", "2026-11-28T10:00:00Z")),
            (Some("6h"), Some("1h"), ("2026-11-28T04:00:00Z", "2026-11-28T09:00:00Z")),
            (Some("2026-11-01"), Some("2026-11-02"), ("2026-11-01T00:00:00Z", "2026-11-02T23:59:59Z")),
            (Some("2026-11-01T08:00:00+02:00"), None, ("2026-11-01T06:00:00Z", "2026-11-28T10:00:00Z")),
            (Some("20261101"), Some("20261102"), ("2026-11-01T00:00:00Z", "2026-11-02T23:59:59Z")),
            (Some("2026-11-01T08:00:00"), None, ("2026-11-01T08:00:00Z", "2026-11-28T10:00:00Z")),
        ] {
            let range = Range::of(since, until, now).unwrap();
            assert_eq!(range, Range { since: at(expected.0), until: at(expected.1) }, "{since:?} {until:?}");
        }
        let refused = |since, until| Range::of(Some(since), until, now).unwrap_err().to_string();
        assert!(refused("1h", Some("6h")).contains("until is before since"));
        assert!(refused("2026-11-29", None).contains("since is in the future"));
        for text in ["yesterday", "", "2026-13-01", "1h30m", "90", "1764374400"] {
            assert!(Range::of(Some(text), None, now).is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_cut_between_months() {
        let day = |text: &str| day_of(text.parse::<Timestamp>().unwrap().as_second());
        let parts = |first: &str, last: &str| {
            let shown = |(first, last): (Day, Day)| format!("{} {}", written(first), written(last));
            months(day(&format!("{first}T00:00:00Z")), day(&format!("{last}T00:00:00Z"))).map(shown).collect::<Vec<_>>()
        };
        assert_eq!(
            parts("2028-01-31", "2028-03-01"),
            ["2028-01-31 2028-01-31", "2028-02-01 2028-02-29", "2028-03-01 2028-03-01"]
        );
        assert_eq!(parts("2026-12-05", "2026-12-05"), ["2026-12-05 2026-12-05"]);
        assert!(parts("2026-12-06", "2026-12-05").is_empty());
    }

    #[test]
    fn what_is_to_come_is_no_part_of_a_time() {
        let range = Range { since: 10, until: 100 };
        assert_eq!((range.over(50).until, range.over(200).until), (50, 100));
        assert_eq!(range.over(5), Range { since: 10, until: 10 });
    }

    #[test]
    fn only_whole_days_are_whole() {
        let range = |since: &str, until: &str| Range::of(Some(since), Some(until), 0).unwrap();
        let days = |range: Range| range.whole_days().map(written).collect::<Vec<_>>();
        assert_eq!(days(range("2026-11-27T00:00:01Z", "2026-11-29T23:59:58Z")), ["2026-11-28"]);
        assert_eq!(days(range("2026-11-27", "2026-11-28")), ["2026-11-27", "2026-11-28"]);
        assert!(days(range("2026-11-27T10:00:00Z", "2026-11-28T10:00:00Z")).is_empty());
        assert_eq!(for_quay(day_of(range("2026-11-27", "2026-11-28").until)), "11/28/2026");
    }
}
