//! `quay_quota`: the storage quota of an organization, with a limit that warns and one that refuses pushes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::fields::{Change, Field, Given, Shape, Table, Unit};
use crate::quay::server::Server;
use crate::quay::{State, lookup, names, size, version};

pub struct Quota;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    state: State,
    #[serde(flatten)]
    given: Given,
}

const FIELDS: Table = Table {
    fields: &[
        Field::of("quota").at("limit_bytes").unit(Unit::Bytes),
        Field::of("warning_pct")
            .at("limits")
            .shape(Shape { read: |all| percents(all, WARNING), ..Shape::PLAIN })
            .usually(|| json!(0)),
        Field::of("reject_pct")
            .at("limits")
            .shape(Shape { read: |all| percents(all, REJECT), ..Shape::PLAIN })
            .usually(|| json!(0)),
    ],
    replaced: &[],
};
const WARNING: &str = "Warning";
const REJECT: &str = "Reject";

/// The quota, and how it is written.
struct Found {
    route: Route,
    /// As the API shows it. The server's default stands in the same list, without an `id`.
    entry: Option<Value>,
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
    const FIELDS: &'static Table = &FIELDS;
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
            State::Present => options.set(quay, found),
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
        let plan = Plan::of(self.title());
        let Some(entry) = &found.entry else { return plan };
        let mut plan = plan.difference(FIELDS.shown(self.key(), &self.given, entry), json!({}));
        let delete = Step::delete(self.each(found, entry), format!("delete the {}", self.title()));
        plan.push(self.explained(delete.tolerating(&[(404, "")])));
        plan
    }

    fn set(&self, quay: &Reader, found: &Found) -> Result<Plan> {
        let percent = |option: &str| self.given.get(option).and_then(Value::as_u64);
        let limits = [(WARNING, percent("warning_pct")), (REJECT, percent("reject_pct"))];
        let wants_limit = limits.iter().any(|(_, percent)| percent.is_some_and(|percent| percent > 0));
        let (mut plan, path) = match &found.entry {
            None if !wants_limit && !self.given.has("quota") => return Ok(Plan::of(self.title())),
            None => self.create(quay, found.route, wants_limit)?,
            Some(entry) => self.resize(found, entry)?,
        };
        let (path, sized) = (path.fixed("/limit"), plan.steps.len());
        let current = found.entry.as_ref().map_or(&Value::Null, |entry| &entry["limits"]);
        for (kind, wanted) in limits {
            if let Some(wanted) = wanted {
                self.limit(&mut plan, &path, kind, wanted, &of_kind(current, kind));
            }
        }
        if found.route == Route::Superuser && plan.steps.len() > sized {
            return Err(Error::Option(format!(
                "cannot set the limits of the {}: without FEATURE_SUPERUSERS_FULL_ACCESS in Quay's configuration a \
                 superuser can only set its size",
                self.title()
            )));
        }
        Ok(plan)
    }

    fn key(&self) -> Value {
        json!({"organization": self.organization})
    }

    fn each(&self, found: &Found, entry: &Value) -> Path {
        self.path(found.route).then(&entry["id"].to_string())
    }

    fn resize(&self, found: &Found, entry: &Value) -> Result<(Plan, Path)> {
        let Change { mut plan, body } = FIELDS.change(&self.title(), self.key(), &self.given, entry)?;
        if let Some(size) = body.get("limit_bytes") {
            let what = format!("change the {} to {size} bytes", self.title());
            let otherwise = format!("cannot {what}: Quay agreed and kept another size");
            let change = Step::put(self.each(found, entry), json!({"limit_bytes": size}), what);
            plan.push(self.explained(change.expecting("/limit_bytes", size.clone(), otherwise)));
        }
        Ok((plan, self.each(found, entry)))
    }

    /// The answer to the creation says nothing; the identifier, which limits need, stands in the list.
    fn create(&self, quay: &Reader, route: Route, identify: bool) -> Result<(Plan, Path)> {
        let size = self.given.get("quota").cloned().unwrap_or_else(|| json!(UNLIMITED));
        let given = self.given.with("quota", size.clone());
        let mut plan = FIELDS.create(quay, &self.title(), self.key(), &given)?.plan;
        let what = format!("create the {} with {size} bytes", self.title());
        let step = self.explained(Step::post(self.path(route), json!({"limit_bytes": size}), what).hinting(HINTS));
        let otherwise = format!("cannot set the limits of the {}: Quay created it, but does not show it", self.title());
        let look = Probe::finding(self.path(route), |list| real(list).cloned());
        plan.push(if identify { step.named("create").confirmed_by(look, otherwise) } else { step });
        Ok((plan, self.path(route).then_slot(&Slot::new("create", "/id"))))
    }

    /// Brings the limits of one type to exactly one, or to none; Quay permits several with different percentages.
    fn limit(&self, plan: &mut Plan, path: &Path, kind: &str, wanted: u64, current: &[&Value]) {
        let each = |limit: &Value| path.clone().then(&limit["id"].to_string());
        let name = kind.to_lowercase();
        let body = json!({"type": kind, "threshold_percent": wanted});
        let equal = current.iter().position(|limit| limit["limit_percent"] == wanted);
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
            let what =
                format!("remove the {name} limit of {} percent from the {}", limit["limit_percent"], self.title());
            plan.push(Step::delete(each(limit), what).tolerating(&[(404, "")]));
        }
    }
}

/// The limits of one type.
fn of_kind<'a>(limits: &'a Value, kind: &str) -> Vec<&'a Value> {
    limits.as_array().into_iter().flatten().filter(|limit| limit["type"] == kind).collect()
}

/// The percentages of one type: 0 without a limit, a list when there are several.
fn percents(limits: &Value, kind: &str) -> Value {
    let limits = of_kind(limits, kind);
    let mut percents: Vec<u64> = limits.into_iter().filter_map(|limit| limit["limit_percent"].as_u64()).collect();
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

fn real_entry(list: &Value) -> Result<Option<Value>> {
    let is_limit = |limit: &Value| limit["id"].is_u64() && limit["limit_percent"].is_u64();
    let is_quota = |entry: &Value| {
        entry["limit_bytes"].is_u64() && entry["limits"].as_array().is_some_and(|limits| limits.iter().all(is_limit))
    };
    match real(list) {
        Some(entry) if !is_quota(entry) => Err(Error::Unexpected("Quay's answer is not a quota".into())),
        entry => Ok(entry.cloned()),
    }
}
