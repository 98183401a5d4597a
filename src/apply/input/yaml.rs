//! YAML with positions: every value knows where it stands, so that every complaint can say so.

mod core;
pub mod files;
pub mod parse;
mod scalar;
mod word;
pub mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::call::boolean;
use crate::quay::without_line_end;
pub use scalar::Scalar;
pub use word::Word;

/// Where something stands, for a person. Every key and every value of a file has one, so it is small: two words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In a file.
    File {
        /// What the file is called for a person: its path as it was given or found, or a word for the standard input.
        file: Arc<String>,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
    },
    /// In data that came without a file (a module's option), by its path: `config.organizations[0].name`.
    Data(Arc<String>),
}

impl Place {
    /// A place in data that came without a file.
    pub fn data(path: impl Into<String>) -> Place {
        Place::Data(Arc::new(path.into()))
    }

    /// The file; `None` for data that came without one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Place::File { file, .. } => Some(file),
            Place::Data(_) => None,
        }
    }

    /// The folder of the file; `None` for data that came without one.
    pub fn folder(&self) -> Option<PathBuf> {
        match self {
            Place::File { file, .. } => Path::new(file.as_str()).parent().map(Path::to_path_buf),
            Place::Data(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Place::Data(path) => f.write_str(path),
        }
    }
}

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What it is, a sentence without a full stop. It never repeats a value that may be a secret.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// A value and where it stands. It has no `Debug`: it may hold a secret.
#[derive(Clone, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub content: Content,
}

/// What a node holds.
#[derive(Clone, PartialEq)]
pub enum Content {
    /// Null, a boolean, a number or a text.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file; keys are unique.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key; a file repeats the same few, and those of one file share their text.
    pub name: Word,
    /// Where it stands.
    pub place: Place,
}

impl Node {
    /// Takes the line breaks away with which texts end: names that stand in other names have to be as their modules take them.
    pub fn drop_line_ends(&mut self) {
        match &mut self.content {
            Content::Scalar(Scalar::Text(text)) => text.truncate(without_line_end(text).len()),
            Content::Scalar(_) => {}
            Content::List(list) => list.iter_mut().for_each(Node::drop_line_ends),
            Content::Map(map) => map.iter_mut().for_each(|(_, node)| node.drop_line_ends()),
        }
    }

    /// A node of data that came without a file; `path` is what a complaint calls it.
    pub fn of_value(value: &Value, path: &str) -> Node {
        let content = match value {
            Value::Array(list) => {
                let each = |(i, value)| Node::of_value(value, &format!("{path}[{i}]"));
                Content::List(list.iter().enumerate().map(each).collect())
            }
            Value::Object(map) => {
                let each = |(name, value): (&String, &Value)| {
                    let path = format!("{path}.{name}");
                    (
                        Key { name: name.as_str().into(), place: Place::data(path.as_str()) },
                        Node::of_value(value, &path),
                    )
                };
                Content::Map(map.iter().map(each).collect())
            }
            scalar => Content::Scalar(scalar.into()),
        };
        Node { place: Place::data(path), content }
    }

    /// The value without positions.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Scalar(scalar) => scalar.clone().into(),
            Content::List(list) => list.iter().map(Node::to_value).collect(),
            Content::Map(map) => Value::Object(
                map.iter().map(|(key, node)| (key.name.to_string(), node.to_value())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value of a key, when this is a mapping that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        match &self.content {
            Content::Map(map) => map.iter().find(|(key, _)| key.name == *name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The node at a path such as `perms[2].role`, or the last one on the way there.
    pub fn at(&self, path: &str) -> &Node {
        let mut node = self;
        for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
            let next = match &node.content {
                Content::List(list) => step.parse::<usize>().ok().and_then(|index| list.get(index)),
                _ => node.get(step),
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// The text, when this is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The elements, when this is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.content {
            Content::List(list) => Some(list),
            _ => None,
        }
    }

    /// Whether this is null, which counts as not given.
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Scalar::Null))
    }

    /// Whether a key says yes, in one of the ways in which a module accepts it.
    pub fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| boolean(&node.to_value()) == Some(true))
    }

    /// A complaint about this node.
    pub fn problem(&self, what: impl Into<String>) -> Problem {
        Problem { place: self.place.clone(), what: what.into() }
    }
}
