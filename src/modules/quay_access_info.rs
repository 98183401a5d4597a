//! `quay_access_info`: who can do what in organizations, and why.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, Known, Module, Need, Plan, Reader, Result, Rules};
use crate::quay::access::organization::Organization;
use crate::quay::access::server::Server;
use crate::quay::access::{Line, Wanted, effective};
use crate::quay::partial::Partial;
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
            by_repository: false,
        };
        let (organizations, hidden) = read(quay, &options.organization, &wanted)?;
        let mut plan = Plan::default();
        let all = |list: fn(&Organization, &Server, &Wanted<'_>) -> Vec<Value>| -> Vec<Value> {
            organizations.iter().flat_map(|organization| list(organization, &server, &wanted)).collect()
        };
        plan.give(
            "access",
            all(|one, server, wanted| effective::lines(one, server, wanted).iter().map(Line::value).collect()),
        );
        plan.give("future", all(effective::future));
        plan.give("repositories", all(|one, _, wanted| effective::repositories(one, wanted)));
        plan.give("pending", all(|one, _, wanted| effective::pending(one, wanted)));
        let of_organizations = organizations.iter().flat_map(|organization| organization.incomplete.clone());
        plan.give(
            "incomplete",
            server.incomplete.iter().cloned().chain(hidden).chain(of_organizations).collect::<Vec<_>>(),
        );
        Ok(plan)
    }
}

/// Reads the organizations, one after the other, with what is hidden of them. Those that this caller may not see are told, unless they
/// are all.
fn read(quay: &Reader, organizations: &[String], wanted: &Wanted<'_>) -> Result<(Vec<Organization>, Vec<String>)> {
    let every = lists::are_all(organizations);
    let names = lists::named(quay, organizations)?;
    let (mut found, mut partial) = (Vec::new(), Partial::default());
    for name in names {
        let Some(read) = Organization::read(quay, &name).transpose() else {
            // It went since the list of all was read.
            if every {
                continue;
            }
            return Err(Error::Missing(format!("cannot read who has access: {}", lookup::no_namespace(&name))));
        };
        if let Some(mut organization) = partial.take(read, |error| format!("the organization {name}: {error}"))? {
            let parts = organization.parts(wanted);
            organization.complete(quay, parts, wanted.pending)?;
            found.push(organization);
        }
    }
    Ok((found, partial.end()?))
}
