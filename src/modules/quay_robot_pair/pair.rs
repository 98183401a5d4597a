//! The two accounts of a pair, as the list of robot accounts shows them.

use serde_json::{Value, json};

use super::Options;
use crate::api::{Path, Reader, Reply};
use crate::error::{Error, Need, Result};
use crate::plan::{Plan, Step};
use crate::quay::robot::{self, Account, Federation, federation};
use crate::quay::{lists, lookup, members, text, time};

/// One of the two accounts.
pub(super) struct Twin {
    pub(super) account: Account,
    pub(super) found: Option<Value>,
}

/// The two accounts by what they are for.
pub(super) struct Pair {
    /// The younger one, which everybody should use.
    pub(super) active: Option<Twin>,
    /// The one that the next rotation makes anew.
    pub(super) other: Twin,
}

impl Pair {
    /// # Errors
    /// When Quay shows the accounts without their rights: then nobody knows what would be lost with one.
    pub(super) fn of(options: &Options, robots: &[Value]) -> Result<Pair> {
        let organization = options.organization();
        let mut twins = options.suffixes.iter().filter_map(|suffix| {
            let name = options.account(suffix);
            let short = name.strip_prefix(organization)?.strip_prefix('+')?;
            let found = robots.iter().find(|robot| robot["name"] == *name).cloned();
            Some(Twin { account: Account::of_organization(organization, short), found })
        });
        let (Some(one), Some(two)) = (twins.next(), twins.next()) else {
            return Err(Error::Bug("a pair without two names".into()));
        };
        let shows_rights = |twin: &Twin| twin.found.as_ref().is_none_or(|found| found["teams"].is_array());
        if !(shows_rights(&one) && shows_rights(&two)) {
            let need = Need::ORG_ADMIN.sentence().unwrap_or_default();
            return Err(Error::Option(format!("Quay does not show the rights of the {}; {need}", options.title())));
        }
        let made = |twin: &Twin| twin.found.as_ref().and_then(|found| time::of(&found["created"]));
        let (active, other) = if made(&two) > made(&one) { (two, one) } else { (one, two) };
        Ok(match active.found {
            Some(_) => Pair { active: Some(active), other },
            None => Pair { active: None, other: active },
        })
    }

    /// Those that are there, the active one first.
    pub(super) fn present(&self) -> impl Iterator<Item = &Twin> {
        self.active.iter().chain(Some(&self.other)).filter(|twin| twin.found.is_some())
    }
}

impl Twin {
    /// What Quay tells of it under a key; null where it is not there.
    pub(super) fn told(&self, key: &str) -> Value {
        self.found.as_ref().and_then(|found| found.get(key)).cloned().unwrap_or_default()
    }

    /// Whether it was made more than so many seconds ago.
    ///
    /// # Errors
    /// When Quay does not tell when it was made.
    pub(super) fn is_older_than(&self, seconds: u64) -> Result<bool> {
        let made = time::of(&self.told("created"));
        let unknown = || Error::Unexpected(format!("Quay does not tell when the {} was created", self.account.title()));
        Ok(time::is_before(made.ok_or_else(unknown)?, seconds))
    }

    /// The teams that it is in.
    pub(super) fn teams(&self) -> Vec<String> {
        self.found.iter().flat_map(teams).collect()
    }

    /// Adds it to the teams that it lacks, and sets its federations; returns how it is and how it will be.
    pub(super) fn complete(&self, plan: &mut Plan, options: &Options, quay: &Reader) -> Result<(Value, Value)> {
        let (before, after) = self.account.federate(plan, quay, options.federations.as_deref(), false)?;
        let mut teams = self.teams();
        let was = self.shown(&teams, before.as_deref());
        for team in &options.teams {
            if !teams.contains(team) {
                plan.push(self.join(team, options));
                teams.push(team.clone());
            }
        }
        Ok((was, self.shown(&teams, after.as_deref())))
    }

    /// The step that adds it to a team.
    pub(super) fn join(&self, team: &str, options: &Options) -> Step {
        let (organization, name) = (options.organization(), &self.account.name);
        let path = Path::team_members(organization, team).then(name);
        members::add_step(path, name, &format!("the team {organization}/{team}"))
    }

    /// The account for the difference.
    pub(super) fn shown(&self, teams: &[String], federations: Option<&[Federation]>) -> Value {
        let mut teams = teams.to_vec();
        teams.sort_unstable();
        let mut shown = json!({"name": self.account.name, "teams": teams});
        if let Some(federations) = federations {
            shown["federations"] = federation::body(federations);
        }
        shown
    }

    /// Refuses to make it anew where somebody would miss it.
    ///
    /// # Errors
    /// When it has rights that the new account would not get, a mirror uses it, or somebody used it within the period.
    pub(super) fn check_unused(&self, options: &Options, quay: &Reader) -> Result<()> {
        let Some(found) = &self.found else { return Ok(()) };
        let refuse = |why: String| Err(Error::Option(format!("cannot make the {} anew: {why}", self.account.title())));
        let direct: Vec<&str> = found["repositories"].as_array().into_iter().flatten().map(text).collect();
        if !direct.is_empty() {
            let places = direct.join(", ");
            return refuse(format!(
                "it has rights of its own on {places}, which the new account would not have; {TO_A_TEAM}"
            ));
        }
        let others: Vec<String> = self.teams().into_iter().filter(|team| !options.teams.contains(team)).collect();
        if !others.is_empty() {
            let others = others.join(", ");
            return refuse(format!(
                "it is in a team that is not named in teams, and the new account would not be: {others}"
            ));
        }
        if self.is_in_defaults(options.organization(), quay)? {
            return refuse(format!("default permissions name it, and would go with it; {TO_A_TEAM}"));
        }
        self.account.spare_mirror(quay)?;
        if options.unused_for == 0 || robot::is_unused(quay, found, options.unused_for)? {
            return Ok(());
        }
        let seen = robot::last_seen(found).map(time::written).unwrap_or_default();
        match found["last_accessed"].is_null() {
            true => refuse(format!("it was made only at {seen}; wait, or shorten unused_for")),
            false => refuse(format!(
                "somebody still uses it, last at {seen}; have everybody use the newer account, or shorten unused_for"
            )),
        }
    }

    fn is_in_defaults(&self, organization: &str, quay: &Reader) -> Result<bool> {
        let rules = lists::default_permissions(quay, organization)?;
        let is_it = |account: &Value| account["name"] == *self.account.name;
        Ok(rules.iter().any(|rule| is_it(&rule["delegate"]) || is_it(&rule["activating_user"])))
    }

    /// What the account is made of: what the options leave alone it has of the one that it takes the place of.
    ///
    /// # Errors
    /// When that one cannot be read.
    pub(super) fn inheritance(&self, options: &Options, quay: &Reader) -> Result<Inheritance> {
        let mut before = Value::Null;
        if self.found.is_some() {
            let attempt = format!("read the {}", self.account.title());
            // Its list, from which a plan may know it already, lacks the metadata.
            let reply = quay.ask_again(&self.account.path).and_then(Reply::into_json);
            before = reply.map_err(|error| error.attempting(attempt))?;
        }
        let description = options.description.as_deref().or(before["description"].as_str());
        let metadata = before[robot::METADATA].as_object().filter(|metadata| !metadata.is_empty());
        let federations = match &options.federations {
            Some(wanted) => wanted.clone(),
            None if self.found.is_some() => self.account.federations_if_any(quay)?,
            None => Vec::new(),
        };
        Ok(Inheritance { body: robot::body(description, metadata), federations })
    }
}

/// What an account is made of.
pub(super) struct Inheritance {
    pub(super) body: Value,
    pub(super) federations: Vec<Federation>,
}

const TO_A_TEAM: &str = "give them to a team, and name that in teams";

/// The names of the teams that a robot account is in.
fn teams(robot: &Value) -> Vec<String> {
    let teams = robot["teams"].as_array().into_iter().flatten();
    teams.filter_map(|team| team["name"].as_str().map(str::to_owned)).collect()
}

/// Refuses a team, or an organization, that is not there before anything is written. What some account is in is there; a
/// superuser gets an empty list of robot accounts for any name.
pub(super) fn check_teams(options: &Options, robots: &[Value], quay: &Reader) -> Result<()> {
    let seen: Vec<String> = robots.iter().flat_map(teams).collect();
    let mut unknown: Vec<&str> =
        options.teams.iter().filter(|team| !seen.contains(*team)).map(String::as_str).collect();
    if unknown.is_empty() && !robots.is_empty() {
        return Ok(());
    }
    let attempt = format!("set up the {}", options.title());
    let organization = lookup::organization(quay, options.organization())?
        .ok_or_else(|| lookup::missing_organization(&attempt, options.organization()))?;
    unknown.retain(|team| organization["teams"].get(team).is_none());
    match unknown.as_slice() {
        [] => Ok(()),
        missing => Err(Error::Missing(format!(
            "cannot {attempt}: the organization {} has no team {}",
            options.organization(),
            missing.join(", ")
        ))),
    }
}
