//! `quay_mirror_info`.

use quay_emulator::{Config, Fault};
use serde_json::{Map, Value, json};

use crate::given::{self, SCOPES};
use crate::support::{Mode, Registry, Run};

const MODULE: &str = "quay_mirror_info";
const HEALTH: &str = "/api/v1/repository/mirror/health";
const PAST: &str = "2026-01-01T00:00:00Z";
const FUTURE: &str = "2999-01-01T00:00:00Z";

/// A registry of a version, whose organization `acme` has a mirror for each status.
fn registry(version: &str, statuses: &[&str]) -> Registry {
    let registry = given::with_acme(Registry::with(Config::default().quay(version)));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    for status in statuses {
        let name = format!("acme/{}", status.to_lowercase());
        registry.ok("quay_repository", json!({"name": name, "repo_state": "MIRROR"}));
        registry.ok(
            "quay_repository_mirror",
            json!({"name": name, "external_reference": "quay.io/a/b", "robot_username": "acme+ci", "image_tags": ["v1"],
                "sync_interval": 3600, "sync_start_date": FUTURE, "is_enabled": true}),
        );
        worker(&registry, &status.to_lowercase(), |mirror| mirror["sync_status"] = json!(status));
    }
    registry
}

/// The worker's doing.
fn worker(registry: &Registry, repository: &str, change: impl FnOnce(&mut Value)) {
    let mut state = registry.emulator.snapshot();
    change(&mut state["namespaces"]["acme"]["repositories"][repository]["mirror"]);
    registry.emulator.load(state).unwrap();
}

fn stuck(registry: &Registry, repository: &str) {
    worker(registry, repository, |mirror| {
        mirror["sync_status"] = json!("SYNCING");
        mirror["fields"]["sync_expiration_date"] = json!(PAST);
    });
}

fn fails_because(registry: &Registry, repository: &str, message: &str) {
    registry.emulator.with_state(|state| {
        let mut entry = state.logs.last().unwrap().clone();
        entry.kind = "repo_mirror_sync_failed".into();
        (entry.namespace, entry.repository) = (Some("acme".into()), Some(repository.into()));
        entry.metadata = json!({"message": message, "stdout": "", "stderr": "", "tags": ""});
        state.logs.push(entry);
    });
}

/// Name and problem of each mirror.
fn problems(run: &Run) -> Map<String, Value> {
    let mirrors = run.result["mirrors"].as_array().unwrap();
    let key = |mirror: &Value| mirror["repository"].as_str().unwrap_or("search").trim_start_matches("acme/").to_owned();
    mirrors.iter().map(|mirror| (key(mirror), mirror["problem"].clone())).collect()
}

fn all() -> Value {
    json!({"organization": "acme"})
}

const STATUSES: [&str; 6] = ["SUCCESS", "FAIL", "CANCEL", "NEVER_RUN", "SYNCING", "SYNC_NOW"];

fn expected() -> Value {
    json!({"success": null, "fail": "failing", "cancel": "cancelled", "never_run": "never_run", "syncing": "stuck", "sync_now": null})
}

#[test]
fn health_tells_the_mirrors_of_a_namespace() {
    let registry = registry("3.18", &STATUSES);
    stuck(&registry, "syncing");
    fails_because(&registry, "fail", "no such\u{1b}[2J host");
    registry.ok("quay_repository", json!({"name": "acme/plain"}));
    let run = registry.ok(MODULE, all());
    assert_eq!(Value::from(problems(&run)), expected());
    assert!(!run.changed() && run.result.get("diff").is_none());
    assert_eq!(run.requests[0].query, "namespace=acme&detailed=true&limit=1000&offset=0");
    // The log of the one that failed, the one that runs, the organization's mirror (none).
    let lines = [
        "GET /api/v1/repository/mirror/health",
        "GET /api/v1/repository/acme/fail/logs",
        "GET /api/v1/repository/acme/syncing/mirror",
        "GET /api/v1/organization/acme/mirror",
    ];
    assert_eq!(run.lines(), lines);
    assert_eq!(
        run.result["mirrors"][1],
        json!({"repository": "acme/fail", "kind": "repository", "enabled": true, "status": "FAIL", "retries_remaining": 3,
            "next": null, "last_sync": null, "message": "no such\\u{1b}[2J host", "problem": "failing"})
    );
    // One of two that have run fails: a 503 that is an answer.
    assert_eq!(run.result["healthy"], false);
    let issues = run.result["issues"].as_array().unwrap();
    assert_eq!(issues[0]["message"], "50.0% of repositories are failing (threshold: 20.0%)");
    assert_eq!(
        (&issues[1]["severity"], &issues[1]["message"]),
        (&json!("warning"), &json!("Repository acme/never_run has never been synced"))
    );

    let checked = registry.check(MODULE, json!({"organization": "acme", "problems_only": true}));
    assert_eq!(problems(&checked).keys().collect::<Vec<_>>(), ["fail", "cancel", "never_run", "syncing"]);
    worker(&registry, "fail", |mirror| mirror["sync_status"] = json!("SUCCESS"));
    assert_eq!(registry.ok(MODULE, all()).result["healthy"], true);
}

#[test]
fn without_health_each_mirror_is_asked() {
    let registry = registry("3.17", &STATUSES);
    stuck(&registry, "syncing");
    fails_because(&registry, "fail", &"x".repeat(4000));
    registry.ok("quay_repository", json!({"name": "acme/plain"}));
    let run = registry.ok(MODULE, all());
    assert_eq!(Value::from(problems(&run)), expected());
    // The route that is missing, the list, six mirrors, one log, the organization's mirror (none).
    assert_eq!(run.requests.len(), 10);
    assert!(run.result.get("healthy").is_none() && run.result.get("issues").is_none());
    let failing = &run.result["mirrors"][1];
    assert_eq!((&failing["next"], &failing["retries_remaining"]), (&json!(FUTURE), &json!(3)));
    assert_eq!(failing["message"], format!("{}...", "x".repeat(1000)));
    // A disabled mirror that was cancelled is nobody's problem; one whose worker still has time is none.
    worker(&registry, "cancel", |mirror| mirror["fields"]["is_enabled"] = json!(false));
    worker(&registry, "syncing", |mirror| mirror["fields"]["sync_expiration_date"] = json!(FUTURE));
    let run = registry.ok(MODULE, json!({"organization": "acme", "problems_only": true}));
    assert_eq!(problems(&run).keys().collect::<Vec<_>>(), ["fail", "never_run"]);
}

#[test]
fn a_repository_at_the_address_of_the_health_is_none() {
    let registry = registry("3.17", &["SUCCESS"]);
    registry.ok("quay_organization", json!({"name": "mirror"}));
    registry.emulator.push_image("mirror/health", "v1");
    assert_eq!(Value::from(problems(&registry.ok(MODULE, all()))), json!({"success": null}));
}

#[test]
fn health_has_pages() {
    let registry = registry("3.18", &["SUCCESS", "CANCEL"]);
    let detail = |name: &str| {
        json!({"namespace": "acme", "repository": name, "sync_status": "SUCCESS", "is_enabled": true, "last_sync": PAST,
            "retries_remaining": 3})
    };
    let page = |name: &str, more: bool| {
        let body = json!({"healthy": true, "issues": [], "repositories": {"details": [detail(name)], "pagination": {"has_more": more}}});
        Fault::status(200, "application/json", &body.to_string()).on("GET", HEALTH).times(1)
    };
    registry.emulator.fault(page("a", true));
    registry.emulator.fault(page("b", false));
    let run = registry.ok(MODULE, all());
    assert_eq!(Value::from(problems(&run)), json!({"a": null, "b": null}));
    assert_eq!(run.result["mirrors"][0]["last_sync"], PAST);
    assert_eq!(run.requests[1].query, "namespace=acme&detailed=true&limit=1000&offset=1");
    registry.emulator.fault(page("a", true));
    registry.emulator.fault(page("a", true));
    let message = registry.failed(MODULE, all()).message();
    assert!(message.contains("a list that does not end"), "{message}");
}

#[test]
fn one_repository_tells_all_of_its_mirror() {
    let registry = registry("3.18", &["SUCCESS"]);
    let one = |name: &str| json!({"repository": name});
    let run = registry.ok(MODULE, one("acme/success"));
    assert_eq!(run.requests.len(), 2);
    assert_eq!(
        run.result["mirrors"],
        json!([{"repository": "acme/success", "kind": "repository", "enabled": true, "status": "SUCCESS", "retries_remaining": 3,
            "next": FUTURE, "last_sync": null, "message": null, "problem": null}])
    );
    registry.ok("quay_repository", json!({"name": "acme/success", "repo_state": "NORMAL"}));
    assert_eq!(registry.ok(MODULE, one("acme/success")).result["mirrors"][0]["problem"], "wrong_state");
    registry.ok("quay_repository", json!({"name": "acme/plain"}));
    assert_eq!(registry.ok(MODULE, one("acme/plain")).result["mirrors"], json!([]));
}

/// An organization whose mirror found these repositories, each with the name of its status.
fn mirrored(found: &[&str]) -> Registry {
    let registry = registry("3.18", &[]);
    registry.ok(
        "quay_org_mirror",
        json!({"organization": "acme", "external_registry_type": "quay", "external_registry_url": "https://quay.io",
            "external_namespace": "a", "robot_username": "acme+ci", "sync_start_date": FUTURE}),
    );
    registry.emulator.with_state(|state| {
        let mirror = state.organization_mut("acme").unwrap().mirror.as_mut().unwrap();
        mirror.sync_status = "CANCEL".into();
        let entry = |status: &&str| {
            json!({"name": status.to_lowercase(), "sync_status": status, "last_sync_date": PAST, "discovery_date": PAST,
                "status_message": "told", "quay_repository": null})
        };
        mirror.found = found.iter().map(entry).collect();
    });
    registry
}

#[test]
fn the_mirror_of_an_organization_and_what_it_found() {
    let registry = mirrored(&["SKIP", "CANCEL", "FAIL", "NEVER_RUN", "SUCCESS"]);
    let run = registry.ok(MODULE, all());
    let expected = json!({"search": null, "skip": "skipped", "cancel": "cancelled", "fail": "failing", "never_run": "never_run",
        "success": null});
    assert_eq!(Value::from(problems(&run)), expected);
    assert_eq!(run.requests.len(), 3);
    assert_eq!(
        run.result["mirrors"].as_array().unwrap()[..2],
        [
            json!({"repository": null, "kind": "organization", "enabled": true, "status": "CANCEL", "retries_remaining": 3,
                "next": FUTURE, "last_sync": null, "message": null, "problem": null}),
            json!({"repository": "acme/skip", "kind": "organization", "enabled": true, "status": "SKIP", "retries_remaining": null,
                "next": null, "last_sync": PAST, "message": "told", "problem": "skipped"}),
        ]
    );
    registry.emulator.push_image("acme/skip", "v1");
    registry.emulator.with_state(|state| state.repository_mut("acme", "skip").unwrap().state = "ORG_MIRROR".into());
    let one = registry.ok(MODULE, json!({"repository": "acme/skip"}));
    assert_eq!(one.result["mirrors"], json!([run.result["mirrors"][1]]));
}

#[test]
fn what_an_organization_found_has_pages() {
    let names: Vec<String> = (0..501).map(|number| format!("R{number}")).collect();
    let registry = mirrored(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let run = registry.ok(MODULE, all());
    assert_eq!((run.result["mirrors"].as_array().unwrap().len(), run.requests.len()), (502, 4));
    assert_eq!(run.requests[3].query, "page=2&limit=500");
}

#[test]
fn errors_name_the_cause() {
    let registry = registry("3.18", &["FAIL"]);
    let both = registry.refused_everywhere(MODULE, json!({"organization": "acme", "repository": "acme/fail"}));
    assert!(both.contains("organization|repository"), "{both}");
    // Who is no member gets no health; what else there is to see needs an administrator.
    registry.emulator.add_user("bob", "password");
    let token = registry.emulator.token_for("bob", SCOPES);
    let message = registry.refused_as(&token, MODULE, all());
    assert!(message.contains("org:admin") || message.contains("administrator"), "{message}");
    registry.emulator.fault(given::refusal("GET", "/api/v1/repository/acme/fail/logs", 403, "Unauthorized"));
    // Members see the health, and not the log.
    assert_eq!(registry.ok(MODULE, all()).result["mirrors"][0]["message"], Value::Null);
    registry.emulator.fault(given::refusal("GET", "/api/v1/repository/acme/fail/logs", 500, "Oops"));
    let message = registry.failed(MODULE, all()).message();
    assert!(
        message.starts_with("cannot read in the log of the repository acme/fail why its mirror fails"),
        "{message}"
    );
    registry.emulator.fault(Fault::status(500, "application/json", "{}").on("GET", HEALTH).times(1));
    let message = registry.failed(MODULE, all()).message();
    assert!(message.starts_with("cannot read the health of the mirrors of acme"), "{message}");
    registry.emulator.set_feature("REPO_MIRROR", false);
    let message = registry.refused_everywhere(MODULE, json!({"repository": "acme/fail"}));
    assert!(message.contains("FEATURE_REPO_MIRROR"), "{message}");
}

#[test]
fn what_is_not_there_is_told() {
    for version in ["3.17", "3.18"] {
        let registry = registry(version, &[]);
        for options in [json!({"organization": "nosuch"}), json!({"repository": "acme/nosuch"})] {
            let run = registry.ok(MODULE, options);
            assert_eq!((&run.result["exists"], &run.result["mirrors"]), (&json!(false), &json!([])));
            assert!(run.result.get("healthy").is_none());
        }
        let empty = registry.ok(MODULE, all());
        assert_eq!((&empty.result["exists"], &empty.result["mirrors"]), (&json!(true), &json!([])));
    }
}

#[test]
fn an_own_namespace_needs_no_organization() {
    let registry = registry("3.18", &[]);
    let run = registry.run_as(&registry.token, MODULE, json!({"organization": "admin"}), Mode::Real);
    assert_eq!((run.code, &run.result["mirrors"], &run.result["healthy"]), (0, &json!([]), &json!(true)));
}

/// A second organization, and a mirror in the namespace of the superuser.
fn with_more(registry: &Registry) {
    registry.ok("quay_organization", json!({"name": "other"}));
    registry.ok("quay_robot", json!({"name": "admin+ci"}));
    registry.ok("quay_repository", json!({"name": "admin/own", "repo_state": "MIRROR"}));
    registry.ok(
        "quay_repository_mirror",
        json!({"name": "admin/own", "external_reference": "quay.io/a/b", "robot_username": "admin+ci", "image_tags": ["v1"],
            "sync_interval": 3600, "is_enabled": true}),
    );
}

#[test]
fn a_whole_server_is_read_by_its_health() {
    let registry = registry("3.18", &STATUSES);
    stuck(&registry, "syncing");
    with_more(&registry);
    let run = registry.ok(MODULE, json!({}));
    let mut all = expected();
    all["admin/own"] = json!("never_run");
    assert_eq!(Value::from(problems(&run)), all);
    assert_eq!((&run.result["exists"], &run.result["healthy"]), (&json!(true), &json!(false)));
    assert_eq!(run.requests[1].query, "detailed=true&limit=1000&offset=0");
    let lines = [
        "GET /api/v1/superuser/organizations/",
        "GET /api/v1/repository/mirror/health",
        "GET /api/v1/repository/acme/fail/logs",
        "GET /api/v1/repository/acme/syncing/mirror",
        "GET /config",
        "GET /api/v1/organization/acme/mirror",
        "GET /api/v1/organization/other/mirror",
    ];
    assert_eq!(run.lines(), lines);
    let wrong = registry.ok(MODULE, json!({"problems_only": true}));
    assert_eq!(problems(&wrong).keys().collect::<Vec<_>>(), ["admin/own", "fail", "cancel", "never_run", "syncing"]);
}

#[test]
fn a_whole_server_without_health_is_asked_namespace_by_namespace() {
    let registry = registry("3.16", &STATUSES);
    stuck(&registry, "syncing");
    with_more(&registry);
    let run = registry.ok(MODULE, json!({}));
    let mut all = expected();
    all["admin/own"] = json!("never_run");
    assert_eq!(Value::from(problems(&run)), all);
    assert!(run.result.get("healthy").is_none());
    assert!(
        run.lines().iter().all(|line| !line.ends_with("organization/acme/mirror")),
        "3.16 has none: {:?}",
        run.lines()
    );
}

#[test]
fn of_a_whole_server_the_caller_sees_its_own() {
    let registry = mirrored(&["SKIP"]);
    registry.emulator.add_user("bob", "password");
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs", "members": ["bob"]}));
    let token = registry.emulator.token_for("bob", SCOPES);
    registry.run_as(&token, "quay_organization", json!({"name": "bobs"}), Mode::Real);
    let run = registry.run_as(&token, MODULE, json!({}), Mode::Real);
    assert_eq!((run.code, &run.result["mirrors"]), (0, &json!([])), "{}", run.result);
    assert_eq!(run.warnings(), ["mirrors that the caller does not administer are left out: acme"]);
}
