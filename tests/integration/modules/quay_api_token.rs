//! `quay_api_token`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run};

const MODULE: &str = "quay_api_token";
const SECRET: &str = "password";

/// A registry with an application of an organization, and its client ID.
fn registry(config: Config) -> (Registry, String) {
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    let made = registry.ok("quay_application", json!({"organization": "acme", "name": "automation"}));
    let id = made.result["client_id"].as_str().unwrap().to_owned();
    (registry, id)
}

fn run_as(registry: &Registry, user: &str, client: &str, more: Value, mode: Mode) -> Run {
    let mut options = json!({
        "quay_host": registry.emulator.url(), "quay_username": user, "quay_password": SECRET, "client_id": client,
        "retries": 0,
    });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let run = registry.run_raw(MODULE, options, mode);
    run.assert_hides(&format!("\"{SECRET}\""));
    run
}

fn run(registry: &Registry, client: &str, more: Value, mode: Mode) -> Run {
    run_as(registry, "admin", client, more, mode)
}

/// Both modes fail, before a token is asked for, and say this.
fn refused_everywhere(registry: &Registry, client: &str, more: Value) -> String {
    let messages = [Mode::Check, Mode::Real].map(|mode| {
        let run = run(registry, client, more.clone(), mode);
        run.assert_refused();
        assert!(!run.lines().iter().any(|line| line.contains("POST /oauth")), "{:?}", run.lines());
        run.message()
    });
    assert_eq!(messages[0], messages[1]);
    messages[0].clone()
}

#[test]
fn a_token_works() {
    let (registry, client) = registry(Config::default());
    let options = json!({"rights": ["user:read", "repo:read", "user:read"]});
    let made = run(&registry, &client, options.clone(), Mode::Real);
    assert!(made.changed());
    assert_eq!(
        made.lines(),
        [
            "GET /csrf_token",
            "POST /api/v1/signin",
            &format!("GET /api/v1/app/{client}"),
            "GET /config",
            "POST /oauth/authorizeapp"
        ]
    );
    assert_eq!(made.before(), &json!({}));
    assert_eq!(
        made.after(),
        &json!({
            "client_id": client,
            "application": "automation",
            "organization": "acme",
            "user": "admin",
            "rights": ["repo:read", "user:read"],
        })
    );
    let token = made.result["access_token"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 40);
    assert_eq!(made.printed.matches(&token).count(), 1);
    let user = registry.run_as(&token, "quay_config_info", json!({}), Mode::Real);
    assert!(user.message().contains("scope super:user"), "the token is valid, but lacks the scope");
    // Each run makes one more.
    assert_ne!(run(&registry, &client, options, Mode::Real).result["access_token"], json!(token));
}

#[test]
fn all_stands_for_every_scope() {
    let (registry, client) = registry(Config::default());
    let made = run(&registry, &client, json!({"rights": ["repo:read", "all"]}), Mode::Real);
    assert_eq!(made.after()["rights"].as_array().unwrap().len(), 8);
    let token = made.result["access_token"].as_str().unwrap();
    assert_eq!(registry.run_as(token, "quay_config_info", json!({}), Mode::Real).code, 0);
}

#[test]
fn check_mode_makes_no_token() {
    let (registry, client) = registry(Config::default());
    let checked = run(&registry, &client, json!({}), Mode::Check);
    assert!(checked.changed());
    assert_eq!(checked.result["access_token"], "NotValidCheckModeNotValidCheckModeNotVal");
    assert_eq!(checked.after()["rights"], json!(["repo:read"]));
    assert!(!checked.lines().contains(&"POST /oauth/authorizeapp".to_owned()));
    assert_eq!(checked.result["diff"], run(&registry, &client, json!({}), Mode::Real).result["diff"]);
}

#[test]
fn the_name_of_the_server_does_not_matter() {
    let config =
        Config::default().setting("SERVER_HOSTNAME", "quay.example.com").setting("PREFERRED_URL_SCHEME", "http");
    let (registry, client) = registry(config);
    assert!(run(&registry, &client, json!({}), Mode::Real).result["access_token"].is_string());
    // Without the public configuration the task's own address is the best guess.
    registry.emulator.fault(Fault::html(404).at("/config"));
    let message = run(&registry, &client, json!({}), Mode::Real).message();
    assert!(
        message.contains(&format!("the server refuses the redirect address {}", registry.emulator.url())),
        "{message}"
    );
}

#[test]
fn a_token_can_be_offered_to_another_user() {
    let (registry, client) = registry(Config::default());
    registry.emulator.add_user("alice", "secret");
    let options = json!({"for_user": "alice", "rights": ["repo:write"]});
    let checked = run(&registry, &client, options.clone(), Mode::Check);
    let made = run(&registry, &client, options, Mode::Real);
    assert!(checked.changed() && made.changed());
    assert_eq!(checked.result["diff"], made.result["diff"]);
    assert_eq!(made.after()["user"], "alice");
    assert_eq!(made.result.get("access_token"), None);
    assert_eq!(checked.result.get("access_token"), None);
    assert_eq!(made.lines().last().unwrap(), "POST /oauth/authorize/assignuser");
    assert!(made.requests.last().unwrap().query.contains("username=alice"));
}

#[test]
fn a_client_id_that_nobody_has_is_found_out_before() {
    let (registry, _) = registry(Config::default());
    for (more, what) in
        [(json!({}), "create an API token for admin"), (json!({"for_user": "x1"}), "assign an API token to x1")]
    {
        assert_eq!(
            refused_everywhere(&registry, "NOSUCH", more),
            format!("cannot {what}: there is no OAuth application with the client ID NOSUCH")
        );
    }
}

#[test]
fn only_administrators_of_the_organization_get_one() {
    let (registry, client) = registry(Config::default());
    registry.emulator.add_user("bob", SECRET);
    assert_eq!(
        run_as(&registry, "bob", &client, json!({}), Mode::Real).message(),
        "cannot create an API token for bob: Quay says \"unauthorized_client\" (status 302); bob is not an administrator of \
         the organization acme: that takes a place in a team with the role admin, being a superuser does not help"
    );
    let message = run_as(&registry, "bob", &client, json!({"for_user": "admin"}), Mode::Real).message();
    assert!(message.contains("bob is not an administrator of the organization acme"), "{message}");
}

#[test]
fn an_assignment_that_cannot_be_says_why() {
    let (registry, client) = registry(Config::default());
    assert_eq!(
        refused_everywhere(&registry, &client, json!({"for_user": "nobody"})),
        "cannot assign an API token to nobody: there is no such user"
    );
    let message = refused_everywhere(&registry, &client, json!({"for_user": "acme+robot"}));
    assert!(message.contains("for_user: acme+robot is a robot account"), "{message}");
    registry.ok("quay_user", json!({"username": "alice", "enabled": false}));
    let message = run(&registry, &client, json!({"for_user": "alice"}), Mode::Real).message();
    assert!(message.contains("the user alice is disabled"), "{message}");
    registry.emulator.set_feature("ASSIGN_OAUTH_TOKEN", false);
    let message = refused_everywhere(&registry, &client, json!({"for_user": "alice"}));
    assert!(message.contains("FEATURE_ASSIGN_OAUTH_TOKEN is off: switch it on"), "{message}");
}

#[test]
fn wrong_credentials_are_told_in_quays_words() {
    let (registry, client) = registry(Config::default());
    let run = run(&registry, &client, json!({"quay_password": "wrong-password"}), Mode::Check);
    run.assert_refused();
    assert!(run.message().starts_with("cannot sign in as admin: "), "{}", run.message());
    run.assert_hides("wrong-password");
}

#[test]
fn options_are_checked_before_any_request() {
    let (registry, client) = registry(Config::default());
    for (more, text) in [
        (json!({"rights": []}), "rights: a token needs at least one"),
        (json!({"rights": ["repo:destroy"]}), "rights"),
        (json!({"quay_username": null}), "quay_username"),
        (json!({"quay_password": null}), "quay_password"),
    ] {
        let run = run(&registry, &client, more, Mode::Real);
        run.assert_refused();
        assert!(run.message().contains(text) && run.requests.is_empty(), "{}", run.message());
    }
    // A token from the defaults of the module group does no harm.
    assert!(run(&registry, &client, json!({"quay_token": "other"}), Mode::Real).changed());
}

#[test]
fn answers_without_a_token_are_unexpected() {
    let (registry, client) = registry(Config::default());
    let path = "/oauth/authorizeapp";
    registry.emulator.fault(Fault::status(200, "text/html", "<html><title>Quay</title>").at(path).times(1));
    assert_eq!(
        run(&registry, &client, json!({}), Mode::Real).message(),
        "cannot create an API token for admin: POST /oauth/authorizeapp was answered with status 200 and no JSON (is quay_host a \
         Quay server?); a token that nobody knows may have been created; it can be revoked in the web interface of Quay"
    );
    registry
        .emulator
        .fault(Fault::new(quay_emulator::FaultKind::Redirect("https://q/oauth/x".into())).at(path).times(1));
    let message = run(&registry, &client, json!({}), Mode::Real).message();
    assert!(message.contains("this leads to another host: see whether quay_host is"), "{message}");
}
