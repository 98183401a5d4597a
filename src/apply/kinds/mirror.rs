//! What keeps a repository, or a whole organization, a copy of what another registry has.

use serde_json::{Map, Value, json};

use super::export::{Export, Source, if_available};
use super::names::{repository, text};
use super::section::{Place, Retire, Section, Supply};
use super::shape::entry;
use super::{Card, Kind};
use crate::api::Path;
use crate::error::{Need, Result};
use crate::quay::{MASK, text as quay_text};

/// Mirrors.
pub static MIRRORS: Card =
    Card { excludes: true, ..Card::of("mirrors", "mirror of", &[&OF_ORGANIZATION, &OF_REPOSITORY]) };

/// What a task asks of the synchronizations.
const COMMANDS: &[&str] = &["force_sync", "cancel_sync", "recover"];
/// In a file, a synchronization is asked for once: with each run, or each round of one that goes on by itself, it would never end.
const ONCE: &[(&str, &str)] = &[("force_sync", "sync_on_change")];
const STARTS: &str = "a synchronization is started or cancelled";

/// Mirrored organizations.
pub static OF_ORGANIZATION: Section = Section {
    left_out: &["force_sync", "cancel_sync", "recover", "verify"],
    renamed: ONCE,
    commands: COMMANDS,
    starts: Some(STARTS),
    export: Export::Whole(export_of_organization),
    ..Section::single("mirror", Kind::Mirrors, "quay_org_mirror")
};

/// Mirrored repositories.
pub static OF_REPOSITORY: Section = Section {
    place: Place::Repository,
    supplied: &[("name", Supply::Repository)],
    called: &["name"],
    left_out: COMMANDS,
    renamed: ONCE,
    commands: COMMANDS,
    starts: Some(STARTS),
    needs: |options| text(options, "name").map(repository).into_iter().collect(),
    export: Export::Whole(export_of_repository),
    retire: Retire::Switch { option: "is_enabled", keeps: &["name"] },
    is_on: |options, quay| {
        let found = quay.find(&Path::repository(text(options, "name").unwrap_or_default()).fixed("/mirror"))?;
        Ok(found.is_some_and(|mirror| mirror["is_enabled"] == true))
    },
    ..Section::single("mirror", Kind::Mirrors, "quay_repository_mirror")
};

fn export_of_organization(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Value> {
    if source.server.is_without("ORG_MIRROR") {
        return Ok(Value::Null);
    }
    let options = json!({"organization": name, "state": "absent"});
    let seen = if_available(source.seen(&OF_ORGANIZATION, options))?.unwrap_or_default();
    let mut mirror = entry(seen, &["organization"], OF_ORGANIZATION.entry().fields);
    hide(&mut mirror, &format!("organization {name}: mirror"), left_out);
    Ok(json!(mirror))
}

/// The mirror of a repository. Also one that is not in the state of a mirror can have one; those of a mirrored organization have none of
/// their own.
///
/// # Errors
/// When it cannot be read.
pub fn export_of_repository(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Value> {
    if source.server.is_without("REPO_MIRROR") || source.repository(name)?["state"] == "ORG_MIRROR" {
        return Ok(Value::Null);
    }
    let attempt = format!("read the mirror of the repository {name}");
    let found = source.quay.find(&Path::repository(name).fixed("/mirror"));
    let found = if_available(found.map_err(|error| error.attempting(attempt).needing(&Need::REPO_ADMIN)))?.flatten();
    let Some(found) = found else { return Ok(Value::Null) };
    let seen = source.seen(&OF_REPOSITORY, json!({"name": name}))?;
    let mut mirror = entry(seen, &["name"], OF_REPOSITORY.entry().fields);
    let whose = format!("repository {name}: mirror");
    // Whether there is a password cannot be seen; without a user name there is none.
    if !quay_text(&found["external_registry_username"]).is_empty() {
        left_out.push(format!("{whose}: external_registry_password, if it has any"));
    }
    hide(&mut mirror, &whose, left_out);
    Ok(json!(mirror))
}

/// Takes what is masked out of a mirror.
fn hide(mirror: &mut Map<String, Value>, whose: &str, left_out: &mut Vec<String>) {
    mirror.retain(|key, value| {
        let hidden = quay_text(value).contains(MASK);
        if hidden {
            left_out.push(format!("{whose}: {key}"));
        }
        !hidden
    });
}
