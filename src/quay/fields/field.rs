//! One line of a table of settings.

use serde_json::{Map, Value, json};

use super::Given;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::version::Requirement;
use crate::quay::{MASK, address};

/// One setting of an object: an option, its place in Quay's answer and in the body, and how it is compared.
#[derive(Clone, Copy)]
pub struct Field {
    /// The option.
    pub option: &'static str,
    /// Its place in Quay's answer: keys from the outside to the inside, with `/` between them.
    pub at: &'static str,
    /// Its place in the body.
    pub(super) to: &'static str,
    pub(super) shape: Shape,
    pub(super) unset: Unset,
    pub(super) shown: Shown,
    /// The option whose value is sent along.
    pub(super) partner: &'static str,
    differs: Option<Differs>,
    /// What a file calls its number.
    pub unit: Unit,
    /// The first Quay that has it; empty when all have it.
    pub since: &'static str,
    /// What a run does with it on a server that is older.
    pub older: Older,
}

/// Whether the value of an option differs from what the whole object says.
type Differs = fn(&Value, &Value) -> bool;

/// How a value is read, compared, sent and shown.
#[derive(Clone, Copy)]
pub struct Shape {
    /// From Quay's answer to the value that is compared; null where the answer says nothing.
    pub read: fn(&Value) -> Value,
    /// From the option to the value that is compared.
    pub plain: fn(&Value) -> Value,
    /// From the option, or what was read, to the body.
    pub write: fn(&Value) -> Value,
    /// What a difference shows of the compared value.
    pub show: fn(&Value) -> Value,
}

/// What a creation does when the option is not given.
#[derive(Clone, Copy)]
pub(super) enum Unset {
    /// It is refused.
    Refused,
    /// It says nothing.
    Left,
    /// It sends this.
    Sent(fn() -> Value),
    /// It says nothing, and this holds.
    Holds(fn() -> Value),
}

/// When a difference shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Always,
    WhenGiven,
    WhenSent,
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// None.
    One,
    /// Seconds, which a file writes as a period.
    Seconds,
    /// Bytes, which a file writes as a size.
    Bytes,
}

/// What a run does with an option on a server that is too old for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Older {
    /// It leaves it out, and warns with what the server cannot do.
    Warned(&'static str),
    /// It refuses it before any write, unless it is what holds anyway.
    Refused,
}

impl Shape {
    /// The same everywhere.
    pub const PLAIN: Shape = Shape { read: Value::clone, plain: Value::clone, write: Value::clone, show: Value::clone };
    /// A text, where null means empty.
    pub const TEXT: Shape = Shape { read: text_or_empty, write: null_if_empty, ..Shape::PLAIN };
    /// The same, and sent as such even when it is empty.
    pub const SENT_TEXT: Shape = Shape { write: Value::clone, ..Shape::TEXT };
    /// The address of an account or an organization.
    pub const ADDRESS: Shape = Shape { read: |found| json!(address(found)), ..Shape::TEXT };
    /// A list whose order means nothing.
    pub const SET: Shape = Shape { read: sorted, plain: sorted, ..Shape::PLAIN };
    /// A switch that is on where Quay says nothing.
    pub const ON: Shape = Shape { read: |value| json!(*value != false), ..Shape::PLAIN };
    /// A switch that is off where Quay says nothing.
    pub const OFF: Shape = Shape { read: |value| json!(*value == true), ..Shape::PLAIN };
    /// A secret text: Quay tells at most whether it has one.
    pub const SECRET: Shape = Shape {
        read: |value| if *value == true { json!(true) } else { json!("") },
        show: |value| json!(if *value == "" { "" } else { MASK }),
        ..Shape::TEXT
    };
}

impl Field {
    /// A setting that has the name of its option in Quay's answer and in the body, and of which a creation says nothing when it is
    /// not given.
    pub const fn of(option: &'static str) -> Field {
        Field {
            option,
            at: option,
            to: option,
            shape: Shape::PLAIN,
            unset: Unset::Left,
            shown: Shown::Always,
            partner: "",
            differs: None,
            unit: Unit::One,
            since: "",
            older: Older::Refused,
        }
    }

    /// Another place, in the answer and in the body.
    pub const fn at(self, place: &'static str) -> Field {
        Field { at: place, to: place, ..self }
    }

    /// Another place in the answer only.
    pub const fn read_at(self, place: &'static str) -> Field {
        Field { at: place, ..self }
    }

    /// How its value is read, compared, sent and shown.
    pub const fn shape(self, shape: Shape) -> Field {
        Field { shape, ..self }
    }

    /// What a creation sends when it is not given.
    pub const fn usually(self, value: fn() -> Value) -> Field {
        Field { unset: Unset::Sent(value), ..self }
    }

    /// What holds after a creation that says nothing of it.
    pub const fn otherwise(self, value: fn() -> Value) -> Field {
        Field { unset: Unset::Holds(value), ..self }
    }

    /// Needed by a creation.
    pub const fn needed(self) -> Field {
        Field { unset: Unset::Refused, ..self }
    }

    /// Shown only next to a given one, because it changes by itself or means nothing to others.
    pub const fn shown_when_given(self) -> Field {
        Field { shown: Shown::WhenGiven, ..self }
    }

    /// Shown only after it was sent, because nobody knows what it was.
    pub const fn shown_when_sent(self) -> Field {
        Field { shown: Shown::WhenSent, ..self }
    }

    /// A change of it sends this option, too.
    pub const fn with(self, partner: &'static str) -> Field {
        Field { partner, ..self }
    }

    /// Differs by this rule about the option and the whole object.
    pub const fn differing(self, differs: Differs) -> Field {
        Field { differs: Some(differs), ..self }
    }

    /// A number with a unit.
    pub const fn unit(self, unit: Unit) -> Field {
        Field { unit, ..self }
    }

    /// The Quay that it came with, and what a run does with it on an older one.
    pub const fn since(self, since: &'static str, older: Older) -> Field {
        Field { since, older, ..self }
    }

    /// What it needs of the server, for the compatibility table.
    pub fn requirement(&self, module: &'static str) -> Option<Requirement> {
        let before = match self.older {
            Older::Warned(_) => "is not asked: a warning tells that it has no effect",
            Older::Refused => "refused before any write",
        };
        (!self.since.is_empty()).then_some(Requirement { module, what: self.option, since: self.since, before })
    }

    /// What holds after a creation when nobody says anything.
    pub(super) fn initial(&self) -> Option<Value> {
        match self.unset {
            Unset::Sent(value) | Unset::Holds(value) => Some(value()),
            Unset::Refused | Unset::Left => None,
        }
    }

    /// Its value in an answer, in the vocabulary of the option.
    pub fn read(&self, found: &Value) -> Value {
        (self.shape.read)(pick(found, self.at).unwrap_or(&Value::Null))
    }

    /// A body that says it alone.
    pub fn body(&self, wanted: &Value) -> Value {
        let mut body = Map::new();
        put(&mut body, self.to, (self.shape.write)(wanted));
        Value::Object(body)
    }

    /// What a difference shows of the value in an answer.
    pub(super) fn display_found(&self, found: &Value) -> Value {
        (self.shape.show)(&self.read(found))
    }

    /// What a difference shows of a value of the option.
    pub(super) fn display(&self, wanted: &Value) -> Value {
        (self.shape.show)(&(self.shape.plain)(wanted))
    }

    pub(super) fn differs(&self, wanted: &Value, found: &Value) -> bool {
        self.differs.map_or_else(|| (self.shape.plain)(wanted) != self.read(found), |differs| differs(wanted, found))
    }

    /// Says what becomes of it on a server that is too old.
    ///
    /// # Errors
    /// When it is given and would have an effect.
    pub(super) fn leave_out(&self, plan: &mut Plan, given: &Given) -> Result<()> {
        let (option, since) = (self.option, self.since);
        match (given.get(option), self.older) {
            (Some(_), Older::Warned(lack)) => plan.warn(format!("{lack}: {option} needs Quay {since} or later")),
            (Some(wanted), Older::Refused) if Some(wanted) != self.initial().as_ref() => {
                return Err(Error::Option(format!(
                    "cannot set {option} of the {}: it needs Quay {since} or later, and this one is older",
                    plan.title
                )));
            }
            _ => {}
        }
        Ok(())
    }
}

fn text_or_empty(value: &Value) -> Value {
    if value.is_null() { json!("") } else { value.clone() }
}

fn null_if_empty(value: &Value) -> Value {
    if *value == "" { Value::Null } else { value.clone() }
}

fn sorted(value: &Value) -> Value {
    let mut texts: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    json!(texts)
}

/// What is at a place in an object.
pub(super) fn pick<'a>(object: &'a Value, place: &str) -> Option<&'a Value> {
    place.split('/').try_fold(object, |inner, key| inner.get(key))
}

/// Puts a value at a place in an object, and makes the objects on the way.
pub(super) fn put(object: &mut Map<String, Value>, place: &str, value: Value) {
    match place.split_once('/') {
        None => drop(object.insert(place.to_owned(), value)),
        Some((key, rest)) => {
            let inner = object.entry(key).or_insert_with(|| json!({}));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}
