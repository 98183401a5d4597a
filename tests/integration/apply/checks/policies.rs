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
