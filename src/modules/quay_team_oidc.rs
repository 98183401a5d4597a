//! `quay_team_oidc`: teams that follow a group of an OpenID Connect provider.

use serde::Deserialize;

use super::contract::RequiredIf;
use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::team_sync::{self, Desired, Directory};
use crate::quay::{names, version};

pub struct TeamOidc;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    organization: String,
    sync: bool,
    group_name: Option<String>,
}

/// Quay cannot ask a provider who is in a group, so it starts with an empty team, and takes every name.
const OIDC: Directory = Directory {
    service: "oidc",
    word: "OIDC",
    since: version::OIDC_GROUPS.since,
    key: "group_name",
    same: |one, other| one == other,
    empties: true,
};

impl Module for TeamOidc {
    const NAME: &'static str = "quay_team_oidc";
    const RULES: Rules = Rules {
        formats: &[("name", names::name), ("organization", names::name)],
        required_if: &[RequiredIf { option: "sync", value: "true", then: &["group_name"], any: false }],
        ..Rules::NONE
    };
    const NEED: Need = Need { since: OIDC.since, ..team_sync::NEED };
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        team_sync::problems(&OIDC, options.sync, options.group_name.as_deref())
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Options { name, organization, sync, group_name } = options;
        let group = group_name.as_deref().filter(|_| *sync);
        team_sync::plan(&OIDC, &Desired { organization, name, group, keep_users: true }, quay)
    }
}
