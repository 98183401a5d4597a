//! What a plan will have made, for the plans that build on it.

use serde_json::Value;

use super::Options;
use crate::api::Reader;
use crate::apply::predicted::PredictedServer;
use crate::plan::Plan;

/// A plan that is made, and the server as it will be.
pub struct Made<'a> {
    /// The server, to which the plan's objects are added.
    pub server: &'a PredictedServer,
    /// The options of the call.
    pub options: &'a Options,
    /// Its plan.
    pub plan: &'a Plan,
    /// Reads what is not known yet.
    pub reader: &'a Reader,
}

impl Made<'_> {
    /// Whether the plan creates its object.
    pub fn is_new(&self) -> bool {
        self.plan.before.is_empty() && self.changes()
    }

    /// Whether the plan does anything.
    pub fn changes(&self) -> bool {
        self.plan.changes().next().is_some()
    }

    /// A text option, empty where it is not given.
    pub fn text(&self, option: &str) -> &str {
        self.options.get(option).and_then(Value::as_str).unwrap_or_default()
    }

    /// What the plan leaves of an option, null where it does not say.
    pub fn after(&self, option: &str) -> Value {
        self.plan.after.get(option).cloned().unwrap_or_default()
    }

    /// The same, or what the plan leaves alone.
    pub fn after_or_kept(&self, option: &str) -> Value {
        self.plan.after.get(option).or(self.plan.kept.get(option)).cloned().unwrap_or_default()
    }
}
