//! `quay_org_mirror`: mirror a namespace of another registry into an organization.

mod settings;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, State, Step, Table};
use crate::plan::Hint;
use crate::quay::fields::Given;
use crate::quay::{lookup, mirror, names, period, text, version};

use settings::{FIELDS, HINTS, STILL};

pub struct OrgMirror;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    state: State,
    verify: bool,
    #[serde(flatten)]
    commands: mirror::Commands,
    #[serde(flatten)]
    given: Given,
}

impl Module for OrgMirror {
    const NAME: &'static str = "quay_org_mirror";
    const RULES: Rules = Rules {
        secrets: &["external_registry_password"],
        write_only: &["external_registry_password"],
        formats: &[
            ("organization", names::name),
            ("external_registry_url", names::web_url),
            ("external_namespace", names::at_most_255),
            ("robot_username", names::robot),
            ("sync_interval", |value| period::between(value, 60, u64::MAX)),
            ("sync_start_date", mirror::date),
            ("skopeo_timeout", mirror::timeout),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN.feature("ORG_MIRROR", version::ORGANIZATION_MIRROR.since);
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let own = format!("{}+", options.organization);
        let foreign = options.given.text("robot_username").filter(|robot| !robot.starts_with(&own));
        let problem = |robot| format!("robot_username: {robot} is not a robot account of the organization, {own}...");
        foreign.map(problem).into_iter().chain(options.commands.problems()).collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        // Quay answers 404 both for an organization without a mirror and for no organization; the creation tells them apart.
        let found = quay.find(&options.path());
        let found = found.map_err(|error| error.attempting(format!("read the {}", options.title())));
        let Some(found) = lookup::within(quay, &options.organization, found)? else {
            return lookup::without_organization(options.state, "create", options.title(), &options.organization);
        };
        match (found, options.state) {
            (None, State::Absent) => Ok(Plan::of(options.title())),
            (Some(found), State::Absent) => {
                let mut plan = FIELDS.removal(options.title(), options.key(), &options.given, &found);
                plan.push(Step::removal(options.path(), format!("delete the {}", options.title())));
                Ok(plan)
            }
            (None, State::Present) => options.create(quay),
            (Some(found), State::Present) => options.update(&found),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        format!("mirror of {}", self.organization)
    }

    fn path(&self) -> Path {
        Path::organization(&self.organization).fixed("/mirror")
    }

    fn key(&self) -> Value {
        json!({"organization": self.organization})
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        let what = format!("create the {}", self.title());
        let change = FIELDS.create(quay, &self.title(), self.key(), &self.given)?;
        lookup::predict_organization(quay, &what, &self.organization)?;
        let is_there = change.is_there(&FIELDS, self.path());
        let mut plan = change.plan;
        if self.is_filled("external_registry_username") != self.is_filled("external_registry_password") {
            plan.warn(
                "external_registry_username and external_registry_password belong together, only one of them is given",
            );
        }
        let create = Step::post(self.path(), Value::Object(change.body), what).hinting(HINTS).settled_by(is_there);
        plan.push(lookup::in_organization(create, &self.organization));
        if self.verify {
            plan.push(self.verify_step());
        }
        if self.commands.at_once() {
            plan.push(self.sync_step(STILL));
        }
        Ok(plan)
    }

    fn update(&self, found: &Value) -> Result<Plan> {
        let change = FIELDS.change(&self.title(), self.key(), &self.given, found)?;
        let (mut plan, body) = (change.plan, change.body);
        if body.contains_key("external_registry_type") {
            return Err(Error::Option(format!(
                "cannot change the {}: external_registry_type is fixed once it is created; delete the mirror first",
                self.title()
            )));
        }
        let status = text(&found["sync_status"]);
        let course = self.commands.course(&mut plan, &body, found)?;
        if body.get("external_registry_password").is_some_and(Value::is_string) {
            plan.warn(mirror::PASSWORD_WARNING);
        }
        if course.cancel {
            plan.push(self.cancel_step());
        }
        if !body.is_empty() {
            let step = Step::put(self.path(), Value::Object(body), format!("change the {}", self.title()));
            plan.push(step.hinting(HINTS));
        }
        if self.verify {
            plan.push(self.verify_step());
        }
        if course.sync {
            plan.push(self.sync_step(if course.cancel || status == "CANCEL" { &[] } else { STILL }));
        }
        plan.give("sync_status", status);
        Ok(plan)
    }

    fn is_filled(&self, option: &str) -> bool {
        self.given.text(option).is_some_and(|text| !text.is_empty())
    }

    /// `started` are the refusals that mean that what was asked for is under way.
    fn sync_step(&self, started: &'static [(u16, &'static str)]) -> Step {
        self.commands.synchronize(self.path(), &self.title()).tolerating(started).hinting(&[Hint {
            status: 400,
            contains: "still syncing",
            advice: "the worker has not seen the cancellation yet: run the task again with force_sync in a while",
        }])
    }

    fn cancel_step(&self) -> Step {
        mirror::cancel(self.path(), &self.title()).tolerating(&[(400, "already cancelled")])
    }

    /// Quay tests what it has stored, with its own credentials, and says 200 whatever comes of it.
    fn verify_step(&self) -> Step {
        let what = format!("reach the source of the {}", self.title());
        let otherwise = format!("cannot {what} with the settings that are stored now");
        let verify = Step::post(self.path().fixed("/verify"), json!({}), what).as_question();
        verify.expecting("/success", json!(true), otherwise).reasoning("/message")
    }
}
