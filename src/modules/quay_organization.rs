//! `quay_organization`: create, change, rename and delete an organization.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use super::prune_options::{self, PruneOptions};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::policy::Owner;
use crate::quay::server::Server;
use crate::quay::{State, address, lookup, names, period, removal};

pub struct Organization;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    new_name: Option<String>,
    email: Option<String>,
    time_machine_expiration: Option<u64>,
    #[serde(flatten)]
    prune: PruneOptions,
    #[serde(default)]
    force: bool,
    state: State,
}

const CREATE: Need = Need::right("user:admin", "allowed to create organizations");
const RENAME: Need = Need::right("super:user", "a superuser").feature("SUPER_USERS", "");

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
const RENAME_HINTS: &[Hint] = &[
    Hint { status: 500, contains: "", advice: "Quay fails like this when the new name belongs to a user" },
    Hint {
        status: 404,
        contains: "not found",
        advice: "it is gone meanwhile, or this is quay.io, which renames nothing",
    },
];

impl Module for Organization {
    const NAME: &'static str = "quay_organization";
    const RULES: Rules = Rules {
        formats: &[
            ("name", names::name),
            ("new_name", names::name_or_empty),
            ("email", names::empty_is_none),
            ("time_machine_expiration", period::seconds),
        ],
        required_if: prune_options::REQUIRED_IF,
        required_by: prune_options::REQUIRED_BY,
        deprecated: &prune_options::deprecated("Use the module quay_organization_prune."),
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.prune.problem().into_iter().collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let old = lookup::organization(quay, &options.name)?;
        let new_name = options.new_name.as_deref().filter(|new| *new != options.name);
        let renamed = match new_name {
            Some(new) => lookup::organization(quay, new)?,
            None => None,
        };
        if let (Some(_), Some(_), Some(new)) = (&old, &renamed, new_name) {
            return Err(Error::Option(format!(
                "cannot rename the organization {} to {new}: both exist already",
                options.name
            )));
        }
        // The organization as it is: under its new name when an earlier run has renamed it.
        let (name, found) = match (renamed, new_name) {
            (Some(found), Some(new)) => (new, Some(found)),
            _ => (options.name.as_str(), old),
        };
        let target = new_name.unwrap_or(&options.name);
        match (options.state, found) {
            (State::Absent, None) => Ok(Plan::of(format!("organization {name}"))),
            (State::Absent, Some(found)) => {
                if !options.force {
                    removal::spare_look_alikes(quay, &format!("organization {name}"), name)?;
                }
                Ok(options.delete(name, &found))
            }
            (State::Present, None) => options.create(target, quay),
            (State::Present, Some(found)) => options.update(name, target, &found, quay),
        }
    }
}

impl Options {
    fn delete(&self, name: &str, found: &Value) -> Plan {
        let mut plan = Plan::of(format!("organization {name}")).difference(observed(name, found), json!({}));
        let delete = Step::delete(Path::organization(name), format!("delete the organization {name}"));
        plan.push(delete.tolerating(&[(404, "")]));
        plan
    }

    fn create(&self, name: &str, quay: &Reader) -> Result<Plan> {
        if let Some(seconds) = self.time_machine_expiration {
            check_expiration(seconds, name, quay)?;
        }
        let mut body = json!({"name": name});
        if let Some(email) = &self.email {
            body["email"] = json!(email);
        }
        let mut after = json!({"name": name, "email": self.email.as_deref().unwrap_or_default()});
        // Without it the server's own default holds, which no route tells beforehand.
        if let Some(seconds) = self.time_machine_expiration {
            after["time_machine_expiration"] = json!(seconds);
        }
        let mut plan = Plan::of(format!("organization {name}")).difference(json!({}), after);
        let create = Step::post(Path::api("organization/"), body, format!("create the organization {name}"));
        let given: Vec<_> = [("/name", Some(name)), ("/email", self.email.as_deref())]
            .into_iter()
            .filter_map(|(pointer, value)| Some((pointer, json!(value?))))
            .collect();
        let same = Probe::equal(Path::organization(name), given);
        plan.push(create.needing(CREATE).hinting(CREATE_HINTS).settled_by(same));
        if let Some(seconds) = self.time_machine_expiration {
            plan.push(settings_step(name, json!({"tag_expiration_s": seconds})));
        }
        self.prune.plan(&mut plan, quay, &policies(name, name), false)?;
        Ok(plan)
    }

    fn update(&self, name: &str, target: &str, found: &Value, quay: &Reader) -> Result<Plan> {
        let mut before = observed(name, found);
        if self.time_machine_expiration.is_none()
            && let Some(before) = before.as_object_mut()
        {
            // Unmanaged; a new organization could not show the server's default either.
            before.remove("time_machine_expiration");
        }
        let mut after = before.clone();
        after["name"] = json!(target);
        let mut body = json!({});
        let hidden = self.hidden(name, found, quay)?;
        if let Some(email) = self.email.as_deref().filter(|email| hidden.is_none() && found["email"] != **email) {
            body["email"] = json!(email);
            after["email"] = json!(email);
        }
        let differs = |seconds: &u64| hidden.is_none() && found["tag_expiration_s"] != *seconds;
        if let Some(seconds) = self.time_machine_expiration.filter(differs) {
            check_expiration(seconds, target, quay)?;
            body["tag_expiration_s"] = json!(seconds);
            after["time_machine_expiration"] = json!(seconds);
        }
        let mut plan = Plan::of(format!("organization {name}")).difference(before, after);
        plan.warnings.extend(hidden);
        if name != target {
            self.check_new_name(name, target, quay)?;
            let path = Path::api("superuser/organizations").then(name);
            let rename =
                Step::put(path, json!({"name": target}), format!("rename the organization {name} to {target}"));
            plan.push(rename.needing(RENAME).hinting(RENAME_HINTS));
        }
        if body.as_object().is_some_and(|body| !body.is_empty()) {
            plan.push(settings_step(target, body));
        }
        self.prune.plan(&mut plan, quay, &policies(name, target), true)?;
        Ok(plan)
    }

    /// A warning that names the given settings which Quay does not show this caller, if there are any.
    ///
    /// Before 3.16 a superuser may change the organization of somebody else, and does not see its settings: a difference would
    /// be told on every run. Other people without the right are told so by a look at what only administrators see.
    fn hidden(&self, name: &str, found: &Value, quay: &Reader) -> Result<Option<String>> {
        let settings =
            [("email", self.email.is_some()), ("time_machine_expiration", self.time_machine_expiration.is_some())];
        let given: Vec<&str> = settings.iter().filter(|(_, given)| *given).map(|(option, _)| *option).collect();
        if shows_settings(found) || given.is_empty() {
            return Ok(None);
        }
        quay.list(&Path::organization(name).fixed("/prototypes"), "prototypes")
            .map_err(|error| error.attempting(settings_change(name)))?;
        Ok(Some(format!(
            "this Quay (before 3.16) hides the settings of the organization {name} from superusers who do not own it: {} \
             neither compared nor sent; run this as an owner of the organization",
            match given.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(" and ")),
            }
        )))
    }

    fn check_new_name(&self, name: &str, target: &str, quay: &Reader) -> Result<()> {
        let taken = quay
            .find(&Path::api("users").then(target))
            .map_err(|error| error.attempting(format!("look up the name {target}")))?;
        match taken {
            Some(_) => {
                Err(Error::Option(format!("cannot rename the organization {name} to {target}: a user has this name")))
            }
            None => Ok(()),
        }
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

/// Refuses an expiration that the server would refuse, or would silently ignore, before anything is written.
fn check_expiration(seconds: u64, name: &str, quay: &Reader) -> Result<()> {
    let refuse = |why: String| Err(Error::Option(format!("cannot set time_machine_expiration of {name}: {why}")));
    // An old or locked-down server may not tell; the answer to the write is checked all the same.
    let server = Server::ask(quay);
    if server.lacks("CHANGE_TAG_EXPIRATION") {
        return refuse("the server ignores it; switch FEATURE_CHANGE_TAG_EXPIRATION on in Quay's configuration".into());
    }
    match server.texts("TAG_EXPIRATION_OPTIONS") {
        Some(offered) if !offered.iter().any(|option| period::seconds(&json!(option)) == Ok(json!(seconds))) => {
            refuse(format!("{seconds} s is not one of the server's TAG_EXPIRATION_OPTIONS ({})", offered.join(", ")))
        }
        _ => Ok(()),
    }
}

fn settings_step(name: &str, body: Value) -> Step {
    let expiration = body.get("tag_expiration_s").cloned();
    let step = Step::put(Path::organization(name), body, settings_change(name)).hinting(CREATE_HINTS);
    match expiration {
        Some(seconds) => step.expecting(
            "/tag_expiration_s",
            seconds,
            format!(
                "Quay ignored time_machine_expiration of {name}; switch FEATURE_CHANGE_TAG_EXPIRATION on in Quay's configuration"
            ),
        ),
        None => step,
    }
}

fn settings_change(name: &str) -> String {
    format!("change the settings of the organization {name}")
}

/// Only administrators see the settings, and a superuser from Quay 3.16 on.
fn shows_settings(found: &Value) -> bool {
    found["is_admin"] != false || found.get("tag_expiration_s").is_some()
}

fn observed(name: &str, found: &Value) -> Value {
    if !shows_settings(found) {
        return json!({"name": name});
    }
    json!({
        "name": name,
        "email": address(found),
        "time_machine_expiration": found["tag_expiration_s"],
    })
}
