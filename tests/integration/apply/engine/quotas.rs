//! A quota, and the notifications that tell of it.

use serde_json::{Value, json};

use crate::apply::support::{Mass, changes, complaints, removed, warnings};

fn acme(quota: Value, events: &[&str]) -> Value {
    let one = |event: &&str| json!({"title": event, "event": event, "method": "email", "config": {}});
    let notifications: Vec<Value> = events.iter().map(one).collect();
    json!({"organizations": [{"name": "acme", "notifications": notifications, "quota": quota}]})
}

/// The notifications that the server keeps.
fn kept(mass: &Mass) -> Vec<String> {
    let state = mass.registry.emulator.snapshot();
    let all = state["namespaces"]["acme"]["notifications"].as_object().unwrap();
    all.values().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn registry_engine_a_quota_is_there_before_what_tells_of_it() {
    let mass = Mass::new();
    let config = acme(json!({"quota": "1 GiB", "warning_pct": [50, 80]}), &["quota_warning"]);
    let known = mass.writes();
    let report = mass.applied(config.clone());
    assert_eq!(warnings(&report), "", "the quota that is to be made counts");
    let writes = mass.writes_since(known);
    let first = |part: &str| writes.iter().position(|line| line.contains(part)).unwrap();
    assert!(first("/quota") < first("/notifications"), "{writes:?}");
    mass.settled(config);
    let without_limit = acme(json!({"quota": "1 GiB", "warning_pct": [50, 80]}), &["quota_warning", "quota_error"]);
    let report = mass.applied(without_limit.clone());
    assert!(warnings(&report).contains("the quota of acme has no limit for it (reject_pct"), "{}", warnings(&report));
    mass.settled(without_limit);
}

#[test]
fn registry_engine_the_removal_of_a_quota_comes_before_what_would_go_with_it() {
    let mass = Mass::new();
    mass.applied(acme(json!({"quota": "1 GiB", "warning_pct": 80}), &["quota_warning", "quota_error"]));
    let config = acme(json!({"state": "absent"}), &["quota_warning"]);
    let plan = mass.plan(config.clone());
    assert!(plan.succeeded(), "{}", complaints(&plan));
    let open = changes(&plan);
    assert_eq!(open.len(), 2, "{open:#?}");
    let told = warnings(&plan);
    assert!(
        told.contains("Quay deletes the notifications of acme together with its quota: quota_error, quota_warning"),
        "{told}"
    );
    assert!(told.contains("there is no quota of acme"), "{told}");
    let known = mass.writes();
    let report = mass.applied(config.clone());
    assert_eq!(changes(&report), open);
    assert_eq!(removed(&report), ["quota of the organization acme"]);
    let writes = mass.writes_since(known);
    assert!(writes.len() == 2 && writes[0].starts_with("DELETE") && writes[1].starts_with("POST"), "{writes:?}");
    assert_eq!(kept(&mass), ["quota_warning"]);
    mass.settled(config);
}

#[test]
fn registry_engine_a_server_without_notifications_of_organizations_prunes_and_exports_the_rest() {
    for mass in [Mass::on_quay("3.17"), Mass::new()] {
        mass.registry.emulator.set_feature("QUOTA_NOTIFICATIONS", false);
        let config = json!({"registry": {"prune": {"notifications": true}}, "organizations": [{"name": "acme",
            "repositories": [{"name": "app", "notifications": []}]}]});
        mass.applied(json!({"organizations": [{"name": "acme", "repositories": [{"name": "app", "notifications": [
            {"title": "surplus", "event": "repo_push", "method": "webhook", "config": {"url": "https://hooks.example/x"}}]}]}]}));
        let report = mass.applied(config.clone());
        assert_eq!(removed(&report), ["notifications of acme/app"], "{}", complaints(&report));
        mass.settled(config);
        assert!(mass.exported().value["organizations"][0].get("notifications").is_none());
        let refused = complaints(&mass.plan(acme(json!({"quota": "1 GiB"}), &["quota_warning"])));
        assert!(
            refused.contains("FEATURE_QUOTA_NOTIFICATIONS is off") || refused.contains("needs Quay 3.18"),
            "{refused}"
        );
    }
}
