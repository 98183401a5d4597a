//! Values that only the answer to an earlier request brings.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::{Error, Result};

/// A place in the answer to a step: later steps and the returned values refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    step: String,
    pointer: String,
    expected: String,
}

impl Slot {
    /// The value at `pointer` (RFC 6901) in the answer to the step named `step`; an empty pointer is the whole answer.
    pub fn new(step: impl Into<String>, pointer: &str) -> Slot {
        Slot { step: step.into(), pointer: pointer.to_owned(), expected: String::new() }
    }

    /// The same slot with the value that a person should see as long as the answer is not there.
    #[must_use]
    pub fn expecting(mut self, text: &str) -> Slot {
        text.clone_into(&mut self.expected);
        self
    }

    /// The name of the step.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// What is shown while the answer is not there.
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

/// The answers of the steps that have run and carry a name.
#[derive(Default)]
pub struct Answers(HashMap<String, Value>);

impl Answers {
    /// Keeps the answer to a named step.
    pub fn keep(&mut self, step: &str, answer: Value) {
        self.0.insert(step.to_owned(), answer);
    }

    /// The value of a slot, `None` while its step has not run.
    pub fn get(&self, slot: &Slot) -> Option<&Value> {
        self.0.get(&slot.step)?.pointer(&slot.pointer)
    }

    /// The value of a slot as text.
    ///
    /// # Errors
    /// When the step has not run or its answer lacks the value.
    pub fn text(&self, slot: &Slot) -> Result<String> {
        match self.get(slot) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            _ => Err(Error::Unexpected(format!("Quay's answer to the step \"{}\" lacks {}", slot.step, slot.pointer))),
        }
    }
}
