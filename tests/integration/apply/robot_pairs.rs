//! Pairs of robot accounts in registry files: they are made with their organization, rotated, spared by pruning.

use serde_json::{Value, json};

use super::support::{Mass, changes, removed};
use crate::support::Registry;

fn with_pair(more: Value) -> Value {
    let mut organization = json!({
        "name": "acme",
        "teams": [{"name": "pullers"}],
        "robot_pairs": [{"name": "ci", "teams": ["pullers"], "rotate_after": "30d"}],
    });
    crate::support::merge(&mut organization, more);
    json!({"registry": {"prune": {"robots": true}}, "organizations": [organization]})
}

fn robots(registry: &Registry) -> Vec<String> {
    registry.emulator.with_state(|state| {
        let mut names: Vec<String> = state.organization("acme").unwrap().robots.keys().cloned().collect();
        names.sort();
        names
    })
}

#[test]
fn registry_robot_pairs_are_made_with_their_organization_and_rotated() {
    let mass = Mass::new();
    mass.applied(with_pair(json!({})));
    assert_eq!(robots(&mass.registry), ["ci-a"]);
    mass.settled(with_pair(json!({})));

    mass.registry.age_robot("acme+ci-a", 24 * 40, Some(24));
    assert_eq!(changes(&mass.plan(with_pair(json!({})))).len(), 1);
    mass.applied(with_pair(json!({})));
    assert_eq!(robots(&mass.registry), ["ci-a", "ci-b"]);
    mass.settled(with_pair(json!({})));

    mass.registry.age_robot("acme+ci-b", 24 * 31, Some(0));
    mass.applied(with_pair(json!({})));
    mass.settled(with_pair(json!({})));
    assert_eq!(robots(&mass.registry), ["ci-a", "ci-b"]);
}

#[test]
fn registry_robot_pairs_go_along_with_the_new_name_of_their_organization() {
    let mass = Mass::new();
    let mut old = with_pair(json!({}));
    old["organizations"][0]["name"] = json!("before");
    mass.applied(old);
    let renamed = with_pair(json!({"previous_name": "before"}));
    assert_eq!(changes(&mass.plan(renamed.clone())).len(), 1, "the name alone");
    mass.applied(renamed.clone());
    assert_eq!(robots(&mass.registry), ["ci-a"]);
    mass.settled(renamed);
}

#[test]
fn registry_robot_pairs_keep_their_metadata_when_they_are_rotated() {
    let mass = Mass::new();
    mass.registry.ok("quay_organization", json!({"name": "acme"}));
    mass.registry.ok("quay_robot", json!({"name": "acme+ci-a", "metadata": {"owner": "team a"}}));
    mass.applied(with_pair(json!({})));
    mass.registry.age_robot("acme+ci-a", 24 * 40, Some(24));
    mass.applied(with_pair(json!({})));
    mass.registry.age_robot("acme+ci-b", 24 * 31, Some(0));
    mass.applied(with_pair(json!({})));
    let again = mass.registry.ok("quay_robot", json!({"name": "acme+ci-a", "metadata": {"owner": "team a"}}));
    assert!(again.warnings().is_empty(), "{:?}", again.warnings());
}

#[test]
fn registry_robot_pairs_of_an_organization_read_its_list_once() {
    let mass = Mass::new();
    let pair = |name: &str| json!({"name": name, "rotate_after": "30d"});
    let file = json!({"organizations": [{"name": "acme", "robot_pairs": [pair("one"), pair("two"), pair("three")]}]});
    mass.applied(file.clone());
    let known = mass.requests();
    mass.settled(file);
    let paths: Vec<String> =
        mass.registry.emulator.journal().split_off(known).iter().map(|one| one.path.clone()).collect();
    assert_eq!(paths.iter().filter(|path| path.ends_with("/robots")).count(), 1, "{paths:?}");
}

#[test]
fn registry_robot_pairs_are_no_surplus_where_robots_are_pruned() {
    let mass = Mass::new();
    mass.applied(with_pair(json!({"robots": [{"name": "other"}]})));
    let report = mass.applied(with_pair(json!({})));
    assert_eq!(removed(&report), ["robot account acme+other"]);
    assert_eq!(robots(&mass.registry), ["ci-a"]);
    mass.applied(with_pair(json!({"robot_pairs": [{"name": "ci", "state": "absent"}]})));
    assert_eq!(robots(&mass.registry), Vec::<String>::new());
}

#[test]
fn registry_robot_pairs_wait_for_their_teams() {
    let mass = Mass::new();
    let message = mass.refused(json!({"organizations": [{
        "name": "acme", "teams": [{"name": "pullers", "state": "absent"}],
        "robot_pairs": [{"name": "ci", "teams": ["pullers"], "rotate_after": "30d"}],
    }]}));
    assert!(message.contains("builds on the team pullers"), "{message}");
}

#[test]
fn registry_robot_pairs_return_the_account_that_was_made() {
    let registry = Registry::new();
    let config = with_pair(json!({"robot_pairs": [
        {"name": "ci", "teams": ["pullers"], "rotate_after": "30d", "secret": {"name": "pull", "namespace": "shop"}},
    ]}));
    let run = registry.ok("quay_registry", json!({"config": config}));
    let results = run.result["results"].as_array().unwrap();
    let pair = results.iter().find(|result| result["module"] == "quay_robot_pair").unwrap();
    assert_eq!(pair["values"]["name"], "acme+ci-a");
    let token = registry.ok("quay_robot", json!({"name": "acme+ci-a"})).result["token"].clone();
    assert_eq!(pair["values"]["token"], token);
    let manifest = &run.result["manifests"][0];
    assert_eq!(
        (&manifest["type"], &manifest["metadata"]["name"]),
        (&json!("kubernetes.io/dockerconfigjson"), &json!("pull"))
    );
}
