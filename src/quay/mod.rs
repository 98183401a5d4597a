//! What several modules share about Quay: names, dates, periods, look-ups of accounts, namespaces and images, policies,
//! public settings.

pub mod image;
pub mod label;
pub mod lookup;
pub mod members;
pub mod mirror;
pub mod names;
pub mod notification;
pub mod period;
pub mod permissions;
pub mod policy;
pub mod python;
pub mod server;
pub mod size;
mod state;
pub mod strptime;
pub mod team_sync;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use state::State;

use crate::error::{Error, Result};

/// A text of the API, where null means empty.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Reads an answer into a type.
///
/// # Errors
/// When Quay's answer lacks what its API promises.
pub fn decode<T: DeserializeOwned>(answer: Value, what: &str) -> Result<T> {
    serde_json::from_value(answer).map_err(|error| Error::Unexpected(format!("Quay's answer is not {what}: {error}")))
}
