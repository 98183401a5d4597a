//! `quay_repository_restore`: a repository, or all repositories of an organization, as of a moment.

mod place;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::Reader;
use crate::error::{Error, Need, Result};
use crate::plan::Plan;
use crate::quay::history::{Course, moment};
use crate::quay::tag_end::date;
use crate::quay::{first_names, names};
use place::Place;

pub struct RepositoryRestore;

#[derive(Deserialize)]
pub struct Options {
    repository: Option<String>,
    organization: Option<String>,
    /// In seconds since 1970.
    at: i64,
    remove_newer: bool,
    max_removals: i64,
}

impl Module for RepositoryRestore {
    const NAME: &'static str = "quay_repository_restore";
    const RULES: Rules = Rules {
        formats: &[("repository", names::repository), ("organization", names::name), ("at", moment::seconds)],
        mutually_exclusive: &[&["repository", "organization"]],
        required_one_of: &[&["repository", "organization"]],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_WRITE;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let negative = options.max_removals < 0;
        negative.then(|| "max_removals: must be 0 or more".to_owned()).into_iter().collect()
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        vec![("at", date(Some(options.at))), ("restored", json!([])), ("removed", json!([]))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let places = options.places(quay)?;
        let now = quay.server_time();
        let mut work = Work { options, plan: Plan::of(options.title()), losses: 0, locked: Vec::new() };
        let (mut restored, mut removed) = (BTreeSet::new(), BTreeSet::new());
        for place in &places {
            let entries = place.history(options.at, now, options.remove_newer)?;
            let course = Course::of(&entries, options.at, now, options.remove_newer);
            work.take(place, &course);
            for action in &course.actions {
                let names = if action.then().is_some() { &mut restored } else { &mut removed };
                names.insert(place.tag(action.name()));
            }
            work.plan.warnings.extend(place.warnings(quay, &course, now)?);
        }
        let mut plan = work.judged()?;
        plan.give("at", date(Some(options.at)));
        plan.give_each("restored", restored.into_iter());
        plan.give_each("removed", removed.into_iter());
        Ok(plan)
    }
}

impl Options {
    fn title(&self) -> String {
        let moment = date(Some(self.at));
        let moment = moment.as_str().unwrap_or_default();
        match (&self.repository, &self.organization) {
            (Some(name), _) => format!("repository {name} as of {moment}"),
            (None, name) => format!("repositories of {} as of {moment}", name.as_deref().unwrap_or_default()),
        }
    }

    fn places<'q>(&self, quay: &'q Reader) -> Result<Vec<Place<'q>>> {
        match (&self.repository, &self.organization) {
            (Some(name), _) => Ok(vec![Place::repository(quay, name)?]),
            (None, name) => Place::all_of(quay, name.as_deref().unwrap_or_default()),
        }
    }
}

/// What is planned so far, and what speaks against it.
struct Work<'a> {
    options: &'a Options,
    plan: Plan,
    losses: usize,
    locked: Vec<String>,
}

impl Work<'_> {
    fn take(&mut self, place: &Place<'_>, course: &Course<'_>) {
        self.losses += course.losses();
        self.locked.extend(course.locked().into_iter().map(|name| place.tag(name)));
        for action in &course.actions {
            let name = place.tag(action.name());
            let show = |side: &mut Map<String, Value>, entry: Option<&str>| {
                if let Some(digest) = entry {
                    side.insert(name.clone(), json!(digest));
                }
            };
            show(&mut self.plan.before, action.now().map(|entry| entry.manifest_digest.as_str()));
            show(&mut self.plan.after, action.then().map(|entry| entry.manifest_digest.as_str()));
            self.plan.push(action.step(&place.repository).telling(name));
        }
    }

    /// The plan, unless something forbids it as a whole.
    fn judged(self) -> Result<Plan> {
        let refuse = |why: String| Err(Error::Option(format!("cannot restore the {}: {why}", self.plan.title)));
        if !self.locked.is_empty() {
            let names: Vec<&str> = self.locked.iter().map(String::as_str).collect();
            return refuse(format!(
                "immutable tags would have to change ({}): unlock them with quay_tag first, which needs an administrator of the repository",
                first_names(&names, 10)
            ));
        }
        if i64::try_from(self.losses).unwrap_or(i64::MAX) > self.options.max_removals {
            return refuse(format!(
                "{} tags would move to another image or be removed, and max_removals permits {}; raise it, or look for the mistake",
                self.losses, self.options.max_removals
            ));
        }
        Ok(self.plan)
    }
}
