//! What a plan says about removals: which entry of a list goes.

use quaymaster::apply::show;
use serde_json::json;

use crate::apply::support::Mass;

#[test]
fn registry_checks_removals_of_list_entries_can_be_told_apart() {
    let mass = Mass::new();
    let hook = |title: &str| {
        json!({"title": title, "event": "repo_push", "method": "slack",
            "config": {"url": "https://me:hunter2@hooks.example/hunter2"}})
    };
    mass.applied(json!({"messages": [{"content": "Closed"}], "organizations": [{"name": "acme",
        "prune_policies": [{"method": "tags", "value": "5", "tag_pattern": "^a"}, {"method": "date", "value": "7d"}],
        "immutability_policies": [{"tag_pattern": "^v"}],
        "repositories": [{"name": "app", "notifications": [hook("n1"), hook("n2")],
            "prune_policies": [{"method": "tags", "value": "6", "tag_pattern": "^b"}, {"method": "tags", "value": "7"}],
            "immutability_policies": [{"tag_pattern": "^x"}, {"tag_pattern": "^y"}]}]}]}));
    let all = json!({"messages": true, "prune_policies": true, "immutability_policies": true, "notifications": true});
    let report = mass.plan(json!({"registry": {"prune": all, "max_removal_percent": 100},
        "organizations": [{"name": "acme", "repositories": [{"name": "app"}]}]}));
    let text = anstream::adapter::strip_str(&show::plan(&report, usize::MAX)).to_string();
    let policies = |place: &str, entry: &str| {
        format!("    - remove auto-prune policy of the {place}\n        policies:\n          - {entry}\n")
    };
    let listed = |title: &str, entry: &str| format!("    - remove {title}\n        {entry}");
    for block in [
        policies("namespace acme", "method: tags, value: 5, tag_pattern: ^a"),
        policies("namespace acme", "method: date, value: 7d"),
        policies("repository acme/app", "method: tags, value: 6, tag_pattern: ^b"),
        policies("repository acme/app", "method: tags, value: 7"),
        listed("immutability policy of the namespace acme", "tag_pattern: ^v\n"),
        listed("immutability policy of the repository acme/app", "tag_pattern: ^x\n"),
        listed("immutability policy of the repository acme/app", "tag_pattern: ^y\n"),
        listed("notifications of acme/app", "notifications:\n          - n1\n"),
        listed("notifications of acme/app", "notifications:\n          - n2\n"),
        listed("messages", "messages:\n          - content: Closed"),
    ] {
        assert!(text.contains(&block), "{block} in {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
}
