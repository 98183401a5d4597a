//! Repositories, and the rights that accounts and teams have on them.

use serde_json::{Map, Value, json};

use super::export::{Export, Source};
use super::names::{needs_owner, repository, text};
use super::prediction::Made;
use super::section::{Place, Section, Supply};
use super::shape::{is_empty, tidy};
use super::{Card, Kind, mirror};
use crate::api::Path;
use crate::error::Result;
use crate::quay::names::repository as repository_name;
use crate::quay::{lists, lookup, text as shown};

/// Repositories.
pub static REPOSITORIES: Card = Card { pruned: true, rank: 2, ..Card::of("repositories", "repository", &[&SECTION]) };

/// Permissions, which are an option of their repository.
pub static PERMISSIONS: Card =
    Card { held: Some((Kind::Repositories, "perms")), pruned: true, ..Card::of("permissions", "permission of", &[]) };

/// Repositories, which also take the settings of `defaults`.
pub static SECTION: Section = Section {
    opens: Some(Place::Repository),
    supplied: &[("name", Supply::RepositoryName)],
    renamed: &[("permissions", "perms")],
    left_out: &["append", "auto_prune_method", "auto_prune_value"],
    steering: &["prune", "reference", "preserve"],
    makes: |options| text(options, "name").map(repository),
    needs: needs_owner,
    predict,
    export: Export::Each { names, read },
    ..Section::of("repositories", Kind::Repositories, "quay_repository")
};

/// Those who can have rights on a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// Accounts of people.
    Users,
    /// Robot accounts.
    Robots,
    /// Teams of the repository's organization.
    Teams,
}

fn predict(made: &Made<'_>) {
    let name = made.text("name");
    let Some((_, short)) = name.split_once('/') else { return };
    let path = lookup::repository_path(name);
    if made.is_new() {
        let public = made.after("visibility") == "public";
        let body = json!({"name": short, "is_organization": true, "is_public": public, "state": "NORMAL", "is_starred": false});
        made.server.keep(&path, 200, body);
        made.server.complete_repository(&Path::repository(name));
    }
    if let Some(state) = made.plan.after.get("repo_state") {
        made.server.amend(&path, |body| body["state"] = state.clone());
    }
}

fn names(source: &Source<'_>, organization: &str, left_out: &mut Vec<String>) -> Result<Vec<String>> {
    let list = lists::repositories(source.quay, organization)?;
    let mut names = Vec::new();
    for (short, entry) in list.iter().filter_map(|entry| Some((entry["name"].as_str()?, entry))) {
        let name = format!("{organization}/{short}");
        match repository_name(&json!(name)) {
            Ok(_) => {
                source.quay.learn(&lookup::repository_path(&name), json!(lists::as_repository(entry)));
                names.push(short.to_owned());
            }
            // The API does not reach it.
            Err(why) => left_out.push(format!("repository {name}: everything, as {why}")),
        }
    }
    Ok(names)
}

fn read(source: &Source<'_>, organization: &str, short: &str, _: &mut Vec<String>) -> Result<Map<String, Value>> {
    let name = format!("{organization}/{short}");
    let found = source.repository(&name)?;
    let mut value = Map::new();
    let mut set = |key: &str, what: Value| drop(value.insert(key.to_owned(), what));
    set("name", json!(short));
    set("visibility", json!(if found["is_public"] == true { "public" } else { "private" }));
    set("description", json!(shown(&found["description"])));
    let options = json!({"name": name, "perms": [], "append": false});
    let mut seen = source.seen(&SECTION, options)?;
    set("permissions", seen.shift_remove("perms").unwrap_or_default());
    // A mirror brings its state along, and in a mirrored organization it cannot be set.
    let state = shown(&found["state"]);
    let is_told = match state {
        "NORMAL" | "ORG_MIRROR" => true,
        "MIRROR" => !is_empty(&mirror::export_of_repository(source, &name, &mut Vec::new())?),
        _ => false,
    };
    if !is_told {
        set("repo_state", json!(state));
    }
    Ok(tidy(value, &[], &json!({})))
}
