//! The modules of the collection, one file each.
//!
//! A module reads, compares and plans; it never writes. To add one: document it in `plugins/modules/<name>.py`,
//! implement [`Module`] here, and add a line to [`MODULES`].

pub mod connection;
pub mod contract;

mod notifications;
mod prune_options;
mod quay_access_info;
mod quay_api_token;
mod quay_application;
mod quay_application_token;
mod quay_audit_info;
mod quay_capabilities_info;
mod quay_config_info;
mod quay_default_perm;
mod quay_docker_token;
mod quay_first_user;
mod quay_layer_info;
mod quay_log_info;
mod quay_manifest_label;
mod quay_manifest_label_info;
mod quay_message;
mod quay_mirror_info;
mod quay_notification;
mod quay_org_mirror;
mod quay_organization;
mod quay_organization_immutability;
mod quay_organization_member;
mod quay_organization_notification;
mod quay_organization_prune;
mod quay_policy_preview;
mod quay_proxy_cache;
mod quay_pull_stat_info;
mod quay_quota;
pub mod quay_registry;
mod quay_registry_info;
mod quay_repository;
mod quay_repository_immutability;
mod quay_repository_mirror;
mod quay_repository_prune;
mod quay_repository_restore;
mod quay_robot;
mod quay_robot_info;
mod quay_robot_pair;
mod quay_tag;
mod quay_tag_info;
mod quay_team;
mod quay_team_ldap;
mod quay_team_oidc;
mod quay_token_info;
mod quay_usage_info;
mod quay_user;
mod quay_vulnerability_info;

use std::sync::Arc;

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::api::{Answers, Http, Pace, Settings, Writer};
use crate::error::{NO_CREDENTIALS, RefusalKind};
use crate::plan::{self, Failure, OnceKnown, Progress};
use crate::quay::server::{self, Server};
use crate::quay::version::{self, Requirement};
use contract::{Document, Login};

// The words of nearly all modules, which take them from here.
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Plan, Step};
use crate::quay::State;
use crate::quay::fields::Table;
use contract::Rules;

/// Returned values by their names.
pub type Known = Vec<(&'static str, Value)>;

/// What a module has to say about itself.
pub trait Module {
    /// Short name; its documentation is `plugins/modules/<NAME>.py`.
    const NAME: &'static str;
    /// What the documentation cannot say about its options.
    const RULES: Rules;
    /// The right or feature that its requests need; a step may name another one.
    const NEED: Need;
    /// The settings of its object, as far as a table can tell them.
    const FIELDS: &'static Table = &Table::NONE;
    /// Whether a returned value that is documented under the name of the module is the object as a whole.
    const RETURNS_OBJECT: bool = true;
    /// Its other options. Only names and Rust types: conversion, defaults and choices come from the documentation, so a
    /// value has already been checked when it arrives here.
    type Options: DeserializeOwned;

    /// Checks what takes more than one option to see. Each problem is a sentence; all are shown at once, before any
    /// request.
    fn check(_options: &Self::Options) -> Vec<String> {
        Vec::new()
    }

    /// The returned values that the options alone tell: what a check returns when all that the object builds on is still to be
    /// made ([`Mode::CheckAssuming`]).
    fn known(_options: &Self::Options) -> Known {
        Vec::new()
    }

    /// Reads the server and plans the way from there to the options.
    ///
    /// # Errors
    /// When the server cannot be read, or cannot be brought to the wanted state.
    fn plan(options: &Self::Options, quay: &Reader) -> Result<Plan>;
}

type Planner = fn(&Map<String, Value>, &Reader) -> Result<Plan>;

/// A module in the table.
pub struct Entry {
    /// Its documentation.
    pub document: &'static Document,
    /// Its rules.
    pub rules: &'static Rules,
    /// The settings of its object.
    pub fields: &'static Table,
    need: Need,
    returns_object: bool,
    check: fn(&Map<String, Value>) -> Result<Vec<String>>,
    known: fn(&Map<String, Value>) -> Result<Known>,
    plan: Option<Planner>,
}

/// All modules, by name.
pub static MODULES: &[Entry] = &[
    entry::<quay_access_info::AccessInfo>(),
    entry::<quay_api_token::ApiToken>(),
    entry::<quay_application::Application>(),
    entry::<quay_application_token::ApplicationToken>(),
    whole(quay_audit_info::NAME, &quay_audit_info::RULES),
    entry::<quay_capabilities_info::CapabilitiesInfo>(),
    entry::<quay_config_info::ConfigInfo>(),
    entry::<quay_default_perm::DefaultPerm>(),
    entry::<quay_docker_token::DockerToken>(),
    entry::<quay_first_user::FirstUser>(),
    entry::<quay_layer_info::LayerInfo>(),
    entry::<quay_log_info::LogInfo>(),
    entry::<quay_manifest_label::ManifestLabel>(),
    entry::<quay_manifest_label_info::ManifestLabelInfo>(),
    entry::<quay_message::Message>(),
    entry::<quay_mirror_info::MirrorInfo>(),
    entry::<quay_notification::Notification>(),
    entry::<quay_org_mirror::OrgMirror>(),
    entry::<quay_organization::Organization>(),
    entry::<quay_organization_immutability::OrganizationImmutability>(),
    entry::<quay_organization_member::OrganizationMember>(),
    entry::<quay_organization_notification::OrganizationNotification>(),
    entry::<quay_organization_prune::OrganizationPrune>(),
    entry::<quay_policy_preview::PolicyPreview>(),
    entry::<quay_proxy_cache::ProxyCache>(),
    entry::<quay_pull_stat_info::PullStatInfo>(),
    entry::<quay_quota::Quota>(),
    whole(quay_registry::NAME, &quay_registry::RULES),
    whole(quay_registry_info::NAME, &quay_registry_info::RULES),
    entry::<quay_repository::Repository>(),
    entry::<quay_repository_immutability::RepositoryImmutability>(),
    entry::<quay_repository_mirror::RepositoryMirror>(),
    entry::<quay_repository_prune::RepositoryPrune>(),
    entry::<quay_repository_restore::RepositoryRestore>(),
    entry::<quay_robot::Robot>(),
    entry::<quay_robot_info::RobotInfo>(),
    entry::<quay_robot_pair::RobotPair>(),
    entry::<quay_tag::Tag>(),
    entry::<quay_tag_info::TagInfo>(),
    entry::<quay_team::Team>(),
    entry::<quay_team_ldap::TeamLdap>(),
    entry::<quay_team_oidc::TeamOidc>(),
    entry::<quay_token_info::TokenInfo>(),
    entry::<quay_usage_info::UsageInfo>(),
    entry::<quay_user::User>(),
    entry::<quay_vulnerability_info::VulnerabilityInfo>(),
];

/// Names that older playbooks use, and the module behind each. `meta/runtime.yml` redirects them; a direct call must
/// find them too.
pub static REDIRECTS: &[(&str, &str)] = &[("quay_organization_mirror", "quay_org_mirror")];

const fn entry<M: Module>() -> Entry {
    Entry {
        document: contract::document(M::NAME),
        rules: &M::RULES,
        fields: M::FIELDS,
        need: M::NEED,
        returns_object: M::RETURNS_OBJECT,
        check: |options| Ok(M::check(&decode::<M>(options)?)),
        known: |options| Ok(M::known(&decode::<M>(options)?)),
        plan: Some(|options, quay| M::plan(&decode::<M>(options)?, quay)),
    }
}

/// A module of mass apply: many plans, on any number of servers, made by a layer above this one.
const fn whole(name: &str, rules: &'static Rules) -> Entry {
    Entry {
        document: contract::document(name),
        rules,
        fields: &Table::NONE,
        need: Need::right("", ""),
        returns_object: false,
        check: |_| Ok(Vec::new()),
        known: |_| Ok(Vec::new()),
        plan: None,
    }
}

fn decode<M: Module>(options: &Map<String, Value>) -> Result<M::Options> {
    M::Options::deserialize(options)
        .map_err(|error| Error::Bug(format!("the documentation of {} does not fit its code: {error}", M::NAME)))
}

/// Finds a module by its short name or by a name that redirects to it.
pub fn find(name: &str) -> Option<&'static Entry> {
    let name = REDIRECTS.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    MODULES.iter().find(|entry| entry.document.name == name)
}

/// Everything that depends on the version of Quay, by the names of the modules.
pub fn requirements() -> Vec<Requirement> {
    let of_fields =
        |entry: &Entry| entry.fields.fields.iter().filter_map(|field| field.requirement(entry.document.name));
    let mut all: Vec<Requirement> =
        version::ALL.iter().map(|needs| **needs).chain(MODULES.iter().flat_map(of_fields)).collect();
    all.sort_by_cached_key(|needs| needs.module);
    all
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

    /// Whether a call of it is about one server, and makes one plan. The modules of mass apply make many.
    pub fn plans(&self) -> bool {
        self.plan.is_some()
    }

    /// Plans, and unless it is only a check executes the plan.
    ///
    /// # Errors
    /// With all that was done until then.
    pub fn run(&self, options: &Map<String, Value>, mode: Mode) -> Result<Report, Box<Failure>> {
        let http = Arc::new(Http::new(Settings::from_options(options)).map_err(Failure::boxed)?);
        let reader = Reader::new(Arc::clone(&http), !mode.writes()).shown(mode != Mode::Real { shows: false });
        let mut plan = match self.plan(options, &reader) {
            Err(missing) if mode == Mode::CheckAssuming && missing.is_missing() => {
                reader.prove_credentials().map_err(Failure::boxed)?;
                return self.assume(options, &missing.to_string(), &http).map_err(Failure::boxed);
            }
            plan => plan.map_err(Failure::boxed)?,
        };
        self.prove(&plan, &reader, mode).map_err(Failure::boxed)?;
        let progress = match mode {
            Mode::Real { .. } => self.execute(&plan, &http)?,
            _ if plan.only_asks() => self.execute(&plan, &http)?,
            Mode::Check | Mode::CheckAssuming => Progress::predicted(&plan),
        };
        plan.warnings.extend(progress.warnings);
        let values = self.values(&plan, &progress.answers);
        Ok(Report { changed: !progress.done.is_empty(), values, plan, requests: http.requests() })
    }

    /// Plans over a connection of its own, shows the plan to `agreed`, and executes exactly that plan where the answer is yes.
    ///
    /// # Errors
    /// With all that was done until then.
    pub fn run_if(
        &self,
        options: &Map<String, Value>,
        (settings, pace): (Settings, Pace),
        agreed: impl FnOnce(&Plan) -> bool,
    ) -> Result<Option<Progress>, Box<Failure>> {
        let http = Arc::new(Http::paced(settings, pace).map_err(Failure::boxed)?);
        let reader = Reader::new(Arc::clone(&http), true);
        let plan = self.plan(options, &reader).map_err(Failure::boxed)?;
        // What anybody may read says nothing about the rights of this caller.
        reader.prove_credentials().map_err(Failure::boxed)?;
        match agreed(&plan) {
            true => self.execute(&plan, &http).map(Some),
            false => Ok(None),
        }
    }

    /// The returned values. Where the documentation names one after the module, that is the object as it is now, or would be after
    /// a check.
    fn values(&self, plan: &Plan, answers: &Answers) -> Map<String, Value> {
        let mut values = plan.returned(answers);
        let entity = self.document.name.trim_start_matches("quay_");
        if self.returns_object && self.document.returns.contains(&entity) {
            values.insert(entity.to_owned(), Value::Object(plan.entity()));
        }
        values
    }

    /// Makes sure that what was read is true for this caller, unless the writes of the plan will show it by themselves. Without
    /// credentials, what everybody sees is all that was asked for; nothing can be changed with it.
    fn prove(&self, plan: &Plan, reader: &Reader, mode: Mode) -> Result<()> {
        let writes = !plan.steps.is_empty();
        match reader.is_anonymous() {
            true if self.rules.login == Login::Never || !writes => Ok(()),
            false if writes && mode.writes() => Ok(()),
            false => reader.prove_credentials(),
            true => {
                let what = plan.steps.first().map_or("change anything", |step| &step.what);
                Err(Error::Option(format!("cannot {what}: {NO_CREDENTIALS}")))
            }
        }
    }

    /// Reads the server and plans the way from there to the options, which must have been checked.
    ///
    /// # Errors
    /// When the server cannot be read, or cannot be brought to the wanted state.
    pub fn plan(&self, options: &Map<String, Value>, reader: &Reader) -> Result<Plan> {
        let plan = self.plan.ok_or_else(|| Error::Bug(format!("{} makes no plan of its own", self.document.name)))?;
        let plan = plan(options, reader).map_err(|error| explain(error.needing(&self.need), reader))?;
        if reader.is_predicting() {
            self.predict(&plan, reader)?;
        }
        Ok(plan)
    }

    /// Refuses the steps of a plan that the server has no routes for. A single module learns that from what it reads; where the
    /// answers are predicted, for an object that is still to be made, nobody has asked the server yet.
    fn predict(&self, plan: &Plan, reader: &Reader) -> Result<()> {
        let needs = plan.steps.iter().map(|step| (step, step.need().unwrap_or(&self.need)));
        for (step, need) in needs.filter(|(_, need)| !need.since.is_empty() || !need.feature.is_empty()) {
            Server::ask(reader).check(need, &step.what)?;
        }
        Ok(())
    }

    /// Executes a plan of this module over a connection. What the planning has seen is not believed any more.
    ///
    /// # Errors
    /// With all that was done until then.
    pub fn execute(&self, plan: &Plan, http: &Arc<Http>) -> Result<Progress, Box<Failure>> {
        self.execute_and(plan, http, None)
    }

    /// The same, with something to be done as soon as a value is known.
    ///
    /// # Errors
    /// As [`Entry::execute`], and when that cannot be done.
    pub fn execute_and(
        &self,
        plan: &Plan,
        http: &Arc<Http>,
        once_known: Option<&OnceKnown<'_>>,
    ) -> Result<Progress, Box<Failure>> {
        let (reader, writer) = (Reader::new(Arc::clone(http), false), Writer::new(Arc::clone(http)));
        plan::run(plan, &self.need, &reader, &writer, once_known).map_err(|mut failure| {
            failure.error = explain(failure.error, &reader);
            failure
        })
    }

    /// The values that the options alone tell, as a plan has them.
    ///
    /// # Errors
    /// When the options have not been checked.
    pub fn known(&self, options: &Map<String, Value>) -> Result<Known> {
        (self.known)(options)
    }

    /// The report of a check whose object builds on something that an earlier task would have made: the options as they
    /// are, against nothing.
    fn assume(&self, options: &Map<String, Value>, why: &str, http: &Http) -> Result<Report> {
        let shared = |name: &str| matches!(name, "state" | "append") || connection::is_option(name);
        let mut plan = Plan::of(self.document.name);
        plan.after = options
            .iter()
            // Which parts of a structure may be shown, only the module knows.
            .filter(|(name, value)| !shared(name) && !value.is_null() && !value.is_object())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        plan.give("assumed", why);
        for (key, value) in self.known(options)? {
            plan.give(key, value);
        }
        let values = self.values(&plan, &Answers::default());
        Ok(Report { changed: true, values, plan, requests: http.requests() })
    }
}

/// Tells a feature that is switched off from a Quay that is too old for it: both lack the route, and Quay 3.9 to 3.13 answer a write
/// to a missing route with the page of an internal error.
///
/// `GET /config` is public; without its answer the error keeps all possibilities.
fn explain(error: Error, quay: &Reader) -> Error {
    let Some((refusal, need)) = error.refusal().and_then(|refusal| Some((refusal, refusal.need?))) else {
        return error;
    };
    // A feature that only writes need leaves a route that reads, and says in JSON that it takes no such method.
    let is_off = refusal.kind == RefusalKind::NotAvailable || refusal.status == 405;
    if !is_off && refusal.kind != RefusalKind::ServerFault {
        return error;
    }
    let Need { feature, since, .. } = need;
    if since.is_empty() && feature.is_empty() {
        return error;
    }
    let server = Server::ask(quay);
    match server.older(since) {
        Some(found) => error.advising(format!("this needs Quay {since}, and the server is {found}")),
        // Before 3.14 the missing route of a feature that is off answers a write like that, too.
        None if (is_off || server.older("3.14").is_some()) && server.lacks(feature) => {
            error.advising(server::off(feature))
        }
        None => error,
    }
}

/// The environment variable that turns [`Mode::Check`] into [`Mode::CheckAssuming`], for a check of a whole play on an empty server.
pub const ASSUME_MISSING: &str = "QUAYMASTER_ASSUME_MISSING";

/// How a module is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Plan and write; `shows` where somebody wants to see what changes.
    Real {
        /// Whether the difference is asked for (`--diff`).
        shows: bool,
    },
    /// Plan and show.
    Check,
    /// Plan and show; what is missing counts as made by an earlier task of the same check. Ansible cannot know, because
    /// that task wrote nothing either.
    CheckAssuming,
}

impl Mode {
    fn writes(self) -> bool {
        matches!(self, Mode::Real { .. })
    }
}
