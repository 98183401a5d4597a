//! How each recording's server was set up, before it and off the record between two exchanges.

use std::time::{Duration, SystemTime};

use quay_emulator::{ALL_SCOPES, Config, Image};
use serde_json::{Value, json};

use crate::session::Session;

/// The configuration that a recording needs: what `/config` said in it, and the external directories.
pub fn config(recording: &str, exchanges: &[Value]) -> Config {
    let mut config = Config::default();
    let shown = exchanges.iter().find(|exchange| exchange["path"] == "/config").map(|exchange| &exchange["response"]);
    for (name, on) in shown.and_then(|shown| shown["features"].as_object()).into_iter().flatten() {
        config = config.feature(name, on.as_bool().unwrap_or(false));
    }
    if let Some(kind) = shown.and_then(|shown| shown["config"]["AUTHENTICATION_TYPE"].as_str()) {
        config = config.setting("AUTHENTICATION_TYPE", kind);
    }
    let users = json!({ "user1": "user1@example.com", "user2": "user2@example.com" });
    let groups = json!({ "cn=group1,ou=users": ["user1"], "cn=group2,ou=users": ["user2"] });
    if recording.contains("ldap") {
        let sync = json!({ "base_dn": "dc=example,dc=org", "service": "ldap" });
        config = config
            .setting("AUTHENTICATION_TYPE", "LDAP")
            .setting("EMULATOR_DIRECTORY", json!({ "users": users, "groups": groups, "sync": sync }));
    } else if recording.contains("oidc") {
        let sync = json!({ "issuer_domain": "127.0.0.1:18090", "service": "oidc" });
        config = config
            .setting("AUTHENTICATION_TYPE", "OIDC")
            .setting("EMULATOR_DIRECTORY", json!({ "users": {}, "groups": {}, "sync": sync }));
    }
    config
}

/// What was there before the first exchange.
pub fn start(recording: &str, exchanges: &[Value], session: &mut Session) {
    let empty = recording == "edges"
        || exchanges.iter().any(|exchange| exchange["path"] == "/api/v1/user/initialize" && exchange["status"] == 200);
    if empty {
        return;
    }
    session.emulator.add_user("admin", "redhat123");
    session.token = session.emulator.token_for("admin", &ALL_SCOPES);
    match recording {
        "quay_layer_info" | "quay_vulnerability_info" | "quay_manifest_label_info" | "quay_tag_info" => {
            public_images(session)
        }
        "quay_team_ldap" | "quay_team_oidc" => synced_team(session),
        _ => {}
    }
}

fn public_images(session: &mut Session) {
    for organization in ["projectquay", "herve4m"] {
        session.api("POST", "organization/", &json!({ "name": organization }));
    }
    let image = Image::new("latest").sizes(222, 393);
    session.emulator.push("herve4m/quay-api-operator", "latest", &image);
    session.api("POST", "repository/herve4m/quay-api-operator/changevisibility", &json!({ "visibility": "public" }));
}

fn synced_team(_: &mut Session) {}

/// What was done off the record before an exchange.
pub fn before(recording: &str, index: usize, session: &mut Session) {
    match (recording, index) {
        // The failed log-in before blocks the account for a moment.
        ("edges", 21) => std::thread::sleep(Duration::from_millis(1100)),
        // The clean-up of the deleted organization has to end.
        ("edges", 47) => std::thread::sleep(Duration::from_millis(700)),
        ("edges", 155) => {
            session.api("POST", "organization/", &json!({ "name": "big" }));
            for number in 0..230 {
                let body = json!({ "namespace": "big", "repository": format!("r{number:03}"), "visibility": "private", "description": "" });
                session.api("POST", "repository", &body);
            }
        }
        ("edges", 323) => {
            session.emulator.push("acme/img", "v1", &Image::new("v1").label("team", "core"));
            session.emulator.push("acme/multi", "v1", &Image::new("multi").platforms(&["amd64", "arm64"]));
        }
        ("edges", 324) => {
            let digest = session.emulator.push("acme/img", "v1", &Image::new("v1").label("team", "core"));
            for number in 0..130 {
                session.api(
                    "PUT",
                    &format!("repository/acme/img/tag/t{number:03}"),
                    &json!({ "manifest_digest": digest }),
                );
            }
        }
        _ => {}
    }
}

/// Requests that were sent with a token that is not valid.
pub fn has_bad_token(recording: &str, index: usize) -> bool {
    recording == "edges" && (13..=16).contains(&index)
}

/// Requests that were sent without the session's CSRF token.
pub fn lacks_csrf(recording: &str, index: usize) -> bool {
    recording == "edges" && matches!(index, 19 | 24)
}

/// Requests with a page token that the server did not make.
pub fn has_bad_page(recording: &str, index: usize) -> bool {
    recording == "edges" && index == 158
}

/// A body with its expiration moved: a date that was in the future when it was recorded has to be so now.
pub fn shift_dates(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(seconds) = body.get("expiration").and_then(Value::as_u64).filter(|seconds| *seconds > 1_000_000) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        body["expiration"] = seconds.max(now + 86_400).into();
    }
    body
}
