//! Tags that patterns choose, in one call.

use serde::Deserialize;
use serde_json::Value;

use super::{Options, Wanted, Work};
use crate::api::Reader;
use crate::error::{Error, Result};
use crate::modules::contract::broken;
use crate::plan::Plan;
use crate::quay::decode;
use crate::quay::glob::Glob;
use crate::quay::history::{self, Entry, TimeMachine};
use crate::quay::image::{READ, Repository, Tag};

/// Tags that one call may change where nothing else is said.
const MOST: usize = 100;

/// Which tags are meant.
#[derive(Deserialize)]
pub(super) struct Choice {
    /// Patterns of names; not given where one tag is meant.
    #[serde(rename = "match")]
    pub(super) patterns: Option<Vec<String>>,
    #[serde(default)]
    keep: Vec<String>,
    /// In seconds.
    older_than: Option<i64>,
    pub(super) max_removals: Option<i64>,
}

impl Choice {
    /// Whether anything is given that only counts with patterns.
    pub(super) fn is_idle(&self) -> bool {
        self.patterns.is_none() && (!self.keep.is_empty() || self.older_than.is_some() || self.max_removals.is_some())
    }

    fn takes(&self, tag: &Tag, now: i64) -> bool {
        let fits = |patterns: &[String]| patterns.iter().any(|pattern| Glob::new(pattern).fits(&tag.name));
        fits(self.patterns.as_deref().unwrap_or_default())
            && !fits(&self.keep)
            && self.older_than.is_none_or(|seconds| now - tag.start_ts >= seconds)
    }

    fn most(&self) -> usize {
        self.max_removals.map_or(MOST, |most| usize::try_from(most).unwrap_or_default())
    }
}

impl Options {
    /// What speaks against patterns beside the other options.
    pub(super) fn unchosen(&self) -> Option<String> {
        let image = &self.image;
        let alone = self.tag.is_none() && image.digest.is_none() && image.tag.as_deref() == Some("latest");
        let problems = broken(&[
            (self.choice.is_idle(), "keep, older_than, max_removals: only with match"),
            (self.choice.max_removals.is_some_and(|most| most < 0), "max_removals: must be 0 or more"),
            (
                self.choice.patterns.is_some() && !alone,
                "match: the image is a repository then, without a tag or digest",
            ),
            (
                self.choice.patterns.is_some() && !self.changes_tags(),
                "match: needs expiration, immutable or state: absent",
            ),
            (
                self.choice.patterns.is_some() && self.permanent && self.choice.max_removals.is_none(),
                "permanent: with match it needs max_removals, as nothing brings these tags back",
            ),
            (self.choice.patterns.is_some() && self.digest.is_some(), "digest: not with match"),
        ]);
        problems.into_iter().next()
    }

    fn changes_tags(&self) -> bool {
        match self.state {
            Wanted::Absent => true,
            Wanted::Present => self.expiration.is_some() || self.immutable.is_some(),
            Wanted::Restored => false,
        }
    }

    /// One plan for all tags that are chosen: one request lists 100 tags.
    pub(super) fn plan_chosen(&self, quay: &Reader, repository: &Repository<'_>) -> Result<Plan> {
        let mut plan = Plan::of(format!("tags of {}", repository.name));
        let mut live = match history::pages(&history::path(repository, None, true), |page| {
            repository.read(page, &history::attempt(repository), &READ)
        })? {
            Ok(listed) => listed.into_iter().map(|tag| decode::<Tag>(tag, "a tag")).collect::<Result<Vec<Tag>>>()?,
            Err(_) if self.state == Wanted::Absent => Vec::new(),
            Err(gone) => return Err(gone.error(&format!("set the {}", plan.title))),
        };
        // Only an answer tells the time of the server.
        let now = quay.server_time();
        live.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let past = match self.permanent && !live.is_empty() {
            true => history::read(repository, None)?.map_err(|gone| gone.error("read the history"))?,
            false => Vec::new(),
        };
        let mut names = Vec::new();
        for tag in live.iter().filter(|tag| self.choice.takes(tag, now)) {
            let work = self.work(quay, &repository.name, &tag.name)?;
            let own = |entry: &&Entry| entry.name == tag.name;
            let one = match self.state {
                Wanted::Absent if tag.immutable == Some(true) => {
                    plan.warn(format!("the {} is immutable and stays", work.title()));
                    continue;
                }
                Wanted::Absent if self.permanent => {
                    work.taken_out(&past.iter().filter(own).cloned().collect::<Vec<_>>())?
                }
                Wanted::Absent => work.deletion(tag),
                Wanted::Present | Wanted::Restored => work.towards(Some(tag), tag.manifest_digest.clone(), None)?,
            };
            if !one.steps.is_empty() {
                names.push(tag.name.clone());
                add(&mut plan, one, &tag.name);
            }
        }
        if names.len() > self.choice.most() {
            return Err(Error::Option(format!(
                "cannot change the {}: {} would be changed, and max_removals permits {}; raise it, or look for the mistake",
                plan.title,
                names.len(),
                self.choice.most()
            )));
        }
        if !plan.steps.is_empty() && !self.permanent {
            repository.predict_frozen(&format!("change the {}", plan.title))?;
        }
        if self.state == Wanted::Absent && !names.is_empty() {
            let until = if self.permanent { Some(0) } else { TimeMachine::keeps_until(repository, now)? };
            plan.give("recoverable_until", until);
        }
        plan.give_each("tags", names.into_iter());
        Ok(plan)
    }

    fn work<'w>(&'w self, quay: &'w Reader, repository: &str, tag: &'w str) -> Result<Work<'w>> {
        let repository = Repository::of(quay, repository, "image")?;
        Ok(Work { options: self, quay, repository, tag })
    }
}

/// Adds the plan of one tag. Its last step tells that it has changed.
fn add(plan: &mut Plan, one: Plan, tag: &str) {
    plan.before.insert(tag.to_owned(), Value::Object(one.before));
    plan.after.insert(tag.to_owned(), Value::Object(one.after));
    plan.warnings.extend(one.warnings);
    let last = one.steps.len().saturating_sub(1);
    plan.steps.extend(one.steps.into_iter().enumerate().map(|(index, step)| match index == last {
        true => step.telling(tag),
        false => step,
    }));
}
