//! `quay_organization_notification`.

use quay_emulator::{ALL_SCOPES, Config, Fault};
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry, merged};

const MODULE: &str = "quay_organization_notification";
const LIST: &str = "/api/v1/organization/acme/notifications";
const OWN: &str = "/api/v1/user/namespacenotifications";

fn prepared(config: Config) -> Registry {
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok(
        "quay_quota",
        json!({"organization": "acme", "quota": "10 GiB", "warning_pct": [50, 80], "reject_pct": [100]}),
    );
    registry
}

fn registry() -> Registry {
    prepared(Config::default())
}

fn hook(title: &str, more: Value) -> Value {
    let all = json!({
        "organization": "acme", "title": title, "event": "quota_warning", "method": "webhook",
        "config": {"url": "https://hook.example.com/s3cr3t"},
    });
    merged(all, &more)
}

fn to(kind: &str, name: &str) -> Value {
    hook("x", json!({"method": "quay_notification", "config": {"type": kind, "name": name}}))
}

/// The stored notifications of a namespace.
fn stored(registry: &Registry, namespace: &str) -> Vec<Value> {
    let state = registry.emulator.snapshot();
    state["namespaces"][namespace]["notifications"].as_object().unwrap().values().cloned().collect()
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        base: json!({"organization": "acme", "title": "Storage"}),
        create: json!({"event": "quota_warning", "method": "webhook", "config": {"url": "https://one.example.com/s3cr3t"}}),
        update: json!({"event": "quota_error", "config": {"url": "https://two.example.com/s3cr3t"}}),
        requests: Budget { create: 4, repeat: 1, update: 4, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    let shown = |event: &str, host: &str| {
        json!({"organization": "acme", "notifications": [{
            "title": "Storage", "event": event, "method": "webhook", "config": {"url": format!("https://{host}/********")},
        }]})
    };
    assert_eq!(create.after(), &shown("quota_warning", "one.example.com"));
    assert_eq!(create.warnings(), Vec::<&str>::new());
    let uuid = create.result["uuids"][0].as_str().unwrap();
    // The new one is there before the old one goes.
    assert_eq!(update.writes(), [format!("POST {LIST}"), format!("DELETE {LIST}/{uuid}")]);
    assert_eq!(update.after(), &shown("quota_error", "two.example.com"));
    assert_eq!(remove.after(), &json!({"organization": "acme", "notifications": []}));
    assert!(!update.result.to_string().contains("s3cr3t"), "{}", update.result);
}

#[test]
fn each_method_sends_its_parameters() {
    let registry = registry();
    registry.emulator.add_user("alice", "secret");
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs"}));
    let target = |kind: &str, name: &str| json!({"target": {"name": name, "kind": kind}});
    for (method, config, sent) in [
        ("slack", json!({"url": "https://s.example.com/x"}), json!({"url": "https://s.example.com/x"})),
        ("email", json!({}), json!({})),
        (
            "hipchat",
            json!({"room_id": "1", "notification_token": "t0k3n"}),
            json!({"room_id": "1", "notification_token": "t0k3n"}),
        ),
        ("flowdock", json!({"flow_api_token": "t0k3n"}), json!({"flow_api_token": "t0k3n"})),
        ("quay_notification", json!({"name": "alice"}), target("user", "alice")),
        ("quay_notification", json!({"name": "devs", "type": "team"}), target("team", "devs")),
        ("quay_notification", json!({"name": "acme", "type": "org"}), target("org", "acme")),
        (
            "webhook",
            json!({"url": "https://h.example.com/", "template": {"a": ["x", 1]}}),
            json!({"url": "https://h.example.com/", "template": "{\"a\":[\"x\",1]}"}),
        ),
    ] {
        let all = hook(&sent.to_string(), json!({"method": method}));
        let all = merged(all, &json!({"config": config}));
        let run = registry.ok(MODULE, all.clone());
        let body = &run.requests.iter().find(|exchange| exchange.is_write()).unwrap().request;
        assert_eq!(body["config"], sent);
        assert_eq!(body["eventConfig"], json!({}), "Quay wants the key");
        run.assert_hides("\"t0k3n\"");
        assert!(!registry.ok(MODULE, all).changed(), "{method}");
    }
}

#[test]
fn without_a_title_event_and_method_select() {
    let registry = registry();
    for (title, event) in [("b", "quota_warning"), ("a", "quota_error"), ("c", "quota_error")] {
        registry.ok(MODULE, hook(title, json!({"event": event})));
    }
    let gone = |more: Value| {
        let run = registry.check(MODULE, merged(json!({"organization": "acme", "state": "absent"}), &more));
        let all = run.before()["notifications"].as_array().unwrap();
        all.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(gone(json!({"event": "quota_error"})), ["a", "c"]);
    assert_eq!(gone(json!({"method": "webhook"})), ["a", "b", "c"]);
    assert_eq!(gone(json!({"method": "slack"})), Vec::<String>::new());
    assert_eq!(gone(json!({})), Vec::<String>::new());
    // Selected so, a difference is only told.
    let run = registry
        .ok(MODULE, json!({"organization": "acme", "event": "quota_warning", "config": {"url": "https://x.example"}}));
    assert!(!run.changed());
    assert!(run.warnings()[0].contains("the notification \"b\" of acme differs in config"), "{:?}", run.warnings());
}

#[test]
fn equal_ones_are_reduced_to_one() {
    let registry = registry();
    registry.ok(MODULE, hook("Storage", json!({})));
    let mut state = registry.emulator.snapshot();
    let all = state["namespaces"]["acme"]["notifications"].as_object_mut().unwrap();
    let twin = all.values().next().unwrap().clone();
    all.insert("twin".into(), twin);
    registry.emulator.load(state).unwrap();
    assert!(registry.ok(MODULE, hook("Storage", json!({}))).changed());
    assert_eq!(stored(&registry, "acme").len(), 1);
}

#[test]
fn tests_and_resets() {
    let registry = registry();
    let options = hook("Storage", json!({"test": true, "reset_failcount": true}));
    let created = registry.ok(MODULE, options.clone());
    let uuid = created.result["uuids"][0].as_str().unwrap().to_owned();
    assert_eq!(created.writes(), [format!("POST {LIST}"), format!("POST {LIST}/{uuid}/test")]);
    let again = registry.ok(MODULE, options.clone());
    assert!(!again.changed(), "a test is no change");
    assert_eq!(again.lines(), [format!("GET {LIST}"), format!("POST {LIST}/{uuid}/test")]);
    registry.emulator.with_state(|state| {
        let all = &mut state.namespace_mut("acme").unwrap().notifications;
        all.values_mut().for_each(|one| one.failures = 3);
    });
    assert!(registry.check(MODULE, options.clone()).changed());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(run.writes(), [format!("POST {LIST}/{uuid}"), format!("POST {LIST}/{uuid}/test")]);
    assert_eq!(run.before()["notifications"][0]["number_of_failures"], 3);
    assert_eq!(run.after()["notifications"][0]["number_of_failures"], 0);
    assert!(!registry.ok(MODULE, options).changed());
}

#[test]
fn ones_own_namespace() {
    let registry = registry();
    let token = registry.emulator.token_for("alice", ALL_SCOPES.as_slice());
    let mut own = hook("Mine", json!({"own": true}));
    own.as_object_mut().unwrap().remove("organization");
    let run = registry.run_as(&token, MODULE, own.clone(), Mode::Real);
    assert_eq!(run.writes(), [format!("POST {OWN}")]);
    assert_eq!(run.after()["own"], true);
    let why = "the event quota_warning will not happen: there is no quota of one's own namespace, which quay_user sets";
    assert_eq!(run.warnings(), [why]);
    let again = registry.run_as(&token, MODULE, own.clone(), Mode::Real);
    assert!(!again.changed());
    assert_eq!(again.lines(), [format!("GET {OWN}")]);
    own["state"] = json!("absent");
    assert!(registry.run_as(&token, MODULE, own.clone(), Mode::Real).changed());
    assert!(stored(&registry, "alice").is_empty());
    let weak = registry.emulator.token_for("alice", &["org:admin"]);
    let message = registry.run_as(&weak, MODULE, own, Mode::Real).message();
    assert!(message.contains("user:admin"), "{message}");
}

#[test]
fn one_that_is_never_sent_brings_a_warning() {
    let registry = registry();
    let warned = |registry: &Registry, options: Value| {
        let told =
            registry.check(MODULE, options.clone()).warnings().iter().map(ToString::to_string).collect::<Vec<_>>();
        let run = registry.ok(MODULE, options);
        assert_eq!(run.warnings(), told);
        told
    };
    registry.ok("quay_quota", json!({"organization": "acme", "reject_pct": [0]}));
    assert_eq!(warned(&registry, hook("w", json!({}))), Vec::<String>::new());
    assert_eq!(
        warned(&registry, hook("e", json!({"event": "quota_error"}))),
        ["the event quota_error will not happen: the quota of acme has no limit for it (reject_pct of quay_quota)"]
    );
    let gone = registry.ok("quay_quota", json!({"organization": "acme", "state": "absent"}));
    assert_eq!(gone.warnings(), ["Quay deletes the notifications of acme together with its quota: e, w"]);
    assert!(stored(&registry, "acme").is_empty());
    assert_eq!(
        warned(&registry, hook("w", json!({}))),
        ["the event quota_warning will not happen: there is no quota of acme, which quay_quota sets"]
    );
    let off = Registry::with(Config::default().feature("QUOTA_MANAGEMENT", false));
    off.ok("quay_organization", json!({"name": "acme"}));
    assert_eq!(
        warned(&off, hook("w", json!({}))),
        ["the event quota_warning will not happen: FEATURE_QUOTA_MANAGEMENT is off in Quay's configuration"]
    );
}

#[test]
fn a_quota_that_stays_keeps_them() {
    let registry = registry();
    registry.ok(MODULE, hook("w", json!({})));
    let run = registry.ok("quay_quota", json!({"organization": "acme", "quota": "5 GiB", "warning_pct": [90]}));
    assert!(run.changed() && run.warnings().is_empty());
    assert_eq!(stored(&registry, "acme").len(), 1);
    let absent = registry.check("quay_quota", json!({"organization": "acme", "state": "absent"}));
    assert_eq!(absent.warnings(), ["Quay deletes the notifications of acme together with its quota: w"]);
}

#[test]
fn what_a_creation_lacks_is_told_at_once() {
    let registry = registry();
    let text = |more: Value| registry.refused_everywhere(MODULE, merged(json!({"organization": "acme"}), &more));
    assert_eq!(text(json!({})), "cannot create the notification of acme: it also needs title, event, method, config");
    for (method, option) in
        [("flowdock", "flow_api_token"), ("slack", "url"), ("webhook", "url"), ("quay_notification", "name")]
    {
        assert_eq!(
            text(json!({"title": "x", "event": "quota_error", "method": method, "config": {}})),
            format!("cannot create the notification of acme: it also needs config.{option}")
        );
    }
}

#[test]
fn values_are_checked_before_any_request() {
    let registry = registry();
    let own = |kind: &str| json!({"organization": null, "own": true, "config": {"type": kind, "name": "devs"}});
    for (more, text) in [
        (json!({"organization": null}), "one of organization and own is needed"),
        (json!({"own": true}), "organization and own exclude each other"),
        (json!({"config": {"email": "ops@example.com"}}), "config.email: Quay does not look at it"),
        (json!({"config": {"name": "acme+robot"}}), "config.name: acme+robot is a robot account"),
        (json!({"config": {"type": "org", "name": "other"}}), "config.name: other is not this organization, acme"),
        (own("team"), "config.name: devs is no user; one's own namespace has no team"),
        (own("org"), "config.name: devs is no user; one's own namespace has no org"),
        (json!({"config": {"url": "http://localhost:8080/x"}}), "config.url: localhost is the server itself"),
        (json!({"event": "repo_push"}), "event"),
        (json!({"config": {"url": "https://x.example", "template": "{"}}), "config.template: not a JSON document"),
    ] {
        let mut options = hook("x", json!({}));
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let run = registry.run(MODULE, options);
        run.assert_refused();
        assert!(run.message().contains(text) && run.requests.is_empty(), "{}", run.message());
    }
}

#[test]
fn targets_and_organizations_must_exist() {
    let registry = registry();
    for (kind, why) in [("user", "there is no user nobody"), ("team", "there is no team nobody in acme")] {
        let message = registry.refused_everywhere(MODULE, to(kind, "nobody"));
        assert_eq!(message, format!("cannot create the notification \"x\" of acme: {why}"));
    }
    let nowhere = hook("x", json!({"organization": "nowhere"}));
    assert_eq!(
        registry.refused_everywhere(MODULE, nowhere.clone()),
        "cannot list the notifications of nowhere: the organization nowhere does not exist"
    );
    assert!(!registry.ok(MODULE, merged(nowhere, &json!({"state": "absent"}))).changed());
    // Members who are no administrators may not even look.
    let weak = registry.emulator.token_for("alice", ALL_SCOPES.as_slice());
    let message = registry.run_as(&weak, MODULE, hook("x", json!({})), Mode::Real).message();
    assert!(message.contains("org:admin, and a user who is an administrator of the organization"), "{message}");
}

#[test]
fn servers_without_them_are_told() {
    let off = prepared(Config::default().feature("QUOTA_NOTIFICATIONS", false));
    for state in ["present", "absent"] {
        let message = off.refused_everywhere(MODULE, hook("x", json!({"state": state})));
        assert!(message.contains("FEATURE_QUOTA_NOTIFICATIONS is off"), "{message}");
    }
    let old = prepared(Config::default().quay("3.17"));
    let message = old.refused_everywhere(MODULE, hook("x", json!({})));
    assert!(message.contains("this needs Quay 3.18, and the server is 3.17"), "{message}");
    assert_eq!(old.ok("quay_quota", json!({"organization": "acme", "state": "absent"})).warnings(), Vec::<&str>::new());
}

#[test]
fn faults_in_between() {
    let registry = registry();
    registry.ok(MODULE, hook("Storage", json!({})));
    registry.emulator.fault(Fault::html(502).on("DELETE", LIST).times(1));
    let run = registry.run(MODULE, hook("Storage", json!({"event": "quota_error"})));
    assert!(run.message().contains("Taken back"), "{}", run.message());
    assert_eq!(stored(&registry, "acme")[0]["event"], "quota_warning");
    // One that somebody else deletes is gone all the same.
    let gone = json!({"detail": "Not Found", "error_type": "not_found"}).to_string();
    registry.emulator.fault(Fault::status(404, "application/json", &gone).on("DELETE", LIST));
    assert!(!registry.ok(MODULE, json!({"organization": "acme", "title": "Storage", "state": "absent"})).changed());
}
