//! Rules by which Quay removes tags of a repository, or of a whole organization.

use serde_json::{Value, json};

use super::export::{Export, Source};
use super::list::List;
use super::section::{Place, Section, Supply};
use super::shape::tidy;
use super::{Card, Kind};
use crate::api::Path;
use crate::error::Result;
use crate::quay::policy::prune;
use crate::quay::{text, version, written};

/// Prune policies.
pub static PRUNE_POLICIES: Card = Card {
    pruned: true,
    listed: true,
    several: Some(&version::SEVERAL_POLICIES),
    ..Card::of("prune_policies", "prune policy of", &[&OF_ORGANIZATION, &OF_REPOSITORY])
};

const SECTION: Section = Section {
    supplied: &[("namespace", Supply::Organization)],
    identity: &["method", "value", "tag_pattern", "tag_pattern_matches"],
    called: &["namespace"],
    steering: &["preserve", "secret"],
    ..Section::of("prune_policies", Kind::PrunePolicies, "quay_organization_prune")
};

static OF_ORGANIZATION: Section = Section {
    list: Some(List::of(|name| Path::organization(name).fixed(SEGMENT), "policies", select)),
    export: Export::Whole(|source, name, _| export(source, Place::Organization, name)),
    ..SECTION
};

static OF_REPOSITORY: Section = Section {
    list: Some(List::of(|name| Path::repository(name).fixed(SEGMENT), "policies", select)),
    export: Export::Whole(|source, name, _| export(source, Place::Repository, name)),
    ..SECTION.of_repository("quay_repository_prune")
};

const SEGMENT: &str = "/autoprunepolicy/";

fn select(entry: &Value) -> Value {
    let pattern = entry["tagPattern"].as_str().filter(|pattern| !pattern.is_empty());
    json!({
        "method": prune::option_method(text(&entry["method"])),
        "value": written(&entry["value"]),
        "tag_pattern": pattern,
        // Without a pattern the flag has no effect, whatever is stored.
        "tag_pattern_matches": pattern.is_none() || entry["tagPatternMatches"] != false,
    })
}

fn export(source: &Source<'_>, place: Place, name: &str) -> Result<Value> {
    let policies: Vec<prune::Policy> = source.policies(&prune::KIND, place, name)?;
    let Value::Array(shown) = prune::shown(policies.iter()) else { return Ok(Value::Null) };
    let usual = json!({"tag_pattern_matches": true});
    let tidied = shown.into_iter().filter_map(|policy| match policy {
        Value::Object(policy) => Some(Value::Object(tidy(policy, &[], &usual))),
        _ => None,
    });
    Ok(tidied.collect())
}
