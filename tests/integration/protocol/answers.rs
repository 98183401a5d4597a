//! Answers that do not come from Quay, or not from this route: a success is more than its status.

use quay_emulator::{Fault, FaultKind};
use serde_json::json;

use crate::given;

/// Bodies that no route for creating something gives, each with the status of a success.
const STRANGE: &[(&str, &str)] = &[
    ("text/html", "<html><title>Log in to continue</title></html>"),
    ("application/json", ""),
    ("application/json", "{}"),
    ("application/json", "{\"name\": \"ac"),
    ("application/json", "5"),
    ("application/json", "[]"),
    ("application/json", "null"),
];

#[test]
fn a_write_that_quay_did_not_do_is_not_done() {
    let things = [
        ("quay_organization", "POST", json!({"name": "other"})),
        ("quay_robot", "PUT", json!({"name": "acme+ci"})),
        ("quay_team", "PUT", json!({"organization": "acme", "name": "devs"})),
        ("quay_repository", "POST", json!({"name": "acme/app"})),
        ("quay_user", "POST", json!({"username": "alice", "email": "alice@example.com"})),
        ("quay_proxy_cache", "POST", json!({"organization": "acme", "registry": "quay.io"})),
        ("quay_application", "POST", json!({"organization": "acme", "name": "dashboard"})),
    ];
    let registry = given::acme();
    for (module, method, options) in things {
        for (kind, body) in STRANGE {
            // The answer that says nothing, and the one that may have been cut short.
            registry.emulator.fault(Fault::status(200, kind, body).on(method, "/api/").times(1));
            let run = registry.run(module, options.clone());
            run.assert_failed();
            let message = run.message();
            assert!(
                message.contains("was answered with") && message.contains(" may have "),
                "{module} {body}: {message}"
            );
            assert!(!run.printed.contains("Log in to continue"), "{}", run.printed);
            assert!(registry.check(module, options.clone()).changed(), "{module} {body}: it is there");
        }
    }
}

#[test]
fn a_removal_that_quay_did_not_do_is_not_done() {
    let registry = given::acme();
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    for (kind, body) in STRANGE.iter().filter(|(_, body)| !body.is_empty()) {
        registry.emulator.fault(Fault::status(200, kind, body).on("DELETE", "/api/").times(1));
        registry.failed("quay_robot", json!({"name": "acme+ci", "state": "absent"}));
    }
    assert!(registry.ok("quay_robot", json!({"name": "acme+ci", "state": "absent"})).changed());
}

/// An answer is lost, and the object is there: then it was made.
#[test]
fn what_was_done_behind_a_strange_answer_counts() {
    let registry = given::acme();
    registry.emulator.fault(Fault::new(FaultKind::Truncate).on("PUT", "/api/").times(1));
    let run = registry.ok("quay_robot", json!({"name": "acme+ci"}));
    assert!(run.changed());
    assert!(run.result["token"].is_string(), "{}", run.result);
}

#[test]
fn nothing_is_absent_because_of_a_strange_answer() {
    let things = [
        ("quay_organization", json!({"name": "acme"})),
        ("quay_robot", json!({"name": "acme+ci"})),
        ("quay_team", json!({"organization": "acme", "name": "devs"})),
        ("quay_repository", json!({"name": "acme/app"})),
        ("quay_user", json!({"username": "alice"})),
        ("quay_proxy_cache", json!({"organization": "acme"})),
        ("quay_quota", json!({"organization": "acme"})),
        ("quay_organization_prune", json!({"namespace": "acme", "method": "tags", "value": "5"})),
    ];
    let registry = given::acme();
    for (module, mut options) in things {
        options["state"] = json!("absent");
        for (kind, body) in STRANGE.iter().filter(|(_, body)| (module, *body) != ("quay_quota", "[]")) {
            registry.emulator.fault(Fault::status(200, kind, body).on("GET", "/api/").times(2));
            let message = registry.refused_everywhere(module, options.clone());
            assert!(
                message.contains("GET /api/v1/") && message.contains(" answered with"),
                "{module} {body}: {message}"
            );
        }
    }
}

#[test]
fn an_answer_without_measure_is_not_read_to_its_end() {
    let registry = given::acme();
    let huge = json!({"name": "acme", "email": "x".repeat(9 << 20)}).to_string();
    registry
        .emulator
        .fault(Fault::status(200, "application/json", &huge).on("GET", "/api/v1/organization/acme").times(1));
    let run = registry.failed("quay_organization", json!({"name": "acme"}));
    let expected = "GET /api/v1/organization/acme answered with more than 8 MB, which no Quay does";
    assert!(run.message().contains(expected), "{}", run.message());
    assert!(run.printed.len() < 10_000);
    // A list may be longer than one object.
    let robots: Vec<_> =
        (0..20_000).map(|n| json!({"name": format!("acme+r{n}"), "description": "d".repeat(500)})).collect();
    let long = json!({"robots": robots}).to_string();
    registry
        .emulator
        .fault(Fault::status(200, "application/json", &long).on("GET", "/api/v1/organization/acme/robots").times(1));
    let run = registry.run("quay_registry_info", json!({"organizations": ["acme"]}));
    assert!(run.result["failed"].is_null(), "{}", run.message());
}

#[test]
fn pages_that_go_round_in_a_circle_come_to_an_end() {
    let registry = given::acme();
    registry.emulator.push_image("acme/app", "v1");
    let calls = [
        ("quay_tag_info", json!({"repository": "acme/app"}), "repository/acme/app/tag/"),
        ("quay_registry_info", json!({"organizations": ["acme"]}), "repository"),
    ];
    for (module, options, list) in calls {
        for length in [1, 3] {
            registry.emulator.fault(Fault::new(FaultKind::Circle(length)).on("GET", &format!("/api/v1/{list}")));
            let message = registry.refused_everywhere(module, options.clone());
            let (asked, said) = (format!("GET /api/v1/{list}?"), " answered with a list that does not end");
            assert!(message.contains(&asked) && message.ends_with(said), "{module} {length}: {message}");
            assert!(registry.emulator.journal().len() < 40);
            registry.emulator.clear_faults();
            registry.emulator.clear_journal();
        }
    }
}
