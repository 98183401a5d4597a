//! The parts of a namespace that take a request each: how they are asked, and what they tell.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Role;
use super::organization::{Invitation, Organization, Part};
use crate::api::{Path, Reader, take};
use crate::error::{Need, Result};
use crate::quay::{members, names, text};

impl Part {
    /// Asks for it.
    ///
    /// # Errors
    /// When Quay refuses.
    pub fn ask(&self, quay: &Reader, organization: &str, pending: bool) -> Result<Value> {
        let repository = |name: &str| Path::repository(&format!("{organization}/{name}"));
        let (path, key, need) = match self {
            Part::RightsOfTeam(team) => {
                (Path::team(organization, team).fixed("/permissions"), "permissions", &Need::ORG_ADMIN)
            }
            Part::MembersOfTeam(team) => {
                let path = Path::team_members(organization, team);
                let path = if pending { members::with_invited(&path) } else { path };
                (path, "members", &Need::ORG_ADMIN)
            }
            Part::TeamsOf(name) => (repository(name).fixed("/permissions/team/"), "permissions", &Need::REPO_ADMIN),
            Part::AccountsOf(name) => (repository(name).fixed("/permissions/user/"), "permissions", &Need::REPO_ADMIN),
            Part::RightsOfRobot(robot) => {
                let short = names::split_robot(robot).map_or(robot.as_str(), |(_, short)| short);
                let path = Path::organization(organization).fixed("/robots").then(short).fixed("/permissions");
                (path, "permissions", &Need::ORG_ADMIN)
            }
        };
        let attempt = || format!("read {}", self.title(organization));
        let answer = quay.get_once(&path).map_err(|error| error.attempting(attempt()).needing(need))?;
        take(&path, answer, key)
    }

    /// What it is called.
    pub fn title(&self, organization: &str) -> String {
        match self {
            Part::RightsOfTeam(team) => format!("the rights of the team {organization}/{team}"),
            Part::MembersOfTeam(team) => format!("the members of the team {organization}/{team}"),
            Part::TeamsOf(name) => format!("the teams with rights on {organization}/{name}"),
            Part::AccountsOf(name) => format!("the accounts with rights on {organization}/{name}"),
            Part::RightsOfRobot(robot) => format!("the rights of the robot account {robot}"),
        }
    }
}

impl Organization {
    /// Asks for all parts, one after the other.
    ///
    /// # Errors
    /// When there is no answer, or one that its API does not promise.
    pub fn complete(&mut self, quay: &Reader, parts: Vec<Part>, pending: bool) -> Result<()> {
        for part in parts {
            let answer = part.ask(quay, &self.name, pending);
            self.learn(&part, answer)?;
        }
        Ok(())
    }

    /// Takes the answer to a part. One that Quay does not show is noted.
    ///
    /// # Errors
    /// Any other error.
    pub fn learn(&mut self, part: &Part, answer: Result<Value>) -> Result<()> {
        let answer = match answer {
            Ok(answer) => answer,
            // It went while the others were read: what had a right on it is told by its own list.
            Err(error) if error.status() == Some(404) => return Ok(()),
            Err(error) if error.hides() => {
                self.incomplete.push(error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        match part {
            Part::RightsOfTeam(team) => {
                let rights = by_repository(&answer).filter_map(|(name, role)| Some((name.to_owned(), role?)));
                let rights: BTreeMap<String, Role> =
                    rights.filter(|(name, _)| self.repositories.contains_key(name)).collect();
                if let Some(team) = self.teams.get_mut(team) {
                    team.rights = rights;
                }
            }
            Part::MembersOfTeam(team) => self.learn_members(team, &answer),
            Part::TeamsOf(name) => {
                for (team, role) in by_name(&answer) {
                    if let (Some(team), Some(role)) = (self.teams.get_mut(team), role) {
                        team.rights.insert(name.clone(), role);
                    }
                }
            }
            Part::AccountsOf(name) => {
                if let Some(repository) = self.repositories.get_mut(name) {
                    repository.direct = by_name(&answer).map(|(account, role)| (account.to_owned(), role)).collect();
                }
            }
            Part::RightsOfRobot(robot) => {
                for (name, role) in by_repository(&answer) {
                    if let Some(repository) = self.repositories.get_mut(name) {
                        repository.direct.insert(robot.clone(), role);
                    }
                }
            }
        }
        Ok(())
    }

    fn learn_members(&mut self, team: &str, answer: &Value) {
        if let Some(team) = self.teams.get_mut(team) {
            team.members.clear();
        }
        for member in answer.as_array().into_iter().flatten() {
            let (name, by_mail) = match member["kind"] == "invite" {
                true => (text(&member["email"]), true),
                false => (text(&member["name"]), false),
            };
            if member["invited"] == true {
                self.pending.push(Invitation { team: team.to_owned(), invited: name.to_owned(), by_mail });
            } else if let Some(team) = self.teams.get_mut(team) {
                team.members.insert(name.to_owned());
                if !name.contains('+') {
                    self.members.insert(name.to_owned());
                }
            }
        }
    }
}

/// The entries of a list of rights, by the names of the repositories.
fn by_repository(answer: &Value) -> impl Iterator<Item = (&str, Option<Role>)> {
    let entries = answer.as_array().into_iter().flatten();
    entries.map(|entry| (text(&entry["repository"]["name"]), Role::named(text(&entry["role"]))))
}

/// The entries of the rights on a repository, by the names of accounts or teams.
fn by_name(answer: &Value) -> impl Iterator<Item = (&str, Option<Role>)> {
    let entries = answer.as_object().into_iter().flat_map(Map::iter);
    entries.map(|(name, entry)| (name.as_str(), Role::named(text(&entry["role"]))))
}
