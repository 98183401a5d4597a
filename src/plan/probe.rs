//! Looks at the server around a step.

use serde_json::Value;

use crate::api::{Path, Reader};
use crate::error::Result;

/// A look at the server that decides how a step went.
pub struct Probe {
    path: Path,
    pub(super) sign: Sign,
}

/// What a probe looks for.
pub(super) enum Sign {
    /// No object.
    Missing,
    /// An object with all these values, by JSON pointer.
    Values(Vec<(&'static str, Value)>),
    /// Something inside the answer, which then stands for the answer to the step.
    Found(Find),
}

type Find = Box<dyn Fn(&Value) -> Option<Value> + Send + Sync>;

impl Probe {
    /// Holds when there is no object at `path` (any refusal counts).
    pub fn missing(path: Path) -> Probe {
        Probe { path, sign: Sign::Missing }
    }

    /// Holds when the object at `path` has all these values, given by JSON pointer.
    pub fn equal(path: Path, holds: Vec<(&'static str, Value)>) -> Probe {
        Probe { path, sign: Sign::Values(holds) }
    }

    /// Holds when `find` finds something in the answer to `GET path`, for example one entry of a list. What it finds is
    /// kept as the answer to the step, so that [`Slot`](crate::api::Slot)s can point into it.
    pub fn finding(path: Path, find: impl Fn(&Value) -> Option<Value> + Send + Sync + 'static) -> Probe {
        Probe { path, sign: Sign::Found(Box::new(find)) }
    }

    /// What it finds: the object that has the values, what was searched for, or null when nothing is what it looks for;
    /// `None` when it does not hold.
    pub(super) fn look(&self, reader: &Reader) -> Result<Option<Value>> {
        let reply = reader.ask_again(&self.path)?;
        if matches!(self.sign, Sign::Missing) {
            return Ok(matches!(reply.status, 400 | 404).then_some(Value::Null));
        }
        if !reply.is_success() {
            return Ok(None);
        }
        let found = reply.body.json();
        Ok(match &self.sign {
            Sign::Missing => None,
            Sign::Values(values) => {
                let all = values.iter().all(|(pointer, value)| found.pointer(pointer) == Some(value));
                all.then_some(found)
            }
            Sign::Found(find) => find(&found),
        })
    }
}
