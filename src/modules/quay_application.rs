//! `quay_application`: OAuth applications of an organization.

mod named;

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::broken;
use super::{Module, Need, Path, Plan, Reader, Result, Rules, Slot, State, Step, Table};
use crate::plan::Once;
use crate::quay::fields::{Change, Field, Given, Shape};
use crate::quay::{api_token, lookup, names, text, without_nulls};

use named::{EQUAL, equals};

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

    fn delete(&self, found: &Value) -> Plan {
        let mut plan = FIELDS.removal(self.title(), self.key(), &self.given, found);
        plan.push(Step::removal(self.one(found), format!("delete the {}", self.title())));
        plan
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        let Change { mut plan, body } = FIELDS.create(quay, &self.title(), self.key(), &self.wanted())?;
        // The address of the picture is null when there is none, which only its absence can say.
        let step = Step::post(self.path(), without_nulls(Value::Object(body)), format!("create the {}", self.title()))
            .named("create");
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
        let equal = equals(found, applications);
        if !body.is_empty() {
            let body = without_nulls(Value::Object(body));
            let change = |one: &&Value| Step::put(self.one(one), body.clone(), format!("change the {}", self.title()));
            plan.steps.extend(equal.iter().map(change));
        }
        plan.warnings.extend(self.doubles(&equal));
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
