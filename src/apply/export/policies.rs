//! The policies that organizations and repositories have.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::shape;
use super::shape::tidy;
use super::{Source, if_available};
use crate::api::Path;
use crate::error::{Need, Result};
use crate::quay::policy::{Kind, immutability, prune};

/// An organization or a repository, which have the same policies.
pub struct Place {
    /// Its path, below which its policies are.
    pub path: Path,
    /// What a person calls it.
    pub what: String,
    /// The right that shows its policies.
    pub right: Need,
}

impl Place {
    /// The auto-prune policies; none where the server has no such thing.
    pub fn prune_policies(&self, source: &Source<'_>) -> Result<Vec<Value>> {
        let policies: Vec<prune::Policy> = self.list(source, &prune::KIND)?;
        let Value::Array(shown) = prune::shown(policies.iter()) else { return Ok(Vec::new()) };
        let usual = json!({"tag_pattern_matches": true});
        let tidied = shown.into_iter().filter_map(|policy| match policy {
            Value::Object(policy) => Some(Value::Object(tidy(policy, &[], &usual))),
            _ => None,
        });
        Ok(tidied.collect())
    }

    /// The immutability policies; none where the server has no such thing.
    pub fn immutability_policies(&self, source: &Source<'_>) -> Result<Vec<Value>> {
        let policies: Vec<immutability::Policy> = self.list(source, &immutability::KIND)?;
        let shown = policies.iter().map(|policy| immutability::shown(&policy.tag_pattern, policy.tag_pattern_matches));
        let mut shown: Vec<Value> = shown.collect();
        shape::sort(&mut shown, &["tag_pattern"]);
        Ok(shown)
    }

    fn list<P: DeserializeOwned>(&self, source: &Source<'_>, kind: &Kind) -> Result<Vec<P>> {
        if kind.is_off(&source.server) {
            return Ok(Vec::new());
        }
        if_available(kind.list(source.quay, &self.path, &self.what, self.right)).map(Option::unwrap_or_default)
    }
}
