//! `quay_organization_member`: who belongs to an organization at all: leavers out, or a list of those who may stay.

mod found;
mod leaving;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::{Error, Module, Need, Plan, Reader, Result, Rules};
use crate::quay::{lookup, names};

use found::People;
use leaving::Leaving;

pub struct OrganizationMember;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    names: Vec<String>,
    state: Who,
    collaborators: bool,
    default_permissions: bool,
    invitations: bool,
    successor: Option<String>,
}

/// What becomes of those who are named.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Who {
    /// They go.
    Absent,
    /// They may stay, and all others go.
    Exact,
}

impl Module for OrganizationMember {
    const NAME: &'static str = "quay_organization_member";
    const RULES: Rules =
        Rules { formats: &[("organization", names::name), ("successor", names::empty_is_none)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.problems()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(people) = People::read(options, quay)? else {
            return match options.state {
                Who::Absent => Ok(nobody(Plan::of(options.title()))),
                Who::Exact => {
                    let attempt = format!("set the {}", options.title());
                    Err(lookup::missing_organization(&attempt, &options.organization))
                }
            };
        };
        let named = options.local_names();
        let mut warnings = Vec::new();
        let leavers: BTreeSet<&str> = match options.state {
            Who::Absent => people.all().filter(|name| named.contains(*name)).collect(),
            Who::Exact => options.unnamed(&people, &named, quay, &mut warnings)?,
        };
        let (before, after) = (people.shown(options, &leavers, false), people.shown(options, &leavers, true));
        let mut plan = Plan::of(options.title()).difference(before, after);
        plan.warnings = warnings;
        if leavers.is_empty() {
            return Ok(nobody(plan));
        }
        Leaving::of(options, &people, leavers, quay)?.plan(&mut plan)?;
        Ok(plan)
    }
}

/// The plan of which nobody leaves.
fn nobody(mut plan: Plan) -> Plan {
    plan.give("removed", json!([]));
    plan.give("left", json!([]));
    plan
}

impl Options {
    fn title(&self) -> String {
        format!("members of the organization {}", self.organization)
    }

    /// The names as Quay has them.
    fn local_names(&self) -> BTreeSet<String> {
        self.names.iter().map(|name| lookup::local_name(name)).collect()
    }

    /// What takes more than one option to see.
    fn problems(&self) -> Vec<String> {
        let robots = self.names.iter().filter(|name| name.contains('+'));
        let mut problems: Vec<String> = robots
            .map(|name| format!("names: {name} is a robot account, which quay_team and quay_repository manage"))
            .collect();
        if self.names.is_empty() {
            problems.push(match self.state {
                Who::Absent => "names: nobody is named".into(),
                Who::Exact => "names: an organization needs somebody: with an empty list everybody would go".into(),
            });
        }
        let Some(successor) = &self.successor else { return problems };
        if successor.contains('+') {
            problems.push(format!("successor: {successor} is a robot account, which administers nothing"));
        }
        let named = self.local_names().contains(&lookup::local_name(successor));
        match self.state {
            Who::Absent if named => problems.push(format!("successor: {successor} shall go, too")),
            Who::Exact if !named => {
                problems.push(format!("successor: {successor} is not among the names that may stay"))
            }
            _ => {}
        }
        problems
    }

    /// Those who are not among the names. The caller goes only when named, and a list without the caller may be one that went wrong.
    fn unnamed<'a>(
        &self,
        people: &'a People,
        named: &BTreeSet<String>,
        quay: &Reader,
        warnings: &mut Vec<String>,
    ) -> Result<BTreeSet<&'a str>> {
        let there: BTreeSet<&str> = people.belonging().collect();
        let unknown: Vec<&str> = named.iter().map(String::as_str).filter(|name| !there.contains(name)).collect();
        if !unknown.is_empty() {
            warnings.push(format!("not in the organization {}: {}", self.organization, unknown.join(", ")));
        }
        let mut unnamed: BTreeSet<&str> = there.iter().copied().filter(|name| !named.contains(*name)).collect();
        if unnamed.is_empty() {
            return Ok(unnamed);
        }
        let caller = lookup::caller(quay)?.unwrap_or_default();
        if unnamed.len() * 2 > there.len() && !named.contains(&caller) {
            return Err(Error::Option(format!(
                "cannot set the {}: {} of {} would go, which is more than half of them; name the caller, {caller}, too where that is \
                 meant",
                self.title(),
                unnamed.len(),
                there.len()
            )));
        }
        if unnamed.remove(caller.as_str()) {
            warnings.push(format!(
                "{caller} stays in the organization {}: the caller goes only by state absent and name",
                self.organization
            ));
        }
        Ok(unnamed)
    }
}
