//! `quay_first_user`: one POST, once in the life of a registry.

use quay_emulator::{Config, Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run};

const PASSWORD: &str = "a-long-secret";

/// A registry without any account.
fn empty() -> Registry {
    with(Config::default())
}

fn with(config: Config) -> Registry {
    Registry { emulator: Emulator::with(config), token: String::new() }
}

fn options(more: Value) -> Value {
    let mut options = json!({"username": "root", "password": PASSWORD});
    if let (Value::Object(options), Value::Object(more)) = (&mut options, more) {
        options.extend(more);
    }
    options
}

fn run(registry: &Registry, more: Value, mode: Mode) -> Run {
    let run = registry.run_as("", "quay_first_user", options(more), mode);
    run.assert_hides(PASSWORD);
    run
}

#[test]
fn creates_the_account_in_one_request() {
    let registry = empty();
    let checked = run(&registry, json!({"email": "root@example.com", "create_token": true}), Mode::Check);
    assert!(checked.changed());
    assert_eq!(checked.lines(), ["GET /config"]);
    assert_eq!(checked.result["username"], "root");
    assert_eq!(checked.result["email"], "root@example.com");
    for secret in ["access_token", "encrypted_password"] {
        assert_eq!(checked.result.get(secret), None, "{secret} in check mode");
    }

    let real = run(&registry, json!({"email": "root@example.com", "create_token": true}), Mode::Real);
    assert!(real.changed());
    assert_eq!(real.lines(), ["POST /api/v1/user/initialize"]);
    assert_eq!(
        real.body("POST /api/v1/user/initialize"),
        &json!({"username": "root", "password": PASSWORD, "email": "root@example.com", "access_token": true})
    );
    assert_eq!(real.result["diff"], checked.result["diff"]);
    assert_eq!(real.before(), &json!({}));
    assert_eq!(real.after(), &json!({"username": "root", "email": "root@example.com"}));
    assert_eq!(real.result["username"], "root");
    assert_eq!(real.result["email"], "root@example.com");
    assert!(real.result["encrypted_password"].as_str().is_some_and(|text| !text.is_empty()));

    let token = real.result["access_token"].as_str().unwrap();
    assert_eq!(real.printed.matches(token).count(), 1, "the token is shown under its key and nowhere else");
    let organization = registry.run_as(token, "quay_organization", json!({"name": "acme"}), Mode::Real);
    assert!(organization.changed(), "the token works");
}

#[test]
fn an_empty_email_counts_as_not_given_and_a_token_is_made_only_on_request() {
    let registry = empty();
    let real = run(&registry, json!({"email": ""}), Mode::Real);
    assert!(real.changed());
    assert_eq!(
        real.body("POST /api/v1/user/initialize"),
        &json!({"username": "root", "password": PASSWORD, "access_token": false})
    );
    assert_eq!(real.result["email"], Value::Null);
    assert_eq!(real.result.get("access_token"), None);
}

#[test]
fn login_options_of_the_group_are_accepted_and_ignored() {
    let registry = empty();
    let given = json!({"quay_token": "other", "quay_username": "someone", "quay_password": "else-secret"});
    let real = run(&registry, given, Mode::Real);
    assert!(real.changed());
    assert_eq!(real.lines(), ["POST /api/v1/user/initialize"]);
    real.assert_hides("else-secret");
}

#[test]
fn a_second_run_says_that_the_user_exists() {
    let registry = empty();
    run(&registry, json!({}), Mode::Real);
    let again = run(&registry, json!({}), Mode::Real);
    again.assert_failed();
    assert_eq!(
        again.message(),
        "cannot create the first user root: Quay says \"Cannot initialize user in a non-empty database\" (status 400); \
         the first user exists already: use quay_user"
    );
    assert_eq!(again.result["changed"], false);
    assert!(run(&registry, json!({}), Mode::Check).changed(), "it cannot be seen from outside");
}

#[test]
fn names_and_passwords_are_checked_before_any_request() {
    let registry = empty();
    for (more, part) in [
        (json!({"username": "Root"}), "username"),
        (json!({"username": "r"}), "2 to 255"),
        (json!({"username": "a--b"}), "username"),
        (json!({"password": "short"}), "8 characters or more"),
        (json!({"password": "with a blank"}), "no white space"),
    ] {
        for mode in [Mode::Check, Mode::Real] {
            let run = registry.run_as("", "quay_first_user", options(more.clone()), mode);
            run.assert_refused();
            assert!(run.message().contains(part), "{}", run.message());
            assert_eq!(run.lines(), Vec::<String>::new());
            run.assert_hides("with a blank");
        }
    }
}

/// What the public configuration tells is foreseen in check mode; a real run asks nobody but the one who decides.
fn foreseen(config: Config, advice: &str) -> Run {
    let registry = with(config);
    let checked = run(&registry, json!({}), Mode::Check);
    checked.assert_refused();
    assert_eq!(checked.message(), format!("cannot create the first user root: {advice}"));
    let real = run(&registry, json!({}), Mode::Real);
    real.assert_failed();
    assert_eq!(real.writes(), ["POST /api/v1/user/initialize"]);
    real
}

#[test]
fn the_feature_the_kind_of_accounts_and_a_missing_address_are_named() {
    let off = foreseen(
        Config::default().feature("USER_INITIALIZE", false),
        "switch FEATURE_USER_INITIALIZE on in Quay's configuration",
    );
    assert!(off.message().contains("FEATURE_USER_INITIALIZE is off"), "{}", off.message());
    let database_only = "this works only with AUTHENTICATION_TYPE Database";
    let other = foreseen(Config::default().setting("AUTHENTICATION_TYPE", "LDAP"), database_only);
    assert!(other.message().contains(database_only), "{}", other.message());
    let needed = "an email address is needed when FEATURE_MAILING is on";
    let missing = foreseen(Config::default().feature("MAILING", true), needed);
    assert!(missing.message().contains(needed), "{}", missing.message());
}

#[test]
fn older_servers_answer_the_switched_off_route_in_json() {
    let registry = empty();
    registry.emulator.fault(
        Fault::status(404, "application/json", "{\"error\": \"not found\"}").on("POST", "/api/v1/user/initialize"),
    );
    let real = run(&registry, json!({}), Mode::Real);
    real.assert_failed();
    assert!(
        real.message().ends_with("switch FEATURE_USER_INITIALIZE on in Quay's configuration"),
        "{}",
        real.message()
    );
}

#[test]
fn check_mode_needs_an_answer_but_no_configuration() {
    let registry = empty();
    registry.emulator.fault(Fault::html(404).at("/config"));
    assert!(run(&registry, json!({}), Mode::Check).changed());
    registry.emulator.clear_faults();
    registry.emulator.fault(Fault::drop_before().at("/config"));
    run(&registry, json!({}), Mode::Check).assert_refused();
}

#[test]
fn a_lost_answer_is_told_with_its_consequence() {
    let registry = empty();
    registry.emulator.fault(Fault::drop_after().on("POST", "/api/v1/user/initialize"));
    let real = run(&registry, json!({"create_token": true}), Mode::Real);
    real.assert_failed();
    assert!(real.message().contains("the account may have been created, and a token with it"), "{}", real.message());
    assert_eq!(real.requests.len(), 1, "a write is never repeated blindly");
}

#[test]
fn a_refused_session_asks_for_no_right() {
    let registry = empty();
    registry.emulator.fault(crate::given::refusal("POST", "/api/v1/user/initialize", 403, "Could not login."));
    let real = run(&registry, json!({}), Mode::Real);
    assert_eq!(real.message(), "cannot create the first user root: Quay says \"Could not login.\" (status 403)");
}
