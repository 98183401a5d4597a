//! Named API tokens in registry files: an application that is yet to be made, secrets, pruning.

use serde_json::{Value, json};

use super::support::{Mass, changes, removed, warnings};
use crate::support::Registry;

fn with_tokens(tokens: Value) -> Value {
    json!({"organizations": [{"name": "acme", "applications": [{"name": "ci", "tokens": tokens}]}]})
}

/// Names of the living tokens of the application ci of acme, sorted.
fn living(registry: &Registry) -> Vec<String> {
    registry.emulator.with_state(|state| {
        let ids: Vec<String> = state.organization("acme").unwrap().applications.keys().cloned().collect();
        let tokens = state.tokens.values().filter(|token| ids.contains(&token.client_id));
        let mut names: Vec<String> = tokens.map(|token| token.name.clone().unwrap_or_default()).collect();
        names.sort();
        names
    })
}

#[test]
fn registry_tokens_of_an_application_that_the_same_run_makes() {
    let registry = Registry::new();
    let mut config =
        with_tokens(json!([{"name": "deploy", "rights": ["repo:read"], "secret": {"name": "quay"}}, {"name": "read"}]));
    let run = registry.ok("quay_registry", json!({"config": config}));
    assert_eq!(living(&registry), ["deploy", "read"]);
    let results = run.result["results"].as_array().unwrap();
    let deploy =
        results.iter().find(|result| result["object"].as_str().unwrap().starts_with("API token deploy")).unwrap();
    let token = deploy["values"]["token"].as_str().unwrap();
    let known = registry.emulator.with_state(|state| state.tokens[token].clone());
    assert_eq!(known.name.as_deref(), Some("deploy"));
    assert_eq!(deploy["values"]["client_id"], json!(known.client_id));
    assert_eq!(run.result["manifests"][0]["metadata"]["name"], "quay", "{}", run.result);
    // A repetition makes nothing, and has nothing to return.
    let again = registry.ok("quay_registry", json!({"config": config}));
    assert!(!again.changed());
    assert!(!again.printed.contains(token));
    // The application gets another name, and keeps its tokens; a third is made under it.
    config["organizations"][0]["applications"][0] =
        json!({"name": "ci", "new_name": "cd", "tokens": [{"name": "deploy"}, {"name": "third"}]});
    assert!(registry.ok("quay_registry", json!({"config": config})).changed());
    assert_eq!(living(&registry), ["deploy", "read", "third"]);
    assert!(!registry.ok("quay_registry", json!({"config": config})).changed());
    // All go with what declares them.
    config["state"] = json!("absent");
    let mass = Mass::new();
    let file = with_tokens(json!([{"name": "deploy"}]));
    mass.applied(file.clone());
    let gone = with_tokens(json!([{"name": "deploy", "state": "absent"}]));
    assert_eq!(removed(&mass.applied(gone.clone())).len(), 1);
    mass.settled(gone);
}

#[test]
fn registry_tokens_are_requested_as_seldom_as_possible() {
    let mass = Mass::new();
    let file = with_tokens(json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]));
    mass.applied(file.clone());
    let known = mass.requests();
    mass.settled(file);
    let paths: Vec<String> =
        mass.registry.emulator.journal().split_off(known).iter().map(|one| one.path.clone()).collect();
    assert_eq!(paths.iter().filter(|path| path.ends_with("/tokens")).count(), 1, "{paths:?}");
    assert_eq!(paths.iter().filter(|path| path.ends_with("/applications")).count(), 1, "{paths:?}");
}

#[test]
fn registry_tokens_that_nothing_declares_are_pruned_unless_they_may_be_in_use() {
    let mass = Mass::new();
    mass.applied(with_tokens(json!([{"name": "kept"}, {"name": "surplus"}, {"name": "signs"}, {"name": "browser"}])));
    let now = jiff::Timestamp::now().as_microsecond();
    mass.registry.emulator.with_state(|state| {
        for token in state.tokens.values_mut() {
            match token.name.as_deref() {
                // Quay writes the time of its own zone.
                Some("signs") => token.last_accessed = Some(now - 8 * 3_600_000_000),
                Some("surplus") => token.last_accessed = Some(now - 48 * 3_600_000_000),
                Some("browser") => token.name = None,
                _ => {}
            }
        }
    });
    let mut file = with_tokens(json!([{"name": "kept"}]));
    file["registry"] = json!({"prune": {"tokens": true}});
    let report = mass.applied(file.clone());
    assert_eq!(removed(&report).len(), 1, "{:?}", changes(&report));
    assert_eq!(living(&mass.registry), ["", "kept", "signs"]);
    assert!(
        warnings(&report).contains("the API token signs of the application ci of acme is not removed: admin used it")
    );
    mass.settled(file);
}

/// A task may name its application by the client ID alone.
#[test]
fn registry_tokens_are_pruned_beside_a_task_that_names_no_application() {
    let mass = Mass::new();
    let mut file = with_tokens(json!([{"name": "kept"}]));
    mass.applied(file.clone());
    let id = mass
        .registry
        .emulator
        .with_state(|state| state.organization("acme").unwrap().applications.keys().next().unwrap().clone());
    let task = json!({"organization": "acme", "client_id": id, "name": "kept"});
    file["tasks"] = json!([{"quay_application_token": task}]);
    file["registry"] = json!({"prune": {"tokens": true}});
    mass.settled(file);
    assert_eq!(living(&mass.registry), ["kept"]);
}

#[test]
fn registry_tokens_need_a_newer_quay() {
    let mass = Mass::on_quay("3.17");
    let told = format!("{:?}", changes(&mass.plan(with_tokens(json!([])))));
    assert!(told.contains("application ci"), "{told}");
    let report = mass.plan(with_tokens(json!([{"name": "deploy"}])));
    let text = format!("{:?}", super::support::refusals(&report));
    assert!(text.contains("needs Quay 3.18"), "{text}");
}
