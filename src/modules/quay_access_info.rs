//! `quay_access_info`: who can do what in organizations, and why.

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::Rules;
use super::{Known, Module};
use crate::api::Reader;
use crate::error::{Error, Need, Result};
use crate::plan::Plan;
use crate::quay::access::organization::Organization;
use crate::quay::access::server::Server;
use crate::quay::access::{ALL, Line, Wanted, effective, is_hidden};
use crate::quay::{lists, lookup, names};

pub struct AccessInfo;

#[derive(Deserialize)]
pub struct Options {
    organization: Vec<String>,
    detail: String,
    accounts: Option<Vec<String>>,
    repositories: Option<Vec<String>>,
    pending: bool,
}

impl Module for AccessInfo {
    const NAME: &'static str = "quay_access_info";
    const RULES: Rules =
        Rules { formats: &[("organization", names::namespace), ("repositories", names::repository)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let empty = options.organization.is_empty().then(|| "organization: name some, or \"*\" for all".to_owned());
        let bare = options.repositories.iter().flatten().filter(|name| !name.contains('/'));
        let bare = bare.map(|name| format!("repositories: \"{name}\" lacks the organization, as organization/{name}"));
        empty.into_iter().chain(bare).collect()
    }

    fn known(_: &Options) -> Known {
        ["access", "future", "repositories", "pending", "incomplete"].map(|key| (key, json!([]))).to_vec()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let account = |name: &str| options.accounts.iter().flatten().any(|wanted| wanted == name);
        let repository = |name: &str| options.repositories.iter().flatten().any(|wanted| wanted == name);
        let server = Server::ask(quay)?;
        let wanted = Wanted {
            accounts: options.accounts.is_some().then_some(&account),
            repositories: options.repositories.is_some().then_some(&repository),
            names_only: options.detail == "name",
            pending: options.pending && server.mailing,
        };
        let found = read(quay, &options.organization, &wanted)?;
        let mut plan = Plan::default();
        let all = |list: fn(&Organization, &Server, &Wanted<'_>) -> Vec<Value>| -> Vec<Value> {
            found.organizations.iter().flat_map(|organization| list(organization, &server, &wanted)).collect()
        };
        plan.give(
            "access",
            all(|one, server, wanted| effective::lines(one, server, wanted).iter().map(Line::value).collect()),
        );
        plan.give("future", all(effective::future));
        plan.give("repositories", all(|one, _, wanted| effective::repositories(one, wanted)));
        plan.give("pending", all(|one, _, wanted| effective::pending(one, wanted)));
        let of_organizations = found.organizations.iter().flat_map(|organization| organization.incomplete.clone());
        plan.give(
            "incomplete",
            server.incomplete.iter().cloned().chain(found.hidden).chain(of_organizations).collect::<Vec<_>>(),
        );
        Ok(plan)
    }
}

/// What could be read.
struct Found {
    organizations: Vec<Organization>,
    /// Why others could not, a sentence each.
    hidden: Vec<String>,
}

/// Reads the organizations, one after the other. Those that this caller may not see are told, unless they are all.
fn read(quay: &Reader, organizations: &[String], wanted: &Wanted<'_>) -> Result<Found> {
    let every = organizations.iter().any(|name| name == ALL);
    let mut names = if every { lists::organizations(quay)? } else { organizations.to_vec() };
    names.sort();
    names.dedup();
    let (mut found, mut hidden, mut first) = (Vec::new(), Vec::new(), None);
    for name in names {
        match Organization::read(quay, &name) {
            Ok(Some(mut organization)) => {
                let parts = organization.parts(wanted);
                organization.complete(quay, parts, wanted.pending)?;
                found.push(organization);
            }
            // It went since the list of all was read.
            Ok(None) if every => {}
            Ok(None) => {
                return Err(Error::Missing(format!("cannot read who has access: {}", lookup::no_namespace(&name))));
            }
            Err(error) if is_hidden(&error) || error.is_missing() => {
                hidden.push(format!("the organization {name}: {error}"));
                first.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match first.filter(|_| found.is_empty()) {
        Some(error) => Err(error),
        None => Ok(Found { organizations: found, hidden }),
    }
}
