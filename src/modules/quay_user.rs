//! `quay_user`: user accounts.

mod hints;
mod quota;
mod superuser;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Module, Need, Path, Plan, Reader, Result, Rules, Slot, State, Step, Table};
use crate::plan::Probe;
use crate::quay::fields::{Change, Field, Given, Shape, Unit};
use crate::quay::{names, removal, size, without_nulls};

pub struct User;

#[derive(Deserialize)]
pub struct Options {
    username: String,
    #[serde(default)]
    force: bool,
    update_password: UpdatePassword,
    state: State,
    #[serde(flatten)]
    given: Given,
}

/// When a password is set.
#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum UpdatePassword {
    #[default]
    Always,
    OnCreate,
}

const FIELDS: Table = Table {
    fields: &[
        Field::of("password").shape(Shape::SECRET).differing(|_, _| true).shown_when_sent(),
        Field::of("email").shape(Shape::ADDRESS).shown_when_given(),
        Field::of("enabled"),
        // The key of the body is missing in the API's schema, but counts.
        Field::of("superuser")
            .read_at("super_user")
            .differing(|wanted, found| *wanted == true && found["super_user"] != true)
            .shown_when_given(),
        Field::of("quota").read_at("quotas").shape(quota::BYTES).unit(Unit::Bytes).shown_when_given(),
    ],
    replaced: &[],
};

/// What becomes of a password that is for new accounts only, and was not set.
const NO_PASSWORD: &str = "the account exists without the wanted password: run once with update_password: always";

impl Module for User {
    const NAME: &'static str = "quay_user";
    const RULES: Rules = Rules {
        secrets: &["password"],
        returned_secrets: &["password"],
        write_only: &["password"],
        formats: &[
            ("username", names::name),
            ("email", names::email_or_empty),
            ("password", |value| if value == "" { Ok(Value::Null) } else { names::password(value) }),
            ("quota", size::bytes_or_none),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::right("super:user", "a superuser").feature("SUPER_USERS", "");
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let attempt = format!("read the {}", options.title());
        let found = quay.find(&options.path()).map_err(|error| error.attempting(attempt))?;
        match (options.state, found) {
            (State::Absent, None) => Ok(Plan::of(options.title())),
            (_, Some(found)) if found["super_user"] == true => options.leave(&found, quay),
            (State::Absent, Some(found)) => {
                let mut plan = options.delete(&found);
                if !options.force {
                    plan.warnings.extend(removal::spare_look_alikes(quay, &options.title(), &options.username)?);
                    plan.warnings.extend(removal::spare_last_administrators(quay, &options.username)?);
                }
                Ok(plan)
            }
            (State::Present, None) => options.create(quay),
            (State::Present, Some(found)) => options.update(&found, quay),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        format!("account {}", self.username)
    }

    fn path(&self) -> Path {
        Path::api("superuser/users").then(&self.username)
    }

    fn put(&self, body: Value, what: String) -> Step {
        let hints = if body.get("superuser").is_some() { hints::SUPERUSER } else { hints::ACCOUNT };
        Step::put(self.path(), body, what).hinting(hints)
    }

    fn key(&self) -> Value {
        json!({"username": self.username})
    }

    /// What is to be changed of an account that is there.
    fn change(&self, found: &Value) -> Result<Change> {
        let given = match self.update_password {
            UpdatePassword::Always => &self.given,
            UpdatePassword::OnCreate => &self.given.with("password", Value::Null),
        };
        FIELDS.change(&self.title(), self.key(), given, found)
    }

    /// Quay answers 204 to the deletion of a disabled account and keeps it, so that one is enabled first.
    fn delete(&self, found: &Value) -> Plan {
        let mut plan = FIELDS.removal(self.title(), self.key(), &self.given, found);
        let delete = Step::delete(self.path(), format!("delete the {}", self.title())).hinting(hints::ACCOUNT);
        if found["enabled"] != false {
            plan.push(delete);
            return plan;
        }
        let back = self.put(json!({"enabled": false}), format!("disable the {} again", self.title()));
        let back = back.provided(Probe::equal(self.path(), vec![("/enabled", json!(true))]));
        let enable = format!("enable the {}, as only enabled ones can be deleted", self.title());
        plan.push(self.put(json!({"enabled": true}), enable).undone_by(back));
        let otherwise = format!("cannot delete the {}: Quay agreed, but it is still there", self.title());
        plan.push(delete.confirmed_by(Probe::missing(self.path()), otherwise));
        plan
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        if quay.is_preview() {
            hints::predict(&self.username, self.given.has("email"), quay)?;
        }
        let new = without_nulls(json!({"username": self.username, "email": self.given.get("email")}));
        let mut made = new.clone();
        (made["enabled"], made["super_user"]) = (json!(true), json!(false));
        let Change { mut plan, body: mut rest } = FIELDS.change(&self.title(), self.key(), &self.given, &made)?;
        plan.before.clear();
        let quota = rest.remove("quota").map(|bytes| quota::step(&self.username, &bytes, &Value::Null, quay));
        let create = Step::post(Path::api("superuser/users/"), new, format!("create the {}", self.title()));
        plan.push(create.named("create").hinting(hints::ACCOUNT));
        if !rest.contains_key("password") {
            plan.give_answer("password", Slot::new("create", "/password"));
        }
        self.announce(&mut plan, &rest);
        if !rest.is_empty() {
            // When this is refused the account stays: its name would be blocked, and the next run completes it, but for a
            // password that is for new accounts only.
            let what = format!("set {} of the new {}", keys(&rest), self.title());
            let is_lost = self.update_password == UpdatePassword::OnCreate && rest.contains_key("password");
            let set = self.put(Value::Object(rest), what);
            plan.push(if is_lost { set.afterwards(NO_PASSWORD) } else { set });
        }
        plan.steps.extend(quota.transpose()?);
        Ok(plan)
    }

    fn update(&self, found: &Value, quay: &Reader) -> Result<Plan> {
        let Change { mut plan, mut body } = self.change(found)?;
        let quota = body.remove("quota").map(|bytes| quota::step(&self.username, &bytes, &found["quotas"], quay));
        self.announce(&mut plan, &body);
        if body.contains_key("password") {
            plan.warn("Quay does not show passwords, so giving password changes the account on every run");
        }
        if !body.is_empty() {
            let what = format!("change {} of the {}", keys(&body), self.title());
            plan.push(self.put(Value::Object(body), what));
        }
        plan.steps.extend(quota.transpose()?);
        Ok(plan)
    }

    fn announce(&self, plan: &mut Plan, body: &Map<String, Value>) {
        if body.contains_key("superuser") {
            plan.warn(format!("the {} becomes a superuser when Quay is restarted", self.title()));
        }
    }
}

fn keys(body: &Map<String, Value>) -> String {
    body.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}
