//! `quay_capabilities_info`.

use quay_emulator::Fault;
use serde_json::json;

use crate::support::{Mode, Registry};

const MODULE: &str = "quay_capabilities_info";

#[test]
fn one_anonymous_request_tells_everything() {
    let registry = Registry::new();
    registry.emulator.set_feature("ANONYMOUS_ACCESS", false);
    for mode in [Mode::Real, Mode::Check] {
        let run = registry.run_as("", MODULE, json!({}), mode);
        assert!(!run.changed());
        assert_eq!(run.result["capabilities"]["mirror_architectures"], json!(["amd64", "arm64", "ppc64le", "s390x"]));
        assert_eq!(run.result["capabilities"]["sparse_manifests"]["supported"], true);
        assert_eq!(run.lines(), ["GET /api/v1/registry/capabilities"]);
    }
}

#[test]
fn credentials_of_the_module_defaults_are_accepted_and_not_used() {
    let registry = Registry::new();
    let all = json!({"quay_token": "secret-token", "quay_username": "u", "quay_password": "secret-password"});
    let run = registry.ok(MODULE, all);
    run.assert_hides("secret-token");
    run.assert_hides("secret-password");
    assert_eq!(run.lines(), ["GET /api/v1/registry/capabilities"]);
}

#[test]
fn new_keys_of_newer_servers_are_passed_through() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::status(200, "application/json", r#"{"new": [1]}"#).at("/api/v1/registry/"));
    assert_eq!(registry.ok(MODULE, json!({})).result["capabilities"], json!({"new": [1]}));
}

#[test]
fn an_older_server_is_named() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::html(404).at("/api/v1/registry/capabilities"));
    let config = r#"{"features": {"IMAGE_PULL_STATS": true}}"#;
    registry.emulator.fault(Fault::status(200, "application/json", config).at("/config").times(2));
    assert_eq!(
        registry.refused_everywhere(MODULE, json!({})),
        "cannot read the capabilities of the registry: not available on this server (status 404); this needs Quay 3.17, and \
         the server is 3.16"
    );
    registry.emulator.fault(Fault::html(404).at("/config"));
    assert_eq!(
        registry.refused(MODULE, json!({})),
        "cannot read the capabilities of the registry: not available on this server (status 404); this needs Quay 3.17 or \
         later"
    );
}

#[test]
fn an_answer_that_is_no_object_is_unexpected() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::status(200, "application/json", "[]").at("/api/v1/registry/").times(2));
    let message = registry.refused_everywhere(MODULE, json!({}));
    assert_eq!(message, "GET /api/v1/registry/capabilities answered with a list instead of an object");
    registry.emulator.fault(Fault::html(200).at("/api/v1/registry/"));
    assert!(registry.refused(MODULE, json!({})).contains("is quay_host a Quay server?"));
}
