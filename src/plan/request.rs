//! What a step sends.

use serde_json::Value;

use crate::api::{Answers, Method, Path, Payload, Slot};
use crate::error::Result;

/// A request, before the slots are filled.
pub(super) struct Request {
    /// The verb of HTTP.
    pub(super) method: Method,
    /// Where it goes.
    pub(super) path: Path,
    /// What it carries.
    body: Option<Value>,
    /// Places in the body, as JSON pointers, and the earlier answers that fill them.
    pub(super) fills: Vec<(&'static str, Slot)>,
    /// Whether the body goes as a web form, not as JSON.
    pub(super) form: bool,
}

impl Request {
    pub(super) fn new(method: Method, path: Path, body: Option<Value>) -> Request {
        Request { method, path, body, fills: Vec::new(), form: false }
    }

    /// The body with every slot filled.
    pub(super) fn body(&self, answers: &Answers) -> Result<Option<Value>> {
        let mut body = self.body.clone();
        for (pointer, slot) in &self.fills {
            if let Some(place) = body.as_mut().and_then(|body| body.pointer_mut(pointer)) {
                *place = Value::String(answers.text(slot)?);
            }
        }
        Ok(body)
    }

    /// The form in which a body is sent.
    pub(super) fn payload<'a>(&self, body: Option<&'a Value>) -> Payload<'a> {
        match body {
            None => Payload::Nothing,
            Some(fields) if self.form => Payload::Form(fields),
            Some(body) => Payload::Json(body),
        }
    }
}
