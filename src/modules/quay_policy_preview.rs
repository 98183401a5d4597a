//! `quay_policy_preview`: which tags policies would prune or lock now.

use serde::Deserialize;

use super::{Error, Module, Need, Plan, Reader, Result, Rules};
use crate::quay::image::{self, READ};
use crate::quay::policy::preview::{Proposal, Proposals, Scope, preview_of};
use crate::quay::policy::{self, immutability, prune};
use crate::quay::{lookup, names};

pub struct PolicyPreview;

#[derive(Deserialize)]
pub struct Options {
    organization: Option<String>,
    repository: Option<String>,
    prune_policies: Option<Vec<Prune>>,
    immutability_policies: Option<Vec<Lock>>,
    mode: String,
}

#[derive(Deserialize)]
struct Prune {
    method: String,
    value: String,
    tag_pattern: Option<String>,
    tag_pattern_matches: bool,
}

#[derive(Deserialize)]
struct Lock {
    tag_pattern: String,
    behavior: Option<String>,
}

impl Module for PolicyPreview {
    const NAME: &'static str = "quay_policy_preview";
    const RULES: Rules = Rules {
        formats: &[
            ("organization", names::namespace),
            ("repository", image::repository),
            ("prune_policies.tag_pattern", policy::pattern_or_empty),
            ("immutability_policies.tag_pattern", immutability::pattern),
        ],
        mutually_exclusive: &[&["organization", "repository"]],
        required_one_of: &[&["organization", "repository"]],
        ..Rules::NONE
    };
    const NEED: Need = READ;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.proposal().err().map(|problem| format!("prune_policies: {problem}")).into_iter().collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let place = match (&options.organization, &options.repository) {
            (Some(namespace), _) => namespace.clone(),
            (None, name) => lookup::repository_name(quay, "repository", name.as_deref().unwrap_or_default())?,
        };
        let proposals = Proposals::of(&place, options.proposal().map_err(Error::Bug)?);
        let scope = Scope::of(&place);
        let found = preview_of(quay, scope, &proposals)?;
        let mut plan = Plan::default();
        plan.give("exists", found.is_some());
        let found = found.unwrap_or_default();
        let (tags, repositories) = found.extent(scope, false);
        plan.give("prune", found.prune);
        plan.give("lock", found.lock);
        plan.give("tags", tags);
        plan.give("repositories", repositories);
        found.warnings.into_iter().for_each(|warning| plan.warn(warning));
        Ok(plan)
    }
}

impl Options {
    fn proposal(&self) -> Result<Proposal, String> {
        let wanted = |prune: &Prune| {
            let pattern = prune.tag_pattern.clone();
            prune::Policy::wanted(&prune.method, &prune.value, pattern, prune.tag_pattern_matches)
        };
        let prune = self.prune_policies.as_ref().map(|list| list.iter().map(wanted).collect()).transpose()?;
        let lock = self.immutability_policies.iter().flatten();
        let lock = lock.map(|lock| immutability::Policy::wanted(&lock.tag_pattern, lock.behavior.as_deref())).collect();
        Ok(Proposal { prune, adds: self.mode == "add", lock, ..Proposal::default() })
    }
}
