//! A new token for a robot account that has one.

use serde_json::{Value, json};

use super::{Located, Options};
use crate::api::{Reader, Slot};
use crate::error::Result;
use crate::plan::{Plan, Step};
use crate::quay::{State, robot};

const LOST: &str =
    "the token may be another one now: run the task without regenerate, which returns the one that is valid";

impl Options {
    /// What is wrong with the options of the rotation.
    pub(super) fn rotation_problem(&self) -> Option<String> {
        let wrong = match (self.regenerate, self.state, self.unused_for) {
            (true, State::Absent, _) => "regenerate: a robot account that goes (state absent) gets no new token",
            (false, _, Some(_)) => "unused_for: it says when to regenerate, which is not asked for",
            _ => return None,
        };
        Some(wrong.into())
    }
}

impl Located {
    /// Returns the token that the robot has, or the new one where it is to get one; there is only ever one.
    pub(super) fn give_token(&self, plan: &mut Plan, found: &Value, options: &Options, quay: &Reader) -> Result<()> {
        let is_due = match options.unused_for {
            Some(period) if options.regenerate => robot::is_unused(quay, found, period)?,
            _ => options.regenerate,
        };
        plan.give("regenerated", is_due);
        if is_due {
            plan.mark("token");
            plan.push(self.regenerate_step(found));
            plan.give_answer("token", Slot::new("regenerate", "/token"));
        } else if let Some(token) = found.get("token") {
            // Global read-only superusers do not get to see it.
            plan.give("token", token.clone());
        }
        Ok(())
    }

    /// When the answer is lost, the robot itself shows whether its token is another one.
    fn regenerate_step(&self, found: &Value) -> Step {
        let account = &self.account;
        let path = account.path.clone().fixed("/regenerate");
        Step::post(path, json!({}), format!("regenerate the token of the {}", account.title()))
            .needing(account.need())
            .named("regenerate")
            .if_lost(LOST)
            .settled_by_change(account.path.clone(), "/token", &found["token"])
    }
}
