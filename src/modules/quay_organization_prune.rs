//! `quay_organization_prune`: the policies by which Quay deletes tags of an organization or personal namespace.

use serde::Deserialize;
use serde_json::Value;

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::names;
use crate::quay::policy::{self, Place, prune};

pub struct OrganizationPrune;

#[derive(Deserialize)]
pub struct Options {
    namespace: String,
    #[serde(flatten)]
    policy: prune::Options,
}

impl Module for OrganizationPrune {
    const NAME: &'static str = "quay_organization_prune";
    const RULES: Rules =
        Rules { formats: &[("namespace", names::namespace), ("tag_pattern", policy::pattern_or_empty)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.policy.check()
    }

    fn known(_options: &Options) -> Vec<(&'static str, Value)> {
        vec![("id", Value::Null)]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        prune::plan(&options.policy, Place::namespace(quay, &prune::KIND, &options.namespace))
    }
}
