//! `quay_usage_info`.

use quay_emulator::{Config, Image};
use serde_json::{Value, json};

use crate::given::{self, SCOPES};
use crate::support::{Mode, Registry};

const MODULE: &str = "quay_usage_info";
const SIZE: &str = "/api/v1/superuser/registrysize/";

/// `acme` with an image in two repositories, and another one in one of them.
fn registry() -> Registry {
    let registry = given::acme();
    let one = Image::new("one").sizes(20_238, 314);
    registry.emulator.push("acme/app", "v1", &one);
    registry.emulator.push("acme/app", "v2", &Image::new("two").sizes(30_235, 314));
    registry.emulator.push("acme/lib", "v1", &one);
    registry
}

#[test]
fn a_superuser_sees_everything_in_one_request() {
    let registry = registry();
    registry.ok("quay_organization", json!({"name": "empty"}));
    registry.ok("quay_quota", json!({"organization": "acme", "quota": 100_000, "warning_pct": 50}));
    let run = registry.ok(MODULE, json!({}));
    assert!(!run.changed());
    assert_eq!(run.lines(), ["GET /api/v1/superuser/organizations/"]);
    let acme = json!({
        "name": "acme", "size": 51_101, "status": "complete", "uncertain": false, "quota": 100_000, "percent": 51,
        "limits": [{"type": "Warning", "percent": 50}], "problem": "warned",
    });
    let empty = json!({
        "name": "empty", "size": 0, "status": "complete", "uncertain": false, "quota": null, "percent": null, "limits": [], "problem": null,
    });
    assert_eq!(run.result["organizations"], json!([acme, empty]));
    assert_eq!(run.result["total"], 51_101);
    let users = registry.ok(MODULE, json!({"users": true}));
    assert_eq!(users.result["users"][0]["name"], "admin");
    assert_eq!(users.lines()[1..], ["GET /api/v1/superuser/users/"]);
}

#[test]
fn repositories_and_pulls_are_told_when_asked_for() {
    let registry = registry();
    (0..3).for_each(|_| registry.emulator.pull("acme/app", "v1"));
    let options = json!({"organizations": ["acme"], "repositories": true, "pulls": true});
    let run = registry.ok(MODULE, options);
    let repositories = run.result["organizations"][0]["repositories"].as_array().unwrap();
    // Together they are more than their organization.
    assert_eq!(repositories.iter().map(|one| one["size"].clone()).collect::<Vec<_>>(), [51_101, 20_552]);
    assert_eq!((&repositories[0]["name"], &repositories[0]["state"]), (&json!("app"), &json!("NORMAL")));
    let mut pulls: Vec<Value> = repositories[0]["pulls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["tag"], one["tag_pull_count"]]))
        .collect();
    pulls.sort_by_key(Value::to_string);
    assert_eq!(pulls, [json!(["v1", 3]), json!(["v2", 0])]);
    // The organization, its repositories, of each the live tags, and a request for each of the three.
    assert_eq!(run.lines().len(), 2 + 2 + 3, "{:?}", run.lines());
    let message = registry.refused_everywhere(MODULE, json!({"pulls": true}));
    assert!(message.contains("set repositories, too"), "{message}");
    registry.emulator.set_feature("IMAGE_PULL_STATS", false);
    let message = registry.refused(MODULE, json!({"organizations": ["acme"], "repositories": true, "pulls": true}));
    assert!(message.contains("IMAGE_PULL_STATS"), "{message}");
}

#[test]
fn an_older_quay_counts_no_pulls() {
    let registry = given::with_acme(Registry::with(Config::default().quay("3.15")));
    registry.emulator.push_image("acme/app", "v1");
    let sizes = registry.ok(MODULE, json!({"organizations": ["acme"], "repositories": true}));
    assert_eq!(sizes.result["organizations"][0]["repositories"][0]["name"], "app");
    let message = registry.refused(MODULE, json!({"organizations": ["acme"], "repositories": true, "pulls": true}));
    assert!(message.contains("3.16"), "{message}");
}

#[test]
fn what_is_being_counted_has_no_size() {
    let registry = registry();
    for (status, size, uncertain) in [
        ("waiting", Value::Null, false),
        ("running", Value::Null, false),
        ("", json!(51_101), true),
        ("complete", json!(51_101), false),
    ] {
        registry.emulator.with_state(|state| state.namespace_mut("acme").unwrap().backfill = Some(status.into()));
        let run = registry.ok(MODULE, json!({"organizations": ["acme"]}));
        let told = &run.result["organizations"][0];
        assert_eq!((&told["size"], &told["uncertain"]), (&size, &json!(uncertain)), "{status}");
        assert_eq!(run.result["total"], size);
        assert_eq!(run.lines(), ["GET /api/v1/organization/acme"]);
        let run = registry.ok(MODULE, json!({"organizations": ["acme"], "repositories": true}));
        let repositories = run.result["organizations"][0]["repositories"].as_array().unwrap();
        assert!(repositories.iter().all(|one| one["size"].is_null() == size.is_null()), "{status} {repositories:?}");
    }
}

#[test]
fn the_registry_is_counted_when_asked_for() {
    let registry = registry();
    let never = json!({"size": null, "calculated": null, "queued": false, "running": false});
    assert_eq!(registry.ok(MODULE, json!({"registry_size": true})).result["registry"], never);
    let checked = registry.check(MODULE, json!({"recalculate": true}));
    assert!(checked.changed() && checked.writes().is_empty());
    let run = registry.ok(MODULE, json!({"recalculate": true}));
    assert_eq!((run.changed(), run.writes()), (true, vec![format!("POST {SIZE}")]));
    let again = registry.ok(MODULE, json!({"recalculate": true}));
    assert_eq!((again.changed(), again.writes().len()), (false, 0));
    assert_eq!(again.result["registry"]["queued"], true);
    registry.emulator.with_state(quay_emulator::state::State::count_registry);
    let counted = registry.ok(MODULE, json!({"registry_size": true}));
    assert_eq!(counted.result["registry"]["size"], 51_101);
    assert!(counted.result["registry"]["calculated"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn members_see_their_own_and_others_are_told_why_not() {
    let registry = registry();
    registry.ok("quay_organization", json!({"name": "other"}));
    registry.join("jdoe", "developers", "member");
    let token = registry.emulator.token_for("jdoe", SCOPES);
    let seen = registry.run_as(&token, MODULE, json!({}), Mode::Real);
    assert_eq!((seen.code, seen.result["total"].clone()), (0, json!(51_101)), "{}", seen.result);
    let some = registry.run_as(&token, MODULE, json!({"organizations": ["acme"], "repositories": true}), Mode::Real);
    assert_eq!(some.warnings(), ["acme: only the repositories that this account can see are told"]);
    let both = registry.run_as(&token, MODULE, json!({"organizations": ["acme", "other"]}), Mode::Real);
    assert_eq!(both.warnings(), ["cannot measure other: only its members and superusers see its size"]);
    assert_eq!(both.result["total"], Value::Null);
    let refused = |options: Value| registry.run_as(&token, MODULE, options, Mode::Real).message();
    assert!(refused(json!({"organizations": ["other"]})).contains("only its members and superusers see its size"));
    for options in [json!({"users": true}), json!({"registry_size": true}), json!({"recalculate": true})] {
        let message = refused(options);
        assert!(message.contains("super:user"), "{message}");
    }
    let missing = registry.refused_everywhere(MODULE, json!({"organizations": ["nosuch"]}));
    assert_eq!(missing, "cannot measure nosuch: the organization nosuch does not exist");
}

#[test]
fn a_server_that_does_not_measure_names_its_flag() {
    let registry = registry();
    registry.emulator.set_feature("QUOTA_MANAGEMENT", false);
    let message = registry.refused_everywhere(MODULE, json!({}));
    assert_eq!(message, "cannot measure acme: FEATURE_QUOTA_MANAGEMENT is off: switch it on in Quay's configuration");
    // What does not need it goes on.
    let run = registry.ok(MODULE, json!({"registry_size": true, "recalculate": true}));
    assert_eq!((&run.result["organizations"][0]["status"], &run.result["total"]), (&json!("unmeasured"), &Value::Null));
    assert!(run.warnings()[0].contains("stays queued for ever"), "{:?}", run.warnings());
}

#[test]
fn a_superuser_with_full_access_is_told_everything_by_every_quay() {
    for version in ["3.9", "3.15", "3.18"] {
        let registry = given::with_acme(Registry::with(Config::default().quay(version)));
        registry.emulator.push_image("acme/app", "v1");
        registry.leave();
        let options = json!({"repositories": true});
        let sees_all = |whole: bool| {
            let run = registry.ok(MODULE, options.clone());
            let told = json!(["acme: only the repositories that this account can see are told"]);
            assert_eq!(json!(run.warnings()), if whole { json!([]) } else { told }, "{version}");
        };
        sees_all(true);
        registry.emulator.set_feature("SUPERUSERS_FULL_ACCESS", false);
        sees_all(false);
    }
}

#[test]
fn a_personal_namespace_is_no_organization_to_ask_for() {
    let registry = registry();
    for name in ["jdoe", "bob"] {
        registry.emulator.add_user(name, "password");
    }
    let options = json!({"users": true, "repositories": true, "organizations": ["acme"]});
    for full_access in [true, false] {
        registry.emulator.set_feature("SUPERUSERS_FULL_ACCESS", full_access);
        let run = registry.ok(MODULE, options.clone());
        let asked: Vec<String> = run.lines().into_iter().filter(|line| line.contains("/organization/")).collect();
        assert_eq!(asked, ["GET /api/v1/organization/acme"]);
        let told = run.warnings().join(" ");
        assert_eq!(told.contains("jdoe") && told.contains("bob"), !full_access, "{told}");
        assert!(!told.contains("admin") && !told.contains("acme"), "{told}");
    }
}
