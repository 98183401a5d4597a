//! Users and organizations: Quay keeps both as namespaces, and so do we.

use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    AppToken, Application, ImmutabilityPolicy, Notification, OrgMirror, ProxyCache, PrunePolicy, Quota, Repository,
    Role, TeamRole,
    clock::{Micros, now},
    ids,
};

/// How long removed tags can be brought back, unless a namespace says otherwise.
const DEFAULT_TAG_EXPIRATION: i64 = 1_209_600;

/// A user or an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Namespace {
    pub id: u64,
    pub uuid: String,
    pub name: String,
    /// A mail address, or a random text where none was given.
    pub email: String,
    pub organization: bool,
    pub enabled: bool,
    pub verified: bool,
    pub created: Micros,
    pub last_accessed: Option<Micros>,
    pub password: Option<String>,
    pub failed_logins: u32,
    pub last_failed_login: Micros,
    /// The account's name in the external directory (LDAP, OIDC).
    pub external: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub company: Option<String>,
    pub location: Option<String>,
    pub invoice_email: bool,
    pub invoice_email_address: Option<String>,
    pub tag_expiration_s: i64,
    pub stars: IndexSet<String>,
    pub app_tokens: Vec<AppToken>,
    pub teams: IndexMap<String, Team>,
    pub robots: IndexMap<String, Robot>,
    pub repositories: IndexMap<String, Repository>,
    pub prototypes: Vec<Prototype>,
    pub applications: IndexMap<String, Application>,
    pub quota: Option<Quota>,
    /// What the worker that counts the bytes says of it; `complete` where nothing is said.
    #[serde(default)]
    pub backfill: Option<String>,
    /// About the quota.
    pub notifications: IndexMap<String, Notification>,
    pub prune: Vec<PrunePolicy>,
    pub immutability: Vec<ImmutabilityPolicy>,
    pub proxy: Option<ProxyCache>,
    pub mirror: Option<OrgMirror>,
}

impl Namespace {
    /// A namespace without anything in it.
    pub fn new(id: u64, name: &str, email: Option<&str>, organization: bool) -> Namespace {
        Namespace {
            id,
            uuid: ids::uuid(),
            name: name.to_owned(),
            email: email.map_or_else(ids::uuid, str::to_owned),
            organization,
            enabled: true,
            verified: true,
            created: now(),
            last_accessed: None,
            password: None,
            failed_logins: 0,
            last_failed_login: 0,
            external: None,
            given_name: None,
            family_name: None,
            company: None,
            location: None,
            invoice_email: false,
            invoice_email_address: None,
            tag_expiration_s: DEFAULT_TAG_EXPIRATION,
            stars: IndexSet::new(),
            app_tokens: Vec::new(),
            teams: IndexMap::new(),
            robots: IndexMap::new(),
            repositories: IndexMap::new(),
            prototypes: Vec::new(),
            applications: IndexMap::new(),
            quota: None,
            backfill: None,
            notifications: IndexMap::new(),
            prune: Vec::new(),
            immutability: Vec::new(),
            proxy: None,
            mirror: None,
        }
    }

    /// Whether an account is in any team.
    pub fn has_member(&self, account: &str) -> bool {
        self.teams.values().any(|team| team.members.contains(account))
    }

    /// The highest role that an account's teams give.
    pub fn team_role(&self, account: &str) -> Option<TeamRole> {
        self.teams.values().filter(|team| team.members.contains(account)).map(|team| team.role).max()
    }

    /// Whether an account administers it: an organization through a team, a personal namespace as its owner.
    pub fn administers(&self, account: &str) -> bool {
        match self.organization {
            true => self.team_role(account) == Some(TeamRole::Admin),
            false => self.name == account,
        }
    }

    /// What an account may do with a repository, which need not exist for those who administer the namespace.
    pub fn role_on(&self, account: &str, repository: &str) -> Option<Role> {
        if self.administers(account) { Some(Role::Admin) } else { self.repository_role(account, repository) }
    }

    /// What an account may do with a repository through its direct permission and its teams.
    pub fn repository_role(&self, account: &str, repository: &str) -> Option<Role> {
        let repository = self.repositories.get(repository)?;
        let direct = repository.user_roles.get(account).copied();
        let through_teams = repository
            .team_roles
            .iter()
            .filter(|(team, _)| self.teams.get(*team).is_some_and(|team| team.members.contains(account)))
            .map(|(_, role)| *role)
            .max();
        direct.max(through_teams)
    }
}

/// A team of an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Team {
    pub role: TeamRole,
    pub description: String,
    /// Users and robots (full names), in the order they came.
    pub members: IndexSet<String>,
    pub sync: Option<TeamSync>,
}

/// The external group that decides who is in a team.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TeamSync {
    pub service: String,
    pub config: Value,
    pub last_updated: Option<Micros>,
}

/// A robot account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Robot {
    pub id: u64,
    pub email: String,
    pub token: String,
    pub description: String,
    pub metadata: Value,
    pub created: Micros,
    pub last_accessed: Option<Micros>,
    pub federation: Vec<Value>,
}

/// A default permission of an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Prototype {
    pub uuid: String,
    pub role: Role,
    pub activating_user: Option<String>,
    pub delegate: Delegate,
}

/// Who gets a default permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delegate {
    /// A user or robot.
    User(String),
    /// A team of the same organization.
    Team(String),
}

impl Prototype {
    /// Whether a user or robot occurs in it.
    pub fn concerns_user(&self, name: &str) -> bool {
        self.activating_user.as_deref() == Some(name) || self.delegate == Delegate::User(name.to_owned())
    }

    /// Changes the account names in it.
    pub fn for_each_user(&mut self, change: impl Fn(&mut String)) {
        if let Some(name) = &mut self.activating_user {
            change(name);
        }
        if let Delegate::User(name) = &mut self.delegate {
            change(name);
        }
    }
}
