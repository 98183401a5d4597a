//! Rules about passwords and tokens.

use serde_json::Value;

use crate::apply::audit::entry::Entry;
use crate::apply::kinds::Kind;
use crate::quay::api_token::LONGEST_LIFE;

const DAY: u64 = 24 * 3600;

/// Passwords of documentation and lists of the most used ones, of the length that Quay takes, in lower case.
const WELL_KNOWN: &[&str] = &[
    "12345678",
    "123456789",
    "1234567890",
    "admin123",
    "administrator",
    "changeit",
    "changeme",
    "changeme123",
    "letmein123",
    "openshift",
    "passw0rd",
    "password",
    "password1",
    "password12",
    "password123",
    "password1234",
    "quay1234",
    "quayadmin",
    "quayadmin123",
    "quaypass",
    "quaypass12345",
    "quaypass123",
    "qwerty123",
    "redhat123",
    "registry",
    "secret123",
    "welcome1",
    "welcome123",
];

/// Whoever guesses first is in.
pub fn well_known(entry: &Entry, _: u64) -> Option<String> {
    let texts = |ending: &'static str| {
        let options = entry.options.iter().filter(move |(option, _)| option.ends_with(ending));
        options.filter_map(|(option, value)| Some((option, value.as_str()?)))
    };
    let is_name = |password: &str| texts("username").any(|(_, name)| name.eq_ignore_ascii_case(password));
    let is_known = |password: &str| WELL_KNOWN.contains(&password.to_ascii_lowercase().as_str()) || is_name(password);
    let (option, _) = texts("password").find(|(_, password)| !password.is_empty() && is_known(password))?;
    // The words of this sentence are none that a report hides.
    Some(format!("signs in with what everybody tries first ({option}): choose another one"))
}

/// Whoever finds it later can still use it.
pub fn endless(entry: &Entry, days: u64) -> Option<String> {
    if !entry.is(Kind::Tokens) {
        return None;
    }
    let remedy = format!("make it anew with an expiration of at most {days}d");
    // A declared one without a period gets the longest; one of a server without an end has none.
    let longest = (!entry.options.contains_key("expires")).then_some(LONGEST_LIFE);
    match entry.number("expiration").or(longest) {
        Some(life) if life <= days * DAY => None,
        Some(life) => Some(format!("is valid for {} days: {remedy}", life / DAY)),
        None => Some(format!("never ends: {remedy}")),
    }
}

/// Nobody would miss it. Only a server knows; where it does not note the use, nothing is said.
pub fn unused(entry: &Entry, days: u64) -> Option<String> {
    let (age, idle) = (entry.number("age_days")?, entry.options.get("idle_days").map(Value::as_u64)?);
    let what = match idle {
        Some(idle) if idle >= days => format!("was last used {idle} days ago"),
        None if age >= days => format!("was made {age} days ago, and nobody ever used it"),
        _ => return None,
    };
    Some(format!("{what}: remove it"))
}
