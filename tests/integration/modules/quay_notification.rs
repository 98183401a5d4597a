//! `quay_notification`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry, Run, merged};

const MODULE: &str = "quay_notification";
const LIST: &str = "/api/v1/repository/acme/app/notification/";

fn registry() -> Registry {
    prepared(Config::default())
}

fn prepared(config: Config) -> Registry {
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    registry
}

fn options(more: Value) -> Value {
    let mut options = json!({"repository": "acme/app"});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

fn hook(title: &str, more: Value) -> Value {
    let mut all = options(json!({
        "title": title, "event": "repo_push", "method": "webhook", "config": {"url": "https://hook.example.com/s3cr3t"},
    }));
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// The stored notifications.
fn stored(registry: &Registry) -> Vec<Value> {
    let state = registry.emulator.snapshot();
    let all = state["namespaces"]["acme"]["repositories"]["app"]["notifications"].as_object().unwrap();
    all.values().cloned().collect()
}

fn fail(registry: &Registry, times: u64) {
    let mut state = registry.emulator.snapshot();
    let all = &mut state["namespaces"]["acme"]["repositories"]["app"]["notifications"];
    for one in all.as_object_mut().unwrap().values_mut() {
        one["failures"] = json!(times);
    }
    registry.emulator.load(state).unwrap();
}

fn body(run: &Run) -> &Value {
    &run.requests.iter().find(|exchange| exchange.is_write()).unwrap().request
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        base: options(json!({"title": "Deploy"})),
        create: json!({"event": "repo_push", "method": "webhook", "config": {"url": "https://one.example.com/s3cr3t"}}),
        update: json!({"config": {"url": "https://two.example.com/s3cr3t"}}),
        requests: Budget { create: 4, repeat: 1, update: 5, remove: 3 },
    };
    let [create, update, remove] = life.run(&registry);
    let shown = |host: &str| {
        json!({"repository": "acme/app", "notifications": [{
            "title": "Deploy", "event": "repo_push", "method": "webhook", "config": {"url": format!("https://{host}/********")},
        }]})
    };
    assert_eq!(create.after(), &shown("one.example.com"));
    let uuid = create.result["uuids"][0].as_str().unwrap();
    // The new one is there before the old one goes.
    assert_eq!(update.writes(), [format!("POST {LIST}"), format!("DELETE {LIST}{uuid}")]);
    assert_eq!(update.after(), &shown("two.example.com"));
    assert_ne!(update.result["uuids"], create.result["uuids"]);
    assert_eq!(remove.after(), &json!({"repository": "acme/app", "notifications": []}));
    // Neither there nor under `invocation`.
    assert!(!update.result.to_string().contains("s3cr3t"), "{}", update.result);
    assert_eq!(update.result["invocation"]["module_args"]["config"]["url"], "https://two.example.com/********");
}

#[test]
fn each_method_sends_its_parameters() {
    let registry = registry();
    registry.emulator.add_user("alice", "secret");
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs"}));
    for (method, config, sent) in [
        ("slack", json!({"url": "https://s.example.com/x"}), json!({"url": "https://s.example.com/x"})),
        (
            "hipchat",
            json!({"room_id": "1", "notification_token": "t0k3n"}),
            json!({"room_id": "1", "notification_token": "t0k3n"}),
        ),
        ("flowdock", json!({"flow_api_token": "t0k3n"}), json!({"flow_api_token": "t0k3n"})),
        ("quay_notification", json!({"name": "alice"}), json!({"target": {"name": "alice", "kind": "user"}})),
        (
            "quay_notification",
            json!({"name": "devs", "type": "team"}),
            json!({"target": {"name": "devs", "kind": "team"}}),
        ),
        (
            "quay_notification",
            json!({"name": "acme", "type": "org"}),
            json!({"target": {"name": "acme", "kind": "org"}}),
        ),
        (
            "webhook",
            json!({"url": "https://h.example.com/", "template": {"a": ["x", 1]}}),
            json!({"url": "https://h.example.com/", "template": "{\"a\":[\"x\",1]}"}),
        ),
        (
            "webhook",
            json!({"url": "https://h.example.com/", "template": " {\"a\": 1} "}),
            json!({"url": "https://h.example.com/", "template": " {\"a\": 1} "}),
        ),
    ] {
        let all = options(json!({"title": sent.to_string(), "event": "repo_push", "method": method, "config": config}));
        let run = registry.ok(MODULE, all.clone());
        assert_eq!(body(&run)["config"], sent);
        assert_eq!(body(&run)["eventConfig"], json!({}));
        run.assert_hides("\"t0k3n\"");
        assert!(!registry.ok(MODULE, all).changed(), "{method}");
    }
}

#[test]
fn events_have_their_own_settings() {
    let registry = registry();
    let vulnerability = hook("V", json!({"event": "vulnerability_found", "vulnerability_level": "medium"}));
    let run = registry.ok(MODULE, vulnerability.clone());
    assert_eq!(body(&run)["eventConfig"], json!({"level": "2"}));
    assert_eq!(run.after()["notifications"][0]["vulnerability_level"], "medium");
    assert!(!registry.ok(MODULE, vulnerability).changed());
    let changed = registry.ok(MODULE, options(json!({"title": "V", "vulnerability_level": "critical"})));
    assert_eq!(body(&changed)["eventConfig"], json!({"level": "0"}));
    assert_eq!(body(&changed)["config"]["url"], "https://hook.example.com/s3cr3t");

    let expiry = hook("E", json!({"event": "repo_image_expiry", "image_expiry_days": 10}));
    assert_eq!(body(&registry.ok(MODULE, expiry.clone()))["eventConfig"], json!({"days": 10}));
    assert!(!registry.ok(MODULE, expiry).changed());
    assert!(!registry.ok(MODULE, options(json!({"title": "E"}))).changed(), "the default does not count alone");
    let run = registry.ok(MODULE, hook("E", json!({"event": "repo_image_expiry"})));
    assert_eq!(run.before()["notifications"][0]["image_expiry_days"], 10);
    assert_eq!(run.after()["notifications"][0]["image_expiry_days"], 7);
}

#[test]
fn templates_are_compared_as_json() {
    let registry = registry();
    let with = |template: Value| hook("T", json!({"config": {"url": "https://h.example.com/", "template": template}}));
    registry.ok(MODULE, with(json!({"a": 1})));
    assert!(!registry.ok(MODULE, with(json!("{ \"a\" : 1 }"))).changed());
    assert!(registry.ok(MODULE, with(json!("{ \"a\" : 2 }"))).changed());
    let run = registry.run(MODULE, with(json!("{a}")));
    assert!(
        run.message().contains("config.template: not a JSON document") && run.requests.is_empty(),
        "{}",
        run.message()
    );
}

#[test]
fn titles_are_selected_exactly_by_part_or_by_pattern() {
    let registry = registry();
    for title in ["Deploy", "deploy twice", "Scan"] {
        registry.ok(MODULE, hook(title, json!({})));
    }
    registry.ok(MODULE, hook("Chat", json!({"method": "slack"})));
    let count = |more: Value| {
        let run = registry.check(
            MODULE,
            options({
                let mut more = more.clone();
                more["state"] = json!("absent");
                more
            }),
        );
        assert_eq!(run.code, 0, "{more}: {}", run.result);
        run.before()["notifications"].as_array().unwrap().len()
    };
    assert_eq!(count(json!({"title": "Deploy"})), 1);
    assert_eq!(count(json!({"title": "deploy"})), 0);
    assert_eq!(count(json!({"search_string": "eploy"})), 2);
    assert_eq!(count(json!({"regexp": "^(?=[DS])"})), 2);
    assert_eq!(count(json!({"regex": "(?i)^deploy$"})), 1);
    assert_eq!(count(json!({"regexp": "(.)\\1"})), 0);
    assert_eq!(count(json!({"event": "repo_push"})), 4);
    assert_eq!(count(json!({"event": "repo_push", "method": "slack"})), 1);
    assert_eq!(count(json!({"method": "email"})), 0);
    assert_eq!(count(json!({})), 0);
    assert_eq!(count(json!({"search_string": "eploy", "title": "Scan"})), 2);
    let run = registry.ok(MODULE, options(json!({"regexp": ".", "state": "absent"})));
    assert_eq!(run.writes().len(), 4);
    assert!(stored(&registry).is_empty());
}

#[test]
fn untitled_notifications_do_no_harm() {
    let registry = registry();
    registry.ok(MODULE, hook("Deploy", json!({})));
    let mut state = registry.emulator.snapshot();
    let all = &mut state["namespaces"]["acme"]["repositories"]["app"]["notifications"];
    all.as_object_mut().unwrap().values_mut().for_each(|one| one["title"] = Value::Null);
    registry.emulator.load(state).unwrap();
    assert!(!registry.ok(MODULE, options(json!({"search_string": "Deploy", "state": "absent"}))).changed());
    let run = registry.ok(MODULE, options(json!({"regexp": "^$", "state": "absent"})));
    assert_eq!(run.before()["notifications"][0]["title"], "");
}

#[test]
fn differences_of_what_is_not_selected_by_its_title_are_only_told() {
    let registry = registry();
    registry.ok(MODULE, hook("Deploy", json!({})));
    let run = registry.ok(MODULE, options(json!({"search_string": "Dep", "method": "slack"})));
    assert!(!run.changed());
    assert_eq!(
        run.warnings(),
        ["the notification \"Deploy\" of acme/app differs in method, and stays as it is: only the one that is \
          selected by its exact title is replaced"]
    );
    // Two with the same title that say different things.
    let mut state = registry.emulator.snapshot();
    let all = state["namespaces"]["acme"]["repositories"]["app"]["notifications"].as_object_mut().unwrap();
    let mut twin = all.values().next().unwrap().clone();
    twin["config"]["url"] = json!("https://two.example.com");
    all.insert("twin".into(), twin);
    registry.emulator.load(state).unwrap();
    let run = registry.ok(MODULE, hook("Deploy", json!({"event": "build_start"})));
    assert!(!run.changed());
    assert_eq!(run.warnings().len(), 2);
    assert_eq!(run.result["uuids"].as_array().unwrap().len(), 2);
}

#[test]
fn tests_are_sent_and_are_no_change() {
    let registry = registry();
    let options = hook("Deploy", json!({"test": true}));
    let created = registry.ok(MODULE, options.clone());
    let uuid = created.result["uuids"][0].as_str().unwrap();
    assert_eq!(created.writes(), [format!("POST {LIST}"), format!("POST {LIST}{uuid}/test")]);
    let checked = registry.check(MODULE, options.clone());
    assert!(!checked.changed() && checked.writes().is_empty());
    let run = registry.ok(MODULE, options);
    assert!(!run.changed());
    assert_eq!(run.lines(), [format!("GET {LIST}"), format!("POST {LIST}{uuid}/test")]);
    // A replaced notification is tested at its new place.
    let run = registry.ok(MODULE, hook("Deploy", json!({"event": "build_start", "test": true})));
    let new = run.result["uuids"][0].as_str().unwrap();
    assert_eq!(
        run.writes(),
        [format!("POST {LIST}"), format!("DELETE {LIST}{uuid}"), format!("POST {LIST}{new}/test")]
    );
}

#[test]
fn failures_are_reset_where_there_are_some() {
    let registry = registry();
    registry.ok(MODULE, hook("Deploy", json!({})));
    let options = options(json!({"title": "Deploy", "reset_failcount": true}));
    assert!(!registry.ok(MODULE, options.clone()).changed());
    fail(&registry, 3);
    assert!(registry.check(MODULE, options.clone()).changed());
    let run = registry.ok(MODULE, options.clone());
    assert!(run.changed());
    assert_eq!(run.before()["notifications"][0]["number_of_failures"], 3);
    assert_eq!(run.after()["notifications"][0]["number_of_failures"], 0);
    assert!(!registry.ok(MODULE, options).changed());
}

#[test]
fn a_replacement_that_fails_leaves_the_old_one() {
    let registry = registry();
    registry.ok(MODULE, hook("Deploy", json!({})));
    registry.emulator.fault(Fault::html(502).on("DELETE", LIST).times(1));
    let run = registry.run(MODULE, hook("Deploy", json!({"event": "build_start"})));
    assert_eq!(run.result["changed"], false, "{}", run.result);
    assert!(run.message().contains("Taken back"), "{}", run.message());
    let left = stored(&registry);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["event"], "repo_push");
}

#[test]
fn a_notification_that_somebody_else_deletes_is_gone_all_the_same() {
    let registry = registry();
    registry.ok(MODULE, hook("Deploy", json!({})));
    let gone = json!({"detail": "No repository notification found for: acme, app, x"}).to_string();
    registry.emulator.fault(Fault::status(400, "application/json", &gone).on("DELETE", LIST));
    assert!(!registry.ok(MODULE, options(json!({"title": "Deploy", "state": "absent"}))).changed());
}

#[test]
fn external_users_are_linked_first() {
    let directory = json!({"users": {"Jane.Doe": "jane@example.com"}, "groups": {}});
    let registry = prepared(Config::default().setting("EMULATOR_DIRECTORY", directory));
    registry.emulator.set_setting("AUTHENTICATION_TYPE", "LDAP");
    let all = options(json!({
        "title": "Jane", "event": "repo_push", "method": "quay_notification", "config": {"name": "Jane.Doe"},
    }));
    let checked = registry.check(MODULE, all.clone());
    let run = registry.ok(MODULE, all.clone());
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(run.writes(), ["POST /api/v1/entities/link/Jane.Doe", &format!("POST {LIST}")]);
    let again = registry.ok(MODULE, all);
    assert!(!again.changed(), "{}", again.result);
    assert_eq!(again.before(), run.after());
}

#[test]
fn what_a_creation_lacks_is_told_at_once() {
    let registry = registry();
    let text = |more: Value| registry.refused_everywhere(MODULE, options(more));
    assert_eq!(
        text(json!({})),
        "cannot create the notification of acme/app: it also needs title, event, method, config"
    );
    assert_eq!(
        text(json!({"title": "x", "method": "hipchat"})),
        "cannot create the notification of acme/app: it also needs event, config.room_id, config.notification_token"
    );
    for (method, option) in [
        ("email", "email"),
        ("flowdock", "flow_api_token"),
        ("slack", "url"),
        ("webhook", "url"),
        ("quay_notification", "name"),
    ] {
        assert_eq!(
            text(json!({"title": "x", "event": "repo_push", "method": method, "config": {}})),
            format!("cannot create the notification of acme/app: it also needs config.{option}")
        );
    }
}

#[test]
fn values_are_checked_before_any_request() {
    let registry = registry();
    let target =
        |kind: &str, name: &str| json!({"method": "quay_notification", "config": {"type": kind, "name": name}});
    for (more, text) in [
        (json!({"regexp": "("}), "regexp: \"(\" is not a regular expression"),
        (json!({"regexp": "a", "search_string": "a"}), "mutually exclusive: regexp|search_string"),
        (json!({"image_expiry_days": 0}), "image_expiry_days: at least 1"),
        (json!({"config": {"url": "ftp://x"}}), "config.url: \"ftp://x\" is not an http or https URL"),
        (
            json!({"method": "webhook", "config": {"url": "http://localhost:8080/x"}}),
            "config.url: localhost is the server itself",
        ),
        (json!({"config": {"name": "a", "email": "b"}}), "mutually exclusive: name|email found in config"),
        (json!({"config": {"url": "https://x", "room_id": "b"}}), "mutually exclusive: url|room_id found in config"),
        (json!({"config": {"room_id": "b"}}), "required together: room_id, notification_token found in config"),
        (target("user", "acme+robot"), "config.name: acme+robot is a robot account"),
        (target("org", "other"), "config.name: other is not the organization of the repository, acme"),
        (json!({"repository": "acme/App"}), "repository: "),
        (json!({"event": "nosuch"}), "event"),
    ] {
        let run = registry.run(MODULE, options(more));
        run.assert_refused();
        assert!(run.message().contains(text) && run.requests.is_empty(), "{}", run.message());
    }
    let run = registry.run_as("", MODULE, json!({"repository": "app", "title": "x"}), Mode::Real);
    assert!(run.message().contains("must include the organization"), "{}", run.message());
}

#[test]
fn targets_must_exist() {
    let registry = registry();
    let to = |repository: &str, kind: &str, name: &str| {
        json!({
            "repository": repository, "title": "x", "event": "repo_push", "method": "quay_notification",
            "config": {"type": kind, "name": name},
        })
    };
    assert_eq!(
        registry.refused_everywhere(MODULE, to("acme/app", "user", "nobody")),
        "cannot create the notification \"x\" of acme/app: there is no user nobody"
    );
    assert_eq!(
        registry.refused_everywhere(MODULE, to("acme/app", "team", "nobody")),
        "cannot create the notification \"x\" of acme/app: there is no team nobody in acme"
    );
    registry.ok("quay_repository", json!({"name": "admin/own"}));
    assert_eq!(
        registry.refused_everywhere(MODULE, to("own", "team", "nobody")),
        "cannot create the notification \"x\" of admin/own: admin is a user, and only organizations have teams"
    );
    assert_eq!(
        registry.refused_everywhere(MODULE, to("own", "org", "admin")),
        "cannot create the notification \"x\" of admin/own: the organization admin does not exist"
    );
    let message = registry.refused_everywhere(MODULE, to("own", "org", "acme"));
    assert_eq!(message, "config.name: acme is not the organization of the repository, admin");
}

#[test]
fn missing_repositories_and_namespaces() {
    let registry = registry();
    let mut missing = hook("x", json!({}));
    missing["repository"] = json!("acme/nowhere");
    assert_eq!(
        registry.refused_everywhere(MODULE, missing.clone()),
        "cannot change the notifications of acme/nowhere: the repository acme/nowhere does not exist"
    );
    missing["state"] = json!("absent");
    assert!(!registry.ok(MODULE, missing.clone()).changed());
    // Somebody who is no superuser may not even look into a namespace that is missing.
    let weak = registry.emulator.token_for("alice", quay_emulator::ALL_SCOPES.as_slice());
    missing["repository"] = json!("nowhere/app");
    assert!(!registry.run_as(&weak, MODULE, missing.clone(), Mode::Real).changed());
    missing["state"] = json!("present");
    let run = registry.run_as(&weak, MODULE, missing, Mode::Real);
    assert!(run.message().contains("namespace nowhere does not exist"), "{}", run.message());
    let run = registry.run_as(&weak, MODULE, hook("x", json!({})), Mode::Real);
    assert!(run.message().contains("scope repo:admin, and a user who is an administrator of the repository"));
}

#[test]
fn refusals_of_the_creation_are_explained() {
    let registry = registry();
    let mail = hook("x", json!({"method": "email", "config": {"email": "a@example.com"}}));
    let message = registry.run(MODULE, mail).message();
    assert!(
        message.contains("confirm the address first") && message.contains("/repository/acme/app?tab=settings"),
        "{message}"
    );
    let invalid = json!({"detail": "Invalid webhook URL"}).to_string();
    registry.emulator.fault(Fault::status(400, "application/json", &invalid).on("POST", LIST));
    let message = registry.run(MODULE, hook("x", json!({}))).message();
    assert!(message.contains("must not lead to the server itself"), "{message}");
}

#[test]
fn events_that_can_never_happen_bring_a_warning() {
    let registry = prepared(Config::default().feature("IMAGE_EXPIRY_TRIGGER", false).feature("REPO_MIRROR", false));
    for (event, feature) in [
        ("repo_image_expiry", "IMAGE_EXPIRY_TRIGGER"),
        ("repo_mirror_sync_failed", "REPO_MIRROR"),
        ("build_failure", "BUILD_SUPPORT"),
    ] {
        let options = hook(event, json!({"event": event}));
        let warning = format!("the event {event} will not happen: FEATURE_{feature} is off in Quay's configuration");
        assert_eq!(registry.check(MODULE, options.clone()).warnings(), [warning.as_str()]);
        assert_eq!(registry.ok(MODULE, options.clone()).warnings(), [warning.as_str()]);
        assert_eq!(registry.ok(MODULE, options).lines(), [format!("GET {LIST}")]);
    }
}

#[test]
fn personal_repositories_of_others_are_only_read() {
    let registry = registry();
    let token = registry.emulator.token_for("alice", quay_emulator::ALL_SCOPES.as_slice());
    registry.run_as(&token, "quay_repository", json!({"name": "app"}), Mode::Real);
    let mut own = hook("x", json!({}));
    own["repository"] = json!("app");
    assert!(registry.run_as(&token, MODULE, own.clone(), Mode::Real).changed());
    own["repository"] = json!("alice/app");
    assert!(!registry.ok(MODULE, own.clone()).changed());
    own["state"] = json!("absent");
    let message = registry.refused_everywhere(MODULE, own);
    assert!(message.ends_with("alice is another user, and personal repositories are that user's own"), "{message}");
}

#[test]
fn builds_of_some_branches_only() {
    let registry = registry();
    let builds = |more: Value| hook("B", merged(json!({"event": "build_failure"}), &more));
    let run = registry.ok(MODULE, builds(json!({"ref_regex": "heads/release-.+"})));
    assert_eq!(run.after()["notifications"][0]["ref_regex"], "heads/release-.+");
    assert_eq!(stored(&registry)[0]["event_config"], json!({"ref-regex": "heads/release-.+"}));
    for more in [json!({"ref_regex": "heads/release-.+"}), json!({})] {
        assert!(!registry.ok(MODULE, builds(more)).changed());
    }
    let changed = registry.ok(MODULE, builds(json!({"ref_regex": "tags/.*"})));
    assert_eq!(changed.before()["notifications"][0]["ref_regex"], "heads/release-.+");
    assert!(registry.ok(MODULE, builds(json!({"ref_regex": ""}))).changed());
    assert_eq!(stored(&registry)[0]["event_config"], json!({}));
    assert!(!registry.ok(MODULE, builds(json!({"ref_regex": ""}))).changed());
    let message = registry.refused_everywhere(MODULE, hook("P", json!({"ref_regex": "x"})));
    assert_eq!(message, "ref_regex: only builds are of a branch or tag, and repo_push is no event of builds");
    let message = registry.refused_everywhere(MODULE, builds(json!({"ref_regex": "("})));
    assert!(message.starts_with("ref_regex: "), "{message}");
}
