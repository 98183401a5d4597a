//! `quay_quota`: the storage quota of an organization, with a limit that warns and one that refuses pushes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::server::Server;
use crate::quay::{State, lookup, names, size, version};

pub struct Quota;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    /// In bytes.
    quota: Option<u64>,
    warning_pct: Option<u64>,
    reject_pct: Option<u64>,
    state: State,
}

/// A quota as the API shows it. The server's default stands in the same list, without an `id`.
#[derive(Clone, Deserialize)]
struct Entry {
    id: u64,
    limit_bytes: u64,
    limits: Vec<Limit>,
}

#[derive(Clone, Deserialize)]
struct Limit {
    id: u64,
    #[serde(rename = "type")]
    kind: String,
    limit_percent: u64,
}

/// The quota, and how it is written.
struct Found {
    route: Route,
    entry: Option<Entry>,
}

/// One of the two addresses of a quota; its identifier is the same at both.
#[derive(Clone, Copy, PartialEq)]
enum Route {
    /// Below the organization, with the limits.
    Organization,
    /// The size alone, for every superuser.
    Superuser,
}

/// What an organization gets that has no quota and shall have a limit, as with the incumbent: 8,000,000 TB.
const UNLIMITED: u64 = 8_000_000_000_000_000_000;
const READ: Need =
    Need::right("org:admin", "a member of the organization, or a superuser with FEATURE_SUPERUSERS_FULL_ACCESS on")
        .feature("QUOTA_MANAGEMENT", version::QUOTAS.since);
const ALL_FLAGS: &str =
    "this needs FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA and FEATURE_SUPER_USERS on in Quay's configuration";
const HINTS: &[Hint] =
    &[Hint { status: 400, contains: "already exists", advice: "somebody else made one meanwhile: run the task again" }];

impl Module for Quota {
    const NAME: &'static str = "quay_quota";
    const RULES: Rules = Rules {
        formats: &[
            ("organization", names::name),
            ("quota", size::bytes),
            ("warning_pct", percentage),
            ("reject_pct", percentage),
        ],
        ..Rules::NONE
    };
    const NEED: Need =
        Need::right("super:user", "a superuser, with FEATURE_SUPERUSERS_FULL_ACCESS on").feature("EDIT_QUOTA", "");
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(found) = options.find(quay)? else {
            return match options.state {
                State::Absent => Ok(Plan::of(options.title())),
                State::Present => {
                    let attempt = format!("set the {}", options.title());
                    Err(lookup::missing_organization(&attempt, &options.organization))
                }
            };
        };
        let toward = |found: &Found| match options.state {
            State::Absent => Ok(options.delete(found)),
            State::Present => options.set(found),
        };
        let plan = toward(&Found { route: Route::Organization, entry: found.entry.clone() })?;
        let route = if plan.steps.is_empty() { Route::Organization } else { writing_route(quay, found.route) };
        if route == Route::Organization { Ok(plan) } else { toward(&Found { route, ..found }) }
    }
}

/// Where a superuser writes. Up to Quay 3.15 the route of the organization takes a superuser's word in any case, later only with
/// FEATURE_SUPERUSERS_FULL_ACCESS, even in an own organization. A server that does not tell is written where it was read.
fn writing_route(quay: &Reader, read: Route) -> Route {
    let server = Server::ask(quay);
    match server.older(version::QUOTA_NEEDS_FULL_ACCESS) {
        Some(_) => Route::Organization,
        None if server.lacks("SUPERUSERS_FULL_ACCESS") => Route::Superuser,
        None => read,
    }
}

/// A share of the quota in percent; 0 stands for no limit.
fn percentage(value: &Value) -> Result<Value, String> {
    match value.as_i64() {
        Some(0..=100) => Ok(value.clone()),
        _ => Err(format!("{value} is not a percentage from 1 to 100 (0 removes the limit)")),
    }
}

impl Options {
    fn title(&self) -> String {
        format!("quota of the organization {}", self.organization)
    }

    fn path(&self, route: Route) -> Path {
        let place = match route {
            Route::Organization => Path::organization(&self.organization),
            Route::Superuser => Path::api("superuser/organization").then(&self.organization),
        };
        place.fixed("/quota")
    }

    /// What a refusal has in common with every other: for an unknown name Quay answers with the page of an internal error.
    fn explained(&self, step: Step) -> Step {
        step.blaming(Path::organization(&self.organization), lookup::no_organization(&self.organization))
    }

    /// The quota, and where it could be read; `None` without the organization.
    fn find(&self, quay: &Reader) -> Result<Option<Found>> {
        let found = |route, list: &Value| Ok(Some(Found { route, entry: real_entry(list)? }));
        let attempt = format!("read the {}", self.title());
        let list = quay.get(&self.path(Route::Organization)).map_err(|error| error.attempting(attempt).needing(&READ));
        let error = match lookup::within(quay, &self.organization, list) {
            Ok(Some(list)) => return found(Route::Organization, &list),
            Ok(None) => return Ok(None),
            Err(error) => error,
        };
        match error.refusal().map(|refusal| refusal.kind) {
            Some(RefusalKind::MissingRight) => {}
            Some(RefusalKind::NotAvailable) => return Err(error.advising(ALL_FLAGS)),
            _ => return Err(error),
        }
        let reply = quay.ask(&self.path(Route::Superuser))?;
        if reply.is_success() { found(Route::Superuser, &reply.into_json()?) } else { Err(error) }
    }

    fn delete(&self, found: &Found) -> Plan {
        let mut plan = Plan::of(self.title()).difference(self.shown(found.entry.as_ref()), json!({}));
        if let Some(entry) = &found.entry {
            let path = self.path(found.route).then(&entry.id.to_string());
            let delete = Step::delete(path, format!("delete the {}", self.title()));
            plan.push(self.explained(delete.tolerating(&[(404, "")])));
        }
        plan
    }

    fn set(&self, found: &Found) -> Result<Plan> {
        let before = self.shown(found.entry.as_ref());
        let mut plan = Plan::of(self.title());
        let limits = [("Warning", self.warning_pct), ("Reject", self.reject_pct)];
        let wants_limit = limits.iter().any(|(_, percent)| percent.is_some_and(|percent| percent > 0));
        let size = match (&found.entry, self.quota) {
            (Some(entry), wanted) => wanted.unwrap_or(entry.limit_bytes),
            (None, Some(wanted)) => wanted,
            (None, None) if wants_limit => UNLIMITED,
            (None, None) => return Ok(plan.difference(json!({}), json!({}))),
        };
        let mut after = json!({"organization": self.organization, "quota": size});
        let limits_path = match &found.entry {
            None => {
                plan.push(self.explained(self.create(found.route, size, wants_limit)));
                self.path(found.route).then_slot(&Slot::new("create", "/id"))
            }
            Some(entry) => {
                let path = self.path(found.route).then(&entry.id.to_string());
                if size != entry.limit_bytes {
                    let what = format!("change the {} to {size} bytes", self.title());
                    let otherwise = format!("cannot {what}: Quay agreed and kept another size");
                    let change = Step::put(path.clone(), json!({"limit_bytes": size}), what);
                    plan.push(self.explained(change.expecting("/limit_bytes", json!(size), otherwise)));
                }
                path
            }
        }
        .fixed("/limit");
        let sized = plan.steps.len();
        for (kind, wanted) in limits {
            let current = found.entry.iter().flat_map(|entry| &entry.limits).filter(|limit| limit.kind == kind);
            let current: Vec<&Limit> = current.collect();
            after[key(kind)] = wanted.map_or_else(|| percents(&current), |percent| json!(percent));
            if let Some(wanted) = wanted {
                self.limit(&mut plan, &limits_path, kind, wanted, &current);
            }
        }
        if found.route == Route::Superuser && plan.steps.len() > sized {
            return Err(Error::Option(format!(
                "cannot set the limits of the {}: without FEATURE_SUPERUSERS_FULL_ACCESS in Quay's configuration a \
                 superuser can only set its size",
                self.title()
            )));
        }
        Ok(plan.difference(before, after))
    }

    /// The answer to the creation says nothing; the identifier, which limits need, stands in the list.
    fn create(&self, route: Route, size: u64, identify: bool) -> Step {
        let body = json!({"limit_bytes": size});
        let step = Step::post(self.path(route), body, format!("create the {} with {size} bytes", self.title()));
        let step = step.hinting(HINTS);
        if !identify {
            return step;
        }
        let otherwise = format!("cannot set the limits of the {}: Quay created it, but does not show it", self.title());
        step.named("create").confirmed_by(Probe::finding(self.path(route), |list| real(list).cloned()), otherwise)
    }

    /// Brings the limits of one type to exactly one, or to none; Quay permits several with different percentages.
    fn limit(&self, plan: &mut Plan, path: &Path, kind: &str, wanted: u64, current: &[&Limit]) {
        let each = |limit: &Limit| path.clone().then(&limit.id.to_string());
        let name = kind.to_lowercase();
        let body = json!({"type": kind, "threshold_percent": wanted});
        let equal = current.iter().position(|limit| limit.limit_percent == wanted);
        let stays = match (wanted, equal, current.first()) {
            (0, ..) => None,
            (_, Some(equal), _) => Some(equal),
            (_, None, Some(first)) => {
                let what = format!("change the {name} limit of the {} to {wanted} percent", self.title());
                plan.push(Step::put(each(first), body, what));
                Some(0)
            }
            (_, None, None) => {
                let what = format!("add a {name} limit of {wanted} percent to the {}", self.title());
                plan.push(Step::post(path.clone(), body, what).tolerating(&[(400, "already exists")]));
                None
            }
        };
        for (_, limit) in current.iter().enumerate().filter(|(index, _)| Some(*index) != stays) {
            let what = format!("remove the {name} limit of {} percent from the {}", limit.limit_percent, self.title());
            plan.push(Step::delete(each(limit), what).tolerating(&[(404, "")]));
        }
    }

    fn shown(&self, entry: Option<&Entry>) -> Value {
        let Some(entry) = entry else {
            return json!({});
        };
        let mut shown = json!({"organization": self.organization, "quota": entry.limit_bytes});
        for kind in ["Warning", "Reject"] {
            let limits: Vec<&Limit> = entry.limits.iter().filter(|limit| limit.kind == kind).collect();
            shown[key(kind)] = percents(&limits);
        }
        shown
    }
}

fn key(kind: &str) -> &'static str {
    if kind == "Warning" { "warning_pct" } else { "reject_pct" }
}

/// The percentages of one type: 0 without a limit, a list when there are several.
fn percents(limits: &[&Limit]) -> Value {
    let mut percents: Vec<u64> = limits.iter().map(|limit| limit.limit_percent).collect();
    percents.sort_unstable();
    match percents.as_slice() {
        [] => json!(0),
        [one] => json!(one),
        several => json!(several),
    }
}

/// The entry that belongs to the organization, unlike the server's default.
fn real(list: &Value) -> Option<&Value> {
    list.as_array()?.iter().find(|entry| entry["id"].is_u64() && entry["default_config"] != true)
}

fn real_entry(list: &Value) -> Result<Option<Entry>> {
    real(list).cloned().map(|entry| crate::quay::decode(entry, "a quota")).transpose()
}
