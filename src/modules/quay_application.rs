//! `quay_application`: OAuth applications of an organization.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Module;
use super::contract::{Rules, broken};
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::once::are_equal;
use crate::plan::{Once, Plan, Step};
use crate::quay::fields::{Change, Field, Given, Shape, Table};
use crate::quay::{State, api_token, lookup, names, text};

pub struct Application;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    name: String,
    new_name: Option<String>,
    reset_client_secret: bool,
    state: State,
    #[serde(flatten)]
    given: Given,
}

const FIELDS: Table = Table {
    fields: &[
        Field::of("name"),
        Field::of("description").shape(Shape::SENT_TEXT).usually(|| json!("")),
        Field::of("application_uri").shape(Shape::SENT_TEXT).usually(|| json!("")),
        Field::of("redirect_uri").shape(Shape::SENT_TEXT).usually(|| json!("")),
        Field::of("avatar_email").shape(Shape::TEXT).usually(|| json!("")),
    ],
    replaced: &[""],
};

/// What an application says; its identifier and secret are its own.
const EQUAL: &[&str] = &["/name", "/description", "/application_uri", "/redirect_uri", "/avatar_email"];

impl Module for Application {
    const NAME: &'static str = "quay_application";
    const RULES: Rules = Rules {
        returned_secrets: &["client_secret"],
        formats: &[("organization", names::name), ("new_name", names::empty_is_none)],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        vec![("name", json!(options.wanted_name()))]
    }

    fn check(options: &Options) -> Vec<String> {
        let is_wrong = options.reset_client_secret && options.state == State::Absent;
        broken(&[(is_wrong, "reset_client_secret: an application that shall be absent has no secret")])
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(applications) = options.list(quay)? else {
            return lookup::without_organization(options.state, "create", options.title(), &options.organization);
        };
        match (options.state, options.choose(&applications)?) {
            (State::Absent, None) => Ok(Plan::of(options.title())),
            (State::Absent, Some(found)) => Ok(options.delete(found)),
            (State::Present, None) => options.create(quay),
            (State::Present, Some(found)) => options.update(found, &applications, quay),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        format!("application {} of {}", self.name, self.organization)
    }

    fn path(&self) -> Path {
        api_token::applications(&self.organization)
    }

    /// All applications, `None` when the organization does not exist.
    fn list(&self, quay: &Reader) -> Result<Option<Vec<Value>>> {
        let attempt = format!("list the applications of {}", self.organization);
        let list = quay.list(&self.path(), "applications").map_err(|error| error.attempting(attempt));
        lookup::within(quay, &self.organization, list)
    }

    /// The application that is meant: the one that has the new name already, or else the one with the old name.
    fn choose<'a>(&self, applications: &'a [Value]) -> Result<Option<&'a Value>> {
        let old = self.only(&self.name, applications)?;
        let new = match &self.new_name {
            Some(name) if *name != self.name => self.only(name, applications)?,
            _ => None,
        };
        match (old, new, &self.new_name) {
            (Some(_), Some(_), Some(name)) => Err(Error::Option(format!(
                "new_name: both {} and {name} are applications of {}, so it cannot be told which one is meant",
                self.name, self.organization
            ))),
            _ => Ok(new.or(old)),
        }
    }

    /// Quay lets several applications have the same name. Which of two equal ones is meant does not matter as long as none has to
    /// go: they are kept equal.
    fn only<'a>(&self, name: &str, applications: &'a [Value]) -> Result<Option<&'a Value>> {
        let same: Vec<&Value> = api_token::named(applications, name).collect();
        let first = same.first().copied();
        let equal = same.iter().all(|entry| first.is_some_and(|first| are_equal(entry, first, EQUAL)));
        if same.len() > 1 && !(equal && self.state == State::Present && !self.reset_client_secret) {
            let ids: Vec<&str> = same.iter().filter_map(|entry| entry["client_id"].as_str()).collect();
            return Err(Error::Option(format!(
                "{} applications of {} have the name {name} (client IDs {}): rename or delete all but one in Quay's web \
                 interface",
                same.len(),
                self.organization,
                ids.join(", ")
            )));
        }
        Ok(first)
    }

    fn delete(&self, found: &Value) -> Plan {
        let mut plan = FIELDS.removal(self.title(), self.key(), &self.given, found);
        plan.push(Step::removal(self.one(found), format!("delete the {}", self.title())));
        plan
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        let Change { mut plan, body } = FIELDS.create(quay, &self.title(), self.key(), &self.wanted())?;
        let step = Step::post(self.path(), without_nulls(body), format!("create the {}", self.title())).named("create");
        let step = step.once(Once {
            list: self.path(),
            key: "applications",
            each: self.path(),
            id: "client_id",
            equal: EQUAL,
        });
        plan.push(lookup::in_organization(step, &self.organization));
        plan.give("name", self.wanted_name());
        plan.give_answer("client_id", Slot::new("create", "/client_id"));
        plan.give_answer("client_secret", Slot::new("create", "/client_secret"));
        Ok(plan)
    }

    fn update(&self, found: &Value, applications: &[Value], quay: &Reader) -> Result<Plan> {
        let Change { mut plan, body } = FIELDS.change(&self.title(), self.key(), &self.wanted(), found)?;
        let equal: Vec<&Value> = applications.iter().filter(|entry| are_equal(entry, found, EQUAL)).collect();
        if !body.is_empty() {
            let body = without_nulls(body);
            let change = |one: &&Value| Step::put(self.one(one), body.clone(), format!("change the {}", self.title()));
            plan.steps.extend(equal.iter().map(change));
        }
        if equal.len() > 1 {
            let ids: Vec<&str> = equal.iter().filter_map(|entry| entry["client_id"].as_str()).collect();
            plan.warn(format!(
                "the {} is there {} times (client IDs {}), and all are kept equal: delete all but the one in use in Quay's web \
                 interface; the tokens of an application end with it",
                self.title(),
                equal.len(),
                ids.join(", ")
            ));
        }
        plan.give("name", self.wanted_name());
        plan.give("client_id", found["client_id"].clone());
        match self.reset_client_secret {
            false => plan.give("client_secret", found["client_secret"].clone()),
            true => self.reset(&mut plan, found, quay),
        }
        Ok(plan)
    }

    /// Quay forgets the old secret at once, and keeps the tokens. Where the answer is lost, the application shows the new one.
    fn reset(&self, plan: &mut Plan, found: &Value, quay: &Reader) {
        let one = self.one(found);
        let step = Step::post(
            one.clone().fixed("/resetclientsecret"),
            json!({}),
            format!("reset the client secret of the {}", self.title()),
        );
        plan.push(step.named("reset").settled_by_change(one, "/client_secret", &found["client_secret"]));
        plan.mark("client_secret");
        match quay.is_check() {
            true => plan.give("client_secret", Value::Null),
            false => plan.give_answer("client_secret", Slot::new("reset", "/client_secret")),
        }
    }

    fn key(&self) -> Value {
        json!({"organization": self.organization})
    }

    fn one(&self, found: &Value) -> Path {
        self.path().then(text(&found["client_id"]))
    }

    fn wanted_name(&self) -> &str {
        self.new_name.as_ref().unwrap_or(&self.name)
    }

    fn wanted(&self) -> Given {
        self.given.with("name", self.wanted_name())
    }
}

/// The address of the picture is null when there is none, which only its absence can say.
fn without_nulls(mut body: Map<String, Value>) -> Value {
    body.retain(|_, value| !value.is_null());
    Value::Object(body)
}
