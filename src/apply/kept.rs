//! Values that are kept for later, as texts.

use serde::Serialize;
use serde_json::Value;

/// A value as a JSON text: a tree of values takes ten times the memory, and most that are kept are read once.
///
/// It has no `Debug`: it may hold a secret.
#[derive(Clone, Default, PartialEq)]
pub struct Kept(Box<str>);

impl Kept {
    /// Keeps what serializes to JSON at all, which is all that is kept.
    pub fn of(value: &impl Serialize) -> Kept {
        Kept(serde_json::to_string(value).unwrap_or_default().into())
    }

    /// The value, null where nothing was kept. The text was made from a value, so it always is one.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Changes the value.
    pub fn change(&mut self, change: impl FnOnce(&mut Value)) {
        let mut value = self.value();
        change(&mut value);
        *self = Kept::of(&value);
    }
}
