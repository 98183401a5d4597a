//! What the mirror of an organization and that of a repository have in common: dates, and the state of the worker.

use jiff::Timestamp;
use serde_json::{Value, json};

/// A point in time, `YYYY-MM-DDTHH:MM:SSZ`, in UTC.
///
/// # Errors
/// When the text has another form.
pub fn date(value: &Value) -> Result<Value, String> {
    let text = value.as_str().unwrap_or_default();
    match parse(text) {
        Some(_) if text.len() == "2026-01-31T12:00:00Z".len() && text.ends_with('Z') => Ok(json!(text)),
        _ => Err(format!("\"{text}\" is not a date of the form YYYY-MM-DDTHH:MM:SSZ (UTC)")),
    }
}

/// A time as Quay or a user writes it; Quay adds fractions of a second.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Whether a start date that the user wants has to be sent to a mirror that has one already.
///
/// On the server it is the *next* run, which the worker moves on after each: a date in the past is fulfilled, a future
/// one is compared to the second.
pub fn start_differs(wanted: &str, current: &Value) -> bool {
    let (Some(wanted), current) = (parse(wanted), current.as_str().and_then(parse)) else {
        return false;
    };
    wanted > Timestamp::now() && current.map(Timestamp::as_second) != Some(wanted.as_second())
}

/// Now, in the form of [`date`].
pub fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_utc_to_the_second() {
        assert!(date(&json!("2026-01-31T12:00:00Z")).is_ok());
        for bad in [
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31T12:00:00+01:00",
            "2026-13-31T12:00:00Z",
            "2026-01-31 12:00:00Z.",
            "",
        ] {
            assert!(date(&json!(bad)).is_err(), "{bad}");
        }
        assert!(date(&json!(now())).is_ok());
    }

    #[test]
    fn a_past_start_is_fulfilled_and_fractions_do_not_count() {
        assert!(!start_differs("2020-01-01T00:00:00Z", &json!("2030-01-01T00:00:00Z")));
        assert!(!start_differs("2999-01-01T00:00:00Z", &json!("2999-01-01T00:00:00.361989Z")));
        assert!(start_differs("2999-01-01T00:00:01Z", &json!("2999-01-01T00:00:00Z")));
        assert!(start_differs("2999-01-01T00:00:01Z", &Value::Null));
    }
}
