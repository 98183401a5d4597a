//! How far a mistake or a fault reaches: what it stops, what goes on, and what is told about it.

use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run};

/// Two servers and a call for both.
fn both(east: &Registry, west: &Registry, config: Value) -> Value {
    let endpoint = |name: &str, registry: &Registry| json!({"name": name, "quay_host": registry.emulator.url(), "quay_token": registry.token});
    json!({"config": config, "endpoints": [endpoint("east", east), endpoint("west", west)], "retries": 0})
}

#[track_caller]
fn refusals(run: &Run, endpoint: usize) -> Vec<&str> {
    let list = run.result["endpoints"][endpoint]["refusals"].as_array();
    list.unwrap_or_else(|| panic!("{}", run.result)).iter().filter_map(Value::as_str).collect()
}

fn has(registry: &Registry, organization: &str) -> bool {
    registry.emulator.with_state(|state| state.namespaces.contains_key(organization))
}

#[test]
fn registry_engine_a_wrong_token_stops_its_own_server_only() {
    let (east, west) = (Registry::new(), Registry::new());
    let mut options = both(&east, &west, json!({"organizations": [{"name": "acme", "teams": [{"name": "dev"}]}]}));
    options["endpoints"][0]["quay_token"] = json!("wrong-s3cret");
    let run = east.run_raw("quay_registry", options, Mode::Real);
    assert_eq!(run.code, 1, "{}", run.result);
    assert!(!has(&east, "acme") && has(&west, "acme"), "{}", run.result);
    assert!(run.message().starts_with("east: ") && run.message().contains("quay_token"), "{}", run.message());
    run.assert_hides("wrong-s3cret");
}

#[test]
fn registry_engine_what_one_server_lacks_stops_that_server_only() {
    let (east, west) = (Registry::new(), Registry::new());
    west.emulator.add_user("bob", "password");
    let config = json!({"organizations": [{"name": "acme", "teams": [{"name": "dev", "members": ["bob"]}]}]});
    let run = east.run_raw("quay_registry", both(&east, &west, config), Mode::Real);
    assert_eq!(run.code, 1, "{}", run.result);
    assert!(!has(&east, "acme") && has(&west, "acme"), "{}", run.result);
    assert!(run.message().contains("bob"), "{}", run.message());
}

#[test]
fn registry_engine_a_rail_stops_the_run_on_every_server() {
    let (east, west) = (Registry::new(), Registry::new());
    let config = |visibility: &str| json!({"organizations": [{"name": "acme", "repositories": [{"name": "app", "visibility": visibility}]}]});
    east.ok("quay_registry", json!({"config": config("private")}));
    let run = east.run_raw("quay_registry", both(&east, &west, config("public")), Mode::Real);
    assert_eq!(run.code, 1, "{}", run.result);
    assert!(!has(&west, "acme") && run.message().contains("make_public"), "{}", run.result);
}

#[test]
fn registry_engine_a_wrong_password_is_told_once_however_many_organizations_there_are() {
    let registry = Registry::new();
    let organizations: Vec<Value> =
        (0..6).map(|i| json!({"name": format!("org{i}"), "teams": [{"name": "dev"}]})).collect();
    let config = json!({"registry": {"quay_username": "admin", "quay_password": "wrong-s3cret"}, "organizations": organizations});
    let mut options = registry.arguments("quay_registry", json!({"config": config}));
    options.as_object_mut().unwrap().remove("quay_token");
    let run = registry.run_exactly(&options, &[]);
    assert_eq!(run.code, 1, "{}", run.result);
    assert_eq!(refusals(&run, 0).len(), 1, "{}", run.result);
    assert_eq!(run.result.get("errors"), None, "{}", run.result);
    assert!(run.message().contains("quay_password") || run.message().contains("password"), "{}", run.message());
    run.assert_hides("wrong-s3cret");
}

#[test]
fn registry_engine_wrong_credentials_are_told_once_also_where_no_organization_is_declared() {
    let registry = Registry::new();
    let users: Vec<Value> = (0..4).map(|i| json!({"username": format!("user{i}")})).collect();
    let rest = json!({"users": users, "messages": [{"content": "Hello"}, {"content": "Bye"}],
        "tasks": [{"quay_docker_token": {"name": "ci"}}, {"quay_repository": {"name": "admin/app"}}]});
    let password = json!({"quay_username": "admin", "quay_password": "wrong-s3cret"});
    // The first attempts are told to be wrong, the later ones to be too many.
    let token = json!({"quay_token": "wrong-s3cret"});
    // Messages can be read by everybody.
    for (login, named, keys) in [
        (password, "sign in as admin", &["users", "messages", "tasks"][..]),
        (token, "quay_token", &["users", "tasks"]),
    ] {
        for key in keys {
            let config = json!({"registry": login, *key: rest[*key]});
            let mut options = registry.arguments("quay_registry", json!({"config": config}));
            options.as_object_mut().unwrap().remove("quay_token");
            let run = registry.run_exactly(&options, &[]);
            assert_eq!(run.code, 1, "{key}: {}", run.result);
            assert_eq!(refusals(&run, 0).len(), 1, "{key}: {}", run.result);
            assert_eq!(run.result.get("errors"), None, "{key}: {}", run.result);
            assert!(run.message().contains(named), "{key}: {}", run.message());
            run.assert_hides("wrong-s3cret");
        }
    }
}

#[test]
fn registry_engine_the_module_tells_why_something_was_left_out() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry
        .emulator
        .fault(quay_emulator::Fault::status(500, "application/json", "{}").on("GET", "/api/v1/organization/acme"));
    let config = json!({"organizations": [{"name": "acme", "reference": true,
        "teams": [{"name": "dev"}, {"name": "ops"}], "repositories": [{"name": "app"}]}]});
    let run = registry.run("quay_registry", json!({"config": config, "retries": 0}));
    assert_eq!(run.code, 1, "{}", run.result);
    assert!(run.message().contains("status 500"), "{}", run.message());
    assert_eq!(run.result.get("errors"), None, "the same reason several times: {}", run.result);
}

#[test]
fn registry_engine_a_part_that_does_not_exist_is_a_mistake() {
    let registry = Registry::new();
    let config = json!({"organizations": [{"name": "acme"}]});
    for (only, what) in [
        (json!({"organizations": ["acmee"]}), "the declaration has no organization \"acmee\""),
        (json!({"endpoints": ["west"]}), "the declaration has no endpoint \"west\""),
        (json!({"kinds": ["members"]}), "members are set together with their teams: name the kind teams"),
        (json!({"kinds": ["permissions"]}), "name the kind repositories"),
        (json!({"kinds": ["federations"]}), "name the kind robots"),
    ] {
        let message = registry.refused("quay_registry", json!({"config": config, "only": only}));
        assert!(message.contains(what), "{message}");
    }
    let gone = json!({"config": config, "only": {"organizations": ["acmee"]}, "state": "absent", "allow": {"delete_organizations": true}});
    assert!(registry.refused("quay_registry", gone).contains("no organization \"acmee\""));
}

#[test]
fn registry_engine_a_contradiction_stays_one_when_a_part_is_chosen() {
    let registry = Registry::new();
    registry.ok(
        "quay_registry",
        json!({"config": {"organizations": [{"name": "kro", "robots": [{"name": "r1"}],
            "teams": [{"name": "dev", "members": ["kro+r1"]}]}]}}),
    );
    let config = json!({"organizations": [{"name": "kro", "teams": [{"name": "dev", "members": ["kro+r1"]}]}]});
    let options = json!({"config": config, "prune": {"robots": true}});
    let whole = registry.refused("quay_registry", options.clone());
    let mut part = options;
    part["only"] = json!({"kinds": ["robots"]});
    assert_eq!(registry.refused("quay_registry", part), whole);
    assert!(whole.contains("builds on the robot account kro+r1, which shall be absent"), "{whole}");
}

#[test]
fn registry_engine_a_new_repository_hides_nothing_of_those_below_it() {
    let registry = Registry::new();
    let sub = json!({"name": "app/sub", "prune_policies": [{"method": "tags", "value": "7"}],
        "permissions": [{"name": "dev", "type": "team", "role": "read"}],
        "notifications": [{"title": "push", "event": "repo_push", "method": "webhook", "config": {"url": "https://hooks.example/x"}}]});
    let organization = |repositories: Value| json!({"config": {"organizations": [{"name": "nest", "teams": [{"name": "dev"}], "repositories": repositories}]}});
    registry.ok("quay_registry", organization(json!([sub])));
    let both = organization(json!([{"name": "app", "notifications": sub["notifications"]}, sub]));
    let run = registry.ok("quay_registry", both.clone());
    assert_eq!(run.result["counts"]["create"], 2, "the repository and its notification: {}", run.result);
    assert_eq!(run.result["counts"]["change"], 0, "{}", run.result);
    assert!(!registry.ok("quay_registry", both).changed());
}

#[test]
fn registry_engine_all_unknown_references_are_told_at_once() {
    let registry = Registry::new();
    let config = json!({"organizations": [{"name": "acme",
        "teams": [{"name": "dev", "members": ["nobody"]}],
        "default_permissions": [{"name": "ghosts", "type": "team", "role": "read"}],
        "repositories": [
            {"name": "app", "permissions": [{"name": "acme+ghost", "type": "user", "role": "read"}, {"name": "dev", "type": "team", "role": "read"}],
             "notifications": [{"title": "n", "event": "repo_push", "method": "quay_notification", "config": {"type": "team", "name": "phantoms"}}]},
            {"name": "mirrored", "repo_state": "MIRROR", "mirror": {"external_reference": "quay.io/other/app", "robot_username": "acme+shade",
                "image_tags": ["v*"], "sync_interval": "1h", "sync_start_date": "2030-01-01T00:00:00Z"}}]}]});
    let run = registry.run("quay_registry", json!({"config": config}));
    run.assert_refused();
    let told = refusals(&run, 0).join("\n");
    for name in ["nobody", "ghosts", "acme+ghost", "acme/phantoms", "acme+shade"] {
        assert!(told.contains(name), "{name}: {told}");
    }
    assert_eq!(told.lines().count(), 5, "each of them once, and nothing that is declared: {told}");
}

#[test]
fn registry_engine_what_goes_with_an_organization_cannot_be_referred_to() {
    let registry = Registry::new();
    let config = json!({"organizations": [{"name": "gone", "state": "absent"}],
        "tasks": [{"quay_tag": {"image": "gone/app:v1", "tag": "v2"}}]});
    let run = registry.run("quay_registry", json!({"config": config}));
    run.assert_refused();
    assert_eq!(run.requests.len(), 0, "no server is needed to see it");
    assert!(run.message().contains("builds on the organization gone, which shall be absent"), "{}", run.message());
}
