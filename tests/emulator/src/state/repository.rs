//! Repositories, what is set on them, and the roles that people have.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    ImmutabilityPolicy, Manifest, PrunePolicy, RepoMirror, Tag,
    clock::{Micros, SECOND, now},
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

    /// Ends a live tag, and the signatures of its image (`sha256-....sig` and the like) unless another live tag has it.
    pub fn end(&mut self, name: &str, now: Micros) {
        let mut orphans = Vec::new();
        for tag in self.tags.iter_mut().filter(|tag| tag.name == name && tag.is_active(now)) {
            tag.end = Some(now);
            orphans.push(tag.digest.clone());
        }
        let kept: Vec<String> =
            self.tags.iter().filter(|tag| tag.is_active(now)).map(|tag| tag.digest.clone()).collect();
        for digest in orphans.iter().filter(|digest| !kept.contains(digest)) {
            let start = digest.replace(':', "-");
            let companions = [".sig", ".att", ".sbom"].map(|end| format!("{start}{end}"));
            for tag in self.tags.iter_mut().filter(|tag| companions.contains(&tag.name) && tag.is_active(now)) {
                tag.end = Some(now);
            }
        }
    }

    /// What the garbage collector does: entries that ended before the time machine's window (in seconds) are gone, and images that
    /// no entry has any more.
    pub fn collect(&mut self, window: i64, now: Micros) {
        self.tags.retain(|tag| tag.end.is_none_or(|end| end > now - window * SECOND));
        let has = |digest: &str| self.tags.iter().any(|tag| tag.digest == digest);
        let kept: Vec<String> = self
            .manifests
            .iter()
            .filter(|(digest, _)| has(digest))
            .flat_map(|(digest, manifest)| std::iter::once(digest).chain(&manifest.children).cloned())
            .collect();
        self.manifests.retain(|digest, _| kept.contains(digest));
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
