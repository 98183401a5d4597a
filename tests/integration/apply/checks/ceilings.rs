//! How much a run may remove, and the switches for what hurts most.

use std::sync::atomic::AtomicBool;

use quaymaster::apply::engine;
use quaymaster::apply::input::selection::Request;
use quaymaster::apply::run::NoProgress;
use serde_json::{Value, json};

use crate::apply::support::{Mass, changes, complaints, removed};

/// Robot accounts `r0` and so on.
fn robots(from: usize, to: usize) -> Value {
    (from..to).map(|i| json!({"name": format!("r{i}")})).collect()
}

fn acme(registry: Value, robots: Value) -> Value {
    json!({"registry": registry, "organizations": [{"name": "acme", "robots": robots}]})
}

fn crowd(count: usize) -> Mass {
    let mass = Mass::new();
    mass.applied(acme(json!({}), robots(0, count)));
    mass
}

/// The declaration that leaves the first `gone` robot accounts out, with these limits.
fn without(gone: usize, count: usize, checks: Value) -> Value {
    let mut registry = json!({"prune": {"robots": true}});
    crate::support::merge(&mut registry, checks);
    acme(registry, robots(gone, count))
}

#[test]
fn registry_checks_at_most_a_quarter_of_a_kind_is_removed_unless_told_otherwise() {
    let mass = crowd(16);
    let refusal = mass.refused(without(5, 16, json!({})));
    assert_eq!(
        refusal,
        "5 of 16 robots would be removed, and max_removal_percent (25 %) permits 4; raise it (--max-removal-percent), or look for the mistake\n"
    );
    assert_eq!(removed(&mass.applied(without(4, 16, json!({})))).len(), 4);
    assert_eq!(removed(&mass.applied(without(9, 16, json!({"max_removal_percent": 50})))).len(), 5);
    mass.refused(without(13, 16, json!({"max_removal_percent": {"robots": 50, "teams": 100}})));
    mass.refused(without(13, 16, json!({"max_removal_percent": {"teams": 100}})));
    assert_eq!(removed(&mass.applied(without(16, 16, json!({"max_removal_percent": 100})))).len(), 7);
}

#[test]
fn registry_checks_three_may_always_go_unless_none_may() {
    let mass = crowd(4);
    mass.refused(without(4, 4, json!({})));
    mass.refused(without(1, 4, json!({"max_removal_percent": 0})));
    mass.refused(without(1, 4, json!({"max_removal_percent": {"robots": 0}})));
    assert_eq!(removed(&mass.applied(without(3, 4, json!({"max_removal_percent": 1})))).len(), 3);
}

#[test]
fn registry_checks_max_removals_counts_for_each_kind() {
    let mass = crowd(4);
    let refusal = mass.refused(without(2, 4, json!({"max_removals": 1})));
    assert_eq!(
        refusal,
        "2 robots would be removed, and max_removals permits 1; raise it (--max-removals), or look for the mistake\n"
    );
    mass.refused(without(2, 4, json!({"max_removals": {"robots": 1}})));
    mass.refused(without(1, 4, json!({"max_removals": 0})));
    mass.refused(without(2, 4, json!({"max_removals": {"teams": 1, "robots": 0}})));
    assert_eq!(removed(&mass.applied(without(2, 4, json!({"max_removals": {"teams": 0}})))).len(), 2);
    assert_eq!(removed(&mass.applied(without(4, 4, json!({"max_removals": 2})))).len(), 2);
}

/// Entries of lists count like objects: a team that loses all its members has lost much.
#[test]
fn registry_checks_members_permissions_and_federations_are_counted() {
    let users: Vec<String> = (0..5).map(|i| format!("user{i}")).collect();
    let mass = Mass::with_users(&users.iter().map(String::as_str).collect::<Vec<_>>());
    let grants: Value = users.iter().map(|name| json!({"name": name, "type": "user", "role": "read"})).collect();
    let issued: Value = users.iter().map(|name| json!({"issuer": "https://issuer.example", "subject": name})).collect();
    let build = |registry: Value, members: Value, grants: Value, issued: Value| {
        json!({"registry": registry, "organizations": [{"name": "acme",
            "robots": [{"name": "ci", "federations": issued}], "teams": [{"name": "dev", "members": members}],
            "repositories": [{"name": "app", "permissions": grants}]}]})
    };
    let (all, none) = (json!(users), json!([]));
    mass.applied(build(json!({}), all.clone(), grants.clone(), issued.clone()));
    for (kind, config) in [
        ("members", build(json!({"prune": {"members": true}}), none.clone(), grants.clone(), issued.clone())),
        ("permissions", build(json!({"prune": {"permissions": true}}), all.clone(), none.clone(), issued.clone())),
        ("federations", build(json!({"prune": {"federations": true}}), all.clone(), grants.clone(), none.clone())),
    ] {
        mass.applied(build(json!({}), all.clone(), grants.clone(), issued.clone()));
        let refusal = mass.refused(config.clone());
        let total = if kind == "permissions" { 6 } else { 5 };
        assert!(refusal.starts_with(&format!("5 of {total} {kind} would be removed")), "{refusal}");
        let mut wide = config.clone();
        wide["registry"]["max_removals"] = json!({kind: 4});
        wide["registry"]["max_removal_percent"] = json!({kind: 100});
        mass.refused(wide.clone());
        wide["registry"]["max_removals"] = json!({kind: 5});
        assert_eq!(changes(&mass.applied(wide.clone())).len(), 1, "{kind}");
        mass.settled(wide);
    }
}

/// A file that lost half its entries is the mistake that the limits are for, however it removes.
#[test]
fn registry_checks_entries_that_are_declared_absent_are_counted() {
    let mass = crowd(8);
    let absent: Value = (0..5).map(|i| json!({"name": format!("r{i}"), "state": "absent"})).collect();
    mass.refused(acme(json!({}), absent.clone()));
    assert_eq!(removed(&mass.applied(acme(json!({"max_removal_percent": 70}), absent))).len(), 5);
}

#[test]
fn registry_checks_an_organization_is_deleted_only_when_that_is_allowed() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme"}, {"name": "other"}]}));
    let absent = json!({"organizations": [{"name": "acme", "state": "absent"}]});
    let pruned = json!({"registry": {"prune": {"organizations": true}}, "organizations": [{"name": "other"}]});
    for mut config in [absent, pruned] {
        let refusal = mass.refused(config.clone());
        assert_eq!(
            refusal,
            "organization acme: deleting an organization deletes everything in it; set allow: {delete_organizations: true} (--allow delete_organizations) to permit it\n"
        );
        config["registry"]["allow"] = json!({"delete_repositories": true, "make_public": true});
        mass.refused(config.clone());
        config["registry"]["allow"] = json!({"delete_organizations": true});
        assert_eq!(removed(&mass.plan(config)), ["organization acme"]);
    }
    mass.applied(json!({"registry": {"allow": {"delete_organizations": true}},
        "organizations": [{"name": "acme", "state": "absent"}]}));
    assert!(!mass.has("acme") && mass.has("other"));
}

#[test]
fn registry_checks_a_repository_with_content_is_deleted_only_when_that_is_allowed() {
    let mass = Mass::new();
    let build = |registry: Value, repositories: Value| json!({"registry": registry, "organizations": [{"name": "acme", "repositories": repositories}]});
    mass.applied(build(json!({}), json!([{"name": "empty"}, {"name": "full"}, {"name": "kept"}])));
    mass.registry.emulator.push_image("acme/full", "v1");
    let prune = |allow: Value| json!({"prune": {"repositories": true}, "allow": allow});
    let absent = json!([{"name": "full", "state": "absent"}]);
    for config in [
        build(prune(json!({})), json!([{"name": "kept"}])),
        build(prune(json!({"delete_organizations": true, "make_public": true})), json!([{"name": "kept"}])),
        build(json!({}), absent.clone()),
    ] {
        let refusal = mass.refused(config);
        assert_eq!(
            refusal,
            "repository acme/full: the repository is not empty; set allow: {delete_repositories: true} (--allow delete_repositories) to permit it\n"
        );
    }
    mass.applied(build(prune(json!({})), json!([{"name": "kept"}, {"name": "full"}])));
    assert!(!mass.has("empty") && mass.has("full"), "an empty one may go");
    mass.applied(build(json!({"allow": {"delete_repositories": true}}), absent));
    assert!(!mass.has("full") && mass.has("kept"));
}

/// Between the plan and the answer to `[y/N]` somebody may push an image.
#[test]
fn registry_checks_a_repository_that_was_filled_since_the_plan_stays() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme", "repositories": [{"name": "app"}, {"name": "old"}]}]}));
    let absent = json!({"organizations": [{"name": "acme", "repositories":
        [{"name": "app", "state": "absent"}, {"name": "old", "state": "absent"}]}]});
    let plans = engine::plan(&mass.declaration(absent), &Request::default());
    mass.registry.emulator.push_image("acme/app", "v1");
    let report = plans.execute(&NoProgress, &AtomicBool::new(false));
    assert!(
        complaints(&report).contains("it was empty when this was planned, and is not any more"),
        "{}",
        complaints(&report)
    );
    assert!(mass.has("app") && !mass.has("old"));
}

/// Whether there is anything in it cannot be told, so it counts as full.
#[test]
fn registry_checks_a_repository_that_cannot_be_looked_into_counts_as_full() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme", "repositories": [{"name": "app"}]}]}));
    let fault = quay_emulator::Fault::html(500).on("GET", "/api/v1/repository/acme/app/tag/");
    mass.registry.emulator.fault(fault);
    let absent = json!({"organizations": [{"name": "acme", "repositories": [{"name": "app", "state": "absent"}]}]});
    assert!(mass.refused(absent).contains("delete_repositories"));
}

#[test]
fn registry_checks_a_private_repository_becomes_public_only_when_that_is_allowed() {
    let mass = Mass::new();
    let build = |allow: Value, visibility: &str| {
        json!({"registry": {"allow": allow}, "organizations": [{"name": "acme",
            "repositories": [{"name": "app", "visibility": visibility}, {"name": "open", "visibility": "public"}]}]})
    };
    mass.applied(build(json!({}), "private"));
    let refusal = mass.refused(build(json!({}), "public"));
    assert_eq!(
        refusal,
        "repository acme/app: a private repository would become public; set allow: {make_public: true} (--allow make_public) to permit it\n"
    );
    mass.refused(build(json!({"delete_repositories": true, "delete_organizations": true}), "public"));
    mass.refused(
        json!({"organizations": [{"name": "acme", "repositories": [{"name": "a*", "visibility": "public"}]}]}),
    );
    mass.applied(build(json!({"make_public": true}), "public"));
    mass.applied(build(json!({}), "private"));
}

#[test]
fn registry_checks_skip_removals_overrides_everything() {
    let mass = Mass::with_users(&["alice", "bob"]);
    let full = json!({"organizations": [{"name": "acme", "email": "acme@example.com",
        "robots": [{"name": "ci", "federations": [{"issuer": "https://issuer.example", "subject": "a"}]}, {"name": "cd"}],
        "teams": [{"name": "dev", "members": ["alice", "bob"]}, {"name": "ops"}],
        "quota": {"quota": "1 GiB"},
        "repositories": [{"name": "app", "permissions": [{"name": "alice", "type": "user", "role": "read"}]}, {"name": "web"}]},
        {"name": "other"}]});
    mass.applied(full.clone());
    let known = mass.writes();
    let kinds: serde_json::Map<String, Value> =
        quaymaster::apply::kinds::Kind::pruned().map(|kind| (kind.word().to_owned(), json!(true))).collect();
    let config = json!({
        "registry": {"prune": kinds, "skip_removals": true, "max_removal_percent": 100,
            "allow": {"delete_organizations": true, "delete_repositories": true}},
        "organizations": [{"name": "acme", "email": "new@example.com",
            "robots": [{"name": "ci", "federations": []}, {"name": "cd", "state": "absent"}],
            "teams": [{"name": "dev", "members": ["alice"]}, {"name": "ops", "state": "absent"}],
            "quota": {"state": "absent"},
            "repositories": [{"name": "app", "permissions": []}, {"name": "web", "state": "absent"}]},
            {"name": "other", "state": "absent"}],
    });
    let report = mass.applied(config);
    assert_eq!(removed(&report), Vec::<&str>::new());
    assert_eq!(mass.writes_since(known), ["PUT /api/v1/organization/acme"]);
    let mut again = full;
    again["organizations"][0]["email"] = json!("new@example.com");
    mass.settled(again);
}

#[test]
fn registry_checks_a_refused_run_does_nothing_of_what_was_not_refused() {
    let mass = crowd(8);
    let mut config = without(5, 8, json!({}));
    let more = json!([{"name": "fresh", "teams": [{"name": "dev"}]}]);
    config["organizations"].as_array_mut().unwrap().extend(more.as_array().unwrap().clone());
    mass.refused(config);
    assert!(!mass.has("fresh"));
}
