//! Labels of image manifests.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::image::{Found, READ, Repository};
use crate::api::take;
use crate::error::Result;

/// A label as Quay lists it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Label {
    /// Identifier on the server.
    pub id: String,
    /// Several labels of a manifest may have the same.
    pub key: String,
    /// The value.
    pub value: String,
    /// `manifest` for a label from the build of the image, which nobody can change, or `api`.
    pub source_type: String,
    /// `text/plain` or `application/json`.
    pub media_type: String,
    /// What newer servers add.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Label {
    /// Whether it comes from the build of the image.
    pub fn is_built_in(&self) -> bool {
        self.source_type == "manifest"
    }
}

/// The labels of a manifest, in Quay's order; with `key` those with exactly this key.
///
/// `GET .../manifest/{digest}/labels`, whose filter is a prefix.
///
/// # Errors
/// As [`Repository::read`].
pub fn read(repository: &Repository<'_>, digest: &str, key: Option<&str>) -> Result<Found<Vec<Label>>> {
    let path = repository.manifest_path(digest).fixed("/labels");
    let path = key.map_or(path.clone(), |key| path.query("filter", key));
    let attempt = format!("read the labels of {}@{digest}", repository.name);
    let answer = match repository.read(&path, &attempt, &READ)? {
        Ok(answer) => answer,
        Err(gone) => return Ok(Err(gone)),
    };
    let mut labels: Vec<Label> = take(&path, answer, "labels")?;
    labels.retain(|label| key.is_none_or(|key| label.key == key));
    Ok(Ok(labels))
}

/// Beginnings of keys that the API refuses on every server.
const RESERVED: [&str; 12] = [
    "com.docker.",
    "io.docker.",
    "org.dockerproject.",
    "org.opencontainers.",
    "io.cncf.",
    "io.kubernetes.",
    "io.k8s.",
    "io.quay",
    "com.coreos",
    "com.tectonic",
    "internal",
    "quay",
];

/// Whether the API accepts a label with this key; a label from the build of an image may have any.
///
/// # Errors
/// A sentence about the key. A server can reserve more beginnings (`LABEL_KEY_RESERVED_PREFIXES`).
pub fn check_key(key: &str) -> Result<(), String> {
    if let Some(reserved) = RESERVED.iter().find(|reserved| key.starts_with(**reserved)) {
        return Err(format!("Quay reserves keys that begin with \"{reserved}\", as \"{key}\" does"));
    }
    let group = |group: &str| !group.is_empty() && group.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if key.len() <= 255 && key.split(['-', '.']).all(group) {
        return Ok(());
    }
    Err(format!(
        "\"{key}\" is not a label key: up to 255 lower-case letters and digits, joined by single \"-\" or \".\""
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_rule_of_the_server() {
        for good in ["a", "stage", "a-b.c9", "9"] {
            assert!(check_key(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "a b", "a--b", "a.-b", "-a", "a.", "a_b", "quayfoo", "internalx", "io.k8s.x", "é"] {
            assert!(check_key(bad).is_err(), "{bad}");
        }
        assert!(check_key(&"x".repeat(256)).is_err());
    }
}
