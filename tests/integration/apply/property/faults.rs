//! Any single fault, at any request, leaves a state from which the next run converges.

use quay_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use quaymaster::apply::report::{Action, Outcome, ReportedItem};

use crate::apply::support::{Mass, changes, complaints, objects};

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

fn told(object: &ReportedItem) -> (&str, Action) {
    (&object.title, object.action)
}

#[track_caller]
fn assert_every_fault_heals(what: &str, fault: impl Fn() -> Fault) {
    assert_faults_heal(what, 1, fault);
}

/// Strikes at every `stride`th request.
#[track_caller]
fn assert_faults_heal(what: &str, stride: usize, fault: impl Fn() -> Fault) {
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
    for nth in (0..requests).step_by(stride) {
        emulator.load(start.clone()).unwrap();
        emulator.clear_journal();
        emulator.fault(fault().skip(nth).times(1));
        let first = mass.apply(after());
        let journal = emulator.journal();
        let struck = journal.get(nth as usize).map(|exchange| format!("{} {}", exchange.method, exchange.path));
        emulator.clear_faults();
        harmed += u32::from(!first.succeeded());
        let place = format!("{what} at request {nth} ({})", struck.unwrap_or_default());
        // The report is never wiser than the truth: what is told as done needs nothing more.
        let next = mass.plan(after());
        assert!(next.succeeded(), "{place}: {}", complaints(&next));
        let open: Vec<_> = objects(&next).filter(|object| object.changed()).map(told).collect();
        let done = objects(&first).filter(|object| object.outcome == Outcome::Done).map(told);
        let lies: Vec<_> = done.filter(|told| open.contains(told)).collect();
        assert!(lies.is_empty(), "{place}: told as done and still open: {lies:?}");
        assert!(!first.succeeded() || open.is_empty(), "{place}: told as done: {open:?}");
        if open.is_empty() {
            continue;
        }
        let second = mass.apply(after());
        assert!(second.succeeded(), "{place}: {}first run: {}", complaints(&second), complaints(&first));
        let third = mass.plan(after());
        assert!(third.succeeded(), "{place}: {}", complaints(&third));
        assert!(changes(&third).is_empty(), "{place}: {:#?}", changes(&third));
    }
    assert!(harmed as usize > requests as usize / stride / 2, "{what}: {harmed} of {requests} did any harm");
}

#[test]
fn registry_property_a_failure_of_the_server_heals() {
    assert_every_fault_heals("500", || Fault::html(500));
}

#[test]
fn registry_property_a_server_in_maintenance_heals() {
    assert_faults_heal("503", 5, || Fault::new(FaultKind::ReadOnly));
}

#[test]
fn registry_property_a_dropped_request_heals() {
    assert_every_fault_heals("dropped before", Fault::drop_before);
}

#[test]
fn registry_property_a_dropped_answer_heals() {
    assert_every_fault_heals("dropped after", Fault::drop_after);
}

#[test]
fn registry_property_the_page_of_a_proxy_heals() {
    assert_every_fault_heals("200 HTML", || Fault::html(200));
}

#[test]
fn registry_property_broken_json_heals() {
    assert_faults_heal("broken JSON", 5, || Fault::new(FaultKind::BadJson));
}

#[test]
fn registry_property_a_refused_credential_heals() {
    assert_every_fault_heals("401", || {
        Fault::status(401, "application/json", r#"{"status": 401, "detail": "Unauthorized"}"#)
    });
}

#[test]
fn registry_property_a_cut_answer_heals() {
    assert_every_fault_heals("truncated", || Fault::new(FaultKind::Truncate));
}

#[test]
fn registry_property_too_many_requests_heal() {
    assert_faults_heal("429", 5, || Fault::too_many_requests(None));
}
