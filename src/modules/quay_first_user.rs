//! `quay_first_user`: the first account of an empty registry.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::contract::Login;
use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, Slot, Step};
use crate::plan::Hint;
use crate::quay::server::Server;
use crate::quay::{names, version, without_nulls};

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
    Hint { status: 400, contains: "auth system", advice: OTHER_ACCOUNTS },
    Hint { status: 400, contains: "email", advice: NO_EMAIL },
    Hint { status: 404, contains: "", advice: FEATURE_OFF },
];

const FEATURE_OFF: &str = "switch FEATURE_USER_INITIALIZE on in Quay's configuration";
const OTHER_ACCOUNTS: &str = "this works only with AUTHENTICATION_TYPE Database";
const NO_EMAIL: &str = "an email address is needed when FEATURE_MAILING is on";

impl Module for FirstUser {
    const NAME: &'static str = "quay_first_user";
    const RULES: Rules = Rules {
        login: Login::Never,
        secrets: &["password"],
        returned_secrets: &["encrypted_password", "access_token"],
        formats: &[("username", names::name), ("password", names::password), ("email", names::empty_is_none)],
        ..Rules::NONE
    };
    const NEED: Need = Need::right("", "").feature("USER_INITIALIZE", version::FIRST_USER.since);
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        if quay.is_preview() {
            predict(options, quay)?;
        }
        let Options { username, password, email, create_token } = options;
        let body = without_nulls(json!({
            "username": username,
            "password": password.expose_secret(),
            "access_token": create_token,
            "email": email,
        }));
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
fn predict(options: &Options, quay: &Reader) -> Result<()> {
    let refuse = |why: &str| Err(Error::Option(format!("cannot create the first user {}: {why}", options.username)));
    // A server that keeps its configuration to itself is left alone with the decision; one that does not answer is not.
    quay.ask(&Path::root("/config"))?;
    let server = Server::ask(quay);
    if server.lacks("USER_INITIALIZE") {
        return refuse(FEATURE_OFF);
    }
    if server.setting("AUTHENTICATION_TYPE").is_some_and(|kind| kind != "Database") {
        return refuse(OTHER_ACCOUNTS);
    }
    if server.has("MAILING") && options.email.is_none() {
        return refuse(NO_EMAIL);
    }
    Ok(())
}
