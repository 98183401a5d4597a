//! Quotas, pruning and immutability policies, proxy caches and mirrors.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clock::Micros;

/// The storage quota of a namespace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Quota {
    pub id: u64,
    pub limit_bytes: i64,
    pub limits: Vec<QuotaLimit>,
}

/// What happens at a percentage of the quota.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct QuotaLimit {
    pub id: u64,
    pub kind: String,
    pub percent: i64,
}

/// A policy that removes tags by number or age.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PrunePolicy {
    pub uuid: String,
    pub method: String,
    pub value: Value,
    pub tag_pattern: Option<String>,
    pub tag_pattern_matches: bool,
}

/// A policy that makes tags immutable by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ImmutabilityPolicy {
    pub uuid: String,
    pub tag_pattern: String,
    pub tag_pattern_matches: bool,
}

/// The registry whose images an organization caches.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ProxyCache {
    pub upstream_registry: String,
    pub username: Option<String>,
    pub password: Option<String>,
    pub expiration_s: i64,
    pub insecure: bool,
}

/// The mirror of a whole organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OrgMirror {
    pub created: Micros,
    pub robot_username: String,
    /// The other fields as the API shows them.
    pub fields: serde_json::Map<String, Value>,
    pub password: Option<String>,
    pub sync_status: String,
    /// The repositories that the worker found, as the API shows them.
    #[serde(default)]
    pub found: Vec<Value>,
}

/// The mirror of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RepoMirror {
    pub robot_username: String,
    /// The other fields as the API shows them.
    pub fields: serde_json::Map<String, Value>,
    pub password: Option<String>,
    pub sync_status: String,
}
