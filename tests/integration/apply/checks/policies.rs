//! What new policies take of the tags that are there.

use quaymaster::apply::show;
use serde_json::{Value, json};

use crate::apply::support::Mass;
use crate::modules::quay_policy_preview::pushed;

fn acme(registry: Value, organization: Value, repository: Value) -> Value {
    let mut entry = json!({"name": "acme", "repositories": [{"name": "app"}]});
    crate::support::merge(&mut entry, organization);
    crate::support::merge(&mut entry["repositories"][0], repository);
    json!({"registry": registry, "organizations": [entry]})
}

/// An organization whose repository has tags `t1` to `t6`, the last of which was pushed an hour ago.
fn six() -> Mass {
    let mass = Mass::new();
    mass.applied(acme(json!({}), json!({}), json!({})));
    pushed(&mass.registry, "app", 6);
    mass
}

fn told(mass: &Mass, config: Value) -> String {
    anstream::adapter::strip_str(&show::plan(&mass.plan(config), usize::MAX)).to_string()
}

#[test]
fn a_plan_tells_which_tags_new_policies_take() {
    let mass = six();
    let config = acme(
        json!({}),
        json!({"prune_policies": [{"method": "date", "value": "4d"}]}),
        json!({"prune_policies": [{"method": "tags", "value": "2"}], "immutability_policies": [{"tag_pattern": "t3"}]}),
    );
    let text = told(&mass, config.clone());
    for part in [
        "prunes_now:\n          + acme/app:t2\n          + acme/app:t1\n",
        "would prune 2 of 6 tags in 1 repository\n",
        // Those of the namespace go first, and of what they leave and nothing locks two stay.
        "prunes_now:\n          + acme/app:t4\n",
        "would prune 1 of 6 tags in 1 repository\n",
        "locks_now:\n          + acme/app:t3\n",
        "would lock 1 of 6 tags in 1 repository\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    mass.applied(config.clone());
    mass.settled(config);
}

#[test]
fn tags_that_policies_take_have_a_ceiling_of_their_own() {
    let mass = six();
    let config = |most: u64, keep: &str| {
        acme(
            json!({"max_policy_tags": most}),
            json!({}),
            json!({"prune_policies": [{"method": "tags", "value": keep}]}),
        )
    };
    assert_eq!(
        mass.refused(config(3, "2")),
        "4 tags would be pruned or locked by new policies, and max_policy_tags permits 3; raise it (--max-policy-tags), or look for the \
         mistake\n"
    );
    mass.applied(config(4, "2"));
    // What is in force already is not counted, and neither is what goes with a policy that is removed.
    mass.applied(config(0, "2"));
    let mut gentler = config(2, "4");
    gentler["registry"]["prune"] = json!({"prune_policies": true});
    mass.applied(gentler);
}

#[test]
fn a_first_apply_asks_for_no_tags() {
    let mass = Mass::new();
    let policies = json!({"prune_policies": [{"method": "tags", "value": "2"}], "immutability_policies": [{"tag_pattern": "v.*"}]});
    mass.applied(acme(json!({"max_policy_tags": 0}), policies.clone(), policies));
    let journal = mass.registry.emulator.journal();
    assert!(journal.iter().all(|exchange| !exchange.path.ends_with("/tag/")));
}

#[test]
fn what_stops_a_namespace_is_told_in_the_plan() {
    let mass = six();
    let config =
        acme(json!({}), json!({}), json!({"prune_policies": [{"method": "tags", "value": "2", "tag_pattern": "*x"}]}));
    let text = told(&mass, config);
    assert!(text.contains("auto-pruning is stuck for the whole namespace acme"), "{text}");
}

#[test]
fn policies_of_both_levels_are_judged_together() {
    let mass = six();
    pushed(&mass.registry, "other", 3);
    // With a policy of the namespace, that of a repository which is never pruned stops nothing.
    mass.registry.ok("quay_repository", json!({"name": "acme/other", "repo_state": "READ_ONLY"}));
    let keep = |count: &str| json!({"prune_policies": [{"method": "tags", "value": count}]});
    let mut config = acme(json!({}), keep("5"), keep("4"));
    let other = crate::support::merged(json!({"name": "other", "repo_state": "READ_ONLY"}), &keep("1"));
    config["organizations"][0]["repositories"].as_array_mut().unwrap().push(other);
    let text = told(&mass, config.clone());
    assert!(!text.contains("stuck"), "{text}");
    assert!(
        text.contains("prunes_now:\n          + acme/app:t1\n")
            && text.contains("prunes_now:\n          + acme/app:t2\n"),
        "{text}"
    );
    // Each tag is asked for once.
    let journal = mass.registry.emulator.journal();
    assert_eq!(journal.iter().filter(|exchange| exchange.path.ends_with("/app/tag/")).count(), 1);
    config["registry"]["max_policy_tags"] = json!(1);
    assert!(mass.refused(config).starts_with("2 tags would be pruned or locked"));
}

#[test]
fn a_lock_of_the_namespace_keeps_tags_from_a_policy_of_a_repository() {
    let mass = six();
    let config = acme(
        json!({}),
        json!({"immutability_policies": [{"tag_pattern": "t[12]"}]}),
        json!({"prune_policies": [{"method": "tags", "value": "3"}]}),
    );
    let text = told(&mass, config);
    for part in
        ["locks_now:\n          + acme/app:t2\n          + acme/app:t1\n", "prunes_now:\n          + acme/app:t3\n"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn tasks_and_deprecated_options_are_counted_as_well() {
    let mass = six();
    for (module, options, count) in [
        ("quay_organization", json!({"name": "acme", "auto_prune_method": "tags", "auto_prune_value": "2"}), 4),
        ("quay_repository", json!({"name": "acme/app", "auto_prune_method": "tags", "auto_prune_value": "1"}), 5),
        ("quay_repository_prune", json!({"repository": "acme/app", "method": "tags", "value": "2"}), 4),
    ] {
        let config = json!({"registry": {"max_policy_tags": 3}, "tasks": [{module: options}]});
        let why = mass.refused(config);
        assert!(why.starts_with(&format!("{count} tags would be pruned or locked by new policies")), "{module}: {why}");
    }
}

/// Beside those of [`six`], a repository that is never pruned and has a policy: by that all of the namespace is stuck.
fn stuck() -> Mass {
    let mass = six();
    pushed(&mass.registry, "other", 3);
    for (repository, count) in [("acme/app", "4"), ("acme/other", "1")] {
        let policy = json!({"repository": repository, "method": "tags", "value": count});
        mass.registry.ok("quay_repository_prune", policy);
    }
    mass.registry.ok("quay_repository", json!({"name": "acme/other", "repo_state": "READ_ONLY"}));
    mass
}

#[test]
fn policies_that_come_free_are_told_and_counted() {
    let free = "auto-pruning is stuck for the whole namespace acme and will work again: policies that are there already would prune ";
    let mass = stuck();
    let config = |most: u64| {
        acme(
            json!({"max_policy_tags": most}),
            json!({"prune_policies": [{"method": "tags", "value": "100"}]}),
            json!({}),
        )
    };
    let text = told(&mass, config(2));
    let all = format!("{free}2 of 6 tags in 1 repository: acme/app:t2, acme/app:t1\n");
    assert!(text.contains(&all) && !text.contains("prunes_now"), "{text}");
    assert!(mass.refused(config(1)).starts_with("2 tags would be pruned or locked by new policies"));
    // Once they work, nothing more comes free.
    mass.applied(config(2));
    mass.registry.ok("quay_repository_prune", json!({"repository": "acme/app", "method": "tags", "value": "3"}));
    assert!(!told(&mass, config(0)).contains(free));

    // A policy that no database understands, which goes.
    let mass = six();
    pushed(&mass.registry, "other", 3);
    let policy = |repository: &str, pattern: &str| json!({"repository": repository, "method": "tags", "value": "1", "tag_pattern": pattern});
    mass.registry.ok("quay_repository_prune", policy("acme/app", "*x"));
    mass.registry.ok("quay_repository_prune", policy("acme/other", "t"));
    let config = acme(
        json!({"max_policy_tags": 2, "prune": {"prune_policies": true}}),
        json!({}),
        json!({"prune_policies": []}),
    );
    let text = told(&mass, config.clone());
    assert!(text.contains(&format!("{free}2 of 3 tags in 1 repository: acme/other:t2, acme/other:t1\n")), "{text}");
    mass.applied(config);
}

#[test]
fn policies_of_several_repositories_are_judged_together() {
    let mass = six();
    pushed(&mass.registry, "other", 3);
    mass.registry.ok("quay_repository", json!({"name": "acme/other", "repo_state": "READ_ONLY"}));
    let keep = json!({"prune_policies": [{"method": "tags", "value": "1"}]});
    let mut config = acme(json!({}), json!({}), keep.clone());
    let other = crate::support::merged(json!({"name": "other", "repo_state": "READ_ONLY"}), &keep);
    config["organizations"][0]["repositories"].as_array_mut().unwrap().push(other);
    let text = told(&mass, config);
    assert!(text.contains("auto-pruning is stuck for the whole namespace acme"), "{text}");
    assert!(!text.contains("would prune"), "{text}");
}

#[test]
fn many_repositories_are_no_flood_of_warnings() {
    let mass = Mass::new();
    mass.applied(acme(json!({}), json!({}), json!({})));
    let mut repositories = Vec::new();
    for number in 10..25 {
        let name = format!("r{number}");
        pushed(&mass.registry, &name, 2);
        mass.registry.emulator.with_state(|state| {
            let tags = &mut state.repository_mut("acme", &name).unwrap().tags;
            let start = tags[0].start;
            tags.iter_mut().for_each(|tag| tag.start = start);
        });
        repositories.push(json!({"name": name, "prune_policies": [{"method": "tags", "value": "1"}]}));
    }
    let text = told(&mass, json!({"organizations": [{"name": "acme", "repositories": repositories}]}));
    let siblings = "policies of other repositories of acme were not looked at; one of them may keep acme/r10 and 14 more from being pruned\n";
    assert!(text.contains(siblings), "{text}");
    assert_eq!(text.matches("were not looked at").count(), 1, "{text}");
    assert_eq!(text.matches("Quay does not tell which").count(), 10, "{text}");
    assert!(text.contains("5 more policies whose border is between tags of one second\n"), "{text}");
    // The policies of the namespace are read once.
    let journal = mass.registry.emulator.journal();
    let asked = |path: &str| journal.iter().filter(|exchange| exchange.path == path).count();
    assert_eq!(asked("/api/v1/organization/acme/autoprunepolicy/"), 1);
}

#[test]
fn what_is_never_pruned_is_not_counted_among_what_could_be() {
    let mass = six();
    pushed(&mass.registry, "other", 3);
    mass.registry.ok("quay_repository", json!({"name": "acme/other", "repo_state": "READ_ONLY"}));
    let policies = json!({
        "prune_policies": [{"method": "tags", "value": "4"}],
        "immutability_policies": [{"tag_pattern": "t1"}],
    });
    let text = told(&mass, acme(json!({}), policies, json!({})));
    for part in ["would prune 1 of 6 tags in 1 repository\n", "would lock 2 of 9 tags in 2 repositories\n"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_policy_of_other_tags_that_goes_takes_none() {
    let mass = six();
    let policy = json!({"method": "tags", "value": "1", "tag_pattern": "t[12]", "tag_pattern_matches": false});
    mass.registry.ok("quay_organization_prune", crate::support::merged(json!({"namespace": "acme"}), &policy));
    let config = json!({"registry": {"max_policy_tags": 3}, "tasks": [
        {"quay_organization": {"name": "acme", "auto_prune_method": "none"}},
        {"quay_repository_prune": {"repository": "acme/app", "method": "tags", "value": "3"}},
    ]});
    let text = told(&mass, config);
    assert!(
        text.contains("would prune 3 of 6 tags in 1 repository\n") && text.contains("tag_pattern_matches: false"),
        "{text}"
    );
}
