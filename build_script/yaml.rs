//! YAML as a tree in which every value and every key knows its line.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

/// A value and the line where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Line in the file, from 1.
    pub line: usize,
    /// The value.
    pub data: Data,
}

/// A YAML value. Text such as `yes` and `off` is a boolean, as in Ansible.
#[derive(Clone, Debug)]
pub enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub struct Key {
    /// Line in the file, from 1.
    pub line: usize,
    /// The key.
    pub name: String,
}

/// Reads `text`, which begins on line `first_line` of its file.
///
/// # Errors
/// The line in the file, and what YAML does not permit there, duplicate keys included.
pub fn parse(text: &str, first_line: usize) -> Result<Node, (usize, String)> {
    let options = serde_saphyr::options! { with_snippet: false };
    match serde_saphyr::from_str_with_options::<Spanned<Data>>(text, options) {
        Ok(root) => {
            let mut node = Node { line: line_of(&root.referenced), data: root.value };
            node.shift(first_line - 1);
            Ok(node)
        }
        Err(error) => {
            let line = error.location().map_or(1, |location| line_of(&location));
            let what = error.without_snippet().to_string();
            // The message repeats the place, counted from the start of the text, and gives hints to programmers.
            let end = [" at line ", ", set DuplicateKeyPolicy"].iter().filter_map(|end| what.find(end)).min();
            let what = what[..end.unwrap_or(what.len())].to_string();
            Err((first_line - 1 + line, what))
        }
    }
}

impl Node {
    /// What the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Int(_) => "a whole number",
            Data::Float(_) => "a number",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(list) => Some(list),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn map(&self) -> Option<&[(Key, Node)]> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value of a key, if it is a mapping that has the key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.map()?.iter().find(|(key, _)| key.name == name).map(|(_, value)| value)
    }

    /// The same value as JSON, without lines.
    pub fn json(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::from(*value),
            Data::Int(value) => Value::from(*value),
            Data::Float(value) => Value::from(*value),
            Data::Text(value) => Value::from(value.as_str()),
            Data::List(list) => Value::Array(list.iter().map(Node::json).collect()),
            Data::Map(map) => Value::Object(map.iter().map(|(key, value)| (key.name.clone(), value.json())).collect()),
        }
    }

    fn shift(&mut self, lines: usize) {
        self.line += lines;
        match &mut self.data {
            Data::List(list) => list.iter_mut().for_each(|node| node.shift(lines)),
            Data::Map(map) => map.iter_mut().for_each(|(key, node)| {
                key.line += lines;
                node.shift(lines);
            }),
            _ => {}
        }
    }
}

fn line_of(location: &serde_saphyr::Location) -> usize {
    usize::try_from(location.line()).unwrap_or(1).max(1)
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Data, E> {
        i64::try_from(value).map(Data::Int).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Text(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Data, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element::<Spanned<Data>>()? {
            list.push(Node { line: line_of(&element.referenced), data: element.value });
        }
        Ok(Data::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let value = map.next_value::<Spanned<Data>>()?;
            entries.push((
                Key { line: line_of(&key.referenced), name: key.value },
                Node { line: line_of(&value.referenced), data: value.value },
            ));
        }
        Ok(Data::Map(entries))
    }
}
