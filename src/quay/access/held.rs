//! The rights on repositories as those who hold them tell, put in the place of what each repository would tell.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::organization::Part;
use crate::error::{Error, Result};

/// The rights of some teams and robot accounts, by repository and name.
#[derive(Default)]
pub struct Held {
    teams: BTreeMap<String, Holders>,
    accounts: BTreeMap<String, Holders>,
}

type Holders = BTreeMap<String, Right>;

/// A right, as a repository shows it.
#[derive(Serialize)]
struct Right {
    name: String,
    role: Value,
    is_robot: bool,
}

/// The answer of a repository about those who have a right on it.
#[derive(Serialize)]
pub struct Answer<'a> {
    permissions: &'a Holders,
}

static NOBODY: Holders = Holders::new();

impl Held {
    /// Takes the answer to a part that asks a team or a robot account for its rights.
    ///
    /// # Errors
    /// When it is none.
    pub fn learn(&mut self, part: &Part, answer: &Value, organization: &str) -> Result<()> {
        let (holders, name) = match part {
            Part::RightsOfTeam(name) => (&mut self.teams, name),
            Part::RightsOfRobot(name) => (&mut self.accounts, name),
            Part::MembersOfTeam(_) | Part::TeamsOf(_) | Part::AccountsOf(_) => return Ok(()),
        };
        let Some(list) = answer.as_array() else {
            return Err(Error::Unexpected(format!("{} are no list", part.title(organization))));
        };
        for entry in list {
            let Some(repository) = entry.pointer("/repository/name").and_then(Value::as_str).map(str::to_owned) else {
                return Err(Error::Unexpected(format!("{} name no repository", part.title(organization))));
            };
            let right = Right { name: name.clone(), role: entry["role"].clone(), is_robot: name.contains('+') };
            holders.entry(repository).or_default().insert(name.clone(), right);
        }
        Ok(())
    }

    /// What `GET repository/{repository}/permissions/team/` answers, where all teams with rights have been asked.
    pub fn teams_of(&self, repository: &str) -> Answer<'_> {
        Answer { permissions: self.teams.get(repository).unwrap_or(&NOBODY) }
    }

    /// What `GET repository/{repository}/permissions/user/` answers, where nobody but robot accounts that have been asked has a right
    /// of their own on it.
    pub fn accounts_of(&self, repository: &str) -> Answer<'_> {
        Answer { permissions: self.accounts.get(repository).unwrap_or(&NOBODY) }
    }
}
