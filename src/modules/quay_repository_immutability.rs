//! `quay_repository_immutability`: the policies that make tags immutable of a repository.

use serde::Deserialize;

use super::{Module, Need, Plan, Reader, Result, Rules, Table};
use crate::quay::names;
use crate::quay::policy::{Place, immutability};

pub struct RepositoryImmutability;

#[derive(Deserialize)]
pub struct Options {
    repository: String,
    #[serde(flatten)]
    policy: immutability::Options,
}

impl Module for RepositoryImmutability {
    const NAME: &'static str = "quay_repository_immutability";
    const RULES: Rules = Rules {
        formats: &[
            ("repository", names::repository),
            ("tag_pattern", immutability::pattern),
            ("new_tag_pattern", immutability::new_pattern),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_ADMIN;
    const FIELDS: &'static Table = &immutability::FIELDS;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        immutability::plan(&options.policy, Place::repository(quay, &immutability::KIND, &options.repository)?)
    }
}
