//! `quay_config_info`.

use quay_emulator::{Config, Fault};
use serde_json::json;

use crate::support::{Mode, Registry};

const MODULE: &str = "quay_config_info";
const PATH: &str = "/api/v1/superuser/config";

#[test]
fn one_request_brings_the_configuration() {
    let registry = Registry::new();
    for run in [registry.ok(MODULE, json!({})), registry.check(MODULE, json!({}))] {
        assert!(!run.changed());
        assert_eq!(run.result["config"]["AUTHENTICATION_TYPE"], "Database");
        assert_eq!(run.result["config"]["FEATURE_AUTO_PRUNE"], true);
        assert_eq!(run.lines(), [format!("GET {PATH}")]);
    }
}

#[test]
fn the_environment_of_the_server_is_not_shown() {
    let registry = Registry::new();
    let answer =
        json!({"config": {"A": 1}, "env": {"KEY": "hush"}, "schema": {}, "warning": {"B": "hush"}}).to_string();
    registry.emulator.fault(Fault::status(200, "application/json", &answer).at(PATH));
    let run = registry.ok(MODULE, json!({}));
    assert_eq!(run.result["config"], json!({"A": 1}));
    run.assert_hides("hush");
}

#[test]
fn the_flag_of_the_dump_is_named() {
    let registry = Registry::with(Config::default().feature("SUPERUSER_CONFIGDUMP", false));
    assert_eq!(
        registry.refused_everywhere(MODULE, json!({})),
        "cannot read the configuration of the server: Quay says \"Unauthorized\" (status 403); \
         FEATURE_SUPERUSER_CONFIGDUMP is off: switch it on in Quay's configuration"
    );
}

#[test]
fn a_missing_right_is_named() {
    let registry = Registry::new();
    for token in
        [registry.emulator.token_for("admin", &["repo:read"]), registry.emulator.token_for("alice", &["super:user"])]
    {
        let run = registry.run_as(&token, MODULE, json!({}), Mode::Real);
        run.assert_refused();
        assert_eq!(
            run.message(),
            "cannot read the configuration of the server: Quay says \"Unauthorized\" (status 403); this needs a token with \
             the scope super:user, and a user who is a superuser"
        );
    }
    let run = registry.run_as("", MODULE, json!({}), Mode::Real);
    assert!(run.message().contains("no credentials were given"), "{}", run.message());
}

#[test]
fn a_server_without_the_route_says_so() {
    let registry = Registry::with(Config::default().feature("SUPER_USERS", false));
    assert_eq!(
        registry.refused_everywhere(MODULE, json!({})),
        "cannot read the configuration of the server: not available on this server (status 404); \
         FEATURE_SUPER_USERS is off: switch it on in Quay's configuration"
    );
}

#[test]
fn a_configuration_that_the_server_cannot_write_down_is_an_error() {
    let registry = Registry::new();
    let answer = json!({"config": "not serializable", "env": {}, "schema": {}, "warning": {}}).to_string();
    registry.emulator.fault(Fault::status(200, "application/json", &answer).at(PATH));
    assert_eq!(
        registry.refused(MODULE, json!({})),
        "cannot read the configuration of the server: Quay's answer does not hold it as an object"
    );
}
