//! Repositories, what is set on them, and the roles that people have.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    ImmutabilityPolicy, Manifest, PrunePolicy, RepoMirror, Tag,
    clock::{Micros, now},
    ids,
};

/// What someone may do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// See and pull.
    Read,
    /// Push as well.
    Write,
    /// Change settings and permissions as well.
    Admin,
}

impl Role {
    /// The role with this name.
    pub fn named(name: &str) -> Option<Role> {
        match name {
            "read" => Some(Role::Read),
            "write" => Some(Role::Write),
            "admin" => Some(Role::Admin),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Read => "read",
            Role::Write => "write",
            Role::Admin => "admin",
        }
    }
}

/// What the members of a team may do in their organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TeamRole {
    /// Nothing by itself.
    Member,
    /// Create repositories.
    Creator,
    /// Everything.
    Admin,
}

impl TeamRole {
    /// The role with this name.
    pub fn named(name: &str) -> Option<TeamRole> {
        match name {
            "member" => Some(TeamRole::Member),
            "creator" => Some(TeamRole::Creator),
            "admin" => Some(TeamRole::Admin),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            TeamRole::Member => "member",
            TeamRole::Creator => "creator",
            TeamRole::Admin => "admin",
        }
    }
}

/// A repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Repository {
    pub id: u64,
    pub name: String,
    /// None when the repository came into being by a push.
    pub description: Option<String>,
    pub public: bool,
    pub kind: String,
    /// NORMAL, READ_ONLY or MIRROR.
    pub state: String,
    pub created: Micros,
    /// Part of the URL of the build badge.
    pub badge_token: String,
    pub user_roles: IndexMap<String, Role>,
    pub team_roles: IndexMap<String, Role>,
    pub mirror: Option<RepoMirror>,
    pub notifications: IndexMap<String, Notification>,
    pub prune: Vec<PrunePolicy>,
    pub immutability: Vec<ImmutabilityPolicy>,
    /// Every version of every tag, oldest first.
    pub tags: Vec<Tag>,
    pub manifests: IndexMap<String, Manifest>,
}

impl Repository {
    /// An empty repository.
    pub fn new(id: u64, name: &str, description: Option<&str>, public: bool) -> Repository {
        Repository {
            id,
            name: name.to_owned(),
            description: description.map(str::to_owned),
            public,
            kind: "image".to_owned(),
            state: "NORMAL".to_owned(),
            created: now(),
            badge_token: ids::uuid(),
            user_roles: IndexMap::new(),
            team_roles: IndexMap::new(),
            mirror: None,
            notifications: IndexMap::new(),
            prune: Vec::new(),
            immutability: Vec::new(),
            tags: Vec::new(),
            manifests: IndexMap::new(),
        }
    }
}

/// A notification of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Notification {
    pub title: Value,
    pub event: String,
    pub method: String,
    pub config: Value,
    pub event_config: Value,
    pub failures: u32,
}
