//! Periods: a number of seconds, or a number with a unit.

use serde_json::{Value, json};

use super::written as text_of;

/// A period, 0 or longer, as seconds.
///
/// # Errors
/// When the text is neither a number nor a number with one unit. The incumbent looks at the beginning only, so that
/// `5 months` is 5 minutes there and `1h30m` is 1 hour.
pub fn seconds(value: &Value) -> Result<Value, String> {
    parse(value).map(|seconds| json!(seconds))
}

/// The seconds of a period that names its unit. A number alone may be meant as a date or a second of a clock.
pub fn with_unit(text: &str) -> Option<i64> {
    let has_unit = text.ends_with(|c: char| c.is_ascii_alphabetic());
    has_unit.then(|| parse(&json!(text)).ok()).flatten()?.try_into().ok()
}

/// A period from `least` to `most` seconds.
///
/// # Errors
/// When it is no period or out of bounds.
pub fn between(value: &Value, least: u64, most: u64) -> Result<Value, String> {
    let found = parse(value)?;
    if found < least {
        return Err(format!("{} is too short: at least {least} seconds", text_of(value)));
    }
    if found > most {
        return Err(format!("{} is too long: at most {most} seconds", text_of(value)));
    }
    Ok(json!(found))
}

const UNITS: &[(u64, &str)] = &[(604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];

/// A number of seconds with the largest unit that fits, as an option takes it.
pub fn written(seconds: u64) -> String {
    in_units(seconds, UNITS)
}

/// A number with the largest unit that fits, of units with their factors.
pub fn in_units(number: u64, units: &[(u64, &str)]) -> String {
    let fitting = units.iter().filter(|(factor, _)| number != 0 && number.is_multiple_of(*factor));
    let (factor, unit) = fitting.max_by_key(|(factor, _)| *factor).or(units.last()).copied().unwrap_or((1, ""));
    format!("{}{unit}", number / factor)
}

fn parse(value: &Value) -> Result<u64, String> {
    let text = text_of(value);
    let wrong =
        || format!("\"{text}\" is not a period: write seconds, or a number and one of s, m, h, d, w, such as 90 or 2w");
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        _ => return Err(wrong()),
    };
    // Quay keeps seconds in a signed 32-bit column.
    number
        .checked_mul(factor)
        .filter(|seconds| i32::try_from(*seconds).is_ok())
        .ok_or_else(|| format!("\"{text}\" is too long for Quay"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_ordinary_words_are_units() {
        for (text, expected) in [
            ("0", 0),
            ("86400", 86_400),
            (" 5 m ", 300),
            ("5M", 300),
            ("2 Weeks", 1_209_600),
            ("1hr", 3_600),
            ("1 day", 86_400),
            ("7sec", 7),
        ] {
            assert_eq!(seconds(&json!(text)), Ok(json!(expected)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in
            ["5 months", "1h30m", "", "h", "-1", "-1d", "1.5h", "1 d d", "5 mo", "99999999999999999999w", "9999w"]
        {
            assert!(seconds(&json!(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_are_named() {
        assert_eq!(between(&json!("1m"), 60, 100), Ok(json!(60)));
        assert_eq!(between(&json!("59"), 60, 100), Err("59 is too short: at least 60 seconds".into()));
        assert_eq!(between(&json!("2m"), 60, 100), Err("2m is too long: at most 100 seconds".into()));
    }
}
