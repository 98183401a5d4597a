//! OAuth applications of an organization.

use serde_json::json;

use super::list::List;
use super::section::Section;
use super::{Card, Kind};
use crate::api::Path;

/// Applications.
pub static APPLICATIONS: Card = Card { pruned: true, ..Card::of("applications", "application", &[&SECTION]) };

static SECTION: Section = Section {
    list: Some(List::of(
        |organization| Path::organization(organization).fixed("/applications"),
        "applications",
        |entry| json!({"name": entry["name"]}),
    )),
    ..Section::of("applications", Kind::Applications, "quay_application")
};
