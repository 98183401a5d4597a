//! `quay_robot`: robot accounts and the outside identities that may log in as them.

mod federation;
mod located;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::server::Server;
use crate::quay::{State, names, text, without_line_end};

use federation::Federation;
use located::Located;

pub struct Robot;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    description: Option<String>,
    metadata: Option<Map<String, Value>>,
    federations: Option<Vec<Federation>>,
    append: bool,
    state: State,
}

/// What Quay calls metadata. It shows them with the one robot account, not in the list.
const METADATA: &str = "unstructured_metadata";
const WITHOUT_A_NEW_ONE: &str = "without making a new robot account and token";
const OWN: Need = Need::right("user:admin", "the owner of the robot account");
const DELETE_HINTS: &[Hint] = &[Hint {
    status: 400,
    contains: "mirror",
    advice: "a repository mirror uses the robot account: change or remove that mirror first",
}];

impl Module for Robot {
    const NAME: &'static str = "quay_robot";
    const RULES: Rules = Rules {
        returned_secrets: &["token"],
        formats: &[("name", names::robot), ("description", names::at_most_255), ("federations.issuer", names::web_url)],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        federation::doubles(options.federations.as_deref().unwrap_or_default())
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        vec![("name", json!(options.name))]
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
    fn name(&self) -> String {
        format!("{}+{}", self.namespace, self.short)
    }

    fn title(&self) -> String {
        format!("robot account {}", self.name())
    }

    fn need(&self) -> Need {
        if self.personal { OWN } else { Need::ORG_ADMIN }
    }

    fn delete_step(&self) -> Step {
        Step::delete(self.path.clone(), format!("delete the {}", self.title()))
            .needing(self.need())
            .hinting(DELETE_HINTS)
    }

    /// Quay guards a robot that a repository mirror uses, but drops an organization mirror with its robot, or keeps the
    /// robot and answers 204 all the same.
    fn delete(&self, found: &Value, options: &Options, quay: &Reader) -> Result<Plan> {
        if !self.personal {
            let mirror = quay.ask(&Path::organization(&self.namespace).fixed("/mirror"))?;
            if mirror.is_success() && mirror.into_json()?["robot_username"] == self.name() {
                return Err(Error::Option(format!(
                    "cannot delete the {}: the mirror of the organization {} uses it, and Quay would drop the mirror with it; \
                     change or remove the mirror first (quay_org_mirror)",
                    self.title(),
                    self.namespace
                )));
            }
        }
        let still_there = format!(
            "cannot delete the {}: Quay agreed, but it is still there; see whether a mirror uses it",
            self.title()
        );
        let mut plan = Plan::of(self.title()).difference(self.shown(found, options, None), json!({}));
        let gone = || Probe::missing(self.path.clone());
        plan.push(self.delete_step().confirmed_by(gone(), still_there).settled_by(gone()));
        Ok(plan)
    }

    /// A new robot has no federations to read, so `/config` tells whether it can have any.
    fn create(&self, options: &Options, quay: &Reader) -> Result<Plan> {
        let mut body = Map::new();
        let description = options.description.as_ref().filter(|description| !description.is_empty());
        body.extend(description.map(|description| ("description".to_owned(), json!(description))));
        body.extend(options.metadata.as_ref().map(|metadata| (METADATA.to_owned(), json!(metadata))));
        let body = Value::Object(body);
        let mut after: Vec<Federation> = options.federations.clone().unwrap_or_default();
        after.sort();
        let shown = options.federations.as_ref().map(|_| after.as_slice());
        let mut plan = Plan::of(self.title()).difference(json!({}), self.shown(&body, options, shown));
        let create = Step::put(self.path.clone(), body, format!("create the {}", self.title())).needing(self.need());
        let same = Probe::equal(self.path.clone(), vec![("/name", json!(self.name()))]);
        plan.push(create.named("create").undone_by(self.delete_step()).settled_by(same));
        if !after.is_empty() {
            let step = self.federation_step(&after);
            Server::ask(quay).check(&self.federation_need(), &step.what)?;
            plan.push(step);
        }
        plan.give("name", self.name());
        plan.give_answer("token", Slot::new("create", "/token"));
        Ok(plan)
    }

    fn update(&self, found: &Value, options: &Options, quay: &Reader) -> Result<Plan> {
        let description = text(&found["description"]);
        let mut plan = Plan::of(self.title());
        let (before, after) = match &options.federations {
            Some(wanted) => self.federate(&mut plan, quay, wanted, options.append)?,
            None => (None, None),
        };
        let mut plan = plan
            .difference(self.shown(found, options, before.as_deref()), self.shown(found, options, after.as_deref()));
        if let Some(wanted) = options.description.as_deref().filter(|wanted| *wanted != without_line_end(description)) {
            plan.warn(format!(
                "the description of the {} stays \"{description}\": Quay cannot change it to \"{wanted}\" {WITHOUT_A_NEW_ONE}",
                self.title(),
            ));
        }
        if options.metadata.as_ref().is_some_and(|wanted| json!(wanted) != metadata(found)) {
            plan.warn(format!(
                "the metadata of the {} stay as they are: Quay cannot change them {WITHOUT_A_NEW_ONE}",
                self.title()
            ));
        }
        plan.give("name", self.name());
        // Global read-only superusers do not get to see it.
        if let Some(token) = found.get("token") {
            plan.give("token", token.clone());
        }
        Ok(plan)
    }

    /// What an answer, or the body of a creation, tells; metadata only where somebody has any.
    fn shown(&self, robot: &Value, options: &Options, federations: Option<&[Federation]>) -> Value {
        let description = robot["description"].as_str().unwrap_or_default();
        let mut shown = json!({"name": self.name(), "description": description});
        let metadata = metadata(robot);
        if options.metadata.is_some() || metadata != json!({}) {
            shown["metadata"] = metadata;
        }
        if let Some(federations) = federations {
            shown["federations"] = federation::body(federations);
        }
        shown
    }
}

/// What Quay keeps beside the description; null and nothing are the same.
fn metadata(robot: &Value) -> Value {
    robot.get(METADATA).filter(|metadata| metadata.is_object()).cloned().unwrap_or_else(|| json!({}))
}
