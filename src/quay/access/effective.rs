//! The effective rights: what was read, put together as Quay decides.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::organization::{Organization, Repository};
use super::server::{Account, Server};
use super::{ALL, Kind, Line, Role, Wanted};
use crate::quay::text;

/// A reason, and the role that it gives; `None` is a role that was not read.
type Reason = (Option<Role>, Arc<str>);

/// All rights on the repositories of an organization, sorted by account and repository.
///
/// Whoever can do something with every repository, those to come too, has one line for all; what gives a right on one repository
/// besides has its own, which repeats the reasons that hold everywhere.
pub fn lines(organization: &Organization, server: &Server, wanted: &Wanted<'_>) -> Vec<Line> {
    let mut found =
        Found { organization, server, wanted, name: organization.name.as_str().into(), known: HashSet::new() };
    let mut lines = Vec::new();
    // Whoever can do everything there can do nothing with a repository that is not there.
    if !organization.repositories.keys().any(|name| wanted.repository(&organization.name, name))
        && wanted.repositories.is_some()
    {
        return lines;
    }
    // Everybody is nobody in particular: who asks for accounts gets theirs.
    if wanted.accounts.is_none() {
        found.add_everybody(&mut lines);
    }
    for account in accounts(organization, server).into_iter().filter(|account| wanted.account(account)) {
        found.add(account, &mut lines);
    }
    lines
}

/// Everybody who may have a right.
fn accounts<'a>(organization: &'a Organization, server: &'a Server) -> BTreeSet<&'a str> {
    let teams = organization.teams.values().flat_map(|team| &team.members);
    let direct = organization.repositories.values().flat_map(|repository| repository.direct.keys());
    let supers = server.accounts.iter().flatten().filter(|(_, account)| account.superuser || account.reads_all);
    let owner = organization.personal.then_some(&organization.name);
    teams.chain(direct).chain(supers.map(|(name, _)| name)).chain(owner).map(String::as_str).collect()
}

struct Found<'a> {
    organization: &'a Organization,
    server: &'a Server,
    wanted: &'a Wanted<'a>,
    name: Arc<str>,
    /// Texts and lists of reasons: most stand in many lines.
    known: HashSet<Arc<[Arc<str>]>>,
}

impl Found<'_> {
    fn add(&mut self, account: &str, lines: &mut Vec<Line>) {
        let everywhere = self.everywhere(account);
        let mut by_repository: BTreeMap<&str, Vec<Reason>> = BTreeMap::new();
        for (name, team) in self.organization.teams.iter().filter(|(_, team)| team.members.contains(account)) {
            let reason: Arc<str> = format!("team {name}").into();
            for (repository, role) in &team.rights {
                by_repository.entry(repository).or_default().push((Some(*role), Arc::clone(&reason)));
            }
        }
        let direct: Arc<str> = "direct".into();
        for (name, repository) in &self.organization.repositories {
            if let Some(role) = repository.direct.get(account) {
                by_repository.entry(name).or_default().push((*role, Arc::clone(&direct)));
            }
        }
        let line = self.line(account);
        if !everywhere.is_empty() {
            lines.push(self.with(&line, ALL, None, everywhere.clone()));
        }
        for (name, mut reasons) in by_repository {
            let repository = self.organization.repositories.get(name);
            let Some(repository) = repository.filter(|_| self.wanted.repository(&self.name, name)) else { continue };
            // What gives nothing yet is told once.
            reasons.extend(everywhere.iter().filter(|(role, _)| *role != Some(Role::None)).cloned());
            if repository.public {
                reasons.push((Some(Role::Read), "public".into()));
            }
            lines.push(self.with(&line, name, Some(repository), reasons));
        }
    }

    fn add_everybody(&mut self, lines: &mut Vec<Line>) {
        let everybody = Line { kind: Kind::Anyone, outsider: false, enabled: None, ..self.line(ALL) };
        let organization = self.organization;
        let public = organization.repositories.iter().filter(|(_, repository)| repository.public);
        for (name, repository) in public.filter(|(name, _)| self.wanted.repository(&organization.name, name)) {
            lines.push(self.with(&everybody, name, Some(repository), vec![(Some(Role::Read), "public".into())]));
        }
    }

    /// What gives an account a role on every repository.
    fn everywhere(&self, account: &str) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = Vec::new();
        if self.organization.personal && self.organization.name == account {
            reasons.push((Some(Role::Admin), "owner".into()));
        }
        for (name, team) in &self.organization.teams {
            if team.administers && team.members.contains(account) {
                reasons.push((Some(Role::Admin), format!("administrator (team {name})").into()));
            }
        }
        let known = self.server.accounts.as_ref().and_then(|accounts| accounts.get(account));
        reasons.extend(known.and_then(|account| self.as_superuser(account)));
        reasons
    }

    fn as_superuser(&self, account: &Account) -> Option<Reason> {
        match (account.reads_all, account.superuser, self.server.full_access) {
            (true, _, _) => Some((Some(Role::Read), "global read-only superuser".into())),
            (false, true, true) => Some((Some(Role::Admin), "superuser".into())),
            (false, true, false) => Some((Some(Role::None), "superuser (can take ownership)".into())),
            (false, false, _) => None,
        }
    }

    /// A line of an account, without a repository.
    fn line(&self, account: &str) -> Line {
        let (organization, is_robot) = (self.organization, account.contains('+'));
        let own = account.split_once('+').is_some_and(|(owner, _)| owner == organization.name);
        Line {
            account: account.into(),
            kind: match (is_robot, own) {
                (false, _) => Kind::User,
                (true, true) => Kind::Robot,
                (true, false) => Kind::TeamRobot,
            },
            organization: Arc::clone(&self.name),
            repository: ALL.into(),
            role: None,
            via: Arc::new([]),
            outsider: if is_robot { !own } else { self.is_outsider(account) },
            enabled: self.server.is_enabled(account),
            last_accessed: organization.robots.get(account).and_then(|used| used.as_deref().map(Arc::from)),
            state: None,
        }
    }

    fn is_outsider(&self, person: &str) -> bool {
        !self.organization.members.contains(person) && self.organization.name != person
    }

    fn with(&mut self, line: &Line, name: &str, repository: Option<&Repository>, mut reasons: Vec<Reason>) -> Line {
        reasons.sort_unstable_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        let role = highest(&reasons);
        let tell = |(own, reason): Reason| match own {
            Some(own) if Some(own) != role => format!("{reason} ({})", own.name()).into(),
            _ => reason,
        };
        let via: Arc<[Arc<str>]> = reasons.into_iter().map(tell).collect();
        let via = match self.known.get(&via) {
            Some(known) => Arc::clone(known),
            None => {
                self.known.insert(Arc::clone(&via));
                via
            }
        };
        let state = repository.map(|repository| repository.state.as_str().into());
        Line { repository: name.into(), role, via, state, ..line.clone() }
    }
}

/// The highest role; `None` where one that was not read may be higher.
fn highest(reasons: &[Reason]) -> Option<Role> {
    let known = reasons.iter().filter_map(|(role, _)| *role).max();
    let is_whole = known == Some(Role::Admin) || reasons.iter().all(|(role, _)| role.is_some());
    known.filter(|_| is_whole)
}

/// The default permissions: what whoever they name gets on repositories that are made from now on. They can name people who left.
pub fn future(organization: &Organization, server: &Server, wanted: &Wanted<'_>) -> Vec<Value> {
    let is_outsider = |name: &str| !name.contains('+') && !organization.members.contains(name);
    let mut rules: Vec<Value> = Vec::new();
    for rule in &organization.defaults {
        let (delegate, creator) = (&rule["delegate"], rule["activating_user"]["name"].as_str());
        let name = text(&delegate["name"]);
        let is_team = delegate["kind"] == "team";
        let kind = match (is_team, name.contains('+')) {
            (true, _) => "team",
            (false, true) => Kind::Robot.name(),
            (false, false) => Kind::User.name(),
        };
        let concerned = match organization.teams.get(name).filter(|_| is_team) {
            Some(team) => wanted.accounts.is_none() || team.members.iter().any(|member| wanted.account(member)),
            None => wanted.account(name),
        };
        if concerned {
            rules.push(json!({
                "organization": organization.name,
                "creator": creator,
                "account": name,
                "kind": kind,
                "role": rule["role"],
                "outsider": !is_team && is_outsider(name),
                "enabled": if is_team { None } else { server.is_enabled(name) },
            }));
        }
    }
    rules.sort_by_cached_key(|rule| (text(&rule["account"]).to_owned(), text(&rule["creator"]).to_owned()));
    rules
}

/// The invitations, sorted.
pub fn pending(organization: &Organization, wanted: &Wanted<'_>) -> Vec<Value> {
    let mut invited: Vec<_> = organization.pending.iter().filter(|one| wanted.account(&one.invited)).collect();
    // Quay keeps an invitation as often as it was made.
    invited.sort_unstable();
    invited.dedup();
    let value = |one: &super::organization::Invitation| {
        json!({
            "organization": organization.name,
            "team": one.team,
            "account": if one.by_mail { None } else { Some(&one.invited) },
            "email": if one.by_mail { Some(&one.invited) } else { None },
        })
    };
    invited.into_iter().map(value).collect()
}

/// The repositories, with what cuts down or opens their rights whatever the roles.
pub fn repositories(organization: &Organization, wanted: &Wanted<'_>) -> Vec<Value> {
    let chosen = organization.repositories.iter().filter(|(name, _)| wanted.repository(&organization.name, name));
    let value = |(name, found): (&String, &Repository)| json!({"organization": organization.name, "repository": name, "public": found.public, "state": found.state});
    chosen.map(value).collect()
}
