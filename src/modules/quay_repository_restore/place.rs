//! One repository of those that are restored.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::Reader;
use crate::error::{Error, Result};
use crate::quay::history::{self, Course, Entry, TimeMachine};
use crate::quay::image::{FROZEN, Repository};
use crate::quay::policy::preview::{Limit, Rule};
use crate::quay::policy::{immutability, prune};
use crate::quay::tag_end::date;
use crate::quay::{first_names, lists, lookup, text};

/// Entries that end within this many seconds behind the limit may be collected before they are restored.
const SOON: i64 = 3_600;

/// A repository, and how far back its time machine reaches.
pub struct Place<'q> {
    pub repository: Repository<'q>,
    machine: TimeMachine,
}

impl<'q> Place<'q> {
    /// The one repository that is named.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn repository(quay: &'q Reader, name: &str) -> Result<Place<'q>> {
        let repository = Repository::of(quay, name, "repository")?;
        let machine = TimeMachine::of(&repository)?;
        let missing = |_| {
            Error::Missing(format!("cannot restore {}: {}", repository.name, lookup::no_repository(&repository.name)))
        };
        let machine = machine.map_err(missing)?;
        Ok(Place { repository, machine })
    }

    /// All of an organization that hold images: one request for the list, and one for the window, which is the same for all.
    ///
    /// # Errors
    /// When there is no such organization, or it cannot be read.
    pub fn all_of(quay: &'q Reader, organization: &str) -> Result<Vec<Place<'q>>> {
        let listed = lists::repositories(quay, organization)?;
        if listed.is_empty() && lookup::organization(quay, organization)?.is_none() {
            return Err(lookup::missing_organization(&format!("restore {organization}"), organization));
        }
        let mut places: Vec<Place<'q>> = Vec::new();
        for entry in listed.iter().filter(|entry| entry["kind"] != "application") {
            let mut place = match places.first() {
                None => Place::repository(quay, &format!("{organization}/{}", text(&entry["name"])))?,
                Some(first) => Place {
                    repository: Repository::of(
                        quay,
                        &format!("{organization}/{}", text(&entry["name"])),
                        "organization",
                    )?,
                    machine: TimeMachine { window: first.machine.window, state: String::new() },
                },
            };
            if let Value::String(state) = &entry["state"] {
                place.machine.state.clone_from(state);
            }
            places.push(place);
        }
        places.sort_unstable_by(|one, other| one.repository.name.cmp(&other.repository.name));
        Ok(places)
    }

    /// `namespace/repository:tag`.
    pub fn tag(&self, name: &str) -> String {
        format!("{}:{name}", self.repository.name)
    }

    /// The history of all tags. Where tags are `removed` that were not there at the moment, it has to reach back further, as the collector
    /// may have taken an entry that tells otherwise.
    ///
    /// # Errors
    /// When it does not reach back to `moment`, or cannot be read.
    pub fn history(&self, moment: i64, now: i64, removed: bool) -> Result<Vec<Entry>> {
        let name = &self.repository.name;
        if self.machine.window.is_none() {
            let why = "Quay does not tell how far back its time machine reaches";
            return Err(Error::Option(format!("cannot restore {name}: {why}")));
        }
        let limit = self.machine.limit(now).saturating_add(if removed { SOON } else { 0 });
        if moment < limit {
            let certain = if removed { ", for certain," } else { "" };
            return Err(Error::Option(format!(
                "cannot restore {name}: its time machine reaches back to {}{certain} only (time_machine_expiration of quay_organization)",
                text(&date(Some(limit)))
            )));
        }
        let attempt = format!("restore {}", self.repository.name);
        history::read(&self.repository, None)?.map_err(|gone| gone.error(&attempt))
    }

    /// What a person should know before the course is taken.
    ///
    /// # Errors
    /// When the repository cannot be written to.
    pub fn warnings(&self, quay: &Reader, course: &Course<'_>, now: i64) -> Result<Vec<String>> {
        let (name, state) = (&self.repository.name, &self.machine.state);
        if course.actions.is_empty() {
            return Ok(Vec::new());
        }
        if !matches!(state.as_str(), "" | "NORMAL") {
            return Err(Error::Option(format!(
                "cannot restore {name}: the repository is in the state {state}; {}",
                FROZEN.advice
            )));
        }
        let mut warnings = Vec::new();
        let limit = self.machine.limit(now).saturating_add(SOON);
        let restored: Vec<&Entry> = course.actions.iter().filter_map(|action| action.then()).collect();
        let mut tell = |entries: Vec<&Entry>, what: &str| {
            if !entries.is_empty() {
                let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
                warnings.push(format!("{name}: {what}: {}", first_names(&names, 10)));
            }
        };
        let soon = restored.iter().copied().filter(|entry| !entry.is_live(limit));
        tell(soon.collect(), "the time machine of these tags is over within the hour, and more may be gone already");
        if quay.is_preview() {
            let policies = immutability::KIND.holding::<immutability::Policy>(quay, name)?;
            let locked =
                restored.iter().copied().filter(|entry| policies.iter().any(|policy| policy.locks(&entry.name)));
            tell(
                locked.collect(),
                "a policy makes these tags immutable as soon as they are back, which only an administrator can undo",
            );
        }
        Ok(warnings)
    }

    /// The names of the auto-prune policies that can take tags in the place of restored ones, which Quay counts as the newest.
    ///
    /// # Errors
    /// When the policies cannot be read.
    pub fn displacing(&self, quay: &Reader, course: &Course<'_>) -> Result<BTreeSet<String>> {
        let name = &self.repository.name;
        let restored: Vec<&Entry> = course.actions.iter().filter_map(|action| action.then()).collect();
        if restored.is_empty() {
            return Ok(BTreeSet::new());
        }
        let displaces = |rule: &Rule| {
            let may_concern = |tag: &&&Entry| rule.concerns(tag) != Some(false);
            // One that keeps all that there will be takes none.
            let is_short = |kept| kept < course.after.iter().filter(may_concern).count();
            matches!(rule.limit, Limit::Newest(kept) if is_short(kept)) && restored.iter().any(|tag| may_concern(&tag))
        };
        let policies = prune::in_force(quay, name)?.into_iter();
        let displacing = policies.filter(|policy| Rule::of(policy, name).is_some_and(|rule| displaces(&rule)));
        Ok(displacing.map(|policy| policy.name()).collect())
    }
}
