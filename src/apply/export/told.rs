//! What the lists of an organization, and a few teams and robot accounts, tell of its repositories and its other teams, which are then not
//! asked one by one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{good, named};
use crate::api::Path;
use crate::apply::graph::each;
use crate::apply::kinds::export::Source;
use crate::apply::kinds::member;
use crate::error::{Error, Result};
use crate::quay::access::Wanted;
use crate::quay::access::held::Held;
use crate::quay::access::organization::{Organization, Part, Team};
use crate::quay::{lists, lookup, members};

/// Takes what need not be asked for one by one, out of the lists of organizations, which the export has read, and of what a few of their
/// teams and robot accounts tell.
///
/// # Errors
/// Everything that could not be read.
pub fn learn(source: &Source<'_>, jobs: usize, names: &[String], repositories: &[&[String]]) -> Result<(), Vec<Error>> {
    let organizations: Vec<(&String, &&[String])> = names.iter().zip(repositories).collect();
    let told = each(jobs, &organizations, |(name, repositories)| named(name, || Told::of(source, name, repositories)));
    let told: Vec<Told> = good(told)?.into_iter().flatten().collect();
    let holders: Vec<(usize, &Part)> =
        told.iter().enumerate().flat_map(|(index, told)| told.holders().map(move |part| (index, part))).collect();
    let name = |index: usize| told.get(index).map_or("", |told| told.organization.name.as_str());
    let answers =
        each(jobs, &holders, |(index, part)| named(name(*index), || part.ask(source.quay, name(*index), false)));
    let answers = good(answers)?;
    let mut held: Vec<Held> = told.iter().map(|_| Held::default()).collect();
    for ((index, part), answer) in holders.iter().zip(answers) {
        if let Some(held) = held.get_mut(*index) {
            held.learn(part, &answer, name(*index)).map_err(|error| vec![error])?;
        }
    }
    told.iter().zip(&held).for_each(|(told, held)| told.learn(source, held));
    Ok(())
}

/// An organization, as its lists tell of it.
struct Told {
    organization: Organization,
    /// What they leave open.
    parts: BTreeSet<Part>,
    /// The teams that follow a directory, of which more is asked.
    synced: BTreeSet<String>,
}

impl Told {
    /// Puts the lists together, which the export has read; `None` where one of them does not tell who has a right on what.
    ///
    /// # Errors
    /// When one cannot be read.
    fn of(source: &Source<'_>, name: &str, repositories: &[String]) -> Result<Option<Told>> {
        let found = lookup::organization(source.quay, name)?.unwrap_or_default();
        let [members, collaborators] = member::lists(source, name)?;
        let robots = lists::robots_kept(source.quay, name, false)?;
        if members.iter().chain(&collaborators).chain(&robots).any(|account| !account["repositories"].is_array()) {
            return Ok(None);
        }
        let mut organization = Organization { name: name.to_owned(), ..Organization::default() };
        organization.learn_teams(&found)?;
        organization.learn_accounts(&members, &collaborators, &robots);
        let mut known = std::mem::take(&mut organization.repositories);
        let known = repositories.iter().map(|name| (name.clone(), known.remove(name).unwrap_or_default()));
        organization.repositories = known.collect();
        // Without mail nobody is invited, and an invitation of former days cannot be accepted.
        let pending = !source.server.lacks("MAILING");
        let wanted = Wanted { pending, by_repository: true, ..Wanted::default() };
        let mut parts: BTreeSet<Part> = organization.parts(&wanted).into_iter().collect();
        // The list of robot accounts names teams without their organizations, and a file would give rights to those of others.
        let has_robots = |team: &Team| team.members.iter().any(|name| name.contains('+'));
        let uncertain = organization.teams.iter().filter(|(_, team)| has_robots(team));
        parts.extend(uncertain.map(|(name, _)| Part::MembersOfTeam(name.clone())));
        let synced = found["teams"].as_object().into_iter().flatten().filter(|(_, team)| team["is_synced"] == true);
        let synced = synced.map(|(name, _)| name.clone()).collect();
        Ok(Some(Told { organization, parts, synced }))
    }

    /// The teams and robot accounts that are asked for their rights, because that takes fewer requests than asking the repositories.
    fn holders(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| matches!(part, Part::RightsOfTeam(_) | Part::RightsOfRobot(_)))
    }

    /// Takes what need not be asked for any more, once all holders have told their rights.
    fn learn(&self, source: &Source<'_>, held: &Held) {
        let is_open = |part| self.parts.contains(&part);
        let Organization { name, teams, repositories, .. } = &self.organization;
        for repository in repositories.keys() {
            let path = Path::repository(&format!("{name}/{repository}")).fixed("/permissions/");
            if !is_open(Part::TeamsOf(repository.clone())) {
                source.quay.learn(&path.clone().fixed("team/"), json!(held.teams_of(repository)));
            }
            if !is_open(Part::AccountsOf(repository.clone())) {
                source.quay.learn(&path.fixed("user/"), json!(held.accounts_of(repository)));
            }
        }
        for (team, found) in teams.iter().filter(|(team, _)| !self.synced.contains(*team)) {
            if !is_open(Part::MembersOfTeam(team.clone())) {
                let members: Vec<Value> = found.members.iter().map(|name| json!({"name": name})).collect();
                source.quay.learn(&members::with_invited(&Path::team_members(name, team)), json!({"members": members}));
            }
        }
    }
}
