//! Dates written with the directives of `strptime`, read as Python reads them.

use fancy_regex::{Captures, Regex};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::Value;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A format with the directives `%Y %y %m %d %H %I %M %S %f %j %b %B %a %A %p %z %Z %s %%`.
///
/// # Errors
/// When it has another directive, or one twice.
pub fn format(value: &Value) -> Result<Value, String> {
    compile(value.as_str().unwrap_or_default()).map(|_| value.clone())
}

/// Reads a date; `zone` is where it is when the text itself (`%z`, `%Z`, `%s`) does not say so.
///
/// As in Python, blanks in the format stand for any number of blanks, letter case does not count, leading zeros may be
/// missing, and what the format leaves out is 1 January 1900, midnight. Unlike Python, the zone in the text counts, and
/// there is `%s`, the seconds since 1970.
///
/// # Errors
/// When the text does not fit the format, or there is no such day.
pub fn parse(text: &str, format: &str, zone: &TimeZone) -> Result<Zoned, String> {
    let wrong = || format!("\"{text}\" is not a date of the form \"{format}\"");
    let found = compile(format)?.captures(text).ok().flatten().ok_or_else(wrong)?;
    if found.get(0).map(|whole| whole.end()) != Some(text.len()) {
        return Err(wrong());
    }
    read(&Parts(&found), zone).ok_or_else(wrong)
}

fn compile(format: &str) -> Result<Regex, String> {
    let mut pattern = String::from("(?i)^");
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            while characters.next_if(|next| next.is_whitespace()).is_some() {}
            pattern.push_str(r"\s+");
        } else if character == '%' {
            let directive = characters.next().ok_or("it ends in the middle of a directive")?;
            let part = part(directive).ok_or_else(|| format!("the directive %{directive} is not known"))?;
            match directive {
                '%' => pattern.push('%'),
                _ if pattern.contains(&format!("(?<{directive}>")) => {
                    return Err(format!("the directive %{directive} stands in it twice"));
                }
                _ => pattern.push_str(&format!("(?<{directive}>{part})")),
            }
        } else {
            pattern.push_str(&fancy_regex::escape(&character.to_string()));
        }
    }
    Regex::new(&pattern).map_err(|error| format!("it cannot be used: {error}"))
}

/// What a directive matches; the alternatives stand in Python's order, which decides between readings.
fn part(directive: char) -> Option<String> {
    let names = |names: &[&str], length: usize| {
        names.iter().map(|name| &name[..name.len().min(length)]).collect::<Vec<_>>().join("|")
    };
    Some(match directive {
        'Y' => "[0-9]{4}".into(),
        'y' => "[0-9]{2}".into(),
        'm' => "1[0-2]|0[1-9]|[1-9]".into(),
        'd' => "3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9]".into(),
        'H' => "2[0-3]|[01][0-9]|[0-9]".into(),
        'I' => "1[0-2]|0[1-9]|[1-9]| [1-9]".into(),
        'M' | 'S' => "[0-5][0-9]|[0-9]".into(),
        'f' => "[0-9]{1,6}".into(),
        'j' => "36[0-6]|3[0-5][0-9]|[12][0-9]{2}|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9]".into(),
        'b' => names(&MONTHS, 3),
        'B' => names(&MONTHS, usize::MAX),
        'a' => names(&DAYS, 3),
        'A' => names(&DAYS, usize::MAX),
        'p' => "am|pm".into(),
        'z' => r"[+-][0-9]{2}:?[0-5][0-9](?::?[0-5][0-9](?:\.[0-9]{1,6})?)?|Z".into(),
        'Z' => "[a-z]+".into(),
        's' => "[0-9]{1,12}".into(),
        '%' => String::new(),
        _ => return None,
    })
}

/// What the directives matched.
struct Parts<'a>(&'a Captures<'a, str>);

impl Parts<'_> {
    fn text(&self, directive: &str) -> Option<&str> {
        self.0.name(directive).map(|found| found.as_str().trim())
    }

    fn number(&self, directive: &str) -> Option<i16> {
        self.text(directive)?.parse().ok()
    }

    fn small(&self, directive: &str) -> Option<i8> {
        self.text(directive)?.parse().ok()
    }
}

fn read(parts: &Parts<'_>, zone: &TimeZone) -> Option<Zoned> {
    if let Some(seconds) = parts.text("s") {
        return Some(Timestamp::from_second(seconds.parse().ok()?).ok()?.to_zoned(zone.clone()));
    }
    let local = date(parts)?.to_datetime(time(parts)?);
    let zone = match (parts.text("z"), parts.text("Z")) {
        (Some(offset), _) => fixed(offset)?,
        (None, Some(name)) => named(name, local, zone)?,
        (None, None) => zone.clone(),
    };
    local.to_zoned(zone).ok()
}

fn date(parts: &Parts<'_>) -> Option<Date> {
    let short = |year: i16| if year < 69 { 2000 + year } else { 1900 + year };
    let year = parts.number("Y").or_else(|| parts.number("y").map(short)).unwrap_or(1900);
    if let Some(day) = parts.number("j") {
        return Date::new(year, 1, 1).ok()?.checked_add((day - 1).days()).ok();
    }
    let name = parts.text("B").or(parts.text("b")).map(str::to_lowercase);
    let named = name.and_then(|name| MONTHS.iter().position(|month| month.to_lowercase().starts_with(&name)));
    let month = named.and_then(|index| i8::try_from(index + 1).ok()).or(parts.small("m")).unwrap_or(1);
    Date::new(year, month, parts.small("d").unwrap_or(1)).ok()
}

fn time(parts: &Parts<'_>) -> Option<Time> {
    let afternoon = parts.text("p").is_some_and(|half| half.eq_ignore_ascii_case("pm"));
    let twelve = parts.small("I").map(|hour| hour % 12 + if afternoon { 12 } else { 0 });
    let fraction = parts.text("f").and_then(|digits| format!("{digits:0<9}").parse().ok()).unwrap_or(0);
    let hour = parts.small("H").or(twelve).unwrap_or(0);
    Time::new(hour, parts.small("M").unwrap_or(0), parts.small("S").unwrap_or(0), fraction).ok()
}

/// The zone of an offset such as `+01:00`, `+0100` or `Z`.
fn fixed(text: &str) -> Option<TimeZone> {
    let digits: Vec<i32> = text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| i32::try_from(d).ok()).collect();
    let pair = |at: usize| digits.get(at..at + 2).map_or(0, |pair| pair[0] * 10 + pair[1]);
    let seconds = pair(0) * 3600 + pair(2) * 60 + pair(4);
    let offset = Offset::from_seconds(if text.starts_with('-') { -seconds } else { seconds }).ok()?;
    Some(TimeZone::fixed(offset))
}

/// A zone by its abbreviation: UTC, GMT, or one that the local zone uses in that year. Others are ambiguous.
fn named(name: &str, local: DateTime, zone: &TimeZone) -> Option<TimeZone> {
    if ["utc", "gmt", "z"].contains(&name.to_lowercase().as_str()) {
        return Some(TimeZone::UTC);
    }
    let used = |month: i8| {
        let then = Date::new(local.year(), month, 1).ok()?.to_zoned(zone.clone()).ok()?;
        let info = zone.to_offset_info(then.timestamp());
        info.abbreviation().eq_ignore_ascii_case(name).then(|| TimeZone::fixed(info.offset()))
    };
    used(1).or_else(|| used(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str, format: &str) -> Result<String, String> {
        // A zone without a database: one hour ahead in winter, two in summer.
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        parse(text, format, &zone).map(|date| date.timestamp().to_string())
    }

    #[test]
    fn dates_are_local_unless_they_say_otherwise() {
        for (text, format, expected) in [
            ("202601311200.30", "%Y%m%d%H%M.%S", "2026-01-31T11:00:30Z"),
            ("202607311200.30", "%Y%m%d%H%M.%S", "2026-07-31T10:00:30Z"),
            ("2026-1-5", "%Y-%m-%d", "2026-01-04T23:00:00Z"),
            ("2026-01-31 18:00 -0530", "%Y-%m-%d %H:%M %z", "2026-01-31T23:30:00Z"),
            ("2026-01-31T18:00:00.25Z", "%Y-%m-%dT%H:%M:%S.%f%z", "2026-01-31T18:00:00.25Z"),
            ("31 JAN 26 11:05 pm", "%d %b %y %I:%M %p", "2026-01-31T22:05:00Z"),
            ("12:00 AM, Saturday 31 January   2026", "%I:%M %p, %A %d %B %Y", "2026-01-30T23:00:00Z"),
            ("Sat 2026 032 UTC", "%a %Y %j %Z", "2026-02-01T00:00:00Z"),
            ("2026-01-31 12 CEST", "%Y-%m-%d %H %Z", "2026-01-31T10:00:00Z"),
            ("1767225600 100%", "%s 100%%", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(at(text, format).as_deref(), Ok(expected), "{text} {format}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, format) in [
            ("2026-02-30", "%Y-%m-%d"),
            ("2026-01-31 ", "%Y-%m-%d"),
            ("2026-01-31x", "%Y-%m-%d"),
            ("26", "%Y"),
            ("", "%Y"),
            ("2026 PST", "%Y %Z"),
            ("2026.1", "%Y%m"),
        ] {
            assert_eq!(at(text, format), Err(format!("\"{text}\" is not a date of the form \"{format}\"")));
        }
    }

    #[test]
    fn formats_are_checked_by_themselves() {
        assert!(format(&json!("%Y%m%d%H%M.%S")).is_ok());
        assert_eq!(format(&json!("%Q")), Err("the directive %Q is not known".into()));
        assert_eq!(format(&json!("%Y %")), Err("it ends in the middle of a directive".into()));
        assert_eq!(format(&json!("%Y %Y")), Err("the directive %Y stands in it twice".into()));
    }
}
