//! `quay_robot`: robot accounts and the outside identities that may log in as them.

mod federation;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::lookup::{self, Namespace};
use crate::quay::server::Server;
use crate::quay::{State, names, text, without_line_end};

use federation::Federation;

pub struct Robot;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    description: Option<String>,
    federations: Option<Vec<Federation>>,
    append: bool,
    state: State,
}

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
            (State::Absent, Some(found)) => robot.delete(found, quay),
            (State::Present, None) => robot.create(options, quay),
            (State::Present, Some(found)) => robot.update(found, options, quay),
        }
    }
}

/// A robot account and where it lives: below its organization, or below the calling user.
struct Located {
    namespace: String,
    short: String,
    path: Path,
    personal: bool,
    found: Option<Value>,
}

impl Located {
    fn find(options: &Options, quay: &Reader) -> Result<Located> {
        let Some((namespace, short)) = names::split_robot(&options.name) else {
            let owner = lookup::caller_or(
                quay,
                "name: a robot account without a namespace is the caller's own, which needs credentials",
            )?;
            return Located::personal(&owner, &options.name, quay);
        };
        let path = Path::organization(namespace).fixed("/robots").then(short);
        let located = |found| Located {
            namespace: namespace.into(),
            short: short.into(),
            path: path.clone(),
            personal: false,
            found,
        };
        let reply = quay.ask(&path)?;
        if reply.is_success() {
            return Ok(located(Some(reply.into_json()?)));
        }
        // Quay says 400 both for a missing robot and for a namespace that is no organization.
        match (reply.status, lookup::namespace(quay, namespace)?) {
            (400 | 404, Namespace::Organization) => Ok(located(None)),
            (_, Namespace::Organization) => {
                Err(reply.into_error().attempting(format!("read the robot account {}", options.name)))
            }
            (_, Namespace::Own) => Located::personal(namespace, short, quay),
            (_, Namespace::Missing) if options.state == State::Absent => Ok(located(None)),
            (_, Namespace::Missing) => Err(Error::Missing(format!(
                "cannot create the robot account {}: {}",
                options.name,
                lookup::no_namespace(namespace)
            ))),
            (_, Namespace::Foreign) => Err(Error::Option(format!(
                "cannot manage the robot account {}: {namespace} is another user, and robot accounts of a user belong to that user alone",
                options.name
            ))),
        }
    }

    fn personal(owner: &str, short: &str, quay: &Reader) -> Result<Located> {
        let path = Path::api("user/robots").then(short);
        let reply = quay.ask(&path)?;
        let found = match reply.status {
            400 | 404 => None,
            _ => {
                let attempt = format!("read the robot account {owner}+{short}");
                Some(reply.into_json().map_err(|error| error.attempting(attempt).needing(&OWN))?)
            }
        };
        Ok(Located { namespace: owner.into(), short: short.into(), path, personal: true, found })
    }

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
    fn delete(&self, found: &Value, quay: &Reader) -> Result<Plan> {
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
        let mut plan = Plan::of(self.title()).difference(self.shown(found["description"].clone(), None), json!({}));
        let gone = || Probe::missing(self.path.clone());
        plan.push(self.delete_step().confirmed_by(gone(), still_there).settled_by(gone()));
        Ok(plan)
    }

    /// A new robot has no federations to read, so `/config` tells whether it can have any.
    fn create(&self, options: &Options, quay: &Reader) -> Result<Plan> {
        let description = options.description.clone().unwrap_or_default();
        let mut after: Vec<Federation> = options.federations.clone().unwrap_or_default();
        after.sort();
        let shown = options.federations.as_ref().map(|_| after.as_slice());
        let mut plan = Plan::of(self.title()).difference(json!({}), self.shown(json!(description), shown));
        let body = if description.is_empty() { json!({}) } else { json!({"description": description}) };
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
        let description = found["description"].clone();
        let mut plan = Plan::of(self.title());
        let (before, after) = match &options.federations {
            Some(wanted) => self.federate(&mut plan, quay, wanted, options.append)?,
            None => (None, None),
        };
        let mut plan = plan.difference(
            self.shown(description.clone(), before.as_deref()),
            self.shown(description.clone(), after.as_deref()),
        );
        if let Some(wanted) =
            options.description.as_deref().filter(|wanted| *wanted != without_line_end(text(&description)))
        {
            plan.warn(format!(
                "the description of the {} stays \"{}\": Quay cannot change it to \"{wanted}\" without making a new robot account and token",
                self.title(),
                description.as_str().unwrap_or_default()
            ));
        }
        plan.give("name", self.name());
        // Global read-only superusers do not get to see it.
        if let Some(token) = found.get("token") {
            plan.give("token", token.clone());
        }
        Ok(plan)
    }

    fn shown(&self, description: Value, federations: Option<&[Federation]>) -> Value {
        let mut shown = json!({"name": self.name(), "description": description.as_str().unwrap_or_default()});
        if let Some(federations) = federations {
            shown["federations"] = federation::body(federations);
        }
        shown
    }
}
