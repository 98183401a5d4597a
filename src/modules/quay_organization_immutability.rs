//! `quay_organization_immutability`: the policies that make tags immutable of an organization or personal namespace.

use serde::Deserialize;

use super::{Module, Need, Plan, Reader, Result, Rules, Table};
use crate::quay::names;
use crate::quay::policy::{Place, immutability};

pub struct OrganizationImmutability;

#[derive(Deserialize)]
pub struct Options {
    namespace: String,
    #[serde(flatten)]
    policy: immutability::Options,
}

impl Module for OrganizationImmutability {
    const NAME: &'static str = "quay_organization_immutability";
    const RULES: Rules = Rules {
        formats: &[
            ("namespace", names::namespace),
            ("tag_pattern", immutability::pattern),
            ("new_tag_pattern", immutability::new_pattern),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    const FIELDS: &'static Table = &immutability::FIELDS;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        immutability::plan(&options.policy, Place::namespace(quay, &immutability::KIND, &options.namespace))
    }
}
