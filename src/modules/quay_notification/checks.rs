//! What is looked at before a notification is made.

use serde_json::{Value, json};

use super::Work;
use crate::api::Slot;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::lookup::{self, Account};
use crate::quay::notification::{self, needed};
use crate::quay::server::Server;
use crate::quay::text;

impl Work<'_> {
    pub(super) fn check_complete(&self, wanted: &Value) -> Result<()> {
        let mut missing: Vec<&str> =
            ["title", "event", "method"].into_iter().filter(|key| !wanted[key].is_string()).collect();
        let method = text(&wanted["method"]);
        if method.is_empty() && self.options.config.is_none() {
            missing.push("config");
        }
        let lacks =
            |pointer: &str| wanted["config"].pointer(pointer).is_none_or(|value| value == "" || value.is_null());
        missing.extend(needed(method).iter().filter(|(_, pointer)| lacks(pointer)).map(|(option, _)| *option));
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Error::Option(format!(
                "cannot create the notification of {}: it also needs {}",
                self.name,
                missing.join(", ")
            ))),
        }
    }

    /// Makes sure that the target is there. A user gets the name under which Quay knows the account, or will know it once
    /// it is linked.
    pub(super) fn check_target(&self, target: &mut Value, title: &str) -> Result<Option<Account>> {
        let name = &text(&target["name"]).to_owned();
        let missing = |why: String| Err(Error::Missing(format!("cannot create the {title}: {why}")));
        match text(&target["kind"]) {
            "user" => match lookup::account(self.quay, name)? {
                None => missing(format!("there is no user {name}")),
                Some(account) => {
                    let linked = account.link.as_ref().map(Slot::expected);
                    target["name"] = json!(linked.unwrap_or(&account.name));
                    Ok(Some(account))
                }
            },
            "team" => match lookup::organization(self.quay, self.namespace)? {
                None => missing(format!("{} is a user, and only organizations have teams", self.namespace)),
                Some(found) if found["teams"].as_object().is_some_and(|teams| !teams.contains_key(name)) => {
                    missing(format!("there is no team {name} in {}", self.namespace))
                }
                Some(_) => Ok(None),
            },
            "org" if lookup::organization(self.quay, name)?.is_none() => missing(lookup::no_organization(name)),
            _ => Ok(None),
        }
    }

    /// Quay accepts events that can never happen with its configuration.
    pub(super) fn foretell_silence(&self, plan: &mut Plan, event: &str) {
        let Some(feature) = notification::feature(event) else {
            return;
        };
        if Server::ask(self.quay).lacks(feature) {
            plan.warn(format!("the event {event} will not happen: FEATURE_{feature} is off in Quay's configuration"));
        }
    }
}
