//! Any single fault, at any request, leaves a state from which the next run converges.

use quay_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::apply::support::{Mass, changes, complaints};

/// Something of every kind to create, to change and to remove.
fn before() -> Value {
    json!({"messages": [{"content": "old"}], "organizations": [
        {"name": "acme", "email": "old@example.com", "robots": [{"name": "old"}, {"name": "ci", "description": "Old"}],
         "teams": [{"name": "old"}, {"name": "dev", "members": ["alice", "acme+old"]}],
         "applications": [{"name": "old"}], "default_permissions": [{"name": "alice", "type": "user", "role": "read"}],
         "repositories": [{"name": "old"}, {"name": "app", "visibility": "private",
            "permissions": [{"name": "alice", "type": "user", "role": "read"}],
            "notifications": [{"title": "old", "event": "repo_push", "method": "webhook", "config": {"url": "https://hooks.example/x"}}]}]},
        {"name": "former", "teams": [{"name": "dev"}]}]})
}

fn after() -> Value {
    let all = [
        "teams",
        "members",
        "robots",
        "default_permissions",
        "applications",
        "repositories",
        "permissions",
        "notifications",
        "prune_policies",
        "messages",
    ];
    let prune: serde_json::Map<String, Value> = all.iter().map(|kind| ((*kind).to_owned(), json!(true))).collect();
    json!({"registry": {"jobs": 1, "prune": prune, "max_removal_percent": 100}, "messages": [{"content": "new"}], "organizations": [
        {"name": "acme", "email": "new@example.com", "time_machine_expiration": "1w",
         "robots": [{"name": "ci", "description": "New", "federations": [{"issuer": "https://issuer.example", "subject": "a"}]}, {"name": "cd"}],
         "teams": [{"name": "dev", "members": ["bob", "acme+cd"]}],
         "applications": [{"name": "new"}], "default_permissions": [{"name": "bob", "type": "user", "role": "write"}],
         "quota": {"quota": "1 GiB"},
         "immutability_policies": [{"tag_pattern": "^v"}],
         "repositories": [
            {"name": "app", "description": "New", "permissions": [{"name": "dev", "type": "team", "role": "write"}],
             "notifications": [{"title": "new", "event": "repo_push", "method": "webhook", "config": {"url": "https://hooks.example/y"}}],
             "prune_policies": [{"method": "tags", "value": "3"}]},
            {"name": "web", "visibility": "public", "star": true, "permissions": [{"name": "acme+ci", "type": "user", "role": "read"}],
             "mirror": {"external_reference": "quay.io/o/web", "robot_username": "acme+cd", "image_tags": ["v*"], "is_enabled": false}}]},
        {"name": "latter", "previous_name": "former", "teams": [{"name": "dev", "description": "Moved"}]},
        {"name": "fresh", "repositories": [{"name": "app"}]}]})
}

#[track_caller]
fn assert_every_fault_heals(what: &str, fault: impl Fn() -> Fault) {
    let mass = Mass::with_users(&["alice", "bob"]);
    mass.applied(before());
    let emulator = &mass.registry.emulator;
    let start = emulator.snapshot();
    emulator.clear_journal();
    mass.applied(after());
    let requests = u32::try_from(emulator.journal().len()).unwrap();
    assert!(requests > 45, "a run without work proves nothing: {requests}");
    mass.settled(after());
    let mut harmed = 0;
    for nth in 0..requests {
        emulator.load(start.clone()).unwrap();
        emulator.clear_journal();
        emulator.fault(fault().skip(nth).times(1));
        let first = mass.apply(after());
        let journal = emulator.journal();
        let struck = journal.get(nth as usize).map(|exchange| format!("{} {}", exchange.method, exchange.path));
        emulator.clear_faults();
        harmed += u32::from(!first.succeeded());
        let place = format!("{what} at request {nth} ({})", struck.unwrap_or_default());
        let second = mass.apply(after());
        assert!(second.succeeded(), "{place}: {}first run: {}", complaints(&second), complaints(&first));
        let third = mass.plan(after());
        assert!(third.succeeded(), "{place}: {}", complaints(&third));
        assert!(changes(&third).is_empty(), "{place}: {:#?}", changes(&third));
    }
    assert!(harmed > requests / 2, "{what}: {harmed} of {requests} did any harm");
}

#[test]
fn registry_property_a_failure_of_the_server_heals() {
    assert_every_fault_heals("500", || Fault::html(500));
}

#[test]
fn registry_property_a_server_in_maintenance_heals() {
    assert_every_fault_heals("503", || Fault::new(FaultKind::ReadOnly));
}

#[test]
fn registry_property_a_dropped_request_heals() {
    assert_every_fault_heals("dropped before", Fault::drop_before);
}

#[test]
fn registry_property_a_dropped_answer_heals() {
    assert_every_fault_heals("dropped after", Fault::drop_after);
}
