//! One namespace, as far as it decides who can do what, read in the fewest requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Role, Wanted};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::quay::{lists, lookup, text, time};

/// A namespace.
#[derive(Default)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// Whether it is the personal namespace of the user of this name.
    pub personal: bool,
    /// Its teams by name.
    pub teams: BTreeMap<String, Team>,
    /// Its repositories by name.
    pub repositories: BTreeMap<String, Repository>,
    /// People in its teams.
    pub members: BTreeSet<String>,
    /// Its robot accounts by full name, with their last use.
    pub robots: BTreeMap<String, Option<String>>,
    /// Its default permissions, as Quay lists them.
    pub defaults: Vec<Value>,
    /// Invitations to its teams.
    pub pending: Vec<Invitation>,
    /// What could not be read, a sentence each.
    pub incomplete: Vec<String>,
}

/// A team.
#[derive(Default)]
pub struct Team {
    /// Whether its members administer the organization.
    pub administers: bool,
    /// Its members, robot accounts too.
    pub members: BTreeSet<String>,
    /// Its roles by repository.
    pub rights: BTreeMap<String, Role>,
    /// How many members it has.
    count: usize,
    /// Whether it may have a right on a repository.
    has_rights: bool,
}

/// A repository.
#[derive(Default)]
pub struct Repository {
    /// Whether everybody can pull.
    pub public: bool,
    /// `NORMAL`, `READ_ONLY`, `MIRROR` or `ORG_MIRROR`.
    pub state: String,
    /// The accounts with a right of their own; `None` is a role that was not read.
    pub direct: BTreeMap<String, Option<Role>>,
}

/// Somebody who can join a team.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invitation {
    /// The team.
    pub team: String,
    /// The account, or the e-mail address.
    pub invited: String,
    /// Whether it is an e-mail address.
    pub by_mail: bool,
}

/// What takes a request of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The repositories that a team has a right on.
    RightsOfTeam(String),
    /// Who is in a team.
    MembersOfTeam(String),
    /// The teams with a right on a repository.
    TeamsOf(String),
    /// The accounts with a right of their own on a repository.
    AccountsOf(String),
    /// The repositories that a robot account (full name) has a right of its own on.
    RightsOfRobot(String),
}

impl Organization {
    /// Reads the lists: five requests, and one for each 100 repositories. A personal namespace has no lists of people, and takes
    /// two requests and the same for the repositories. `None` where there is no namespace of this name.
    ///
    /// # Errors
    /// When Quay refuses one of them: then nothing is known about this namespace.
    pub fn read(quay: &Reader, name: &str) -> Result<Option<Organization>> {
        let mut found = Organization { name: name.to_owned(), ..Organization::default() };
        match lookup::organization(quay, name)? {
            Some(organization) => {
                // Whoever is no administrator gets its refusal from these.
                let has_teams = found.learn_teams(&organization);
                found.read_lists(quay)?;
                has_teams?;
            }
            None if quay.find(&Path::api("users").then(name))?.is_some() => found.personal = true,
            None => return Ok(None),
        }
        for entry in lists::repositories(quay, name)? {
            let repository = found.repositories.entry(text(&entry["name"]).to_owned()).or_default();
            repository.public = entry["is_public"] == true;
            entry["state"].as_str().unwrap_or("NORMAL").clone_into(&mut repository.state);
        }
        // What this list lacks is being deleted: for some seconds others still name it, by a UUID.
        found.repositories.retain(|_, repository| !repository.state.is_empty());
        Ok(Some(found))
    }

    /// Takes the teams, as the organization shows them.
    ///
    /// # Errors
    /// When Quay does not show them to the caller.
    pub fn learn_teams(&mut self, organization: &Value) -> Result<()> {
        let Some(teams) = organization["teams"].as_object() else {
            let why = format!("cannot read the teams of {}: {}", self.name, lookup::HIDDEN_TEAMS);
            return Err(Error::Missing(why));
        };
        for (name, team) in teams {
            let number = |key: &str| team[key].as_u64().and_then(|count| usize::try_from(count).ok());
            let team = Team {
                administers: team["role"] == "admin",
                count: number("member_count").unwrap_or(usize::MAX),
                has_rights: number("repo_count") != Some(0),
                ..Team::default()
            };
            self.teams.insert(name.clone(), team);
        }
        Ok(())
    }

    fn read_lists(&mut self, quay: &Reader) -> Result<()> {
        let name = self.name.clone();
        let list = |what: &str, key: &str| {
            let path = Path::organization(&name).fixed("/").fixed(what);
            let attempt = || format!("list the {key} of {name}");
            quay.list_once(&path, key).map_err(|error| error.attempting(attempt()).needing(&Need::ORG_ADMIN))
        };
        let (members, collaborators) = (list("members", "members")?, list("collaborators", "collaborators")?);
        self.learn_accounts(&members, &collaborators, &lists::robots(quay, &name, true)?);
        self.defaults = list("prototypes", "prototypes")?;
        Ok(())
    }

    /// Takes the lists of those who are in teams, of those who are in none and have a right on a repository, and of robot accounts.
    pub fn learn_accounts(&mut self, members: &[Value], collaborators: &[Value], robots: &[Value]) {
        for (people, are_members) in [(members, true), (collaborators, false)] {
            for person in people {
                let account = text(&person["name"]);
                if are_members {
                    self.members.insert(account.to_owned());
                }
                self.learn_account(account, person);
            }
        }
        for robot in robots {
            let account = text(&robot["name"]);
            self.robots.insert(account.to_owned(), time::of(&robot["last_accessed"]).map(time::written));
            self.learn_account(account, robot);
        }
    }

    /// The teams of an account, and the repositories that it has a right of its own on: their names without the roles.
    fn learn_account(&mut self, account: &str, entry: &Value) {
        for team in entry["teams"].as_array().into_iter().flatten() {
            if let Some(team) = self.teams.get_mut(text(&team["name"])) {
                team.members.insert(account.to_owned());
            }
        }
        for repository in entry["repositories"].as_array().into_iter().flatten() {
            let repository = self.repositories.entry(text(repository).to_owned()).or_default();
            repository.direct.insert(account.to_owned(), None);
        }
    }

    /// What is still to be asked, each a request.
    pub fn parts(&self, wanted: &Wanted<'_>) -> Vec<Part> {
        let mut parts = Vec::new();
        let repositories: Vec<&String> =
            self.repositories.keys().filter(|name| wanted.repository(&self.name, name)).collect();
        for (name, team) in &self.teams {
            // Robot accounts of other namespaces stand in no other list, and one of this may stand there for a team of theirs.
            if wanted.pending || team.count != team.members.len() {
                parts.push(Part::MembersOfTeam(name.clone()));
            }
        }
        let teams: Vec<&String> = self.teams_with_rights(wanted).collect();
        match (wanted.by_repository || wanted.repositories.is_some()) && repositories.len() < teams.len() {
            true => parts.extend(repositories.iter().map(|name| Part::TeamsOf((*name).clone()))),
            false => parts.extend(teams.into_iter().map(|name| Part::RightsOfTeam(name.clone()))),
        }
        if !wanted.names_only || self.personal {
            parts.extend(self.direct_rights(wanted, &repositories));
        }
        parts
    }

    /// The teams with a right that a wanted account may be in.
    fn teams_with_rights<'a>(&'a self, wanted: &'a Wanted<'_>) -> impl Iterator<Item = &'a String> {
        let concerned = |team: &Team| {
            team.has_rights
                && (team.count > team.members.len() || team.members.iter().any(|member| wanted.account(member)))
        };
        self.teams
            .iter()
            .filter(move |(_, team)| if wanted.accounts.is_some() { concerned(team) } else { team.has_rights })
            .map(|(name, _)| name)
    }

    /// The roles of direct rights: by repository, or by robot account where those are fewer and nobody else has one.
    fn direct_rights(&self, wanted: &Wanted<'_>, repositories: &[&String]) -> Vec<Part> {
        let (mut parts, mut of_robots, mut robots) = (Vec::new(), Vec::new(), BTreeSet::new());
        for name in repositories {
            let holders = &self.repositories[*name].direct;
            if self.personal {
                parts.push(Part::AccountsOf((*name).clone()));
            } else if !holders.keys().any(|account| wanted.account(account)) {
                // Nobody who is wanted has a right of its own on it: no request.
            } else if holders.keys().all(|account| self.robots.contains_key(account)) {
                of_robots.push(Part::AccountsOf((*name).clone()));
                robots.extend(holders.keys().filter(|account| wanted.account(account)));
            } else {
                parts.push(Part::AccountsOf((*name).clone()));
            }
        }
        match robots.len() < of_robots.len() {
            true => parts.extend(robots.into_iter().map(|robot| Part::RightsOfRobot(robot.clone()))),
            false => parts.extend(of_robots),
        }
        parts
    }
}
