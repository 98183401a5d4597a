//! Accounts of superusers, which Quay protects.

use serde_json::{Value, json};

use super::{Options, quota};
use crate::api::Reader;
use crate::error::Result;
use crate::plan::Plan;
use crate::quay::State;
use crate::quay::fields::Change;

impl Options {
    /// Quay refuses every change to a superuser, but for the quota.
    pub(super) fn leave(&self, found: &Value, quay: &Reader) -> Result<Plan> {
        let Change { mut plan, mut body } = self.change(found)?;
        let (after, quota) = (plan.after, body.remove("quota").filter(|_| self.state == State::Present));
        plan.after = plan.before.clone();
        if let Some(bytes) = quota {
            plan.after.extend(after.get_key_value("quota").map(|(key, value)| (key.clone(), value.clone())));
            plan.push(quota::step(&self.username, &bytes, &found["quotas"], quay)?);
        }
        let mut differing: Vec<&str> = body.keys().map(String::as_str).collect();
        if self.given.get("superuser") == Some(&json!(false)) {
            differing.push("superuser");
        }
        if self.state == State::Absent {
            plan.warn(format!("the {} stays: it is a superuser, and Quay does not delete superusers", self.title()));
        } else if !differing.is_empty() {
            let keys = differing.join(", ");
            plan.warn(format!(
                "{keys} of the {} cannot be changed: it is a superuser, and Quay does not change superusers",
                self.title()
            ));
        }
        Ok(plan)
    }
}
