//! Tags, manifests, labels and what the scanner found.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clock::Micros;

/// One version of a tag: a name that pointed to a manifest for a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Tag {
    pub name: String,
    pub digest: String,
    pub start: Micros,
    /// When it ended, or will end.
    pub end: Option<Micros>,
    pub reversion: bool,
    pub immutable: bool,
    pub pulls: u64,
    pub last_pull: Option<Micros>,
}

/// A manifest and what hangs on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Manifest {
    pub media_type: String,
    /// The manifest's text.
    pub data: String,
    pub config_media_type: Option<String>,
    /// Layers as the API shows them; none for an index.
    pub layers: Option<Vec<Value>>,
    /// Bytes of the layers.
    pub size: u64,
    /// Bytes of the configuration.
    pub config_size: u64,
    /// Digests of the manifests of an index.
    pub children: Vec<String>,
    pub labels: IndexMap<String, Label>,
    /// The answer of the security route.
    pub security: Value,
    pub pulls: u64,
    pub last_pull: Option<Micros>,
}

/// A label of a manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Label {
    pub key: String,
    pub value: String,
    pub media_type: String,
    pub source: String,
}

impl Tag {
    /// Whether the tag can be pulled at this time.
    pub fn is_active(&self, now: Micros) -> bool {
        self.end.is_none_or(|end| end > now)
    }
}
