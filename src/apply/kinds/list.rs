//! The lists that the server keeps, and what tells their entries apart.

use serde_json::Value;

use super::Options;
use crate::api::Path;
use crate::quay::written;

/// The options that select an entry of a list: entries with the same options are removed by the same call.
pub type Select = fn(&Value) -> Value;

/// A list of the server.
pub struct List {
    /// Its address, from the name of the organization or repository that it is in.
    pub path: fn(&str) -> Path,
    /// Its key in the answer.
    pub key: &'static str,
    /// The options that select an entry.
    pub options: Select,
    /// Whether a call is about an entry.
    pub is_about: fn(&Options, &Value, Select) -> bool,
}

impl List {
    /// A list whose entries are told apart by the options that select them.
    pub const fn of(path: fn(&str) -> Path, key: &'static str, options: Select) -> List {
        List { path, key, options, is_about: has }
    }

    /// Whether a call with these options is about an entry.
    pub fn is_about(&self, options: &Options, entry: &Value) -> bool {
        (self.is_about)(options, entry, self.options)
    }
}

/// Whether the options are those that select an entry.
fn has(options: &Options, entry: &Value, select: Select) -> bool {
    select(entry).as_object().into_iter().flatten().all(|(key, value)| {
        let given = options.get(key).unwrap_or(&Value::Null);
        given == value || written(given) == written(value)
    })
}
