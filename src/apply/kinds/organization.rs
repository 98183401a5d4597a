//! Organizations themselves.

use serde_json::{Map, Value, json};

use super::export::Source;
use super::names::{ObjectName, text};
use super::prediction::Made;
use super::section::{Place, Section};
use super::shape::entry;
use super::{Card, Kind, Options, team};
use crate::api::Path;
use crate::error::Result;
use crate::quay::lookup;

/// Organizations.
pub static ORGANIZATIONS: Card =
    Card { pruned: true, rank: 5, ..Card::of("organizations", "organization", &[&SECTION]) };

/// Organizations, and where all that belongs to them stands.
pub static SECTION: Section = Section {
    place: Place::Top,
    opens: Some(Place::Organization),
    supplied: &[],
    left_out: &["new_name", "auto_prune_method", "auto_prune_value"],
    steering: &["previous_name", "endpoints", "prune", "defaults", "reference", "preserve"],
    makes: |options| name(options).map(ObjectName::Organization),
    organization: name,
    predict,
    ..Section::of("organizations", Kind::Organizations, "quay_organization")
};

/// The name that it has in the end.
fn name(options: &Options) -> Option<String> {
    text(options, "new_name").or(text(options, "name")).map(str::to_owned)
}

fn predict(made: &Made<'_>) {
    if made.is_new() {
        let name = name(made.options).unwrap_or_default();
        let path = Path::organization(&name);
        let teams = json!({"owners": team::shown("owners", &json!("admin"), &json!(""))});
        let body =
            json!({"name": name, "email": made.after("email"), "is_admin": true, "is_member": true, "teams": teams});
        made.server.keep(&path, 200, body);
        made.server.complete(&path);
        made.server.complete(&Path::repository(&name));
    } else if let (true, Some(new)) =
        (made.plan.after.get("name") != made.plan.before.get("name"), text(made.options, "new_name"))
    {
        made.server.rename(made.text("name"), new);
    }
}

/// An organization itself, for a file.
///
/// # Errors
/// When it cannot be read.
pub fn export(source: &Source<'_>, name: &str) -> Result<Map<String, Value>> {
    if lookup::organization(source.quay, name)?.is_none() {
        return Err(lookup::missing_organization(&format!("export {name}"), name));
    }
    team::teams(source, name)?;
    let seen = source.seen(&SECTION, json!({"name": name, "state": "absent", "force": true}))?;
    Ok(entry(seen, &[], SECTION.entry().fields))
}
