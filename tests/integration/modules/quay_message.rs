//! `quay_message`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_message";
const LIST: &str = "GET /api/v1/messages";
const PROBE: &str = "GET /api/v1/user/robots";
const POST: &str = "POST /api/v1/messages";

/// A registry with these messages, as content and severity.
fn with(messages: &[(&str, &str)]) -> Registry {
    let registry = Registry::new();
    registry.emulator.with_state(|state| {
        for (number, (content, severity)) in messages.iter().enumerate() {
            state.messages.push(quay_emulator::state::Message {
                uuid: format!("m{number}"),
                content: (*content).into(),
                media_type: "text/plain".into(),
                severity: (*severity).into(),
            });
        }
    });
    registry
}

fn shown(run: &Value) -> Vec<&str> {
    run["messages"].as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap()).collect()
}

#[test]
fn life_cycle() {
    let registry = Registry::new();
    let life = LifeCycle {
        module: MODULE,
        base: json!({"content": "Maintenance\n"}),
        create: json!({}),
        update: json!({"severity": "warning", "format": "markdown"}),
        // The list is read again after each creation, for the identifier.
        requests: Budget { create: 3, repeat: 2, update: 4, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.lines(), [LIST, POST, LIST]);
    assert_eq!(
        create.requests[1].request,
        json!({"message": {"content": "Maintenance", "severity": "info", "media_type": "text/plain"}})
    );
    let old = create.result["uuid"].as_str().unwrap();
    assert_eq!(update.lines(), [LIST, POST, LIST, &format!("DELETE /api/v1/message/{old}")]);
    assert_ne!(update.result["uuid"], create.result["uuid"]);
    assert_eq!(
        update.after(),
        &json!({"messages": [{"content": "Maintenance", "severity": "warning", "format": "markdown"}]})
    );
    assert_eq!(remove.after(), &json!({"messages": []}));
}

#[test]
fn selectors_choose_by_text_pattern_and_severity() {
    let messages = [("on 2026-01-02", "info"), ("on 2026-03-04", "error"), ("welcome", "info")];
    for (options, expected) in [
        (json!({"search_string": "2026"}), vec!["on 2026-01-02", "on 2026-03-04"]),
        (json!({"regexp": r"(\d)\d-01"}), vec!["on 2026-01-02"]),
        (json!({"regex": "^on (?!2026-01)"}), vec!["on 2026-03-04"]),
        (json!({"search_severity": "info"}), vec!["on 2026-01-02", "welcome"]),
        (json!({"search_string": "on", "search_severity": "error"}), vec!["on 2026-03-04"]),
        (json!({"content": "welcome"}), vec!["welcome"]),
        (json!({"content": "welcome", "search_string": "03"}), vec!["on 2026-03-04"]),
        (json!({"content": "welcome", "search_severity": "error"}), vec![]),
        (json!({"search_string": "", "content": "elcome"}), vec![]),
        (json!({}), vec![]),
    ] {
        let registry = with(&messages);
        let mut options = options;
        options["state"] = json!("absent");
        let checked = registry.check(MODULE, options.clone());
        let run = registry.ok(MODULE, options.clone());
        assert_eq!(shown(run.before()), expected, "{options}");
        assert_eq!(checked.result["diff"], run.result["diff"]);
        assert_eq!(run.changed(), !expected.is_empty());
        assert_eq!(run.writes().len(), expected.len());
        assert!(!registry.ok(MODULE, options).changed());
    }
}

#[test]
fn the_new_message_is_there_before_the_old_ones_go() {
    let registry = with(&[("old one", "error"), ("old two", "warning"), ("other", "info")]);
    let options = json!({"search_string": "old", "content": "old three"});
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(run.writes(), [POST, "DELETE /api/v1/message/m0", "DELETE /api/v1/message/m1"]);
    // What is not given comes from the last one selected.
    assert_eq!(run.requests[1].request["message"]["severity"], "warning");
    assert_eq!(shown(run.before()), ["old one", "old two"]);
    assert_eq!(shown(run.after()), ["old three"]);
    assert_eq!(registry.ok(MODULE, options).lines(), [LIST, PROBE]);
}

#[test]
fn a_refused_creation_loses_nothing_and_a_refused_deletion_is_told() {
    let registry = with(&[("one", "error"), ("two", "error")]);
    let options = json!({"search_string": "o", "content": "three", "severity": "info"});
    let refusal = || Fault::status(400, "application/json", r#"{"detail": "no"}"#);
    registry.emulator.fault(refusal().on("POST", "/api/v1/messages"));
    let run = registry.run(MODULE, options.clone());
    assert_eq!(run.message(), "cannot publish a message: Quay says \"no\" (status 400)");
    assert_eq!((&run.result["changed"], run.writes().len()), (&json!(false), 1));

    registry.emulator.clear_faults();
    registry.emulator.fault(refusal().on("DELETE", "/api/v1/message/*").skip(1));
    let run = registry.run(MODULE, options);
    assert_eq!(
        run.message(),
        "cannot delete the message m1: Quay says \"no\" (status 400). Done before that: publish a message; delete the \
         message m0. Not done: delete the message m1"
    );
    assert_eq!(run.result["changed"], true);
}

#[test]
fn a_message_that_quay_does_not_keep_costs_none_of_the_old_ones() {
    let registry = with(&[("one", "error")]);
    registry.emulator.fault(Fault::status(201, "text/html", "").on("POST", "/api/v1/messages"));
    let run = registry.run(MODULE, json!({"search_string": "one", "content": "two"}));
    assert_eq!(run.message(), "cannot publish a message: Quay agreed, but does not show it");
    assert_eq!(run.writes(), [POST]);
}

#[test]
fn one_of_several_stays() {
    let registry = with(&[("a", "info"), ("a", "info"), ("a", "error")]);
    let run = registry.ok(MODULE, json!({"content": "a", "severity": "info"}));
    assert_eq!(run.writes(), ["DELETE /api/v1/message/m0", "DELETE /api/v1/message/m2"]);
    assert_eq!(run.result["uuid"], "m1");
    assert!(!registry.ok(MODULE, json!({"content": "a"})).changed());
}

#[test]
fn a_search_that_does_not_find_its_own_message_publishes_it_once() {
    let registry = with(&[("old", "info")]);
    let options = json!({"search_string": "old", "content": "new"});
    let first = registry.ok(MODULE, options.clone());
    let again = registry.ok(MODULE, options);
    assert_eq!((again.changed(), again.lines()), (false, vec![LIST.to_owned(), PROBE.to_owned()]));
    assert_eq!(again.result["uuid"], first.result["uuid"]);
    assert_eq!(first.after(), again.before());
}

#[test]
fn a_new_message_needs_a_text() {
    let registry = with(&[]);
    let text = "content: required, because no message is selected and a new one needs a text";
    for options in [json!({}), json!({"severity": "error"})] {
        let run = registry.run(MODULE, options);
        assert_eq!(run.message(), text);
        assert_eq!(run.lines(), Vec::<String>::new());
    }
    assert_eq!(registry.refused_everywhere(MODULE, json!({"search_string": "x"})), text);
    // An empty one was given on purpose.
    assert!(registry.ok(MODULE, json!({"content": ""})).changed());
    assert!(!registry.ok(MODULE, json!({"content": ""})).changed());
}

#[test]
fn bad_selectors_are_refused_before_any_request() {
    let registry = Registry::new();
    for (options, text) in [
        (json!({"content": "x", "regexp": "("}), "\"(\" is not a regular expression"),
        (json!({"content": "x", "regexp": "a", "search_string": "b"}), "mutually exclusive"),
        (json!({"content": "x", "severity": "fatal"}), "value of severity must be one of"),
    ] {
        let checked = registry.check(MODULE, options.clone());
        assert_eq!(checked.lines(), Vec::<String>::new());
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(text), "{message}");
    }
}

#[test]
fn a_check_knows_no_identifier_yet() {
    let registry = with(&[]);
    let run = registry.check(MODULE, json!({"content": "x", "media_type": "markdown"}));
    assert!(run.changed());
    assert!(run.result.get("uuid").is_none());
    assert_eq!(run.after()["messages"][0]["format"], "markdown");
}

#[test]
fn rights_and_features_are_named() {
    let registry = with(&[("one", "info")]);
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    for (options, attempt) in [
        (json!({"content": "x"}), "publish a message"),
        (json!({"content": "one", "state": "absent"}), "delete the message m0"),
    ] {
        let message = registry.run_as(&token, MODULE, options, Mode::Real).message();
        assert!(message.starts_with(&format!("cannot {attempt}: ")), "{message}");
        assert!(
            message.ends_with("this needs a token with the scope super:user, and a user who is a superuser"),
            "{message}"
        );
    }

    let registry = Registry::with(Config::default().feature("SUPER_USERS", false));
    let message = registry.run(MODULE, json!({"content": "x"})).message();
    assert!(message.contains("FEATURE_SUPER_USERS"), "{message}");
    let registry = with(&[]);
    registry
        .emulator
        .fault(Fault::status(404, "application/json", r#"{"message": "Not Found"}"#).on("POST", "/api/v1/messages"));
    let message = registry.run(MODULE, json!({"content": "x"})).message();
    assert!(message.ends_with("quay.io permits no messages"), "{message}");
}
