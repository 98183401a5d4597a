//! `quay_repository_prune`: the policies by which Quay deletes tags of a repository.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::names;
use crate::quay::policy::{self, Place, prune};

pub struct RepositoryPrune;

#[derive(Deserialize)]
pub struct Options {
    repository: String,
    #[serde(flatten)]
    policy: prune::Options,
}

impl Module for RepositoryPrune {
    const NAME: &'static str = "quay_repository_prune";
    const RULES: Rules = Rules {
        formats: &[("repository", names::repository), ("tag_pattern", policy::pattern_or_empty)],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.policy.check()
    }

    fn known(_options: &Options) -> Vec<(&'static str, Value)> {
        vec![("id", json!(""))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        prune::plan(&options.policy, Place::repository(quay, &prune::KIND, &options.repository)?)
    }
}
