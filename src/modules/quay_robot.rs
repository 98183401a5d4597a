//! `quay_robot`: robot accounts and the outside identities that may log in as them.

mod located;
mod regenerate;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Module, Need, Plan, Reader, Result, Rules, Slot, State};
use crate::quay::robot::{self, Federation, federation};
use crate::quay::{names, period};

use located::Located;

pub struct Robot;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    description: Option<String>,
    metadata: Option<Map<String, Value>>,
    federations: Option<Vec<Federation>>,
    append: bool,
    regenerate: bool,
    unused_for: Option<u64>,
    state: State,
}

impl Module for Robot {
    const NAME: &'static str = "quay_robot";
    const RULES: Rules = Rules {
        returned_secrets: &["token"],
        formats: &[
            ("name", names::robot),
            ("description", names::at_most_255),
            ("federations.issuer", names::web_url),
            ("unused_for", period::seconds),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let mut problems = federation::doubles(options.federations.as_deref().unwrap_or_default());
        problems.extend(options.rotation_problem());
        problems
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        vec![("name", json!(options.name)), ("regenerated", json!(false))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let robot = Located::find(options, quay)?;
        match (options.state, &robot.found) {
            (State::Absent, None) => Ok(Plan::of(robot.title())),
            (State::Absent, Some(found)) => robot.delete(found, options, quay),
            (State::Present, None) => robot.create(options, quay),
            (State::Present, Some(found)) => robot.update(found, options, quay),
        }
    }
}

impl Located {
    fn title(&self) -> String {
        self.account.title()
    }

    fn delete(&self, found: &Value, options: &Options, quay: &Reader) -> Result<Plan> {
        self.account.spare_mirror(quay)?;
        let mut plan = Plan::of(self.title()).difference(self.shown(found, options, None), json!({}));
        self.account.delete(&mut plan);
        Ok(plan)
    }

    fn create(&self, options: &Options, quay: &Reader) -> Result<Plan> {
        let body = robot::body(options.description.as_deref(), options.metadata.as_ref());
        let federations = federation::sorted(options.federations.as_deref());
        let mut plan = Plan::of(self.title()).difference(json!({}), self.shown(&body, options, federations.as_deref()));
        self.account.create(&mut plan, quay, body, federations.as_deref().unwrap_or_default())?;
        plan.give("name", self.account.name.as_str());
        plan.give("regenerated", false);
        plan.give_answer("token", Slot::new("create", "/token"));
        Ok(plan)
    }

    fn update(&self, found: &Value, options: &Options, quay: &Reader) -> Result<Plan> {
        let mut plan = Plan::of(self.title());
        let (before, after) = self.account.federate(&mut plan, quay, options.federations.as_deref(), options.append)?;
        let mut plan = plan
            .difference(self.shown(found, options, before.as_deref()), self.shown(found, options, after.as_deref()));
        plan.warnings.extend(self.unchanged(found, options));
        plan.give("name", self.account.name.as_str());
        self.give_token(&mut plan, found, options, quay)?;
        Ok(plan)
    }
}
