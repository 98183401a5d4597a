//! The options of a call that a table knows.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The options that a module does not name itself, by their names; null stands for one that is not given. It is flattened into the
/// options of a module, and has no `Debug`: a value may be secret.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Given(Map<String, Value>);

impl Given {
    /// The value of an option that is given.
    pub fn get(&self, option: &str) -> Option<&Value> {
        self.0.get(option).filter(|value| !value.is_null())
    }

    /// Whether an option is given.
    pub fn has(&self, option: &str) -> bool {
        self.get(option).is_some()
    }

    /// The text of an option that is given and is a text.
    pub fn text(&self, option: &str) -> Option<&str> {
        self.get(option)?.as_str()
    }

    /// Some of the options only.
    #[must_use]
    pub fn only(&self, options: &[&str]) -> Given {
        Given(
            self.0
                .iter()
                .filter(|(key, _)| options.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        )
    }

    /// The options with another value of one.
    #[must_use]
    pub fn with(&self, option: &str, value: impl Into<Value>) -> Given {
        let mut given = self.clone();
        given.0.insert(option.to_owned(), value.into());
        given
    }
}
