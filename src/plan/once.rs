//! Objects that Quay takes twice: two runs that find none at the same time both make one.

use serde_json::Value;

use super::request::Request;
use crate::api::{Method, Path, Reader, Reply};

/// How the object that a step makes is found among its equals, and taken back.
pub struct Once {
    /// The list that shows them.
    pub list: Path,
    /// The key of the list in its answer.
    pub key: &'static str,
    /// What stands before the identifier in the address of one.
    pub each: Path,
    /// The key of the identifier.
    pub id: &'static str,
    /// What makes two of them equal, as JSON pointers.
    pub equal: &'static [&'static str],
}

impl Once {
    /// The equal of `own` that the server lists before it: another run came first. `None` also where the server does not tell,
    /// because what the step was to make is there in any case.
    pub(super) fn earlier(&self, own: &Value, reader: &Reader) -> Option<Value> {
        let answer = reader.ask_again(&self.list).and_then(Reply::into_json).ok()?;
        let equals = || answer.get(self.key).and_then(Value::as_array).into_iter().flatten();
        let equals = || equals().filter(|entry| are_equal(own, entry, self.equal));
        let is_own = |entry: &Value| entry.get(self.id) == own.get(self.id);
        let first = equals().next().filter(|first| !is_own(first))?;
        equals().any(is_own).then(|| first.clone())
    }

    /// What takes `own` back.
    pub(super) fn removal(&self, own: &Value) -> Request {
        let id = own.get(self.id).and_then(Value::as_str).unwrap_or_default();
        Request::new(Method::DELETE, self.each.clone().then(id), None)
    }
}

/// Whether two objects have the same values at these JSON pointers; a missing one and null are the same.
pub fn are_equal(one: &Value, other: &Value, pointers: &[&str]) -> bool {
    let value = |object: &Value, pointer: &str| object.pointer(pointer).cloned().unwrap_or_default();
    pointers.iter().all(|pointer| value(one, pointer) == value(other, pointer))
}

/// Takes those out that equal an earlier one, and returns them.
pub fn split_doubles(entries: &mut Vec<Value>, pointers: &[&str]) -> Vec<Value> {
    let mut doubles = Vec::new();
    let mut kept: Vec<Value> = Vec::new();
    for entry in entries.drain(..) {
        let is_known = kept.iter().any(|other| are_equal(other, &entry, pointers));
        if is_known { &mut doubles } else { &mut kept }.push(entry);
    }
    *entries = kept;
    doubles
}
