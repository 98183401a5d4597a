//! Where the quota of an organization stands: two routes show it, and not everybody may use both.

use serde_json::Value;

use crate::api::{Path, Reader};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::quay::server::Server;
use crate::quay::{lookup, quota, version};

/// The quota, and how it is written.
pub(super) struct Found {
    pub(super) route: Route,
    /// As the API shows it. The server's default stands in the same list, without an `id`.
    pub(super) entry: Option<Value>,
}

/// One of the two addresses of a quota; its identifier is the same at both.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Route {
    /// Below the organization, with the limits.
    Organization,
    /// The size alone, for every superuser.
    Superuser,
}

const READ: Need =
    Need::right("org:admin", "a member of the organization, or a superuser with FEATURE_SUPERUSERS_FULL_ACCESS on")
        .feature("QUOTA_MANAGEMENT", version::QUOTAS.since);
const ALL_FLAGS: &str =
    "this needs FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA and FEATURE_SUPER_USERS on in Quay's configuration";

impl Route {
    pub(super) fn path(self, organization: &str) -> Path {
        let place = match self {
            Route::Organization => Path::organization(organization),
            Route::Superuser => Path::api("superuser/organization").then(organization),
        };
        place.fixed("/quota")
    }
}

impl Found {
    /// The quota, and where it could be read; `None` without the organization.
    pub(super) fn of(organization: &str, title: &str, quay: &Reader) -> Result<Option<Found>> {
        let found = |route, list: &Value| Ok(Some(Found { route, entry: real_entry(list)? }));
        let attempt = format!("read the {title}");
        let list = quay.get(&Route::Organization.path(organization));
        let list = list.map_err(|error| error.attempting(attempt).needing(&READ));
        let error = match lookup::within(quay, organization, list) {
            Ok(Some(list)) => return found(Route::Organization, &list),
            Ok(None) => return Ok(None),
            Err(error) => error,
        };
        match error.refusal().map(|refusal| refusal.kind) {
            Some(RefusalKind::MissingRight) => {}
            Some(RefusalKind::NotAvailable) => return Err(error.advising(ALL_FLAGS)),
            _ => return Err(error),
        }
        let reply = quay.ask(&Route::Superuser.path(organization))?;
        if reply.is_success() { found(Route::Superuser, &reply.into_json()?) } else { Err(error) }
    }

    /// With the route where a superuser writes. Up to Quay 3.15 that of the organization takes a superuser's word in any case, later
    /// only with FEATURE_SUPERUSERS_FULL_ACCESS, even in an own organization. A server that does not tell is written where it was
    /// read.
    pub(super) fn for_writing(self, quay: &Reader) -> Found {
        let server = Server::ask(quay);
        let route = match server.older(version::QUOTA_NEEDS_FULL_ACCESS) {
            Some(_) => Route::Organization,
            None if server.lacks("SUPERUSERS_FULL_ACCESS") => Route::Superuser,
            None => self.route,
        };
        Found { route, ..self }
    }
}

fn real_entry(list: &Value) -> Result<Option<Value>> {
    let is_limit = |limit: &Value| limit["id"].is_u64() && limit["limit_percent"].is_u64();
    let is_quota = |entry: &Value| {
        entry["limit_bytes"].is_u64() && entry["limits"].as_array().is_some_and(|limits| limits.iter().all(is_limit))
    };
    match quota::real(list) {
        Some(entry) if !is_quota(entry) => Err(Error::Unexpected("Quay's answer is not a quota".into())),
        entry => Ok(entry.cloned()),
    }
}
