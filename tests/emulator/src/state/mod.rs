//! Everything that the server remembers. It is plain data: it can be written to a file and read back.

pub mod clock;
pub mod ids;
mod image;
mod namespace;
mod policy;
mod repository;
mod token;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::{image::*, namespace::*, policy::*, repository::*, token::*};
use crate::{
    config::Settings,
    state::clock::{Micros, now},
};

/// How many log entries are kept.
const LOG_LIMIT: usize = 20_000;

/// All data of one registry.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    serials: BTreeMap<String, u64>,
    /// Users and organizations by name, in order of creation.
    pub namespaces: IndexMap<String, Namespace>,
    /// Names of deleted organizations that are not free yet, with the time when they are.
    pub leaving: BTreeMap<String, Micros>,
    /// OAuth access tokens by their secret text.
    pub tokens: IndexMap<String, OAuthToken>,
    /// Browser sessions by cookie.
    pub sessions: BTreeMap<String, Session>,
    /// Messages shown to every user.
    pub messages: Vec<Message>,
    /// Log of what was changed, oldest first.
    pub logs: Vec<LogEntry>,
    /// What is known of the bytes of the whole registry.
    pub registry: RegistrySize,
    /// Unconfirmed places in teams.
    pub invitations: Vec<Invitation>,
}

/// A message shown to every user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Message {
    pub uuid: String,
    pub content: String,
    pub media_type: String,
    pub severity: String,
}

/// The bytes of the whole registry, as a worker counted them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RegistrySize {
    pub bytes: u64,
    pub last_ran: Option<Micros>,
    pub queued: bool,
}

/// One line of the action log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LogEntry {
    pub kind: String,
    pub at: Micros,
    pub namespace: Option<String>,
    pub repository: Option<String>,
    pub performer: Option<String>,
    /// Where the request came from; none for workers.
    pub ip: Option<String>,
    /// In a table of old servers.
    #[serde(default)]
    pub legacy: bool,
    pub metadata: Value,
}

impl LogEntry {
    /// Where requests come from.
    pub fn local() -> Option<String> {
        Some("127.0.0.1".to_owned())
    }

    /// What a registry client did just now with a tag, or by digest.
    pub fn of_client(kind: &str, namespace: &str, repository: &str, user: &str, tag: Result<&str, &str>) -> LogEntry {
        let resolved = serde_json::json!({
            "aws_region": null, "continent": null, "country_iso_code": null, "provider": "internet", "service": null,
            "sync_token": "1645662201",
        });
        let mut metadata = serde_json::json!({
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "namespace": namespace,
            "repo": repository,
            "resolved_ip": resolved,
            "user-agent": "client",
            "username": user,
        });
        match tag {
            Ok(tag) => metadata["tag"] = tag.into(),
            Err(digest) => metadata["manifest_digest"] = digest.into(),
        }
        LogEntry {
            kind: kind.to_owned(),
            at: now(),
            namespace: Some(namespace.to_owned()),
            repository: Some(repository.to_owned()),
            performer: Some(user.to_owned()),
            ip: LogEntry::local(),
            legacy: false,
            metadata,
        }
    }
}

/// An invitation to a team, for a known user or for a mail address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Invitation {
    pub code: String,
    pub organization: String,
    pub team: String,
    pub user: Option<String>,
    pub email: Option<String>,
    pub inviter: String,
}

impl State {
    /// The next number of a kind of row, starting with 1.
    pub fn serial(&mut self, kind: &str) -> u64 {
        let counter = self.serials.entry(kind.to_owned()).or_default();
        *counter += 1;
        *counter
    }

    /// A user or organization.
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.get(name)
    }

    /// A user or organization, to change it.
    pub fn namespace_mut(&mut self, name: &str) -> Option<&mut Namespace> {
        self.namespaces.get_mut(name)
    }

    /// An organization.
    pub fn organization(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.get(name).filter(|found| found.organization)
    }

    /// An organization, to change it.
    pub fn organization_mut(&mut self, name: &str) -> Option<&mut Namespace> {
        self.namespaces.get_mut(name).filter(|found| found.organization)
    }

    /// A user (not an organization, not a robot).
    pub fn user(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.get(name).filter(|found| !found.organization)
    }

    /// A user, to change it.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut Namespace> {
        self.namespaces.get_mut(name).filter(|found| !found.organization)
    }

    /// A robot by its full name, `namespace+short`.
    pub fn robot(&self, full: &str) -> Option<&Robot> {
        let (namespace, short) = full.split_once('+')?;
        self.namespaces.get(namespace)?.robots.get(short)
    }

    /// Whether a name is a user or a robot.
    pub fn account_exists(&self, name: &str) -> bool {
        if name.contains('+') { self.robot(name).is_some() } else { self.user(name).is_some() }
    }

    /// The namespaces whose robots Quay takes for those of this one: it looks for them by a pattern of SQL, in which `_` of the
    /// name stands for any character. The namespace itself is the first.
    pub fn look_alikes(&self, name: &str) -> Vec<&Namespace> {
        let fits = |other: &str| {
            other.len() == name.len()
                && name.bytes().zip(other.bytes()).all(|(sign, other)| sign == b'_' || sign == other)
        };
        let others = self.namespaces.values().filter(|other| other.name != name && fits(&other.name));
        self.namespace(name).into_iter().chain(others).collect()
    }

    /// A repository.
    pub fn repository(&self, namespace: &str, name: &str) -> Option<&Repository> {
        self.namespaces.get(namespace)?.repositories.get(name)
    }

    /// A repository, to change it.
    pub fn repository_mut(&mut self, namespace: &str, name: &str) -> Option<&mut Repository> {
        self.namespaces.get_mut(namespace)?.repositories.get_mut(name)
    }

    /// What the garbage collector does, in all repositories at once.
    pub fn collect_garbage(&mut self) {
        let now = now();
        for namespace in self.namespaces.values_mut() {
            let window = namespace.tag_expiration_s;
            namespace.repositories.values_mut().for_each(|repository| repository.collect(window, now));
        }
    }

    /// What an account may do with a repository when it comes with all that it has. A robot goes with the account that owns it.
    pub fn role_of(&self, settings: &Settings, account: &str, namespace: &str, repository: &str) -> Option<Role> {
        let person = account.split_once('+').map_or(account, |(owner, _)| owner);
        if self.user(person).is_some_and(|person| !person.enabled) {
            return None;
        }
        let owner = self.namespace(namespace)?;
        let found = owner.repositories.get(repository)?;
        let everywhere = match (settings.is_readonly_superuser(account), settings.is_superuser(account)) {
            (true, _) => Some(Role::Read),
            (false, true) if settings.on("SUPERUSERS_FULL_ACCESS") => Some(Role::Admin),
            _ => None,
        };
        let own = owner.role_on(account, repository);
        own.max(everywhere).max(found.public.then_some(Role::Read))
    }

    /// Whether nobody can take this name yet, because the organization that had it is still being removed.
    pub fn is_leaving(&mut self, name: &str) -> bool {
        let now = now();
        self.leaving.retain(|_, free_at| *free_at > now);
        self.leaving.contains_key(name)
    }

    /// Adds a line to the log.
    pub fn log(&mut self, entry: LogEntry) {
        if self.logs.len() >= 2 * LOG_LIMIT {
            self.logs.drain(..LOG_LIMIT);
        }
        self.logs.push(entry);
    }

    /// Counts the bytes of the registry, as its worker does some time after it was asked to.
    pub fn count_registry(&mut self) {
        let repositories = self.namespaces.values().flat_map(|namespace| namespace.repositories.values());
        let bytes = crate::views::distinct_bytes(repositories);
        self.registry = RegistrySize { bytes, last_ran: Some(now()), queued: false };
    }

    /// The organizations in which a user is in a team, in order of creation.
    pub fn organizations_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Namespace> {
        self.namespaces.values().filter(move |namespace| namespace.organization && namespace.has_member(user))
    }

    /// Removes every trace of an account (user or robot) from teams, permissions and default permissions.
    pub fn forget_account(&mut self, name: &str) {
        for namespace in self.namespaces.values_mut() {
            for team in namespace.teams.values_mut() {
                team.members.retain(|member| member != name);
            }
            namespace.prototypes.retain(|prototype| !prototype.concerns_user(name));
            for repository in namespace.repositories.values_mut() {
                repository.user_roles.shift_remove(name);
            }
        }
        self.invitations.retain(|invitation| invitation.user.as_deref() != Some(name));
        self.tokens.retain(|_, token| token.user != name);
    }

    /// Removes a user or organization with everything in it, and with the robots of its [look-alikes](State::look_alikes).
    pub fn remove_namespace(&mut self, name: &str) {
        let owners: Vec<String> = self.look_alikes(name).into_iter().map(|owner| owner.name.clone()).collect();
        for owner in owners {
            let robots = self.namespace_mut(&owner).map(|owner| std::mem::take(&mut owner.robots)).unwrap_or_default();
            robots.keys().for_each(|short| self.forget_account(&format!("{owner}+{short}")));
        }
        let Some(namespace) = self.namespaces.shift_remove(name) else {
            return;
        };
        // What was done there stays in the log of the registry, which no longer says where.
        for entry in self.logs.iter_mut().filter(|entry| entry.namespace.as_deref() == Some(name)) {
            (entry.namespace, entry.repository) = (None, None);
        }
        for client in namespace.applications.keys() {
            self.tokens.retain(|_, token| &token.client_id != client);
        }
        self.invitations.retain(|invitation| invitation.organization != name);
        for other in self.namespaces.values_mut() {
            other.stars.retain(|star| star.split_once('/').is_none_or(|(owner, _)| owner != name));
        }
        if !namespace.organization {
            self.forget_account(name);
            self.sessions.retain(|_, session| session.user.as_deref() != Some(name));
        }
    }

    /// Gives an organization another name, also where its robots are referred to.
    pub fn rename_organization(&mut self, from: &str, to: &str) {
        let Some(index) = self.namespaces.get_index_of(from) else {
            return;
        };
        let Some(mut namespace) = self.namespaces.shift_remove(from) else {
            return;
        };
        to.clone_into(&mut namespace.name);
        for entry in self.logs.iter_mut().filter(|entry| entry.namespace.as_deref() == Some(from)) {
            entry.namespace = Some(to.to_owned());
        }
        self.namespaces.shift_insert(index, to.to_owned(), namespace);
        for user in self.namespaces.values_mut() {
            let stars = std::mem::take(&mut user.stars);
            let moved = |star: String| match star.split_once('/') {
                Some((owner, name)) if owner == from => format!("{to}/{name}"),
                _ => star,
            };
            user.stars = stars.into_iter().map(moved).collect();
        }
        let prefix = format!("{from}+");
        let renamed = |name: &mut String| {
            if let Some(short) = name.strip_prefix(&prefix) {
                *name = format!("{to}+{short}");
            }
        };
        for namespace in self.namespaces.values_mut() {
            for team in namespace.teams.values_mut() {
                let members = std::mem::take(&mut team.members);
                team.members = members
                    .into_iter()
                    .map(|mut name| {
                        renamed(&mut name);
                        name
                    })
                    .collect();
            }
            for prototype in &mut namespace.prototypes {
                prototype.for_each_user(renamed);
            }
            if let Some(mirror) = &mut namespace.mirror {
                renamed(&mut mirror.robot_username);
            }
            for repository in namespace.repositories.values_mut() {
                let roles = std::mem::take(&mut repository.user_roles);
                repository.user_roles = roles
                    .into_iter()
                    .map(|(mut name, role)| {
                        renamed(&mut name);
                        (name, role)
                    })
                    .collect();
                if let Some(mirror) = &mut repository.mirror {
                    renamed(&mut mirror.robot_username);
                }
            }
        }
        for invitation in &mut self.invitations {
            if invitation.organization == from {
                to.clone_into(&mut invitation.organization);
            }
        }
    }
}
