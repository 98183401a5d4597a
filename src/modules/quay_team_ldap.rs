//! `quay_team_ldap`: teams that follow a group of an LDAP directory.

use serde::Deserialize;

use super::contract::RequiredIf;
use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::names;
use crate::quay::team_sync::{self, Desired, Directory};

pub struct TeamLdap;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    organization: String,
    sync: bool,
    group_dn: Option<String>,
    keep_users: bool,
}

const LDAP: Directory =
    Directory { service: "ldap", word: "LDAP", since: "", key: "group_dn", same: team_sync::same_dn, empties: false };

impl Module for TeamLdap {
    const NAME: &'static str = "quay_team_ldap";
    const RULES: Rules = Rules {
        formats: &[("name", names::name), ("organization", names::name)],
        required_if: &[RequiredIf { option: "sync", value: "true", then: &["group_dn"], any: false }],
        ..Rules::NONE
    };
    const NEED: Need = team_sync::NEED;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        team_sync::problems(&LDAP, options.sync, options.group_dn.as_deref())
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Options { name, organization, sync, group_dn, keep_users } = options;
        let group = group_dn.as_deref().filter(|_| *sync);
        team_sync::plan(&LDAP, &Desired { organization, name, group, keep_users: *keep_users }, quay)
    }
}
