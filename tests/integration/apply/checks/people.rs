//! The list of those who may belong to an organization.

use serde_json::{Value, json};

use crate::apply::support::{Mass, removed, warnings};

/// Six people in a team of `acme`, and one beside it with a right on a repository.
fn crowd() -> Mass {
    let people = ["p1", "p2", "p3", "p4", "p5", "p6"];
    let mass = Mass::with_users(&[&people[..], &["outsider"]].concat());
    mass.applied(json!({"organizations": [{"name": "acme", "teams": [{"name": "dev", "members": people}],
        "repositories": [{"name": "app", "permissions": [{"name": "outsider", "type": "user", "role": "read"}]}]}]}));
    mass
}

fn only(names: &[&str], registry: Value) -> Value {
    json!({"registry": registry, "organizations": [{"name": "acme", "members": names}]})
}

fn prune() -> Value {
    json!({"prune": {"organization_members": true}})
}

const ALL: [&str; 8] = ["admin", "p1", "p2", "p3", "p4", "p5", "p6", "outsider"];

#[test]
fn registry_checks_a_list_of_people_takes_nobody_away_unless_it_is_pruned() {
    let mass = crowd();
    mass.settled(only(&["admin"], json!({})));
    mass.settled(only(&ALL, prune()));
    mass.settled(only(&["admin"], json!({"prune": {"organization_members": true}, "skip_removals": true})));
}

#[test]
fn registry_checks_those_who_are_not_in_the_list_go_at_all_places() {
    let mass = crowd();
    let config = only(&ALL[..6], prune());
    let plan = mass.plan(config.clone());
    assert_eq!(removed(&plan), ["members of the organization acme"]);
    mass.applied(config.clone());
    mass.settled(config);
    let state = mass.registry.emulator.snapshot()["namespaces"]["acme"].clone();
    assert_eq!(state["teams"]["dev"]["members"], json!(["p1", "p2", "p3", "p4", "p5"]));
    assert!(!state["repositories"]["app"].to_string().contains("outsider"));
}

#[test]
fn registry_checks_too_many_people_are_too_many() {
    let mass = crowd();
    let refusal = mass.refused(only(&["admin", "p1", "p2"], prune()));
    assert!(refusal.contains("5 of 8 organization_members would be removed"), "{refusal}");
    let most = json!({"prune": {"organization_members": true}, "max_removals": {"organization_members": 1}});
    let refusal = mass.refused(only(&ALL[..6], most));
    assert!(refusal.contains("2 organization_members would be removed, and max_removals permits 1"), "{refusal}");
}

#[test]
fn registry_checks_default_permissions_that_go_with_people_are_counted() {
    let mass = crowd();
    let rule = json!({"organization": "acme", "name": "p5", "type": "user", "role": "read", "creator": "p6"});
    mass.registry.ok("quay_default_perm", rule);
    let most =
        |count: u64| json!({"prune": {"organization_members": true}, "max_removals": {"default_permissions": count}});
    let refusal = mass.refused(only(&ALL[..6], most(0)));
    assert!(refusal.contains("1 default_permissions would be removed, and max_removals permits 0"), "{refusal}");
    mass.applied(only(&ALL[..6], most(1)));
}

#[test]
fn registry_checks_default_permissions_that_go_with_people_are_a_part_of_all_that_are_there() {
    let mass = crowd();
    let rule = |name: &str, kind: &str, creator: Option<&str>| json!({"name": name, "type": kind, "role": "read", "creator": creator});
    let kept = [
        rule("admin", "user", None),
        rule("p1", "user", None),
        rule("dev", "team", None),
        rule("dev", "team", Some("admin")),
        rule("dev", "team", Some("p1")),
    ];
    let gone = ["p2", "p3", "p4", "p5", "p6"].map(|name| rule(name, "user", None));
    let mut given = only(&ALL, json!({}));
    given["organizations"][0]["default_permissions"] = json!([&kept[..], &gone[..]].concat());
    mass.applied(given);
    for kinds in [&["organization_members"][..], &["organization_members", "default_permissions"]] {
        let config = |most: u64| {
            let prune: Value = kinds.iter().map(|kind| ((*kind).to_owned(), json!(true))).collect();
            let percent = json!({"organization_members": 100, "default_permissions": most});
            let mut config = only(&ALL[..2], json!({"prune": prune, "max_removal_percent": percent}));
            config["organizations"][0]["default_permissions"] = json!(kept);
            config
        };
        let refusal = mass.refused(config(40));
        assert!(refusal.contains("5 of 10 default_permissions would be removed"), "{kinds:?}: {refusal}");
        assert_eq!(refusal.matches("would be removed").count(), 1, "{kinds:?}: {refusal}");
        mass.plan(config(50));
    }
}

#[test]
fn registry_checks_the_caller_stays_and_a_list_without_it_is_doubted() {
    let mass = crowd();
    let refusal = mass.refused(only(&["p1"], prune()));
    assert!(refusal.contains("more than half of them"), "{refusal}");
    let report = mass.applied(only(&ALL[1..7], prune()));
    assert!(warnings(&report).contains("admin stays in the organization acme"), "{}", warnings(&report));
    assert_eq!(removed(&report), ["members of the organization acme"], "the outsider went");
}

#[test]
fn registry_checks_who_is_declared_elsewhere_must_be_in_the_list() {
    let mass = crowd();
    let mut config = only(&["admin", "p1"], prune());
    config["organizations"][0]["teams"] = json!([{"name": "dev", "members": ["p1", "p2", "acme+ci"]}]);
    config["organizations"][0]["repositories"] = json!([{"name": "app", "permissions": [
        {"name": "outsider", "type": "user", "role": "read"}, {"name": "dev", "type": "team", "role": "read"}]}]);
    config["organizations"][0]["default_permissions"] = json!([
        {"name": "dev", "type": "team", "role": "read"}, {"name": "p3", "type": "user", "role": "read", "creator": "p4"}]);
    let problems = quaymaster::apply::planning::validate::problems(&mass.declaration(config.clone()));
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|line| line.contains("is not among the members of the organization")), "{told:?}");
    config["registry"] = json!({});
    assert!(quaymaster::apply::planning::validate::problems(&mass.declaration(config)).is_empty());
}
