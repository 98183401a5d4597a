//! `quay_user`: user accounts.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::server::Server;
use crate::quay::{MASK, State, address, lookup, names, removal};

pub struct User;

#[derive(Deserialize)]
pub struct Options {
    username: String,
    email: Option<String>,
    password: Option<SecretString>,
    enabled: Option<bool>,
    superuser: Option<bool>,
    #[serde(default)]
    force: bool,
    state: State,
}

const ELSEWHERE: &str =
    "accounts, passwords and e-mail addresses can only be managed here with AUTHENTICATION_TYPE Database";
const TAKEN: &str = "the name belongs to another account or to an organization: choose another one";
const USED: &str = "another account has this e-mail address";
const NO_EMAIL: &str = "email is needed, because FEATURE_MAILING is on";
const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "non-database auth", advice: ELSEWHERE },
    Hint { status: 400, contains: "already been taken", advice: TAKEN },
    Hint {
        status: 400,
        contains: "is not available",
        advice: "the name is still reserved for a deleted account: try again when Quay's clean-up is done",
    },
    Hint { status: 400, contains: "already used", advice: USED },
    Hint { status: 400, contains: "already been used", advice: USED },
    Hint { status: 400, contains: "email address", advice: "check email: it is needed when FEATURE_MAILING is on" },
];
const SUPERUSER_HINTS: &[Hint] = &[
    Hint {
        status: 500,
        contains: "",
        advice: "for superuser, SUPER_USERS must stand in Quay's configuration file; see Quay's log otherwise",
    },
    Hint { status: 400, contains: "config", advice: "for superuser, Quay's configuration file must be writable" },
    Hint { status: 400, contains: "non-database auth", advice: ELSEWHERE },
    Hint { status: 400, contains: "already used", advice: USED },
];

impl Module for User {
    const NAME: &'static str = "quay_user";
    const RULES: Rules = Rules {
        secrets: &["password"],
        write_only: &["password"],
        formats: &[
            ("username", names::name),
            ("email", names::email_or_empty),
            ("password", |value| if value == "" { Ok(Value::Null) } else { names::password(value) }),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::right("super:user", "a superuser").feature("SUPER_USERS", "");
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let attempt = format!("read the {}", options.title());
        let found = quay.find(&options.path()).map_err(|error| error.attempting(attempt))?;
        match (options.state, found) {
            (State::Absent, None) => Ok(Plan::of(options.title())),
            (_, Some(found)) if found["super_user"] == true => Ok(options.leave(&found)),
            (State::Absent, Some(found)) => {
                let mut plan = options.delete(&found);
                if !options.force {
                    removal::spare_look_alikes(quay, &options.title(), &options.username)?;
                    plan.warnings.extend(removal::spare_last_administrators(quay, &options.username)?);
                }
                Ok(plan)
            }
            (State::Present, None) => options.create(quay),
            (State::Present, Some(found)) => Ok(options.update(&found)),
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
        let hints = if body.get("superuser").is_some() { SUPERUSER_HINTS } else { HINTS };
        Step::put(self.path(), body, what).hinting(hints)
    }

    /// Quay refuses every change to a superuser.
    fn leave(&self, found: &Value) -> Plan {
        let shown = self.observed(found);
        let mut plan = Plan::of(self.title()).difference(shown.clone(), shown);
        let mut differing: Vec<String> = self.changes(found).keys().cloned().collect();
        if self.superuser == Some(false) {
            differing.push("superuser".into());
        }
        if self.state == State::Absent {
            plan.warn(format!("the {} stays: it is a superuser, and Quay does not delete superusers", self.title()));
        } else if !differing.is_empty() {
            let keys = differing.join(", ");
            plan.warn(format!(
                "{keys} of the {} cannot be changed: it is a superuser, and Quay does not change superusers",
                self.title()
            ));
        }
        plan
    }

    /// Quay answers 204 to the deletion of a disabled account and keeps it, so that one is enabled first.
    fn delete(&self, found: &Value) -> Plan {
        let mut plan = Plan::of(self.title()).difference(self.observed(found), json!({}));
        let delete = Step::delete(self.path(), format!("delete the {}", self.title())).hinting(HINTS);
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
            self.foresee(quay)?;
        }
        let mut body = json!({"username": self.username});
        if let Some(email) = &self.email {
            body["email"] = json!(email);
        }
        let missing = json!({"email": self.email, "enabled": true, "super_user": false});
        let mut plan = Plan::of(self.title()).difference(json!({}), self.wanted(&missing));
        plan.push(
            Step::post(Path::api("superuser/users/"), body, format!("create the {}", self.title())).hinting(HINTS),
        );
        let rest = self.changes(&missing);
        self.announce(&mut plan, &rest);
        if !rest.is_empty() {
            // When this is refused the account stays: its name would be blocked, and the next run completes it.
            let what = format!("set {} of the new {}", keys(&rest), self.title());
            plan.push(self.put(Value::Object(rest), what));
        }
        Ok(plan)
    }

    /// What the refusal of the creation tells in a real run.
    fn foresee(&self, quay: &Reader) -> Result<()> {
        let refuse = |why: &str| Err(Error::Option(format!("cannot create the {}: {why}", self.title())));
        let server = Server::ask(quay);
        if server.setting("AUTHENTICATION_TYPE").is_some_and(|kind| kind != "Database") {
            return refuse(ELSEWHERE);
        }
        if server.has("MAILING") && self.email.is_none() {
            return refuse(NO_EMAIL);
        }
        // Not everybody may look at organizations without a login; then the creation itself will tell.
        if matches!(lookup::organization(quay, &self.username), Ok(Some(_))) {
            return refuse(TAKEN);
        }
        Ok(())
    }

    fn update(&self, found: &Value) -> Plan {
        let mut plan = Plan::of(self.title()).difference(self.observed(found), self.wanted(found));
        let body = self.changes(found);
        self.announce(&mut plan, &body);
        if self.password.is_some() {
            plan.warn("Quay does not show passwords, so giving password changes the account on every run");
        }
        if !body.is_empty() {
            let what = format!("change {} of the {}", keys(&body), self.title());
            plan.push(self.put(Value::Object(body), what));
        }
        plan
    }

    fn announce(&self, plan: &mut Plan, body: &Map<String, Value>) {
        if body.contains_key("superuser") {
            plan.warn(format!("the {} becomes a superuser when Quay is restarted", self.title()));
        }
    }

    /// The body of the update: what is given and differs. The key `superuser` is missing in the API's schema, but counts.
    fn changes(&self, found: &Value) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some(password) = &self.password {
            body.insert("password".into(), json!(password.expose_secret()));
        }
        if let Some(email) = self.email.as_ref().filter(|email| found["email"] != **email) {
            body.insert("email".into(), json!(email));
        }
        if let Some(enabled) = self.enabled.filter(|enabled| found["enabled"] != *enabled) {
            body.insert("enabled".into(), json!(enabled));
        }
        if self.superuser == Some(true) && found["super_user"] != true {
            body.insert("superuser".into(), json!(true));
        }
        body
    }

    /// The account as it is, in the vocabulary of the options; e-mail and superuser only when they are given.
    fn observed(&self, found: &Value) -> Value {
        let mut shown = json!({"username": self.username});
        if self.email.is_some() {
            shown["email"] = json!(address(found));
        }
        shown["enabled"] = found["enabled"].clone();
        if self.superuser.is_some() {
            shown["superuser"] = found["super_user"].clone();
        }
        shown
    }

    fn wanted(&self, found: &Value) -> Value {
        let mut found = found.clone();
        for (key, value) in self.changes(&found) {
            found[if key == "superuser" { "super_user" } else { &key }] = value;
        }
        let mut shown = self.observed(&found);
        if self.password.is_some() {
            shown["password"] = json!(MASK);
        }
        shown
    }
}

fn keys(body: &Map<String, Value>) -> String {
    body.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}
