//! What is looked at before a notification is made.

use serde_json::{Value, json};

use super::{Holder, Work};
use crate::api::Slot;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::lookup::{self, Account};
use crate::quay::server::Server;
use crate::quay::text;
use crate::quay::{notification, quota};

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
        let needed = self.holder.needed(method).iter();
        missing.extend(needed.filter(|(_, pointer)| lacks(pointer)).map(|(option, _)| *option));
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Error::Option(format!(
                "cannot create the notification of {}: it also needs {}",
                self.holder,
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
            "team" => self.absent_team(name)?.map_or(Ok(None), missing),
            "org" if lookup::organization(self.quay, name)?.is_none() => missing(lookup::no_organization(name)),
            _ => Ok(None),
        }
    }

    /// Why a team cannot be a target.
    fn absent_team(&self, name: &str) -> Result<Option<String>> {
        let Some(namespace) = self.holder.namespace() else { return Ok(None) };
        let found = lookup::organization(self.quay, namespace)?;
        let Some(found) = found else {
            return Ok(Some(format!("{namespace} is a user, and only organizations have teams")));
        };
        Ok(lookup::lacks_team(&found, name).then(|| format!("there is no team {name} in {namespace}")))
    }

    /// Quay accepts events that can never happen.
    pub(super) fn predict_silence(&self, plan: &mut Plan, event: &str) {
        let why = match self.holder {
            Holder::Repository(_) => {
                let off = notification::feature(event).filter(|feature| Server::ask(self.quay).lacks(feature));
                off.map(|feature| format!("FEATURE_{feature} is off in Quay's configuration"))
            }
            Holder::Organization(_) | Holder::Own => self.lacking_quota(event),
        };
        plan.warnings.extend(why.map(|why| format!("the event {event} will not happen: {why}")));
    }

    /// What an event about the quota lacks, as far as Quay tells.
    fn lacking_quota(&self, event: &str) -> Option<String> {
        let (kind, option) = quota::LIMITS.into_iter().find(|(kind, _)| event == notification::of_limit(kind))?;
        let list = match self.quay.get(&self.holder.quota()?) {
            Ok(list) => list,
            Err(error) => {
                let is_off = error.is_unavailable();
                return is_off.then(|| "FEATURE_QUOTA_MANAGEMENT is off in Quay's configuration".into());
            }
        };
        let Some(quota) = quota::real(&list) else {
            return Some(format!("there is no quota of {}, which {} sets", self.holder, self.holder.quota_module()));
        };
        let has = quota["limits"].as_array().is_none_or(|limits| limits.iter().any(|limit| limit["type"] == kind));
        (!has).then(|| format!("the quota of {} has no limit for it ({option} of quay_quota)", self.holder))
    }
}
