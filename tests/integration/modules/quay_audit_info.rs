//! `quay_audit_info`: an audit in a playbook. What the rules find is tested with `quaymaster audit`.

use std::fs;

use serde_json::{Value, json};

use crate::given;
use crate::support::{Mode, Registry, Run};

const MODULE: &str = "quay_audit_info";

/// A file's worth of trouble: a public repository, and an organization with nothing else.
fn declaration() -> Value {
    json!({"organizations": [{"name": "acme", "repositories": [{"name": "docs", "visibility": "public"}]}]})
}

fn rules(run: &Run) -> Vec<&str> {
    run.result["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

const ALL: [&str; 4] = ["public-repository", "few-owners", "no-pruning", "no-quota"];

fn registry() -> Registry {
    let registry = given::acme();
    registry.ok("quay_repository", json!({"name": "acme/docs", "visibility": "public"}));
    registry
}

#[test]
fn a_server_and_a_declaration_are_judged_alike() {
    let registry = registry();
    let live = registry.ok(MODULE, json!({"organizations": ["acme"]}));
    assert!(!live.changed() && live.writes().is_empty());
    assert_eq!(rules(&live), ALL);
    assert_eq!(live.result["counts"], json!({"high": 1, "medium": 1, "low": 2}));
    assert_eq!((&live.result["excused"], &live.result["incomplete"]), (&json!([]), &json!([])));
    let finding = &live.result["findings"][0];
    assert_eq!((&finding["object"], &finding["place"]), (&json!("acme/docs"), &Value::Null));

    let declared = registry.ok(MODULE, json!({"config": declaration()}));
    assert_eq!(rules(&declared), ALL);
    assert_eq!(declared.result["findings"][0]["place"], "config.organizations[0].repositories[0]");
    assert_eq!(declared.result["findings"][0]["message"], finding["message"]);
    assert_eq!(declared.lines(), [""; 0], "a declaration is judged without a request");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registry.yml");
    fs::write(&file, declaration().to_string()).unwrap();
    assert_eq!(rules(&registry.ok(MODULE, json!({"src": [file]}))), ALL);
}

#[test]
fn no_request_is_sent_twice() {
    let registry = registry();
    let run = registry.ok(MODULE, json!({"organizations": ["acme"]}));
    let mut lines = run.lines();
    let sent = lines.len();
    lines.sort();
    let twice: Vec<_> = lines.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
    assert_eq!(twice, [""; 0]);
    assert!(sent <= 23, "{sent} requests: {lines:?}");
}

#[test]
fn credentials_are_read_only_for_a_rule_that_looks_at_them() {
    let registry = registry();
    let tokens = |rules: Value| {
        let run = registry.ok(MODULE, json!({"rules": rules}));
        run.lines().iter().any(|line| line.starts_with("GET /api/v1/superuser/apptokens"))
    };
    let off = json!({"endless-token": "off", "unused-token": "off"});
    assert!(!tokens(json!({"rules": off})));
    assert!(tokens(json!({"rules": {"endless-token": "off"}})));
    let own = |condition: Value| json!([{"id": "own", "kind": "robots", "when": condition, "message": "m"}]);
    assert!(!tokens(json!({"rules": off, "own": own(json!({"name": "x"}))})));
    assert!(tokens(json!({"rules": off, "own": own(json!({"idle_days": {"at_least": 3}}))})));
}

#[test]
fn credentials_are_proved_before_all_is_read() {
    let registry = registry();
    for (token, sent, why) in [
        ("wrong-s3cret", &["GET /api/v1/user/robots"][..], "cannot sign in with quay_token"),
        ("", &[], "no credentials were given"),
    ] {
        let run = registry.run_as(token, MODULE, json!({"organizations": ["acme"]}), Mode::Real);
        assert_eq!(run.lines(), sent);
        assert!(run.result["msg"].as_str().unwrap().contains(why), "{}", run.result["msg"]);
    }
}

#[test]
fn rules_come_from_the_task_or_from_a_file() {
    let registry = registry();
    let rules_of = json!({
        "rules": {"no-quota": "off", "few-owners": {"severity": "low", "least": 1}},
        "exceptions": [{"rule": "public-repository", "object": "acme/*", "reason": "open source", "until": "2999-12-31"}],
        "names": {"repositories": "app-*"},
    });
    let run = registry.ok(MODULE, json!({"organizations": ["acme"], "rules": rules_of}));
    assert_eq!(rules(&run), ["name-pattern", "no-pruning"]);
    assert_eq!(run.result["excused"][0]["reason"], "open source");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yml");
    fs::write(&file, rules_of.to_string()).unwrap();
    let from_file = registry.ok(MODULE, json!({"organizations": ["acme"], "rules_src": file}));
    assert_eq!(from_file.result["findings"], run.result["findings"]);
}

#[test]
fn mistakes_are_told_and_no_secret_is() {
    let registry = registry();
    for (options, why) in [
        (json!({"rules": {"rules": {"no-qota": "off"}}}), "rules.rules.no-qota: unknown key \"no-qota\""),
        (json!({"rules_src": "/nosuch.yml"}), "nosuch.yml"),
        (json!({"organizations": ["acme"], "config": declaration()}), "mutually exclusive"),
        (json!({"rules": {}, "rules_src": "x"}), "mutually exclusive"),
        (json!({"organizations": ["nobody"]}), "nobody"),
        (json!({"jobs": 0}), "jobs"),
        (json!({"config": {"organisations": []}}), "did you mean organizations?"),
        (json!({"config": {"organizations": [{"name": "acme", "teams": [{"name": "x", "role": "boss"}]}]}}), "role"),
    ] {
        let message = registry.refused(MODULE, options.clone());
        assert!(message.contains(why), "{options}: {message}");
    }
    let message = registry.refused(MODULE, json!({"quay_token": "wrong-s3cret"}));
    assert!(!message.contains("wrong-s3cret"), "{message}");
    let declaration = json!({"users": [{"username": "quayuser", "password": "quayuser"}, {"username": "eve", "password": "l0ng-s3cret"}]});
    let run = registry.ok(MODULE, json!({"config": declaration}));
    assert_eq!(rules(&run), ["default-login"]);
    run.assert_hides("l0ng-s3cret");
}
