//! `quay_organization_notification`: what an organization, or one's own namespace, sends about its storage quota.

use serde::Deserialize;

use super::notifications::{self, Holder, options};
use super::{Error, Module, Need, Plan, Reader, Result, Rules};
use crate::quay::{names, notification};

pub struct OrganizationNotification;

#[derive(Deserialize)]
pub struct Options {
    organization: Option<String>,
    own: bool,
    #[serde(flatten)]
    notification: options::Options,
}

impl Options {
    /// Whose notifications are meant.
    ///
    /// # Errors
    /// Unless it is one of the two.
    fn holder(&self) -> Result<Holder, &'static str> {
        match (&self.organization, self.own) {
            (Some(name), false) => Ok(Holder::Organization(name.clone())),
            (None, true) => Ok(Holder::Own),
            (None, false) => Err("one of organization and own is needed"),
            (Some(_), true) => Err("organization and own exclude each other"),
        }
    }
}

impl Module for OrganizationNotification {
    const NAME: &'static str = "quay_organization_notification";
    const RULES: Rules = Rules {
        formats: &[
            ("organization", names::name),
            ("config.url", names::web_url),
            ("config.template", notification::template),
        ],
        ..notifications::RULES
    };
    const NEED: Need = notifications::OF_ORGANIZATION;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let mut problems = options.notification.problems();
        match options.holder() {
            Ok(holder) => problems.extend(holder.problem(&options.notification)),
            Err(problem) => problems.push(problem.into()),
        }
        problems
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let holder = options.holder().map_err(|problem| Error::Option(problem.into()))?;
        notifications::plan(&options.notification, &holder, quay)
    }
}
