//! Any single fault, at any request, leaves a state from which the next run converges.

use quay_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use quaymaster::apply::report::{Action, Outcome, Report, ReportedItem};

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
         "notifications": [{"title": "full", "event": "quota_error", "method": "email", "config": {}}],
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

/// How the requests of a run go wrong.
struct Trouble<'a> {
    name: &'a str,
    faults: &'a dyn Fn() -> Vec<Fault>,
    /// Every so many requests are struck, beginning with the `first`.
    stride: usize,
    first: usize,
}

#[track_caller]
fn assert_every_fault_heals(name: &str, fault: impl Fn() -> Fault) {
    assert_faults_heal(name, 1, 0, fault);
}

#[track_caller]
fn assert_faults_heal(name: &str, stride: usize, first: usize, fault: impl Fn() -> Fault) {
    let harmed = assert_trouble_heals(&Trouble { name, faults: &|| vec![fault()], stride, first });
    assert!(harmed > 0.5, "{name}: only {harmed} of all did any harm");
}

/// The share of requests where it did harm.
#[track_caller]
fn assert_trouble_heals(trouble: &Trouble) -> f64 {
    let mass = Mass::with_users(&["alice", "bob"]);
    mass.applied(before());
    let emulator = &mass.registry.emulator;
    let start = emulator.snapshot();
    emulator.clear_journal();
    mass.applied(after());
    let requests = emulator.journal().len();
    assert!(requests > 45, "a run without work proves nothing: {requests}");
    mass.settled(after());
    let (mut struck, mut harmed) = (0, 0);
    for nth in (trouble.first..requests).step_by(trouble.stride) {
        emulator.load(start.clone()).unwrap();
        emulator.clear_journal();
        for fault in (trouble.faults)() {
            emulator.fault(fault.skip(u32::try_from(nth).unwrap()));
        }
        let first = mass.apply(after());
        let journal = emulator.journal();
        let place = journal.get(nth).map(|exchange| format!("{} {}", exchange.method, exchange.path));
        emulator.clear_faults();
        (struck, harmed) = (struck + 1, harmed + u32::from(!first.succeeded()));
        let place = format!("{} at request {nth} ({})", trouble.name, place.unwrap_or_default());
        assert_told_and_healed(&mass, &first, &place);
    }
    f64::from(harmed) / f64::from(struck)
}

/// The report of the first run is never wiser than the truth: what is told as done needs nothing more. The next run takes up the rest.
#[track_caller]
fn assert_told_and_healed(mass: &Mass, first: &Report, place: &str) {
    let next = mass.plan(after());
    assert!(next.succeeded(), "{place}: {}", complaints(&next));
    let open: Vec<_> = objects(&next).filter(|object| object.changed()).map(told).collect();
    let done = objects(first).filter(|object| object.outcome == Outcome::Done).map(told);
    let lies: Vec<_> = done.filter(|told| open.contains(told)).collect();
    assert!(lies.is_empty(), "{place}: told as done and still open: {lies:?}");
    assert!(!first.succeeded() || open.is_empty(), "{place}: told as done: {open:?}");
    if open.is_empty() {
        return;
    }
    let second = mass.apply(after());
    assert!(second.succeeded(), "{place}: {}first run: {}", complaints(&second), complaints(first));
    let third = mass.plan(after());
    assert!(third.succeeded(), "{place}: {}", complaints(&third));
    assert!(changes(&third).is_empty(), "{place}: {:#?}", changes(&third));
}

#[test]
fn registry_property_a_failure_of_the_server_heals() {
    assert_every_fault_heals("500", || Fault::html(500).times(1));
}

#[test]
fn registry_property_a_server_in_maintenance_heals() {
    assert_faults_heal("503", 2, 0, || Fault::new(FaultKind::ReadOnly).times(1));
}

#[test]
fn registry_property_a_dropped_request_heals() {
    assert_every_fault_heals("dropped before", || Fault::drop_before().times(1));
}

#[test]
fn registry_property_a_dropped_answer_heals() {
    assert_every_fault_heals("dropped after", || Fault::drop_after().times(1));
}

#[test]
fn registry_property_the_page_of_a_proxy_heals() {
    assert_every_fault_heals("200 HTML", || Fault::html(200).times(1));
}

#[test]
fn registry_property_broken_json_heals() {
    assert_faults_heal("broken JSON", 2, 1, || Fault::new(FaultKind::BadJson).times(1));
}

#[test]
fn registry_property_a_refused_credential_heals() {
    assert_every_fault_heals("401", || {
        Fault::status(401, "application/json", r#"{"status": 401, "detail": "Unauthorized"}"#).times(1)
    });
}

#[test]
fn registry_property_a_cut_answer_heals() {
    assert_every_fault_heals("truncated", || Fault::new(FaultKind::Truncate).times(1));
}

#[test]
fn registry_property_too_many_requests_heal() {
    assert_every_fault_heals("429", || Fault::too_many_requests(None).times(1));
}

/// A replica that lags behind: from each request on, reads answer from the state before the latest write, or all writes of the run.
#[test]
fn registry_property_reads_of_old_states_heal() {
    for (first, writes) in [1, 2, 1000].into_iter().enumerate() {
        let name = &*format!("stale by {writes}");
        assert_trouble_heals(&Trouble { name, faults: &|| vec![Fault::stale(writes)], stride: 3, first });
    }
}

/// What was done behind a lost answer is looked up, on a replica that knows nothing of it yet.
#[test]
fn registry_property_a_dropped_answer_and_an_old_look_up_heal() {
    let faults = || vec![Fault::drop_after().times(1), Fault::stale(1)];
    assert_trouble_heals(&Trouble { name: "dropped after, then stale", faults: &faults, stride: 1, first: 0 });
}
