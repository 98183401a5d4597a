//! What several modules share about Quay: names, dates, periods, look-ups of accounts, namespaces and images, policies,
//! public settings.

pub mod access;
pub mod api_token;
pub mod docker;
pub mod fields;
pub mod glob;
pub mod history;
pub mod image;
pub mod label;
pub mod lists;
pub mod log;
pub mod lookup;
pub mod members;
pub mod mirror;
pub mod names;
pub mod notification;
pub mod partial;
pub mod period;
pub mod permissions;
pub mod policy;
pub mod python;
pub mod quota;
pub mod removal;
pub mod repository;
pub mod robot;
pub mod rotation;
pub mod server;
pub mod size;
mod state;
pub mod strptime;
pub mod tag_end;
pub mod team_sync;
pub mod time;
pub mod usage;
pub mod version;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use state::State;

use crate::error::{Error, Result, plain};

/// Characters of a text of the server that are returned: a failed copy can log its whole output.
const MOST: usize = 1000;

/// A text of the server on one line, not longer than [`MOST`]; null where it gives none.
pub fn clean(value: &Value) -> Option<String> {
    let text = plain(value.as_str()?);
    Some(match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    })
}

/// The e-mail address of an account or an organization, empty where there is none: before Quay 3.18 the server shows a random
/// identifier in its place.
pub fn address(email: &Value) -> &str {
    email.as_str().filter(|email| email.contains('@')).unwrap_or_default()
}

/// Stands for a secret in a difference.
pub const MASK: &str = "********";

/// A text of the API, where null means empty.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text without the line breaks at its end, which come from the way in which it was written (`|` in YAML, a file) and never
/// count: every text option of a call and every text of a file is taken without them.
pub fn without_line_end(text: &str) -> &str {
    text.trim_end_matches(['\n', '\r'])
}

/// The first `most` names, and how many more there are.
pub fn first_names(names: &[&str], most: usize) -> String {
    let first = names.get(..most).unwrap_or(names).join(", ");
    match names.len().saturating_sub(most) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// A value as a person writes it: a text without its quotes, anything else as JSON.
pub fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An object without what is null in it: what is not given stays out of a body.
pub fn without_nulls(mut object: Value) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    object
}

/// Reads an entry of an answer into a type.
///
/// # Errors
/// When Quay's answer lacks what its API promises. Its values are not repeated: they may be secret.
pub fn decode<T: DeserializeOwned>(answer: Value, what: &str) -> Result<T> {
    serde_json::from_value(answer).map_err(|error| {
        let text = error.to_string();
        let fault = if text.starts_with("missing field") { &text } else { "a value has another type" };
        Error::Unexpected(format!("Quay's answer is not {what}: {fault}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_of_the_server_is_short_and_steers_no_terminal() {
        assert_eq!(clean(&json!("a\u{1b}[2J\nb")).unwrap(), "a\\u{1b}[2J\\nb");
        assert_eq!(clean(&json!("é".repeat(5000))).unwrap(), format!("{}...", "é".repeat(MOST)));
        assert_eq!(clean(&json!({"a": 1})), None);
    }
}
