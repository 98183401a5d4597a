//! A single value.

use std::fmt;

use serde_json::{Number, Value};

/// Null, a boolean, a number or a text. A third of a [`Value`]'s size: all files of a run are held as nodes.
#[derive(Clone, PartialEq)]
pub enum Scalar {
    /// Nothing, which counts as not given.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
}

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Number(number) => Value::Number(number),
            Scalar::Text(text) => Value::String(text),
        }
    }
}

/// A list or a mapping is none, and becomes its text.
impl From<&Value> for Scalar {
    fn from(value: &Value) -> Scalar {
        match value {
            Value::Null => Scalar::Null,
            Value::Bool(flag) => Scalar::Bool(*flag),
            Value::Number(number) => Scalar::Number(number.clone()),
            Value::String(text) => Scalar::Text(text.clone()),
            other => Scalar::Text(other.to_string()),
        }
    }
}

impl From<bool> for Scalar {
    fn from(flag: bool) -> Scalar {
        Scalar::Bool(flag)
    }
}

impl From<Number> for Scalar {
    fn from(number: Number) -> Scalar {
        Scalar::Number(number)
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Scalar {
        Scalar::Text(text)
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Scalar {
        Scalar::Text(text.to_owned())
    }
}

/// As a file would have it, a text without quotes.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Null => f.write_str("null"),
            Scalar::Bool(flag) => flag.fmt(f),
            Scalar::Number(number) => number.fmt(f),
            Scalar::Text(text) => f.write_str(text),
        }
    }
}
