//! The policies that organizations and repositories have.

use serde::Deserialize;
use serde_json::{Value, json};

use super::shape;
use super::shape::tidy;
use super::{Source, if_available};
use crate::api::Path;
use crate::error::Result;
use crate::quay::decode;
use crate::quay::policy::prune;

/// An organization or a repository, which have the same policies.
pub struct Place {
    pub path: Path,
    pub what: String,
}

impl Place {
    /// The auto-prune policies; none where the server has no such thing.
    pub fn prune_policies(&self, source: &Source<'_>) -> Result<Vec<Value>> {
        if source.server.is_without("AUTO_PRUNE") {
            return Ok(Vec::new());
        }
        let list = self.list(source, "/autoprunepolicy/", "auto-prune policies")?;
        let policies: Vec<prune::Policy> =
            list.into_iter().map(|policy| decode(policy, "an auto-prune policy")).collect::<Result<_>>()?;
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
        if source.server.is_without("IMMUTABLE_TAGS") {
            return Ok(Vec::new());
        }
        let list = self.list(source, "/immutabilitypolicy/", "immutability policies")?;
        let mut policies = Vec::new();
        for policy in list {
            let Immutability { pattern, matches } = decode(policy, "an immutability policy")?;
            let behavior = if matches { "matching_immutable" } else { "not_matching_immutable" };
            policies.push(json!({"tag_pattern": pattern, "behavior": behavior}));
        }
        shape::sort(&mut policies, &["tag_pattern"]);
        Ok(policies)
    }

    fn list(&self, source: &Source<'_>, segment: &str, what: &str) -> Result<Vec<Value>> {
        let list = source.quay.list(&self.path.clone().fixed(segment), "policies");
        let list = list.map_err(|error| error.attempting(format!("read the {what} of the {}", self.what)));
        if_available(list).map(Option::unwrap_or_default)
    }
}

#[derive(Deserialize)]
struct Immutability {
    #[serde(rename = "tagPattern")]
    pattern: String,
    #[serde(rename = "tagPatternMatches")]
    matches: bool,
}
