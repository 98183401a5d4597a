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

/// Public images of two organizations; one was scanned, one has labels.
fn public_images(session: &mut Session) {
    let cves =
        [("CVE-2026-0001", "High", "1.0.1"), ("CVE-2026-0002", "Low", ""), ("CVE-2026-0003", "Critical", "1.2.0")];
    let images = [
        ("projectquay", "quay", Image::new("latest").sizes(222, 393).label("version", "1").label("c", "d")),
        ("herve4m", "quay-api-operator", Image::new("latest").sizes(222, 393).vulnerable(&cves)),
    ];
    for (organization, name, image) in images {
        session.api("POST", "organization/", &json!({ "name": organization }));
        let path = format!("{organization}/{name}");
        session.emulator.push(&path, "latest", &image);
        session.api("POST", &format!("repository/{path}/changevisibility"), &json!({ "visibility": "public" }));
    }
}

/// The organization, robots and teams that recordings with other log-ins begin with.
fn synced_team(session: &mut Session) {
    let organization = "organization/ansibletestorg";
    session.api("POST", "organization/", &json!({ "name": "ansibletestorg", "email": "ansibletestorg@example.com" }));
    for robot in ["ansibletestrobot1", "ansibletestrobot2"] {
        session.api("PUT", &format!("{organization}/robots/{robot}"), &json!({}));
    }
    for (team, role) in [("ansibletestteam1", "admin"), ("ansibletestteam2", "admin"), ("testteam1", "creator")] {
        session.api("PUT", &format!("{organization}/team/{team}"), &json!({ "role": role }));
    }
    session.api("PUT", &format!("{organization}/team/testteam1/members/ansibletestorg+ansibletestrobot1"), &json!({}));
}

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
            let pushed = session
                .emulator
                .with_state(|state| state.repository("acme", "img").map(|found| found.tags[0].digest.clone()));
            let digest = pushed.expect("the image was pushed before");
            for number in 0..130 {
                session.api(
                    "PUT",
                    &format!("repository/acme/img/tag/t{number:03}"),
                    &json!({ "manifest_digest": digest }),
                );
            }
        }
        ("quay_pull_stat_info" | "quay_manifest_label" | "quay_tag", 26) => {
            session.emulator.push("ansibletestorg/ansibletestrepo", "latest", &Image::new("latest").sizes(222, 385));
        }
        // The tests of two notifications were sent to hosts that do not exist.
        ("quay_notification", 77) => session.emulator.with_state(|state| {
            let repository = state.repository_mut("ansibletestorg", "ansibletestrepo").expect("made before");
            for notification in
                repository.notifications.values_mut().filter(|one| one.method == "slack" && one.event == "repo_push")
            {
                notification.failures = 1;
            }
        }),
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
