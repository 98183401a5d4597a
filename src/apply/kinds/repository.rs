//! Repositories, and the rights that accounts and teams have on them.

use serde_json::json;

use super::names::{needs_owner, repository, text};
use super::prediction::Made;
use super::section::{Place, Section, Supply};
use super::{Card, Kind};
use crate::api::Path;
use crate::quay::lookup;

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
