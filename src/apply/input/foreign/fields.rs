//! Strict access to a mapping: every key is known, every value has its type.

use super::Findings;
use crate::apply::input::yaml::{Content, Key, Node, Scalar};
use crate::call::close_name;

/// A key with its value.
pub type Field<'a> = (&'a Key, &'a Node);

/// A mapping of the input.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    /// The mapping itself.
    pub node: &'a Node,
    keys: &'a [(Key, Node)],
}

impl<'a> Fields<'a> {
    /// The mapping `node`, which is called `title` in complaints and may have the keys in `known` only.
    pub fn read(node: &'a Node, title: &str, known: &[&str], findings: &mut Findings) -> Option<Fields<'a>> {
        let fields = Fields::open(node, title, findings)?;
        for (key, _) in fields.keys.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            findings.problems.push(unknown(key, title, known));
        }
        Some(fields)
    }

    /// The mapping `node` with any keys.
    pub fn open(node: &'a Node, title: &str, findings: &mut Findings) -> Option<Fields<'a>> {
        let Content::Map(keys) = &node.content else {
            findings.wrong(node, format!("{title} must be a mapping"));
            return None;
        };
        Some(Fields { node, keys })
    }

    /// All keys with a value, in the order of the file; null is none.
    pub fn all(&self) -> impl Iterator<Item = Field<'a>> {
        self.keys.iter().map(|(key, node)| (key, node)).filter(|(_, node)| !node.is_null())
    }

    /// The value of a key; null is none.
    pub fn get(&self, name: &str) -> Option<Field<'a>> {
        self.all().find(|(key, _)| key.name == name)
    }

    /// The value of a key that must be there.
    pub fn required(&self, name: &str, findings: &mut Findings) -> Option<Field<'a>> {
        let field = self.get(name);
        if field.is_none() {
            findings.wrong(self.node, format!("the key {name} is missing"));
        }
        field
    }

    /// A text, if it is given.
    pub fn text(&self, name: &str, findings: &mut Findings) -> Option<Field<'a>> {
        self.get(name).and_then(|field| as_text(field, findings))
    }

    /// A text that must be there and not be empty.
    pub fn required_text(&self, name: &str, findings: &mut Findings) -> Option<&'a str> {
        let field = self.required(name, findings).and_then(|field| as_text(field, findings))?;
        let text = field.1.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            findings.wrong(field.1, format!("{name} must not be empty"));
        }
        text
    }

    /// A boolean, if it is given.
    pub fn flag(&self, name: &str, findings: &mut Findings) -> Option<(Field<'a>, bool)> {
        let field = self.get(name)?;
        let Content::Scalar(Scalar::Bool(flag)) = field.1.content else {
            findings.wrong(field.1, format!("{name} must be true or false"));
            return None;
        };
        Some((field, flag))
    }

    /// The elements of a list; without the key there are none.
    pub fn list(&self, name: &str, findings: &mut Findings) -> &'a [Node] {
        self.get(name).map_or(&[], |field| as_list(field, findings))
    }
}

/// The field when it is a text; otherwise a mistake is noted.
pub fn as_text<'a>(field: Field<'a>, findings: &mut Findings) -> Option<Field<'a>> {
    let (key, node) = field;
    match node.content {
        Content::Scalar(Scalar::Text(_)) => Some(field),
        Content::Scalar(_) => {
            findings.wrong(node, format!("{} must be a text: put the value in quotes", key.name));
            None
        }
        _ => {
            findings.wrong(node, format!("{} must be a text", key.name));
            None
        }
    }
}

/// The elements when the field is a list; otherwise a mistake is noted.
pub fn as_list<'a>(field: Field<'a>, findings: &mut Findings) -> &'a [Node] {
    field.1.as_list().unwrap_or_else(|| {
        findings.wrong(field.1, format!("{} must be a list", field.0.name));
        &[]
    })
}

/// The complaint about a key that `title` does not have.
pub fn unknown(key: &Key, title: &str, known: &[&str]) -> super::Problem {
    let meant = match meant(&key.name, known) {
        Some(close) => format!("did you mean {close}?"),
        None => format!("known keys: {}", known.join(", ")),
    };
    super::Problem { place: key.place.clone(), what: format!("{title} has no key {}; {meant}", key.name) }
}

/// The known name that was probably meant, whatever its case.
pub fn meant<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower: Vec<String> = known.iter().map(|name| name.to_lowercase()).collect();
    let texts: Vec<&str> = lower.iter().map(String::as_str).collect();
    let close = close_name(wrong, &texts)?;
    known.iter().copied().find(|name| name.to_lowercase() == close)
}
