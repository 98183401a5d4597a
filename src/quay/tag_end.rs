//! When a tag ends: what is desired, and what Quay makes of it.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::image::Tag;
use super::{period, strptime, time};

/// A date that is nearer than this many seconds may be past when Quay looks at it.
const SOONEST: i64 = 10;
/// Seconds that a tag lives at least after it was put on its image (`LABELED_EXPIRATION_MINIMUM`). A server can have other limits,
/// which it hides.
const SHORTEST: i64 = 3_600;
/// Seconds that it lives at most (`LABELED_EXPIRATION_MAXIMUM`): 104 weeks.
pub const LONGEST: i64 = 104 * 604_800;

/// When a tag shall end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it does now; a tag on another image gets the end that Quay gives it.
    Keep,
    /// Never.
    Never,
    /// In seconds since 1970.
    At(i64),
    /// The same, or earlier where it does so already.
    Within(i64),
}

/// An end as a user names it.
pub enum Named {
    /// None.
    Never,
    /// A date.
    At(Zoned),
    /// So many seconds from now, at the latest.
    Within(i64),
}

impl Named {
    /// The end that a text means in the form of `format`, in the time zone of this machine; an empty text means never, and `+30d` at the
    /// latest so long from now.
    ///
    /// # Errors
    /// When it is neither a date nor a period.
    pub fn parse(text: &str, format: &str) -> Result<Named, String> {
        if text.is_empty() {
            return Ok(Named::Never);
        }
        if let Some(text) = text.strip_prefix('+') {
            let seconds = period::between(&json!(text), SOONEST.unsigned_abs(), u64::MAX)?.as_i64();
            return Ok(Named::Within(seconds.unwrap_or_default()));
        }
        strptime::parse(text, format, &TimeZone::system()).map(Named::At)
    }

    /// The end that is meant when it is `now` on the server.
    ///
    /// # Errors
    /// When it is a date that is not in the future.
    pub fn end(self, now: i64) -> Result<End, String> {
        match self {
            Named::Never => Ok(End::Never),
            Named::Within(seconds) => Ok(End::Within(now.saturating_add(seconds))),
            Named::At(date) if date.timestamp().as_second() < now + SOONEST => {
                Err(format!("{date} is not in the future"))
            }
            Named::At(date) => Ok(End::At(date.timestamp().as_second())),
        }
    }
}

impl End {
    /// The wanted end of something that ends at `current`.
    pub fn instead_of(self, current: Option<i64>) -> Option<i64> {
        match self {
            End::Keep => current,
            End::Never => None,
            End::At(seconds) | End::Within(seconds) => Some(seconds),
        }
    }

    /// The end that a tag has afterwards.
    pub fn stored(self, tag: &Tag) -> Option<i64> {
        match self {
            End::Keep => tag.end_ts,
            End::Never | End::At(_) | End::Within(_) => kept(tag.start_ts, self.instead_of(None)),
        }
    }

    /// Whether a tag ends as wanted, as far as Quay lets it.
    pub fn is_met(self, tag: &Tag) -> bool {
        let is_sooner = |end| matches!(self, End::Within(latest) if end <= latest);
        tag.end_ts == self.instead_of(tag.end_ts) || tag.end_ts == self.stored(tag) || tag.end_ts.is_some_and(is_sooner)
    }
}

/// The end that Quay makes of a wanted one.
pub fn kept(start: i64, end: Option<i64>) -> Option<i64> {
    end.map(|end| end.clamp(start + SHORTEST, start + LONGEST))
}

/// ISO date in UTC, empty for never.
pub fn date(seconds: Option<i64>) -> Value {
    json!(seconds.and_then(time::iso).unwrap_or_default())
}
