//! The option `state`.

use serde::Deserialize;

/// What a task wants of an object. Every module with the option `state` has these two.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The object shall be there, as the other options say.
    Present,
    /// The object shall not be there.
    Absent,
}
