//! Which application has a name: Quay lets several have the same.

use serde_json::Value;

use super::Options;
use crate::error::{Error, Result};
use crate::plan::once::are_equal;
use crate::quay::{State, api_token};

/// What an application says; its identifier and secret are its own.
pub(super) const EQUAL: &[&str] = &["/name", "/description", "/application_uri", "/redirect_uri", "/avatar_email"];

/// Those that say the same as one of them, which is among them.
pub(super) fn equals<'a>(one: &Value, applications: &'a [Value]) -> Vec<&'a Value> {
    applications.iter().filter(|entry| are_equal(entry, one, EQUAL)).collect()
}

impl Options {
    /// The application that is meant: the one that has the new name already, or else the one with the old name.
    pub(super) fn choose<'a>(&self, applications: &'a [Value]) -> Result<Option<&'a Value>> {
        let old = self.only(&self.name, applications)?;
        let new = match &self.new_name {
            Some(name) if *name != self.name => self.only(name, applications)?,
            _ => None,
        };
        match (old, new, &self.new_name) {
            (Some(_), Some(_), Some(name)) => Err(Error::Option(format!(
                "new_name: both {} and {name} are applications of {}, so it cannot be told which one is meant",
                self.name, self.organization
            ))),
            _ => Ok(new.or(old)),
        }
    }

    /// Quay lets several applications have the same name. Which of two equal ones is meant does not matter as long as none has to
    /// go: they are kept equal.
    fn only<'a>(&self, name: &str, applications: &'a [Value]) -> Result<Option<&'a Value>> {
        let same: Vec<&Value> = api_token::named(applications, name).collect();
        let first = same.first().copied();
        let equal = same.iter().all(|entry| first.is_some_and(|first| are_equal(entry, first, EQUAL)));
        if same.len() > 1 && !(equal && self.state == State::Present && !self.reset_client_secret) {
            return Err(Error::Option(format!(
                "{} applications of {} have the name {name} (client IDs {}): rename or delete all but one in Quay's web \
                 interface",
                same.len(),
                self.organization,
                api_token::client_ids(&same)
            )));
        }
        Ok(first)
    }

    /// What to tell about one that is there several times.
    pub(super) fn doubles(&self, equal: &[&Value]) -> Option<String> {
        (equal.len() > 1).then(|| {
            format!(
                "the {} is there {} times (client IDs {}), and all are kept equal: delete all but the one in use in Quay's web \
                 interface; the tokens of an application end with it",
                self.title(),
                equal.len(),
                api_token::client_ids(equal)
            )
        })
    }
}
