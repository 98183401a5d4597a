//! `quay_repository_restore`: a repository, or all repositories of an organization, as of a moment.

mod place;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::contract::broken;
use super::{Error, Module, Need, Plan, Reader, Result, Rules};
use crate::quay::history::Course;
use crate::quay::tag_end::date;
use crate::quay::time::{self, Moment, Vague};
use crate::quay::{first_names, lists, names};
use place::Place;

/// Steps that one call plans at most: each is held until all are carried out.
const MOST_STEPS: usize = 100_000;

pub struct RepositoryRestore;

#[derive(Deserialize)]
pub struct Options {
    repository: Option<String>,
    organization: Option<String>,
    at: String,
    remove_newer: bool,
    max_removals: i64,
}

impl Module for RepositoryRestore {
    const NAME: &'static str = "quay_repository_restore";
    const RULES: Rules = Rules {
        formats: &[("repository", names::repository), ("organization", names::name), ("at", time::moment)],
        mutually_exclusive: &[&["repository", "organization"]],
        required_one_of: &[&["repository", "organization"]],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_WRITE;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        broken(&[(options.max_removals < 0, "max_removals: must be 0 or more")])
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        // Of an assumed server this clock is as good as any.
        let at = options.moment().ok().map(|moment| moment.second(jiff::Timestamp::now().as_second()));
        vec![("at", date(at)), ("restored", json!([])), ("removed", json!([]))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let places = options.places(quay)?;
        let now = quay.server_time();
        let at = options.moment().and_then(|moment| moment.past(now));
        let at = at.map_err(|why| Error::Option(format!("at: {why}")))?;
        let mut work = Work { options, plan: Plan::of(options.title(at)), losses: 0, locked: Vec::new() };
        let (mut restored, mut removed) = (BTreeSet::new(), BTreeSet::new());
        let mut displacing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for place in &places {
            let entries = place.history(at, now, options.remove_newer)?;
            let course = Course::of(&entries, at, now, options.remove_newer);
            work.take(place, &course)?;
            for action in &course.actions {
                let names = if action.then().is_some() { &mut restored } else { &mut removed };
                names.insert(place.tag(action.name()));
            }
            work.plan.warnings.extend(place.warnings(quay, &course, now)?);
            let policies = if quay.is_preview() { place.displacing(quay, &course)? } else { BTreeSet::new() };
            policies.into_iter().for_each(|policy| displacing.entry(policy).or_default().push(&place.repository.name));
        }
        // The policy of an organization is one of all its repositories.
        work.plan.warnings.extend(displacing.iter().map(|(policy, names)| {
            let place = options.organization.as_deref().or(names.first().copied()).unwrap_or_default();
            format!(
                "the auto-prune policy {policy} counts restored tags as the newest, and can take others in their place, which \
                 quaymaster preview {place} shows then: {}",
                first_names(names, 10)
            )
        }));
        if let Some(name) = &options.organization {
            work.plan.warnings.extend(lists::left_out(quay, &[name], &[])?);
        }
        let mut plan = work.judged()?;
        plan.give("at", date(Some(at)));
        plan.give_each("restored", restored.into_iter());
        plan.give_each("removed", removed.into_iter());
        Ok(plan)
    }
}

impl Options {
    fn moment(&self) -> std::result::Result<Moment, String> {
        Moment::parse(&self.at, Vague::Refused)
    }

    fn title(&self, at: i64) -> String {
        let moment = time::iso(at).unwrap_or_default();
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

/// Refuses a plan that would not stop growing.
///
/// # Errors
/// When it has more steps than one call plans.
fn check_size(title: &str, steps: usize) -> Result<()> {
    if steps <= MOST_STEPS {
        return Ok(());
    }
    Err(Error::Option(format!(
        "cannot restore the {title}: it takes more than {MOST_STEPS} steps, a tag each; restore one repository at a time, or a later moment"
    )))
}

/// What is planned so far, and what speaks against it.
struct Work<'a> {
    options: &'a Options,
    plan: Plan,
    losses: usize,
    locked: Vec<String>,
}

impl Work<'_> {
    /// Adds the steps for a place.
    ///
    /// # Errors
    /// When that makes more of them than one call plans.
    fn take(&mut self, place: &Place<'_>, course: &Course<'_>) -> Result<()> {
        check_size(&self.plan.title, self.plan.steps.len() + course.actions.len())?;
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
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_plans_no_more_steps_than_it_can_hold() {
        let title = "repositories of acme as of 2026-01-31T12:00:00Z";
        assert!(check_size(title, MOST_STEPS).is_ok());
        let refusal = check_size(title, MOST_STEPS + 1).unwrap_err().to_string();
        assert!(
            refusal.contains("acme") && refusal.contains("100000 steps") && refusal.contains("one repository"),
            "{refusal}"
        );
    }
}
