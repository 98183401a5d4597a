//! `quay_organization`: create, change, rename and delete an organization.

mod rename;
mod settings;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::prune_options::{self, PruneOptions};
use super::{Module, Need, Path, Plan, Reader, Result, Rules, State, Step, Table};
use crate::plan::{Hint, Probe};
use crate::quay::fields::{Change, Given};
use crate::quay::policy::Owner;
use crate::quay::{names, period, removal};

use settings::{FIELDS, check_expiration, settings_step, shows_settings};

pub struct Organization;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    new_name: Option<String>,
    #[serde(flatten)]
    prune: PruneOptions,
    #[serde(default)]
    force: bool,
    state: State,
    #[serde(flatten)]
    given: Given,
}

const CREATE: Need = Need::right("user:admin", "allowed to create organizations");
const CREATE_HINTS: &[Hint] = &[
    Hint {
        status: 400,
        contains: "not available",
        advice: "the name stays reserved until the deletion of an earlier organization of that name is through: try again later",
    },
    Hint { status: 400, contains: "with this email", advice: EMAIL_TAKEN },
    Hint { status: 400, contains: "email has already been used", advice: EMAIL_TAKEN },
    Hint {
        status: 400,
        contains: "already exists",
        advice: "a user, or an organization made meanwhile, has this name",
    },
];
const EMAIL_TAKEN: &str = "the address belongs to an account: use another, or switch FEATURE_ORG_SHARED_EMAIL on";

impl Module for Organization {
    const NAME: &'static str = "quay_organization";
    const RULES: Rules = Rules {
        formats: &[
            ("name", names::name),
            ("new_name", names::name_or_empty),
            ("email", settings::address_or_none),
            ("invoice_email_address", settings::address_or_none),
            ("time_machine_expiration", period::seconds),
        ],
        required_if: prune_options::REQUIRED_IF,
        required_by: prune_options::REQUIRED_BY,
        deprecated: &prune_options::deprecated("Use the module quay_organization_prune."),
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.prune.problem().into_iter().collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let (name, found) = options.find(quay)?;
        let target = options.target();
        match (options.state, found) {
            (State::Absent, None) => Ok(Plan::of(title(name))),
            (State::Absent, Some(found)) => {
                let mut plan = options.delete(name, &found);
                if !options.force {
                    plan.warnings.extend(removal::spare_look_alikes(quay, &title(name), name)?);
                }
                Ok(plan)
            }
            (State::Present, None) => options.create(target, quay),
            (State::Present, Some(found)) => options.update(name, target, &found, quay),
        }
    }
}

impl Options {
    fn delete(&self, name: &str, found: &Value) -> Plan {
        let mut plan = Plan::of(title(name)).difference(self.observed(name, found), json!({}));
        plan.push(Step::removal(Path::organization(name), format!("delete the organization {name}")));
        plan
    }

    fn create(&self, name: &str, quay: &Reader) -> Result<Plan> {
        let Change { mut plan, mut body } = FIELDS.create(quay, &title(name), json!({"name": name}), &self.given)?;
        if let Some(seconds) = body.get("tag_expiration_s") {
            check_expiration(seconds, name, quay)?;
        }
        // What a new organization has anyway is not sent, and all but the address only by a change.
        body.retain(|_, value| !(value.is_null() || *value == "" || *value == false));
        let mut new = Map::from_iter([("name".to_owned(), json!(name))]);
        new.extend(body.remove_entry("email"));
        let mut same = vec![("/name", json!(name))];
        same.extend(new.get("email").map(|email| ("/email", email.clone())));
        let create = Step::post(Path::api("organization/"), Value::Object(new), format!("create the {}", title(name)));
        let same = Probe::equal(Path::organization(name), same);
        plan.push(create.needing(CREATE).hinting(CREATE_HINTS).settled_by(same));
        if !body.is_empty() {
            plan.push(settings_step(name, Value::Object(body)));
        }
        self.prune.plan(&mut plan, quay, &policies(name, name), false)?;
        Ok(plan)
    }

    fn update(&self, name: &str, target: &str, found: &Value, quay: &Reader) -> Result<Plan> {
        let hidden = self.hidden(name, found, quay)?;
        let none = Given::default();
        let given = if hidden.is_some() { &none } else { &self.given };
        let Change { mut plan, body } = FIELDS.change(&title(name), json!({"name": name}), given, found)?;
        if !shows_settings(found) {
            plan.before = Map::from_iter([("name".to_owned(), json!(name))]);
            plan.after = plan.before.clone();
        }
        plan.after.insert("name".into(), json!(target));
        plan.warnings.extend(hidden);
        if let Some(seconds) = body.get("tag_expiration_s") {
            check_expiration(seconds, target, quay)?;
        }
        if name != target {
            plan.push(rename::step(name, target, quay)?);
        }
        if !body.is_empty() {
            plan.push(settings_step(target, Value::Object(body)));
        }
        self.prune.plan(&mut plan, quay, &policies(name, target), true)?;
        Ok(plan)
    }
}

/// The policies move with the organization, so they are read under its old name and changed under the new one.
fn policies(name: &str, target: &str) -> Owner {
    Owner {
        read: Path::organization(name),
        write: Path::organization(target),
        what: format!("the organization {target}"),
        need: Need::ORG_ADMIN,
    }
}

fn title(name: &str) -> String {
    format!("organization {name}")
}
