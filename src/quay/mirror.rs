//! What the mirror of an organization and that of a repository have in common: dates, credentials, and the state of the
//! worker.

mod found;
mod sync;

pub use found::of_repository;
pub use sync::{Commands, Course, cancel, hangs};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fields::{Field, Shape, Unit};
use super::{MASK, names, period, text, time};
use crate::error::Result;

/// Seconds that the copy of one image may take, when the task says nothing. Quay accepts no fewer.
const USUAL_TIMEOUT: u64 = 300;

/// Seconds that the copy of one image may take, or a text that stands for them.
///
/// # Errors
/// When Quay would refuse them.
pub fn timeout(value: &Value) -> Result<Value, String> {
    period::between(value, USUAL_TIMEOUT, 43_200)
}

/// Who signs in to the other registry.
pub const USERNAME: Field = Field::of("external_registry_username").shape(Shape::TEXT).usually(|| json!(""));
/// The password of that account.
pub const PASSWORD: Field = Field::of("external_registry_password").shape(Shape::SECRET).usually(|| json!(""));
/// Seconds between two synchronizations.
pub const INTERVAL: Field = Field::of("sync_interval").unit(Unit::Seconds).usually(|| json!(86_400));
/// The next synchronization. Quay moves it on with each.
pub const START: Field = Field::of("sync_start_date")
    .shape(Shape { read: to_seconds, ..Shape::PLAIN })
    .usually(|| json!(now()))
    .shown_when_given();
/// Seconds that the copy of one image may take.
pub const TIMEOUT: Field = Field::of("skopeo_timeout").unit(Unit::Seconds).usually(|| json!(USUAL_TIMEOUT));
/// Whether the certificate of the other registry is checked.
pub const VERIFY: Field =
    Field::of("verify_tls").at("external_registry_config/verify_tls").shape(Shape::ON).usually(|| json!(true));
/// The options of the proxies.
pub const PROXIES: [&str; 3] = [HTTP_PROXY.option, HTTPS_PROXY.option, NO_PROXY.option];

/// The proxy for `http`.
pub const HTTP_PROXY: Field = through("http_proxy", "external_registry_config/proxy/http_proxy");
/// The proxy for `https`.
pub const HTTPS_PROXY: Field = through("https_proxy", "external_registry_config/proxy/https_proxy");
/// Hosts that are asked without a proxy.
pub const NO_PROXY: Field = through("no_proxy", "external_registry_config/proxy/no_proxy");

/// The address of a proxy, whose password is not shown.
const fn through(option: &'static str, at: &'static str) -> Field {
    Field::of(option).at(at).shape(Shape { show: |value| json!(proxy(value)), ..Shape::TEXT }).usually(|| json!(""))
}

/// The warning for a password that is sent although nobody knows whether it differs.
pub const PASSWORD_WARNING: &str =
    "Quay does not show the stored password, so giving external_registry_password changes the mirror on every run";

/// The address of a proxy, where null means empty, for a difference: without its password.
fn proxy(value: &Value) -> String {
    let address = text(value);
    match names::proxy_password(address) {
        Some(password) => address.replacen(&format!(":{password}@"), &format!(":{MASK}@"), 1),
        None => address.to_owned(),
    }
}

/// A repository of another registry, `host[:port]/path`.
///
/// # Errors
/// When it has a scheme, a tag or digest, no path, or characters that no such name has.
pub fn reference(value: &Value) -> Result<Value, String> {
    let text = text(value);
    let host =
        |host: &str| !host.is_empty() && url::Url::parse(&format!("https://{host}/")).is_ok_and(|url| url.has_host());
    let path = |path: &str| !path.contains([':', '@']) && path.split('/').all(|part| !part.is_empty());
    let bad = |c: char| c.is_whitespace() || matches!(c, '?' | '#' | '%' | '\\');
    match text.split_once('/') {
        Some((authority, rest)) if !text.contains(bad) && host(authority) && path(rest) => Ok(value.clone()),
        _ => Err(format!(
            "\"{text}\" is not a repository of another registry: write registry.example.com/path, without scheme and tag"
        )),
    }
}

/// A point in time, `YYYY-MM-DDTHH:MM:SSZ`, in UTC.
///
/// # Errors
/// When the text has another form.
pub fn date(value: &Value) -> Result<Value, String> {
    let text = text(value);
    match time::parse(text) {
        Some(_) if text.len() == "2026-01-31T12:00:00Z".len() && text.ends_with('Z') => Ok(json!(text)),
        _ => Err(format!("\"{text}\" is not a date of the form YYYY-MM-DDTHH:MM:SSZ (UTC)")),
    }
}

/// Whether a start date that the user wants has to be sent to a mirror that has one already.
///
/// On the server it is the *next* run, which the worker moves on after each: a date in the past is fulfilled, a future
/// one is compared to the second.
pub fn start_differs(wanted: &str, current: &Value) -> bool {
    let (Some(wanted), current) = (time::parse(wanted), time::of(current)) else {
        return false;
    };
    wanted > Timestamp::now() && current.map(Timestamp::as_second) != Some(wanted.as_second())
}

/// Like [`start_differs`] where the worker keeps the rhythm: it moves the date on by whole intervals (in seconds), so a
/// date in the past is fulfilled when it lies on the same rhythm as the one on the server, give or take 2 seconds.
pub fn rhythm_differs(wanted: &str, current: &Value, interval: i64) -> bool {
    let (Some(wanted), Some(current)) = (time::parse(wanted), time::of(current)) else {
        return true;
    };
    let ahead = current.as_second() - wanted.as_second();
    if ahead == 0 {
        return false;
    }
    let off = if interval > 0 { ahead.rem_euclid(interval) } else { ahead };
    let on_rhythm = off <= 2 || interval - off <= 2;
    !(on_rhythm && ahead > 0 && wanted <= Timestamp::now())
}

/// A point in time in the form of [`date`]: the server adds fractions of a second.
pub fn to_seconds(date: &Value) -> Value {
    match time::parse(text(date)) {
        Some(time) => json!(time::written(time)),
        None => date.clone(),
    }
}

/// Now, in the form of [`date`].
pub fn now() -> String {
    time::written(Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_proxy_is_not_shown() {
        assert_eq!(proxy(&json!("http://bob:secret@proxy:3128")), "http://bob:********@proxy:3128");
        assert_eq!(proxy(&json!("http://proxy:3128")), "http://proxy:3128");
        assert_eq!(proxy(&Value::Null), "");
    }

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
    fn a_past_start_on_the_same_rhythm_is_fulfilled() {
        let differs = |wanted, current| rhythm_differs(wanted, &current, 3600);
        assert!(!differs("2021-01-01T12:00:00Z", json!("2026-01-01T15:00:00Z")));
        assert!(!differs("2021-01-01T12:00:00Z", json!("2026-01-01T15:00:02.9Z")));
        assert!(!differs("2021-01-01T12:00:01Z", json!("2026-01-01T15:00:00Z")));
        assert!(!differs("2999-01-01T12:00:00Z", json!("2999-01-01T12:00:00.5Z")));
        assert!(differs("2021-01-01T12:30:00Z", json!("2026-01-01T15:00:00Z")));
        assert!(differs("2999-01-01T12:00:00Z", json!("2999-01-01T15:00:00Z")), "not begun yet");
        assert!(differs("2999-01-01T12:00:00Z", json!("2026-01-01T12:00:00Z")));
        assert!(differs("2021-01-01T12:00:00Z", Value::Null));
    }

    #[test]
    fn references_name_a_host_and_a_path() {
        for good in ["quay.io/a/b", "localhost:5000/x", "docker.io/library/alpine", "[::1]:5000/x"] {
            assert!(reference(&json!(good)).is_ok(), "{good}");
        }
        for bad in [
            "",
            "alpine",
            "https://quay.io/a",
            "quay.io/",
            "/a",
            "quay.io/a:latest",
            "quay.io/a@sha256:0",
            "q.io/a b",
            "q/a?x",
        ] {
            assert!(reference(&json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_past_start_is_fulfilled_and_fractions_do_not_count() {
        assert!(!start_differs("2020-01-01T00:00:00Z", &json!("2030-01-01T00:00:00Z")));
        assert!(!start_differs("2999-01-01T00:00:00Z", &json!("2999-01-01T00:00:00.361989Z")));
        assert!(start_differs("2999-01-01T00:00:01Z", &json!("2999-01-01T00:00:00Z")));
        assert!(start_differs("2999-01-01T00:00:01Z", &Value::Null));
    }
}
