//! The modules of the collection, one file each.
//!
//! A module reads, compares and plans; it never writes. To add one: document it in `plugins/modules/<name>.py`,
//! implement [`Module`] here, and add a line to [`MODULES`].

pub mod connection;
pub mod contract;

mod quay_docker_token;
mod quay_first_user;
mod quay_message;
mod quay_org_mirror;
mod quay_organization;
mod quay_organization_immutability;
mod quay_organization_prune;
mod quay_proxy_cache;
mod quay_repository;
mod quay_repository_immutability;
mod quay_repository_prune;
mod quay_robot;
mod quay_team;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::api::{Http, Reader, Settings, Writer};
use crate::error::{Error, Need, Result};
use crate::plan::{self, Failure, Plan, Progress};
use contract::{Document, Rules};

/// What a module has to say about itself.
pub trait Module {
    /// Short name; its documentation is `plugins/modules/<NAME>.py`.
    const NAME: &'static str;
    /// What the documentation cannot say about its options.
    const RULES: Rules;
    /// The right or feature that its requests need; a step may name another one.
    const NEED: Need;
    /// Its options. Only names and Rust types: conversion, defaults and choices come from the documentation, so a
    /// value has already been checked when it arrives here.
    type Options: DeserializeOwned;

    /// Checks what takes more than one option to see. Each problem is a sentence; all are shown at once, before any
    /// request.
    fn check(_options: &Self::Options) -> Vec<String> {
        Vec::new()
    }

    /// Reads the server and plans the way from there to the options.
    ///
    /// # Errors
    /// When the server cannot be read, or cannot be brought to the wanted state.
    fn plan(options: &Self::Options, quay: &Reader) -> Result<Plan>;
}

/// A module in the table.
pub struct Entry {
    /// Its documentation.
    pub document: &'static Document,
    /// Its rules.
    pub rules: &'static Rules,
    need: Need,
    check: fn(&Map<String, Value>) -> Result<Vec<String>>,
    plan: fn(&Map<String, Value>, &Reader) -> Result<Plan>,
}

/// All modules, by name.
pub static MODULES: &[Entry] = &[
    entry::<quay_docker_token::DockerToken>(),
    entry::<quay_first_user::FirstUser>(),
    entry::<quay_message::Messages>(),
    entry::<quay_org_mirror::OrgMirror>(),
    entry::<quay_organization::Organization>(),
    entry::<quay_organization_immutability::OrganizationImmutability>(),
    entry::<quay_organization_prune::OrganizationPrune>(),
    entry::<quay_proxy_cache::ProxyCache>(),
    entry::<quay_repository::Repository>(),
    entry::<quay_repository_immutability::RepositoryImmutability>(),
    entry::<quay_repository_prune::RepositoryPrune>(),
    entry::<quay_robot::Robot>(),
    entry::<quay_team::Team>(),
];

/// Names that older playbooks use, and the module behind each. `meta/runtime.yml` redirects them; a direct call must
/// find them too.
pub static REDIRECTS: &[(&str, &str)] = &[("quay_organization_mirror", "quay_org_mirror")];

const fn entry<M: Module>() -> Entry {
    Entry {
        document: contract::document(M::NAME),
        rules: &M::RULES,
        need: M::NEED,
        check: |options| Ok(M::check(&decode::<M>(options)?)),
        plan: |options, quay| M::plan(&decode::<M>(options)?, quay),
    }
}

fn decode<M: Module>(options: &Map<String, Value>) -> Result<M::Options> {
    serde_json::from_value(Value::Object(options.clone()))
        .map_err(|error| Error::Bug(format!("the documentation of {} does not fit its code: {error}", M::NAME)))
}

/// Finds a module by its short name or by a name that redirects to it.
pub fn find(name: &str) -> Option<&'static Entry> {
    let name = REDIRECTS.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    MODULES.iter().find(|entry| entry.document.name == name)
}

/// What a module run came to.
pub struct Report {
    /// The plan that was shown or executed.
    pub plan: Plan,
    /// Whether anything was, or in check mode would be, changed.
    pub changed: bool,
    /// The returned values.
    pub values: Map<String, Value>,
    /// Requests that it took.
    pub requests: u64,
}

impl Entry {
    /// Checks what takes more than one option to see; sends nothing.
    ///
    /// # Errors
    /// Only for a bug: documentation and code that do not fit.
    pub fn check(&self, options: &Map<String, Value>) -> Result<Vec<String>> {
        (self.check)(options)
    }

    /// Plans, and unless `check_mode` is set executes the plan.
    ///
    /// # Errors
    /// With all that was done until then.
    pub fn run(&self, options: &Map<String, Value>, check_mode: bool) -> Result<Report, Box<Failure>> {
        let http = Arc::new(Http::new(Settings::from_options(options)).map_err(Failure::boxed)?);
        let reader = Reader::new(Arc::clone(&http), check_mode);
        let plan = (self.plan)(options, &reader).map_err(|error| Failure::boxed(error.needing(&self.need)))?;
        let progress = if check_mode {
            Progress { done: plan.steps.iter().map(|step| step.what.clone()).collect(), ..Progress::default() }
        } else {
            plan::run(&plan, &self.need, &reader, &Writer::new(Arc::clone(&http)))?
        };
        let values = plan.returned(&progress.answers);
        Ok(Report { changed: !progress.done.is_empty(), values, plan, requests: http.requests() })
    }
}
