//! Objects that Quay takes twice: two runs at a time leave one, and what is there twice is repaired.

use std::thread;
use std::time::Duration;

use quay_emulator::Fault;
use serde_json::{Value, json};

use crate::given;
use crate::support::Registry;

/// A module, options that make one object, where it is listed and under which key.
fn cases() -> [(&'static str, Value, &'static str, &'static str); 3] {
    let hook = json!({"repository": "acme/app", "title": "hook", "event": "repo_push", "method": "webhook",
        "config": {"url": "https://hook.example.com"}});
    [
        ("quay_notification", hook, "/api/v1/repository/acme/app/notification/", "notifications"),
        (
            "quay_default_perm",
            json!({"organization": "acme", "name": "devs", "type": "team", "role": "read"}),
            "/api/v1/organization/acme/prototypes",
            "prototypes",
        ),
        (
            "quay_application",
            json!({"organization": "acme", "name": "dash", "description": "Shows images"}),
            "/api/v1/organization/acme/applications",
            "applications",
        ),
    ]
}

fn registry() -> Registry {
    let registry = given::acme();
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs"}));
    registry
}

/// How many there are.
fn stored(registry: &Registry, key: &str) -> usize {
    let state = registry.emulator.snapshot();
    let organization = &state["namespaces"]["acme"];
    let stored = match key {
        "notifications" => &organization["repositories"]["app"][key],
        _ => &organization[key],
    };
    stored.as_array().map(Vec::len).or(stored.as_object().map(serde_json::Map::len)).unwrap()
}

/// Makes the object a second time, as a run does that has seen none. The look after the creation sees none either.
fn make_another(registry: &Registry, module: &str, options: &Value, path: &str, key: &str) {
    let empty = json!({key: []}).to_string();
    registry.emulator.fault(Fault::status(200, "application/json", &empty).on("GET", path));
    assert!(registry.ok(module, options.clone()).changed());
    registry.emulator.clear_faults();
}

#[test]
fn of_two_runs_at_a_time_one_makes_the_object() {
    for (module, options, path, key) in cases() {
        let registry = registry();
        // Both have read the list before one of them writes.
        registry.emulator.fault(Fault::delay(Duration::from_millis(1500)).on("POST", path));
        let runs = thread::scope(|scope| {
            let start = || scope.spawn(|| registry.run(module, options.clone()));
            [start(), start()].map(|run| run.join().unwrap())
        });
        let changed: Vec<bool> = runs.iter().map(|run| run.changed()).collect();
        assert_eq!(changed.iter().filter(|changed| **changed).count(), 1, "{module}: {changed:?}");
        for returned in ["uuids", "id", "client_id", "client_secret"] {
            assert_eq!(runs[0].result[returned], runs[1].result[returned], "{module}: {returned}");
        }
        registry.emulator.clear_faults();
        let repeated = registry.ok(module, options);
        assert!(!repeated.changed() && repeated.warnings().is_empty(), "{module}: {}", repeated.result);
        assert_eq!(stored(&registry, key), 1, "{module}");
    }
}

/// One read more for a new object, and none when nothing is made.
#[test]
fn the_look_after_a_creation_is_one_read() {
    for (module, options, path, _) in cases() {
        let registry = registry();
        let reads =
            |run: &crate::support::Run| run.lines().iter().filter(|line| **line == format!("GET {path}")).count();
        let made = registry.ok(module, options.clone());
        assert_eq!((reads(&made), made.writes().len()), (2, 1), "{module}");
        assert_eq!(reads(&registry.ok(module, options)), 1, "{module}");
    }
}

#[test]
fn the_own_one_that_cannot_be_taken_back_is_told() {
    for (module, options, path, key) in cases() {
        let registry = registry();
        make_another(&registry, module, &options, path, key);
        let empty = json!({key: []}).to_string();
        registry.emulator.fault(Fault::status(200, "application/json", &empty).on("GET", path).times(1));
        registry.emulator.fault(Fault::html(502).on("DELETE", path.trim_end_matches('/')));
        let message = registry.failed(module, options).message();
        assert!(message.contains("another run came first") && message.contains("run the task again"), "{message}");
    }
}

#[test]
fn equal_doubles_are_repaired_in_one_run() {
    for (module, options, path, key) in cases().into_iter().filter(|case| case.0 != "quay_application") {
        let registry = registry();
        registry.ok(module, options.clone());
        make_another(&registry, module, &options, path, key);
        let run = registry.ok(module, options.clone());
        assert!(run.changed());
        assert_eq!(run.writes().len(), 1, "{module}: {:?}", run.writes());
        assert!(run.writes()[0].starts_with("DELETE "), "{module}: {:?}", run.writes());
        assert!(!registry.ok(module, options).changed());
        assert_eq!(stored(&registry, key), 1, "{module}");
    }
}

/// Tokens end with their application, so none is deleted; they are kept equal, and no run is blocked.
#[test]
fn equal_applications_block_no_run() {
    let [_, _, (module, mut options, path, key)] = cases();
    let registry = registry();
    let first = registry.ok(module, options.clone()).result["client_id"].clone();
    make_another(&registry, module, &options, path, key);
    let run = registry.ok(module, options.clone());
    assert!(!run.changed());
    assert_eq!(run.result["client_id"], first);
    assert!(run.warnings().iter().any(|text| text.contains("is there 2 times (client IDs ")), "{:?}", run.warnings());
    options["description"] = json!("Shows more");
    assert_eq!(registry.ok(module, options.clone()).writes().len(), 2);
    assert!(!registry.ok(module, options.clone()).changed());
    options["state"] = json!("absent");
    assert!(registry.refused_everywhere(module, options).contains("delete all but one"));
}

/// What has the same title and says something else is nobody's double.
#[test]
fn different_notifications_of_one_title_stay() {
    let [(module, options, path, key), ..] = cases();
    let registry = registry();
    let mut other = options.clone();
    other["config"]["url"] = json!("https://other.example.com");
    registry.ok(module, other);
    make_another(&registry, module, &options, path, key);
    assert!(!registry.ok(module, options).changed());
    assert_eq!(stored(&registry, key), 2);
}
