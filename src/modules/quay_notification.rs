//! `quay_notification`: what a repository sends when something happens.

use serde::Deserialize;
use serde_json::json;

use super::notifications::{self, Holder, options};
use super::{Error, Module, Need, Plan, Reader, Result, Rules, Table};
use crate::quay::{lookup, names, notification, python};

pub struct Notification;

#[derive(Deserialize)]
pub struct Options {
    repository: String,
    #[serde(flatten)]
    notification: options::Options,
}

impl Module for Notification {
    const NAME: &'static str = "quay_notification";
    const RULES: Rules = Rules {
        formats: &[
            ("repository", names::repository),
            ("regexp", python::pattern_or_empty),
            ("search_string", names::empty_is_none),
            ("ref_regex", |value| if value == "" { Ok(json!("")) } else { python::pattern_or_empty(value) }),
            ("config.url", names::web_url),
            ("config.template", notification::template),
        ],
        mutually_exclusive: &[&["regexp", "search_string"]],
        ..notifications::RULES
    };
    const NEED: Need = Need::REPO_ADMIN;
    const FIELDS: &'static Table = &notification::FIELDS;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let mut problems = options.notification.problems();
        // The namespace of another repository is that of the caller, who is still to be found out.
        if options.repository.contains('/') {
            problems.extend(Holder::Repository(options.repository.clone()).problem(&options.notification));
        }
        problems
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let holder = Holder::Repository(lookup::repository_name(quay, "repository", &options.repository)?);
        if let Some(problem) = holder.problem(&options.notification) {
            return Err(Error::Option(problem));
        }
        notifications::plan(&options.notification, &holder, quay)
    }
}
