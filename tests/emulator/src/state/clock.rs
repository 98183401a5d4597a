//! Points in time, kept as microseconds since 1970, and the formats that the API writes and reads.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Microseconds since 1970.
pub type Micros = i64;

/// A second.
pub const SECOND: Micros = 1_000_000;

/// Now.
pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn stamp(at: Micros) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `Sat, 21 Nov 2026 10:02:08 -0000`, the format of most fields.
pub fn mail_date(at: Micros) -> String {
    stamp(at).strftime("%a, %d %b %Y %H:%M:%S -0000").to_string()
}

/// The same, at the start of the day.
pub fn mail_day(at: Micros) -> String {
    mail_date(at - at.rem_euclid(86_400 * SECOND))
}

/// `2026-11-21T10:02:15.361989Z`.
pub fn iso_micros(at: Micros) -> String {
    stamp(at).strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// `2026-11-21T10:02:15Z`.
pub fn iso_seconds(at: Micros) -> String {
    stamp(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads `2026-11-21T10:02:15Z`, and nothing else.
pub fn parse_iso_seconds(text: &str) -> Option<Micros> {
    let well_formed = text.len() == 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    if !well_formed {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// Reads `30m`, `1w` and the like as seconds, the way Quay reads its time spans.
pub fn parse_span(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let count: i64 = text[..text.len() - unit.len_utf8()].trim().parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    count.checked_mul(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_formats_of_the_recordings() {
        let at = 1_795_255_337 * SECOND + 361_989;
        assert_eq!(mail_date(at), "Sat, 21 Nov 2026 10:02:17 -0000");
        assert_eq!(mail_day(at), "Sat, 21 Nov 2026 00:00:00 -0000");
        assert_eq!(iso_micros(at), "2026-11-21T10:02:17.361989Z");
        assert_eq!(parse_iso_seconds(&iso_seconds(at)), Some(1_795_255_337 * SECOND));
        assert_eq!(parse_iso_seconds("2026-11-21 10:02:17"), None);
    }

    #[test]
    fn spans_need_a_unit() {
        assert_eq!(parse_span("2w"), Some(1_209_600));
        assert_eq!(parse_span("bad"), None);
        assert_eq!(parse_span(""), None);
    }
}
