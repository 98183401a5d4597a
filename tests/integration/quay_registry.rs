//! `quay_registry` as Ansible calls it. What the engine does is tested in `registry_*`.

use serde_json::{Value, json};

use crate::support::{Mode, Registry};

fn config() -> Value {
    json!({"organizations": [{
        "name": "acme",
        "robots": [{"name": "ci", "description": "Builds"}],
        "teams": [{"name": "devs", "role": "creator", "members": ["acme+ci"]}],
        "repositories": [{"name": "app", "permissions": [{"name": "acme+ci", "role": "write"}]}],
    }]})
}

#[test]
fn a_check_foretells_what_a_run_does_and_a_repetition_changes_nothing() {
    let registry = Registry::new();
    let checked = registry.check("quay_registry", json!({"config": config()}));
    assert!(checked.changed() && checked.writes().is_empty(), "{}", checked.result);
    assert_eq!(checked.result["counts"]["create"], 4);
    let run = registry.ok("quay_registry", json!({"config": config()}));
    assert_eq!(run.result["diff"], checked.result["diff"]);
    assert_eq!(run.result["counts"], checked.result["counts"]);
    let again = registry.ok("quay_registry", json!({"config": config()}));
    assert!(!again.changed() && again.writes().is_empty(), "{}", again.result);
    assert_eq!(again.result["counts"]["unchanged"], 4);
}

#[test]
fn the_diff_tells_each_object_from_and_to() {
    let registry = Registry::new();
    registry.ok("quay_registry", json!({"config": config()}));
    let mut changed = config();
    changed["organizations"][0]["repositories"][0]["description"] = json!("New");
    let run = registry.ok("quay_registry", json!({"config": changed}));
    let endpoint = &run.result["endpoints"][0];
    assert_eq!(endpoint["counts"]["change"], 1);
    let object = &endpoint["objects"][0];
    assert_eq!((&object["object"], &object["action"]), (&json!("repository acme/app"), &json!("change")));
    assert_eq!((&object["before"]["description"], &object["after"]["description"]), (&json!(""), &json!("New")));
    assert!(endpoint["requests"].as_u64().is_some_and(|count| count > 0) && endpoint["seconds"].is_number());
}

#[test]
fn absent_deletes_the_declared_organizations_when_that_is_allowed() {
    let registry = Registry::new();
    registry.ok("quay_registry", json!({"config": config()}));
    let message = registry.refused_everywhere("quay_registry", json!({"config": config(), "state": "absent"}));
    assert!(message.contains("delete_organizations"), "{message}");
    let options = json!({"config": config(), "state": "absent", "allow": {"delete_organizations": true}});
    let run = registry.ok("quay_registry", options.clone());
    assert!(run.changed(), "{}", run.result);
    assert!(!registry.ok("quay_registry", options).changed());
}

#[test]
fn mistakes_are_told_with_their_place_before_any_request() {
    let registry = Registry::new();
    let mut wrong = config();
    wrong["organizations"][0]["teams"][0]["rolle"] = json!("admin");
    wrong["organizations"][0]["robots"][0]["name"] = json!("C I");
    let run = registry.run("quay_registry", json!({"config": wrong}));
    assert!(run.requests.is_empty(), "{:?}", run.lines());
    let message = run.message();
    assert!(message.contains("config.organizations[0].teams[0].rolle: unknown key"), "{message}");
}

#[test]
fn no_secret_of_a_declaration_is_shown() {
    let registry = Registry::new();
    let config = json!({
        "users": [{"username": "alice", "email": "alice@example.com", "password": "sekrit-of-alice"}],
        "organizations": [{"name": "acme", "proxy_cache": {"registry": "docker.io", "username": "bot", "password": "sekrit-of-bot"}}],
    });
    for mode in [Mode::Check, Mode::Real] {
        let run = registry.run_as(&registry.token, "quay_registry", json!({"config": config}), mode);
        assert_eq!(run.code, 0, "{}", run.result["msg"]);
        run.assert_hides("sekrit-of-alice");
        run.assert_hides("sekrit-of-bot");
    }
}

#[test]
fn a_declaration_is_needed() {
    let message = Registry::new().refused("quay_registry", json!({}));
    assert_eq!(message, "one of the following is required: config, src");
}
