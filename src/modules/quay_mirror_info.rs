//! `quay_mirror_info`: how the mirrors of a server or a namespace, or that of one repository, are doing.

mod entry;
mod health;
mod organization;
mod whole;

use serde::Deserialize;
use serde_json::Value;

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::{lists, lookup, mirror, names, text};

pub struct MirrorInfo;

#[derive(Deserialize)]
pub struct Options {
    organization: Option<String>,
    repository: Option<String>,
    problems_only: bool,
}

impl Module for MirrorInfo {
    const NAME: &'static str = "quay_mirror_info";
    const RULES: Rules = Rules {
        formats: &[("organization", names::namespace), ("repository", names::repository)],
        mutually_exclusive: &[&["organization", "repository"]],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_ADMIN.feature("REPO_MIRROR", "");
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let mut plan = Plan::default();
        let found = match (&options.organization, &options.repository) {
            (Some(namespace), _) => of_namespace(quay, namespace, &mut plan)?,
            (None, Some(repository)) => of_repository(quay, repository)?,
            (None, None) => Some(whole::mirrors(quay, &mut plan)?),
        };
        plan.give("exists", found.is_some());
        let mut mirrors = found.unwrap_or_default();
        mirrors.retain(|mirror| !options.problems_only || !mirror["problem"].is_null());
        plan.give("mirrors", mirrors);
        Ok(plan)
    }
}

/// The mirrors of repositories, from the health of the server where it tells that, and the mirror of the organization; `None` when
/// there is no such namespace.
fn of_namespace(quay: &Reader, namespace: &str, plan: &mut Plan) -> Result<Option<Vec<Value>>> {
    let health = health::of(quay, Some(namespace))?;
    let mut mirrors = match &health {
        Some(health) => health.mirrors(quay)?,
        None => listed(quay, namespace)?,
    };
    mirrors.extend(organization::mirrors(quay, namespace, None)?);
    // Quay lists no repositories of a namespace that is not there.
    if health.is_none() && mirrors.is_empty() && !lookup::namespace_exists(quay, namespace)? {
        return Ok(None);
    }
    health.into_iter().for_each(|health| health.give(plan));
    Ok(Some(mirrors))
}

/// One request for each repository in the state MIRROR.
fn listed(quay: &Reader, namespace: &str) -> Result<Vec<Value>> {
    let mut mirrors = Vec::new();
    for repository in lists::repositories(quay, namespace)?.iter().filter(|entry| entry["state"] == "MIRROR") {
        let name = format!("{namespace}/{}", text(&repository["name"]));
        if let Some(found) = mirror::of_repository(quay, &name)? {
            mirrors.push(entry::of_repository(quay, &name, "MIRROR", &found)?);
        }
    }
    Ok(mirrors)
}

/// The mirror of one repository; `None` when there is no such repository.
fn of_repository(quay: &Reader, name: &str) -> Result<Option<Vec<Value>>> {
    let name = lookup::repository_name(quay, "repository", name)?;
    let read = quay.find(&lookup::repository_path(&name));
    let attempt = || format!("read the mirror of the repository {name}");
    let Some(found) = read.map_err(|error| error.attempting(attempt()))? else { return Ok(None) };
    let state = text(&found["state"]);
    if state == "ORG_MIRROR" {
        return organization::mirrors(quay, names::namespace_of(&name), Some(&name)).map(Some);
    }
    let found = mirror::of_repository(quay, &name)?;
    found.iter().map(|found| entry::of_repository(quay, &name, state, found)).collect::<Result<_>>().map(Some)
}
