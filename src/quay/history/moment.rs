//! Moments in the past, as users name them.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::quay::strptime;
use crate::quay::tag_end::{date, now};
use crate::quay::time::{self, Vague};

/// A moment: a date and time with a zone (`2026-11-28T09:00:00Z`), or how long ago it was (`2h`). Becomes seconds since 1970.
///
/// # Errors
/// When it is neither, or lies in the future.
pub fn seconds(value: &Value) -> Result<Value, String> {
    parse(crate::quay::text(value), None).map(|seconds| json!(seconds))
}

/// The same, or a date and time in the form `format`, in the time zone of this machine.
///
/// # Errors
/// As [`seconds`].
pub fn parse(text: &str, format: Option<&str>) -> Result<i64, String> {
    let of_form = |format| Some(strptime::parse(text, format, &TimeZone::system()).ok()?.timestamp().as_second());
    let found = format.and_then(of_form).or_else(|| time::moment(text, now(), Vague::Refused));
    let found = found.ok_or_else(|| {
        format!("\"{text}\" is no moment: write a date and time with a zone, such as 2026-11-28T09:00:00Z, or how long ago, such as 2h")
    })?;
    match found > now() {
        true => Err(format!("{} is in the future", crate::quay::text(&date(Some(found))))),
        false => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_with_a_zone_or_so_long_ago() {
        assert_eq!(parse("2026-01-31T18:00:00+01:00", None), Ok(1_769_878_800));
        assert_eq!(parse("2026-01-31 17", Some("%Y-%m-%d %H")).map(|seconds| seconds % 3600), Ok(0));
        let ago = now() - parse("2h", None).unwrap();
        assert!((7200..7205).contains(&ago), "{ago}");
        for text in ["", "7200", "yesterday", "2026-01-31T18:00:00", "-2h", "9999-01-01T00:00:00Z"] {
            assert!(parse(text, None).is_err(), "{text}");
        }
    }
}
