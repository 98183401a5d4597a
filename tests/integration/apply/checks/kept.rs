//! What pruning leaves, because it is declared elsewhere or somebody still needs it.

use serde_json::{Value, json};

use crate::apply::support::{Mass, changes, object, removed, warnings};
use crate::given::SCOPES;

fn hook(title: &str, event: &str) -> Value {
    json!({"title": title, "event": event, "method": "webhook", "config": {"url": format!("https://hooks.example/{title}")}})
}

/// A repository with these notifications; one without a title among them stands for what the web interface makes.
fn notified(hooks: &[Value], untitled: &[&str]) -> Mass {
    let mass = Mass::new();
    mass.applied(
        json!({"organizations": [{"name": "acme", "repositories": [{"name": "app", "notifications": hooks}]}]}),
    );
    for event in untitled {
        mass.registry.ok("quay_notification", {
            let mut options = hook("later-untitled", event);
            options["repository"] = json!("acme/app");
            options
        });
        mass.registry.emulator.with_state(|state| {
            let repository = state.namespaces.get_mut("acme").unwrap().repositories.get_mut("app").unwrap();
            let made = repository.notifications.values_mut().find(|made| made.title == "later-untitled");
            made.unwrap().title = Value::Null;
        });
    }
    mass
}

fn titles(mass: &Mass) -> Vec<Value> {
    mass.registry.emulator.with_state(|state| {
        let repository = &state.namespaces["acme"].repositories["app"];
        repository.notifications.values().map(|made| made.title.clone()).collect()
    })
}

fn pruned(hooks: &[Value]) -> Value {
    json!({"registry": {"prune": {"notifications": true}},
        "organizations": [{"name": "acme", "repositories": [{"name": "app", "notifications": hooks}]}]})
}

#[test]
fn registry_checks_notifications_without_a_title_go_without_those_that_have_one() {
    let mass = notified(&[hook("n1", "repo_push")], &["repo_push", "repo_push", "build_failure"]);
    assert_eq!(titles(&mass).len(), 4);
    let config = pruned(&[hook("n1", "repo_push")]);
    let report = mass.applied(config.clone());
    assert_eq!(titles(&mass), ["n1"]);
    assert_eq!(removed(&report), ["notifications of acme/app"]);
    mass.settled(config);
}

#[test]
fn registry_checks_every_notification_that_is_removed_counts() {
    let mass = notified(&[], &["repo_push", "repo_push", "build_failure", "build_success"]);
    let mut config = pruned(&[]);
    let refusal = mass.refused(config.clone());
    assert!(refusal.starts_with("4 of 4 notifications would be removed"), "{refusal}");
    config["registry"]["max_removal_percent"] = json!(100);
    mass.applied(config);
    assert!(titles(&mass).is_empty());
}

#[test]
fn registry_checks_a_notification_that_is_declared_by_its_event_stays() {
    let mass = notified(&[hook("n1", "repo_push"), hook("n2", "build_failure")], &["repo_push", "build_failure"]);
    let declared = json!({"event": "repo_push", "method": "webhook"});
    let report = mass.applied(pruned(std::slice::from_ref(&declared)));
    // No call removes one without a title and leaves another.
    assert_eq!(titles(&mass), [json!("n1"), Value::Null, Value::Null]);
    assert!(warnings(&report).contains("not all notifications of acme/app"), "{}", warnings(&report));
    mass.settled(pruned(&[declared]));
}

/// An organization with a robot account that mirrors a repository, and one that does nothing.
fn mirrored() -> Mass {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme", "robots": [{"name": "puller"}, {"name": "idle"}],
        "repositories": [{"name": "copy", "repo_state": "MIRROR", "mirror": {"external_reference": "quay.io/other/app",
            "robot_username": "acme+puller", "image_tags": ["*"], "sync_interval": "1d",
            "sync_start_date": "2030-01-01T00:00:00Z"}}]}]}));
    mass
}

#[test]
fn registry_checks_the_robot_account_of_a_mirror_is_not_pruned() {
    let mass = mirrored();
    let config = |more: Value| {
        let mut config = json!({"registry": {"prune": {"robots": true}}, "organizations": [{"name": "acme"}]});
        crate::support::merge(&mut config["organizations"][0], more);
        config
    };
    let report = mass.applied(config(json!({})));
    assert_eq!(removed(&report), ["robot account acme+idle"]);
    let expected = "the robot account acme+puller is not removed: it mirrors the repository acme/copy";
    assert!(warnings(&report).contains(expected), "{}", warnings(&report));
    mass.settled(config(json!({})));
    // Another state is no other mirror.
    mass.applied(config(json!({"repositories": [{"name": "copy", "repo_state": "NORMAL"}]})));
    mass.settled(config(json!({})));
    let report = mass.applied(config(json!({"repositories": [{"name": "copy", "state": "absent"}]})));
    assert_eq!(removed(&report), ["repository acme/copy", "robot account acme+puller"]);
}

/// Quay would remove the mirror together with its robot account.
#[test]
fn registry_checks_the_robot_account_of_a_mirrored_organization_is_not_pruned() {
    let mass = Mass::new();
    let mirror = json!({"robot_username": "acme+puller", "external_registry_type": "quay", "external_namespace": "other",
        "external_registry_url": "https://quay.io", "visibility": "private", "sync_interval": "1d",
        "sync_start_date": "2030-01-01T00:00:00Z"});
    mass.applied(json!({"organizations": [{"name": "acme", "robots": [{"name": "puller"}], "mirror": mirror}]}));
    let config = json!({"registry": {"prune": {"robots": true}}, "organizations": [{"name": "acme"}]});
    let report = mass.applied(config.clone());
    assert_eq!(removed(&report), Vec::<&str>::new());
    assert!(warnings(&report).contains("acme+puller is not removed: it mirrors the organization acme"));
    let mut without = config.clone();
    without["organizations"][0]["mirror"] = json!({"state": "absent"});
    assert_eq!(removed(&mass.applied(without)).len(), 1);
    assert_eq!(removed(&mass.applied(config)), ["robot account acme+puller"]);
}

#[test]
fn registry_checks_an_organization_that_is_only_referred_to_loses_nothing_unless_its_entry_says_so() {
    let mass = Mass::with_users(&["alice", "bob"]);
    let all = json!({"teams": true, "robots": true, "repositories": true, "notifications": true, "members": true,
        "permissions": true, "applications": true, "default_permissions": true});
    let mut full = json!({"organizations": [{"name": "acme", "robots": [{"name": "ci"}], "applications": [{"name": "web"}],
        "teams": [{"name": "dev", "members": ["alice", "bob"]}, {"name": "ops"}],
        "repositories": [{"name": "app", "notifications": [hook("n1", "repo_push")]}, {"name": "lib"}]}]});
    mass.applied(full.clone());
    let entry = |prune: Value| {
        json!({"name": "acme", "reference": true, "prune": prune, "teams": [{"name": "dev", "members": ["alice"]}],
            "repositories": [{"name": "app", "reference": true}]})
    };
    let report = mass.applied(json!({"registry": {"prune": all}, "organizations": [entry(Value::Null)]}));
    assert_eq!(removed(&report), Vec::<&str>::new());
    // What the files describe in it is as ever.
    assert_eq!(changes(&report).len(), 1);
    assert_eq!(object(&report, "team acme/dev").after["members"], json!(["alice"]));
    full["organizations"][0]["teams"][0]["members"] = json!(["alice"]);
    mass.settled(full);
    let report = mass.plan(json!({"organizations": [entry(json!({"teams": true, "robots": true}))]}));
    assert_eq!(removed(&report).len(), 2, "{:?}", removed(&report));
    let token = mass.registry.emulator.token_for("alice", SCOPES);
    let report = mass.plan(json!({"registry": {"quay_token": token, "prune": {"teams": true}},
        "organizations": [{"name": "acme", "reference": true}]}));
    assert_eq!(warnings(&report), "", "nothing was to be pruned");
}
