//! Failures, interruptions, lost servers, servers that are too busy.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use quay_emulator::{Config, Emulator, Fault};
use quaymaster::apply::engine;
use quaymaster::apply::input::selection::Request;
use quaymaster::apply::report::{Counts, Outcome};
use quaymaster::apply::run::{NoProgress, Progress};
use quaymaster::apply::show;
use serde_json::{Value, json};

use crate::apply::support::{Mass, company, complaints, object, objects, refusals};
use crate::support::Registry;

#[test]
fn registry_engine_a_failure_skips_only_what_builds_on_it() {
    let mass = Mass::new();
    let config = json!({"organizations": [
        {"name": "acme", "robots": [{"name": "ci"}, {"name": "cd"}],
         "teams": [{"name": "with_ci", "members": ["acme+ci"]}, {"name": "with_cd", "members": ["acme+cd"]}],
         "applications": [{"name": "portal"}],
         "repositories": [
            {"name": "app", "permissions": [{"name": "with_ci", "type": "team", "role": "read"}],
             "prune_policies": [{"method": "tags", "value": "5"}]},
            {"name": "web", "permissions": [{"name": "acme+cd", "type": "user", "role": "read"}]}]},
        {"name": "other", "teams": [{"name": "dev"}]}]});
    let emulator = &mass.registry.emulator;
    emulator.fault(Fault::html(500).on("PUT", "/api/v1/organization/acme/robots/ci"));
    emulator.fault(Fault::html(500).on("write", "/api/v1/organization/acme/applications"));
    let report = mass.apply(config.clone());
    emulator.clear_faults();
    assert!(!report.succeeded());
    let failed: Vec<&str> = objects(&report)
        .filter(|object| matches!(object.outcome, Outcome::Failed(_)))
        .map(|object| object.title.as_str())
        .collect();
    assert_eq!(failed, ["robot account acme+ci", "application portal of acme"], "every error is told");
    let skipped: Vec<(&str, &str)> = objects(&report)
        .filter_map(|object| match &object.outcome {
            Outcome::Skipped(why) => Some((object.title.as_str(), why.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(skipped.iter().map(|(title, _)| *title).collect::<Vec<_>>().len(), 3, "{skipped:?}");
    assert!(skipped.iter().all(|(_, why)| why.contains("robot account")), "{skipped:?}");
    for title in ["team acme/with_cd", "repository acme/web", "team other/dev"] {
        assert_eq!(object(&report, title).outcome, Outcome::Done);
    }
    mass.applied(config.clone());
    mass.settled(config);
}

#[test]
fn registry_engine_a_removal_waits_for_what_could_not_be_added() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme", "teams": [{"name": "old"}]}]}));
    let config = json!({"registry": {"prune": {"teams": true}}, "organizations": [{"name": "acme", "teams": [{"name": "new"}]}]});
    mass.registry.emulator.fault(Fault::html(500).on("PUT", "/api/v1/organization/acme/team/new"));
    let report = mass.apply(config.clone());
    mass.registry.emulator.clear_faults();
    assert!(matches!(object(&report, "team acme/old").outcome, Outcome::Skipped(_)));
    assert!(mass.has("old"));
    mass.applied(config.clone());
    mass.settled(config);
}

/// Sets the flag once so many objects are through.
struct Interrupt<'a> {
    left: AtomicUsize,
    flag: &'a AtomicBool,
}

impl Progress for Interrupt<'_> {
    fn begins(&self, _endpoint: &str, _total: usize) {}

    fn ended(&self, _endpoint: &str, _title: &str, _outcome: &Outcome) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.flag.store(true, Ordering::SeqCst);
        }
    }
}

#[test]
fn registry_engine_an_interrupted_run_tells_what_is_missing_and_the_next_one_takes_it_up() {
    for after in [1, 4, 9, 17] {
        let mass = Mass::new();
        let config = json!({"registry": {"jobs": 2}, "organizations": [company("acme", 4, 4, 12)]});
        let flag = AtomicBool::new(false);
        let progress = Interrupt { left: AtomicUsize::new(after), flag: &flag };
        let report = engine::plan(&mass.declaration(config.clone()), &Request::default()).execute(&progress, &flag);
        assert!(!report.succeeded());
        let Counts { create, skipped, failed, .. } = report.counts();
        assert_eq!((create + skipped, failed), (21, 0), "{}", complaints(&report));
        assert!((after..after + 2).contains(&create), "{create} done after {after}");
        assert!(complaints(&report).contains("the run was interrupted before"));
        mass.applied(config.clone());
        mass.settled(config);
    }
}

#[test]
fn registry_engine_what_was_half_done_is_a_change_and_the_failure_stays_whole() {
    let mass = Mass::with_users(&["alice"]);
    mass.applied(json!({"organizations": [{"name": "acme"}]}));
    mass.registry.emulator.fault(Fault::html(500).on("PUT", "/api/v1/organization/acme/team/dev/members/alice"));
    let config = json!({"organizations": [{"name": "acme", "teams": [{"name": "dev", "members": ["alice"]}]}]});
    let report = mass.apply(config.clone());
    mass.registry.emulator.clear_faults();
    assert!(report.changed() && !report.succeeded(), "{}", complaints(&report));
    assert_eq!(report.counts(), Counts { failed: 1, unchanged: 1, ..Counts::default() });
    let told = report.to_json();
    let object = told.pointer("/endpoints/0/objects/0").unwrap();
    assert_eq!((&object["status"], &object["method"]), (&json!(500), &json!("PUT")), "{object}");
    assert_eq!(object["steps_done"].as_array().map(Vec::len), Some(1), "{object}");
    mass.applied(config.clone());
    mass.settled(config);
}

#[test]
fn registry_engine_one_cause_is_told_once_and_a_refused_run_has_done_nothing() {
    let mass = Mass::new();
    let organization = |name: &str| json!({"name": name});
    let absent = |name: &str| json!({"name": name, "state": "absent"});
    let names = ["one", "two", "three", "four", "five"];
    mass.applied(json!({"organizations": names.map(organization)}));
    let known = mass.writes();
    let report = mass.apply(json!({"organizations": names.map(absent), "messages": [{"content": "Closed on Sunday"}]}));
    assert_eq!(mass.writes(), known);
    let Counts { create, change, remove, failed, skipped, .. } = report.counts();
    assert_eq!((create, change, remove, failed, skipped), (0, 0, 0, 0, 6), "{}", complaints(&report));
    let refused = refusals(&report);
    assert_eq!(refused.lines().count(), 2, "beside the ceiling: {refused}");
    assert!(
        refused.contains("5 objects (organization one, organization two, organization three and 2 more): "),
        "{refused}"
    );
    let shown = show::outcome(&report, usize::MAX);
    assert!(shown.contains("; nothing was written; "), "{shown}");
    assert_eq!(shown.matches("nothing is written after a refusal").count(), 1, "{shown}");
}

/// Breaks off when an object is through.
struct Breaking;

impl Progress for Breaking {
    fn begins(&self, _endpoint: &str, _total: usize) {}

    fn ended(&self, _endpoint: &str, title: &str, _outcome: &Outcome) {
        assert_ne!(title, "team acme/team1");
    }
}

#[test]
fn registry_engine_a_worker_that_breaks_off_keeps_nobody_waiting() {
    let mass = Mass::new();
    let config = json!({"registry": {"jobs": 4}, "organizations": [company("acme", 4, 4, 12)]});
    let plans = engine::plan(&mass.declaration(config.clone()), &Request::default());
    let report = plans.execute(&Breaking, &AtomicBool::new(false));
    assert!(report.succeeded(), "what cannot be shown is done all the same: {}", complaints(&report));
    mass.settled(config);
}

#[test]
fn registry_engine_an_answer_of_the_wrong_shape_ends_the_run_and_names_the_object() {
    for answer in ["[]", "5", "\"x\"", "{\"users\": 3}"] {
        let mass = Mass::with_users(&["u1"]);
        mass.registry
            .emulator
            .fault(Fault::status(200, "application/json", answer).on("GET", "/api/v1/superuser/users/u1"));
        let config = json!({"users": [{"username": "u1", "email": "u1@example.com"}, {"username": "u2", "email": "u2@example.com"}]});
        let report = mass.apply(config);
        let told = format!("{}{}", refusals(&report), complaints(&report));
        assert!(!report.succeeded() && told.contains("u1"), "{answer}: {told}");
    }
}

/// Stops the server once so many objects are through, and keeps what it had.
struct PowerCut {
    left: AtomicUsize,
    emulator: Mutex<Option<Emulator>>,
    kept: Mutex<Value>,
}

impl Progress for PowerCut {
    fn begins(&self, _endpoint: &str, _total: usize) {}

    fn ended(&self, _endpoint: &str, _title: &str, _outcome: &Outcome) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(emulator) = self.emulator.lock().unwrap().take()
        {
            *self.kept.lock().unwrap() = emulator.snapshot();
            emulator.stop();
        }
    }
}

#[test]
fn registry_engine_a_run_that_loses_its_server_ends_soon_and_the_next_one_takes_up_the_rest() {
    let Mass { registry: Registry { emulator, token } } = Mass::new();
    let url = emulator.url();
    let mut config = json!({"organizations": [company("acme", 4, 4, 12)]});
    config["registry"] = json!({"quay_host": url, "quay_token": token, "retries": 0});
    let read = |config: &Value| {
        let node = quaymaster::apply::input::yaml::Node::of_value(config, "config");
        quaymaster::apply::input::declaration::Declaration::read(vec![node], None, &|_| None).ok().unwrap()
    };
    let plans = engine::plan(&read(&config), &Request::default());
    let cut = PowerCut { left: AtomicUsize::new(6), emulator: Mutex::new(Some(emulator)), kept: Mutex::default() };
    let report = plans.execute(&cut, &AtomicBool::new(false));
    assert!(!report.succeeded());
    let counts = report.counts();
    // Each of eight may lose an answer, and then finds nobody there once; nothing is begun after that.
    let told = complaints(&report);
    let found_nobody =
        told.lines().filter(|line| !line.contains("lost before") && line.contains("cannot connect")).count();
    assert!(counts.failed >= 1 && found_nobody <= 8, "{told}");
    assert!(counts.skipped >= 1, "{}", complaints(&report));
    assert_eq!(counts.create + counts.failed + counts.skipped, 21);

    let address = url.trim_start_matches("http://").parse().unwrap();
    let emulator = Emulator::with(Config { listen: address, ..Config::default() });
    emulator.load(cut.kept.into_inner().unwrap()).unwrap();
    let report = engine::plan(&read(&config), &Request::default()).execute(&NoProgress, &AtomicBool::new(false));
    assert!(report.succeeded(), "{}", complaints(&report));
    let again = engine::plan(&read(&config), &Request::default()).report();
    assert!(again.succeeded() && !again.changed(), "{}", complaints(&again));
    drop(emulator);
}

#[test]
fn registry_engine_a_server_that_drops_everything_from_some_moment_on_loses_nothing() {
    for drop in [Fault::drop_before(), Fault::drop_after()] {
        let mass = Mass::new();
        let config = json!({"organizations": [company("acme", 3, 3, 8)]});
        mass.registry.emulator.fault(drop.skip(12));
        let report = mass.apply(config.clone());
        mass.registry.emulator.clear_faults();
        assert!(!report.succeeded());
        mass.applied(config.clone());
        mass.settled(config);
    }
}

#[test]
fn registry_engine_a_busy_server_is_asked_more_slowly_and_the_run_ends_well() {
    let mass = Mass::new();
    let mut config = json!({"organizations": [company("acme", 3, 3, 10)]});
    config["registry"] = json!({"retries": 3});
    mass.registry.emulator.fault(Fault::too_many_requests(Some(1)).skip(6).times(3));
    mass.applied(config.clone());
    mass.registry.emulator.clear_faults();
    let journal = mass.registry.emulator.journal();
    let refused: Vec<_> = journal.iter().filter(|exchange| exchange.status == 429).collect();
    assert_eq!(refused.len(), 3);
    for busy in refused {
        let again = journal.iter().find(|other| {
            other.at > busy.at
                && (&other.method, &other.path, &other.request) == (&busy.method, &busy.path, &busy.request)
        });
        let again = again.unwrap_or_else(|| panic!("{} {} was not sent again", busy.method, busy.path));
        assert!(again.at - busy.at >= Duration::from_millis(990), "after {:?}", again.at - busy.at);
    }
    mass.settled(config);
}

fn signed_in(password: &str) -> Value {
    let mut config = json!({"organizations": [company("acme", 5, 5, 20), company("other", 2, 2, 2)]});
    config["registry"] = json!({"quay_username": "admin", "quay_password": password, "jobs": 8});
    config
}

#[test]
fn registry_engine_a_session_serves_many_requests_at_a_time() {
    let mass = Mass::new();
    mass.applied(signed_in("password"));
    mass.settled(signed_in("password"));
    let sign_ins = mass.registry.emulator.journal().iter().filter(|exchange| exchange.path == "/api/v1/signin").count();
    assert_eq!(sign_ins, 2, "one for each run");
}

/// Quay locks an account after some failed log-ins.
#[test]
fn registry_engine_a_wrong_password_is_tried_once() {
    let mass = Mass::new();
    let report = mass.apply(signed_in("wrong"));
    assert!(!report.succeeded());
    let told = format!("{}{}", refusals(&report), complaints(&report));
    assert!(told.contains("cannot sign in as admin") && !told.contains("wrong"), "{told}");
    let sign_ins = mass.registry.emulator.journal().iter().filter(|exchange| exchange.path == "/api/v1/signin").count();
    assert_eq!(sign_ins, 1);
}
