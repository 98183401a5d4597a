//! `quay_quota`: the storage quota of an organization, with a limit that warns and one that refuses pushes.

mod found;
mod limits;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use found::{Found, Route};

use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, Slot, State, Step, Table};
use crate::plan::{Hint, Probe};
use crate::quay::fields::{Change, Field, Given, Unit};
use crate::quay::server::Server;
use crate::quay::{first_names, lookup, names, quota, size, text};

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
        Field::of("warning_pct").read_at("limits").shape(limits::WARNING).usually(|| json!(0)),
        Field::of("reject_pct").read_at("limits").shape(limits::REJECT).usually(|| json!(0)),
    ],
    replaced: &[],
};

/// What an organization gets that has no quota and shall have a limit, as with the incumbent: 8,000,000 TB.
const UNLIMITED: u64 = 8_000_000_000_000_000_000;
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

    fn check(options: &Options) -> Vec<String> {
        let mixed = |option: &&str| {
            let list = options.given.get(option).and_then(Value::as_array);
            list.is_some_and(|list| list.len() > 1 && list.iter().any(|percent| *percent == 0))
        };
        let mixed = ["warning_pct", "reject_pct"].into_iter().filter(mixed);
        mixed.map(|option| format!("{option}: 0 removes the limits, so it cannot stand next to others")).collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(found) = Found::of(&options.organization, &options.title(), quay)? else {
            return lookup::without_organization(options.state, "set", options.title(), &options.organization);
        };
        let Change { mut plan, body } = options.change(quay, found.entry.as_ref())?;
        if plan.before != plan.after {
            options.write(&mut plan, &body, &found.for_writing(quay))?;
            plan.warnings.extend(options.lost_notifications(quay));
        }
        Ok(plan)
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

    /// What a refusal has in common with every other: for an unknown name Quay answers with the page of an internal error.
    fn explained(&self, step: Step) -> Step {
        lookup::in_organization(step, &self.organization)
    }

    /// The difference, and what is to be written.
    fn change(&self, quay: &Reader, entry: Option<&Value>) -> Result<Change> {
        let (title, key) = (self.title(), json!({"organization": self.organization}));
        let nothing = |plan| Ok(Change { plan, body: Map::new() });
        match (self.state, entry) {
            (State::Present, Some(entry)) => FIELDS.change(&title, key, &self.given, entry),
            (State::Present, None) if self.given.has("quota") => FIELDS.create(quay, &title, key, &self.given),
            (State::Present, None) if self.wants_limits() => {
                FIELDS.create(quay, &title, key, &self.given.with("quota", UNLIMITED))
            }
            (State::Absent, Some(entry)) => nothing(FIELDS.removal(title, key, &self.given, entry)),
            (_, None) => nothing(Plan::of(title)),
        }
    }

    /// What goes with the quota: Quay deletes the notifications that tell of it, without a word.
    fn lost_notifications(&self, quay: &Reader) -> Option<String> {
        if self.state == State::Present || !Server::ask(quay).has("QUOTA_NOTIFICATIONS") {
            return None;
        }
        let list = quay.list(&Path::organization(&self.organization).fixed("/notifications"), "notifications").ok()?;
        let mut titles: Vec<&str> = list.iter().map(|entry| text(&entry["title"])).collect();
        titles.sort_unstable();
        (!titles.is_empty()).then(|| {
            format!(
                "Quay deletes the notifications of {} together with its quota: {}",
                self.organization,
                first_names(&titles, 10)
            )
        })
    }

    fn percents(&self, option: &str) -> Vec<u64> {
        self.given.get(option).map(limits::numbers).unwrap_or_default()
    }

    fn wants_limits(&self) -> bool {
        quota::LIMITS.iter().any(|(_, option)| !self.percents(option).is_empty())
    }

    fn write(&self, plan: &mut Plan, body: &Map<String, Value>, found: &Found) -> Result<()> {
        let (title, quota) = (self.title(), found.route.path(&self.organization));
        let size = body.get("limit_bytes");
        let Some(entry) = &found.entry else {
            plan.push(self.create(quota.clone(), size.unwrap_or(&Value::Null)));
            return self.limits(plan, body, found, quota.then_slot(&Slot::new("create", "/id")));
        };
        let quota = quota.then(&entry["id"].to_string());
        if self.state == State::Absent {
            plan.push(self.explained(Step::removal(quota, format!("delete the {title}"))));
            return Ok(());
        }
        if let Some(size) = size {
            let what = format!("change the {title} to {size} bytes");
            let otherwise = format!("cannot {what}: Quay agreed and kept another size");
            let change = Step::put(quota.clone(), json!({"limit_bytes": size}), what);
            plan.push(self.explained(change.expecting("/limit_bytes", size.clone(), otherwise)));
        }
        self.limits(plan, body, found, quota)
    }

    /// The answer to the creation says nothing; the identifier, which limits need, stands in the list.
    fn create(&self, path: Path, size: &Value) -> Step {
        let what = format!("create the {} with {size} bytes", self.title());
        let create = Step::post(path.clone(), json!({"limit_bytes": size}), what).hinting(HINTS);
        let otherwise = format!("cannot set the limits of the {}: Quay created it, but does not show it", self.title());
        let look = Probe::finding(path, |list| quota::real(list).cloned());
        self.explained(if self.wants_limits() { create.named("create").confirmed_by(look, otherwise) } else { create })
    }

    /// Brings the limits of each type that differs to exactly the wanted ones.
    fn limits(&self, plan: &mut Plan, body: &Map<String, Value>, found: &Found, quota: Path) -> Result<()> {
        let path = quota.fixed("/limit");
        let all = found.entry.as_ref().map_or(&Value::Null, |entry| &entry["limits"]);
        let mut steps = Vec::new();
        for (kind, option) in quota::LIMITS.iter().filter(|(_, option)| body.contains_key(*option)) {
            steps.extend(limits::steps(&path, &self.title(), kind, &self.percents(option), all));
        }
        if found.route == Route::Superuser && !steps.is_empty() {
            return Err(Error::Option(format!(
                "cannot set the limits of the {}: without FEATURE_SUPERUSERS_FULL_ACCESS in Quay's configuration a \
                 superuser can only set its size",
                self.title()
            )));
        }
        plan.steps.extend(steps);
        Ok(())
    }
}
