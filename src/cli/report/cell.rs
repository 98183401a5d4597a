//! The content of a report: small, because there are a hundred thousand of them.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A row: a cell for each column.
pub type Row = Box<[Cell]>;

/// What stands in a row and a column. Texts are shared: most stand in many rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Nothing is known.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(Arc<str>),
    /// Several texts.
    List(Arc<[Arc<str>]>),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Cell {
        Cell::Text(text.into())
    }

    /// Reads a value of JSON; anything that no cell holds counts as unknown.
    pub fn of(value: &Value) -> Cell {
        match value {
            Value::Bool(flag) => Cell::Flag(*flag),
            Value::Number(number) => number.as_i64().map_or(Cell::Null, Cell::Number),
            Value::String(text) => Cell::text(text.as_str()),
            Value::Array(list) => Cell::List(list.iter().filter_map(Value::as_str).map(Arc::from).collect()),
            Value::Null | Value::Object(_) => Cell::Null,
        }
    }

    /// How a person reads it.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Cell::Null => Cow::Borrowed(""),
            Cell::Flag(true) => Cow::Borrowed("yes"),
            Cell::Flag(false) => Cow::Borrowed("no"),
            Cell::Number(number) => Cow::Owned(number.to_string()),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::List(list) => Cow::Owned(list.join(", ")),
        }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        match self {
            Cell::Null => true,
            Cell::Text(text) => text.is_empty(),
            Cell::List(list) => list.is_empty(),
            Cell::Flag(_) | Cell::Number(_) => false,
        }
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}

impl From<Arc<str>> for Cell {
    fn from(text: Arc<str>) -> Cell {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::text(text)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Cell {
        Cell::Flag(flag)
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Null => serializer.serialize_none(),
            Cell::Flag(flag) => serializer.serialize_bool(*flag),
            Cell::Number(number) => serializer.serialize_i64(*number),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::List(list) => serializer.collect_seq(list.iter().map(|text| &**text)),
        }
    }
}
