//! Rules by which tags of a repository, or of a whole organization, cannot be changed.

use serde_json::{Value, json};

use super::export::{Export, Source};
use super::list::List;
use super::section::{Place, Section, Supply};
use super::shape::sort;
use super::{Card, Kind};
use crate::api::Path;
use crate::error::Result;
use crate::quay::fields::Given;
use crate::quay::policy::immutability;

/// Immutability policies.
pub static IMMUTABILITY_POLICIES: Card = Card {
    pruned: true,
    listed: true,
    excludes: true,
    ..Card::of("immutability_policies", "immutability policy of", &[&OF_ORGANIZATION, &OF_REPOSITORY])
};

const SECTION: Section = Section {
    supplied: &[("namespace", Supply::Organization)],
    identity: &["tag_pattern"],
    called: &["namespace"],
    left_out: &["new_tag_pattern"],
    ..Section::of("immutability_policies", Kind::ImmutabilityPolicies, "quay_organization_immutability")
};

static OF_ORGANIZATION: Section = Section {
    list: Some(List::of(|name| Path::organization(name).fixed(SEGMENT), "policies", select)),
    export: Export::Whole(|source, name, _| export(source, Place::Organization, name)),
    ..SECTION
};

static OF_REPOSITORY: Section = Section {
    list: Some(List::of(|name| Path::repository(name).fixed(SEGMENT), "policies", select)),
    export: Export::Whole(|source, name, _| export(source, Place::Repository, name)),
    ..SECTION.of_repository("quay_repository_immutability")
};

const SEGMENT: &str = "/immutabilitypolicy/";

fn select(entry: &Value) -> Value {
    json!({"tag_pattern": entry["tagPattern"]})
}

fn export(source: &Source<'_>, place: Place, name: &str) -> Result<Value> {
    let policies: Vec<Value> = source.policies(&immutability::KIND, place, name)?;
    let shown = |policy| immutability::FIELDS.shown(json!({}), &Given::default(), policy);
    let mut shown: Vec<Value> = policies.iter().map(shown).collect();
    sort(&mut shown, &["tag_pattern"]);
    Ok(json!(shown))
}
