//! How people leave an organization: with what Quay itself leaves behind, and not without a successor.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Options;
use super::found::{People, team_members, teams};
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::plan::{Along, Plan, Step};
use crate::quay::partial::if_available;
use crate::quay::server::Server;
use crate::quay::{api_token, lookup, members, text};

/// Those who leave, and where they are.
pub(super) struct Leaving<'a> {
    options: &'a Options,
    people: &'a People,
    quay: &'a Reader,
    /// Who leaves; the caller last, who can do nothing here any more.
    names: Vec<&'a str>,
    /// The teams of the organization.
    teams: Map<String, Value>,
    /// Robot accounts of their personal namespaces, by team.
    robots: Vec<(String, String)>,
}

impl<'a> Leaving<'a> {
    /// Looks where the leavers are.
    ///
    /// # Errors
    /// When the teams cannot be read.
    pub(super) fn of(
        options: &'a Options,
        people: &'a People,
        leavers: BTreeSet<&'a str>,
        quay: &'a Reader,
    ) -> Result<Leaving<'a>> {
        let teams = teams(&options.organization, quay)?;
        let mut robots = Vec::new();
        if !members::asks_first(&Server::ask(quay)) {
            for team in teams.keys() {
                for entry in team_members(&options.organization, team, quay)? {
                    let owner = entry["name"].as_str().and_then(|name| name.split_once('+'));
                    if owner.is_some_and(|(owner, _)| leavers.contains(owner)) {
                        robots.push((team.clone(), text(&entry["name"]).to_owned()));
                    }
                }
            }
        }
        let mut names: Vec<&str> = leavers.into_iter().collect();
        if names.len() > 1
            && let Ok(Some(caller)) = lookup::caller(quay)
        {
            names.sort_by_cached_key(|name| *name == caller);
        }
        Ok(Leaving { options, people, quay, names, teams, robots })
    }

    /// Adds the steps: first a successor and what would bring somebody back, then the people themselves.
    ///
    /// # Errors
    /// When nobody would be left who administers the organization.
    pub(super) fn plan(&self, plan: &mut Plan) -> Result<()> {
        self.succession(plan)?;
        let organization = &self.options.organization;
        let path = Path::organization(organization);
        let rules: Vec<_> = self.people.rules.iter().filter(|(_, names)| self.concerns(names)).collect();
        plan.along.push(Along { kind: "default_permissions", gone: rules.len(), there: self.people.all_rules });
        for (id, names) in rules {
            let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(" and ");
            let what = format!("delete a default permission of {names} in {organization}");
            plan.push(Step::removal(path.clone().fixed("/prototypes").then(id), what));
        }
        for (team, name) in self.people.invitations.iter().filter(|(_, name)| self.names.contains(&name.as_str())) {
            let what = format!("withdraw the invitation of {name} to the team {organization}/{team}");
            plan.push(self.removal_from_team(team, name, what));
        }
        for (team, robot) in &self.robots {
            plan.push(self.removal_from_team(
                team,
                robot,
                format!("remove {robot} from the team {organization}/{team}"),
            ));
        }
        for name in self.names.iter().filter(|name| self.people.belonging().any(|known| known == **name)) {
            let what = format!("remove {name} from the organization {organization}");
            plan.push(Step::removal(path.clone().fixed("/members").then(name), what));
        }
        self.tell(plan)
    }

    fn concerns(&self, names: &BTreeSet<String>) -> bool {
        self.names.iter().any(|name| names.contains(*name))
    }

    fn removal_from_team(&self, team: &str, name: &str, what: String) -> Step {
        let path = Path::team_members(&self.options.organization, team).then(name);
        members::remove_step(path, what)
    }

    fn is_admin(&self, team: &str) -> bool {
        self.teams.get(team).is_some_and(|team| team["role"] == "admin")
    }

    fn is_synced(&self, team: &str) -> bool {
        self.teams.get(team).is_some_and(|team| team["is_synced"] == true)
    }

    /// Puts a successor into a team of owners where the last of them leaves.
    fn succession(&self, plan: &mut Plan) -> Result<()> {
        let people = &self.people.members;
        let admins = people.iter().filter(|(_, teams)| teams.iter().any(|team| self.is_admin(team)));
        let (going, staying): (Vec<_>, Vec<_>) = admins.partition(|(name, _)| self.names.contains(&name.as_str()));
        let leaves = self.names.iter().any(|name| people.contains_key(*name));
        if !staying.is_empty() || !leaves {
            return Ok(());
        }
        let organization = &self.options.organization;
        let last: Vec<&str> = going.iter().map(|(name, _)| name.as_str()).collect();
        let attempt = match last.as_slice() {
            [] => format!("remove anybody from the organization {organization}, which nobody administers"),
            last => {
                format!("remove {} from the organization {organization}: nobody else administers it", last.join(", "))
            }
        };
        let Some(successor) = &self.options.successor else {
            return Err(Error::Option(format!("cannot {attempt}; name a successor")));
        };
        let is_open = |team: &&str| self.is_admin(team) && !self.is_synced(team);
        let theirs = going.iter().flat_map(|(_, teams)| teams.iter().map(String::as_str));
        let Some(team) = theirs.chain(self.teams.keys().map(String::as_str)).find(is_open) else {
            return Err(Error::Option(format!(
                "cannot {attempt}, and each team with the role admin takes its users from LDAP or OIDC: put {successor} into the group"
            )));
        };
        if members::asks_first(&Server::ask(self.quay)) && !people.contains_key(&lookup::local_name(successor)) {
            return Err(Error::Option(format!(
                "cannot {attempt}, and {successor} is no member yet, whom Quay would only invite: let {successor} join first"
            )));
        }
        let attempt = format!("make {successor} the successor");
        let accounts = lookup::accounts(self.quay, [successor.as_str()].into_iter());
        for account in accounts.map_err(|unknown| unknown.error(&attempt))? {
            plan.steps.extend(account.link_step());
            let path = account.end(Path::team_members(organization, team));
            let called = format!("{}, the successor,", account.name);
            plan.push(members::add_step(path, &called, &format!("the team {organization}/{team}")));
            self.show_successor(plan, &lookup::local_name(successor), team);
        }
        Ok(())
    }

    fn show_successor(&self, plan: &mut Plan, successor: &str, team: &str) {
        let mut teams: BTreeSet<&str> =
            self.people.members.get(successor).into_iter().flatten().map(String::as_str).collect();
        teams.insert(team);
        if let Some(Value::Object(members)) = plan.after.get_mut("members") {
            members.insert(successor.to_owned(), json!(teams));
            members.sort_keys();
        }
        if let Some(Value::Object(outside)) = plan.after.get_mut("collaborators") {
            outside.shift_remove(successor);
        }
    }

    /// Returns what becomes of each, and what stays behind.
    fn tell(&self, plan: &mut Plan) -> Result<()> {
        let organization = &self.options.organization;
        let of = |all: Option<&BTreeMap<String, Vec<String>>>, name: &str| -> Vec<String> {
            all.and_then(|all| all.get(name)).cloned().unwrap_or_default()
        };
        let mut removed = Vec::new();
        for name in &self.names {
            let teams = of(Some(&self.people.members), name);
            for team in teams.iter().filter(|team| self.is_synced(team)) {
                plan.warn(format!(
                    "the team {organization}/{team} takes its users from LDAP or OIDC: its next synchronization brings {name} back, \
                     unless the group changes"
                ));
            }
            let repositories = match self.people.members.contains_key(*name) {
                true => of(Some(&self.people.rights), name),
                false => of(self.people.collaborators.as_ref(), name),
            };
            let own = |robot: &str| robot.split_once('+').is_some_and(|(owner, _)| owner == *name);
            let robots: BTreeSet<&str> =
                self.robots.iter().map(|(_, robot)| robot.as_str()).filter(|robot| own(robot)).collect();
            removed.push(json!({
                "name": name,
                "teams": teams,
                "repositories": repositories,
                "default_permissions": self.people.rules.iter().filter(|(_, names)| names.contains(*name)).count(),
                "invitations": self.people.invitations.iter().filter(|(_, invited)| invited == name).count(),
                "robots": robots,
            }));
        }
        plan.give("removed", removed);
        plan.give("left", self.left()?);
        Ok(())
    }

    /// The tokens that the leavers made in applications of the organization: they work on, in the name of somebody without rights. A
    /// Quay before 3.18 does not tell them.
    fn left(&self) -> Result<Vec<String>> {
        let organization = &self.options.organization;
        let attempt = |error: Error| error.attempting(format!("read the tokens of applications of {organization}"));
        let mut left = Vec::new();
        for application in self.quay.list(&api_token::applications(organization), "applications").map_err(attempt)? {
            let path = api_token::path(organization, text(&application["client_id"]));
            let Some(tokens) = if_available(api_token::list(self.quay, &path)).map_err(attempt)? else { break };
            let owners: BTreeSet<&str> = tokens.iter().filter_map(|token| token.created_by.as_deref()).collect();
            let gone = self.names.iter().filter(|name| owners.contains(**name));
            left.extend(gone.map(|name| format!("tokens of {name} in the application {}", text(&application["name"]))));
        }
        left.sort_unstable();
        Ok(left)
    }
}
