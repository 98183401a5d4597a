//! `quay_first_user`: the first account of an empty registry.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::Module;
use super::contract::{Login, Rules};
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Step};
use crate::quay::names;

pub struct FirstUser;

#[derive(Deserialize)]
pub struct Options {
    username: String,
    password: SecretString,
    email: Option<String>,
    create_token: bool,
}

/// Quay's refusals have nothing but their text to tell them apart.
const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "non-empty database", advice: "the first user exists already: use quay_user" },
    Hint { status: 400, contains: "auth system", advice: "this works only with AUTHENTICATION_TYPE Database" },
    Hint { status: 400, contains: "email", advice: "check email: it is needed when FEATURE_MAILING is on" },
    Hint { status: 404, contains: "", advice: FEATURE_OFF },
];

const FEATURE_OFF: &str = "switch FEATURE_USER_INITIALIZE on in Quay's configuration";

impl Module for FirstUser {
    const NAME: &'static str = "quay_first_user";
    const RULES: Rules = Rules {
        login: Login::Never,
        secrets: &["password"],
        returned_secrets: &["encrypted_password", "access_token"],
        formats: &[("username", names::name), ("password", names::password), ("email", names::empty_is_none)],
        ..Rules::NONE
    };
    const NEED: Need = Need::right("", "").feature("USER_INITIALIZE", "3.6");
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        if quay.is_preview() {
            foresee(options, quay)?;
        }
        let Options { username, password, email, create_token } = options;
        let mut body = json!({
            "username": username,
            "password": password.expose_secret(),
            "access_token": create_token,
        });
        if let Some(email) = email {
            body["email"] = json!(email);
        }
        let create = Step::post(Path::api("user/initialize"), body, format!("create the first user {username}"));
        let mut plan = Plan::of(format!("first user {username}"))
            .difference(json!({}), json!({"username": username, "email": email}));
        plan.push(create.named("create").hinting(HINTS).if_lost(
            "the account may have been created, and a token with it that nobody can read any more; sign in to find out",
        ));
        plan.give("username", username.as_str());
        plan.give("email", email.clone());
        plan.give_answer("encrypted_password", Slot::new("create", "/encrypted_password"));
        if *create_token {
            plan.give_answer("access_token", Slot::new("create", "/access_token"));
        }
        Ok(plan)
    }
}

/// Check mode has no answer to learn from, but the server's public configuration tells most of it. Whether the database
/// is empty cannot be seen from outside.
fn foresee(options: &Options, quay: &Reader) -> Result<()> {
    let attempt = format!("create the first user {}", options.username);
    let config =
        quay.get(&Path::root("/config")).map_err(|error| error.attempting("read the server's configuration"))?;
    if config.pointer("/features/USER_INITIALIZE") == Some(&json!(false)) {
        return Err(Error::Option(format!("cannot {attempt}: {FEATURE_OFF}")));
    }
    match config.pointer("/config/AUTHENTICATION_TYPE").and_then(|kind| kind.as_str()) {
        None | Some("Database") => {}
        Some(kind) => {
            return Err(Error::Option(format!(
                "cannot {attempt}: the server signs users in with {kind}, this works only with AUTHENTICATION_TYPE Database"
            )));
        }
    }
    if config.pointer("/features/MAILING") == Some(&json!(true)) && options.email.is_none() {
        return Err(Error::Option(format!("cannot {attempt}: email is needed, because FEATURE_MAILING is on")));
    }
    Ok(())
}
