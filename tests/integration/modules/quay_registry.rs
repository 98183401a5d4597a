//! `quay_registry`: a declaration in a task, or in files. What a declaration can say is tested with `registry`.

use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run};

const SECRET: &str = "mirror-s3cret-of-acme";

fn acme() -> Value {
    json!({"organizations": [{
        "name": "acme",
        "email": "acme@example.com",
        "robots": [{"name": "ci", "description": "Pushes"}],
        "teams": [{"name": "developers", "role": "member", "members": ["acme+ci"]}],
        "repositories": [{"name": "app", "visibility": "private", "repo_state": "MIRROR", "mirror": {
            "external_reference": "registry.example.com/team/app", "image_tags": ["latest"], "robot_username": "acme+ci",
            "external_registry_username": "puller", "external_registry_password": SECRET,
            "sync_interval": 3600, "sync_start_date": "2030-01-01T00:00:00Z",
        }}],
    }]})
}

fn titles(run: &Run) -> Vec<&str> {
    let objects = run.result["endpoints"][0]["objects"].as_array().unwrap();
    objects.iter().map(|object| object["object"].as_str().unwrap()).collect()
}

#[test]
fn a_declaration_is_checked_made_and_repeated() {
    let registry = Registry::new();
    let checked = registry.check("quay_registry", json!({"config": acme()}));
    assert!(checked.changed() && checked.writes().is_empty(), "{}", checked.result);
    assert_eq!(checked.result["counts"]["create"], 5);
    let real = registry.run("quay_registry", json!({"config": acme()}));
    assert!(real.changed(), "{}", real.result);
    assert_eq!(real.result["counts"], checked.result["counts"]);
    assert_eq!(titles(&real), titles(&checked));
    assert!(titles(&real).contains(&"team acme/developers"), "{}", real.result);
    assert_eq!(real.result["endpoints"][0]["requests"], real.requests.len());
    let again = registry.run("quay_registry", json!({"config": acme()}));
    assert!(!again.changed() && again.writes().is_empty(), "{}", again.result);
    for run in [&checked, &real, &again] {
        run.assert_hides(SECRET);
        run.assert_hides(&registry.token);
    }
}

#[test]
fn credentials_of_a_task_do_not_go_where_its_files_say() {
    let (registry, stranger) = (Registry::new(), Registry::new());
    let folder = tempfile::tempdir().unwrap();
    let declared = json!({"registry": {"quay_host": stranger.emulator.url()}, "organizations": [{"name": "acme"}]});
    let file = folder.path().join("acme.yml");
    std::fs::write(&file, declared.to_string()).unwrap();
    let refused = registry.check("quay_registry", json!({"src": [file]}));
    assert!(refused.message().contains("quay_token would go to http://127.0.0.1"), "{}", refused.result);
    assert_eq!(stranger.emulator.journal().len(), 0);
    // Nor does what the play itself says of the credentials.
    let config = json!({"registry": {"quay_token": registry.token}});
    let refused = registry.run_as("", "quay_registry", json!({"src": [file], "config": config}), Mode::Check);
    assert!(refused.message().contains("quay_token would go to http://127.0.0.1"), "{}", refused.result);
    assert_eq!(stranger.emulator.journal().len(), 0);
    // What the play says itself is no file.
    let own = registry.check("quay_registry", json!({"config": declared}));
    assert!(own.message().contains("quay_token is invalid"), "{}", own.result);
}

#[test]
fn the_difference_is_a_list_with_a_summary() {
    let registry = Registry::new();
    registry.ok("quay_registry", json!({"config": acme()}));
    let mut config = acme();
    config["organizations"][0]["teams"][0]["role"] = json!("creator");
    let run = registry.ok("quay_registry", json!({"config": config}));
    let diff = run.result["diff"].as_array().unwrap();
    assert_eq!(diff.len(), 2, "{diff:?}");
    assert_eq!(diff[0]["before_header"], "team acme/developers");
    assert_eq!((&diff[0]["before"]["role"], &diff[0]["after"]["role"]), (&json!("member"), &json!("creator")));
    assert!(diff[1]["prepared"].as_str().unwrap().starts_with("0 created, 1 changed, 0 removed, 4 unchanged; "));
}

#[test]
fn mistakes_are_told_all_at_once_without_a_request_or_a_secret() {
    let registry = Registry::new();
    let mut config = acme();
    config["organizations"][0]["emial"] = json!("x@example.com");
    config["organizations"][0]["quay_token"] = json!("misplaced-s3cret");
    let run = registry.run("quay_registry", json!({"config": config}));
    run.assert_refused();
    assert_eq!(run.requests.len(), 0);
    let errors = run.result["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].as_str().unwrap().starts_with("config.organizations[0].emial: unknown key"), "{errors:?}");
    run.assert_hides("misplaced-s3cret");
    run.assert_hides(SECRET);
    // A mistake that the table of options shows, before anybody looks into the declaration.
    let run = registry.run("quay_registry", json!({"config": acme(), "jobs": 0, "stat": "x"}));
    run.assert_refused();
    run.assert_hides(SECRET);
    assert!(run.message().contains("jobs"), "{}", run.message());
    let message = registry.refused("quay_registry", json!({}));
    assert!(message.contains("one of the following is required: config, src"), "{message}");
    let message = registry.refused("quay_registry", json!({"config": acme(), "only": {"kinds": ["team"]}}));
    assert!(message.starts_with("only.kinds: there is no kind \"team\"; the kinds are users, "), "{message}");
}

#[test]
fn a_message_tells_no_more_mistakes_than_one_can_read() {
    let organizations: Vec<Value> = (0..25).map(|number| json!({"name": format!("o{number}"), "emial": "x"})).collect();
    let run = Registry::new().run("quay_registry", json!({"config": {"organizations": organizations}}));
    let message = run.message();
    assert_eq!(message.matches("unknown key").count(), 20, "{message}");
    assert!(message.ends_with("; and 5 more, see errors"), "{message}");
    assert_eq!(run.result["errors"].as_array().map(Vec::len), Some(25));
}

#[test]
fn a_part_of_a_declaration_can_be_chosen() {
    let registry = Registry::new();
    let config =
        json!({"organizations": [{"name": "acme"}, {"name": "beta", "teams": [{"name": "devs", "role": "member"}]}]});
    let only = |only: Value| registry.check("quay_registry", json!({"config": config, "only": only}));
    assert_eq!(titles(&only(json!({"organizations": ["beta"]}))), ["organization beta", "team beta/devs"]);
    assert_eq!(titles(&only(json!({"organizations": ["acme"]}))), ["organization acme"]);
    assert_eq!(only(json!({"endpoints": ["elsewhere.example.com"]})).requests.len(), 0);
}

#[test]
fn several_servers_get_the_same_content_each_with_its_own_credentials() {
    let (east, west) = (Registry::new(), Registry::new());
    let endpoint = |name: &str, registry: &Registry| json!({"name": name, "quay_host": registry.emulator.url(), "quay_token": registry.token});
    let endpoints = json!([endpoint("east", &east), endpoint("west", &west)]);
    let options = json!({"config": {"organizations": [{"name": "acme"}]}, "endpoints": endpoints});
    let run = east.run_raw("quay_registry", options.clone(), crate::support::Mode::Real);
    assert!(run.changed(), "{}", run.result);
    for registry in [&east, &west] {
        run.assert_hides(&registry.token);
        let found = registry.check("quay_organization", json!({"name": "acme"}));
        assert!(!found.changed(), "{}", found.result);
    }
    let names: Vec<&Value> = run.result["endpoints"].as_array().unwrap().iter().map(|e| &e["endpoint"]).collect();
    assert_eq!(names, ["east", "west"]);
    let both = json!([{"quay_host": "a", "quay_token": "t0ken-t0ken", "quay_username": "u"}]);
    let message = east.refused("quay_registry", json!({"config": {}, "endpoints": both}));
    assert!(message.contains("mutually exclusive"), "{message}");
}

#[test]
fn the_declaration_names_the_server_before_the_task_does() {
    let (task, declared) = (Registry::new(), Registry::new());
    let config = json!({
        "registry": {"quay_host": declared.emulator.url(), "quay_token": declared.token},
        "organizations": [{"name": "acme"}],
    });
    let run = task.ok("quay_registry", json!({"config": config}));
    assert_eq!(run.requests.len(), 0, "the server of the task was asked");
    assert!(!declared.check("quay_organization", json!({"name": "acme"})).changed());
    run.assert_hides(&declared.token);
}

#[test]
fn deleting_organizations_takes_a_switch() {
    let registry = Registry::new();
    registry.ok("quay_registry", json!({"config": acme()}));
    let gone = json!({"config": acme(), "state": "absent"});
    let message = registry.refused("quay_registry", gone.clone());
    assert!(message.contains("everything in it; set allow: {delete_organizations: true}"), "{message}");
    let mut gone = gone;
    gone["allow"] = json!({"delete_organizations": true});
    let checked = registry.check("quay_registry", gone.clone());
    assert!(checked.changed() && checked.writes().is_empty());
    let run = registry.ok("quay_registry", gone);
    assert_eq!(run.result["counts"]["remove"], 1, "{}", run.result);
    assert!(registry.check("quay_organization", json!({"name": "acme"})).changed());
}

/// What `destroy FILES` does at a shell: every declared object goes, and nothing else.
#[test]
fn absent_removes_all_that_is_declared_and_nothing_else() {
    let registry = Registry::new();
    let config = json!({
        "users": [{"username": "bob", "email": "bob@example.com", "password": "password-of-bob"}],
        "messages": [{"content": "Closed on Sunday"}],
        "organizations": [
            {"name": "acme", "preserve": true, "robots": [{"name": "ci"}, {"name": "kept", "preserve": true}],
             "teams": [{"name": "devs"}], "repositories": [{"name": "app"}]},
            {"name": "other", "reference": true, "teams": [{"name": "guests"}]},
        ],
    });
    registry.ok("quay_organization", json!({"name": "other"}));
    registry.ok("quay_registry", json!({"config": config}));
    registry.ok("quay_robot", json!({"name": "acme+strange"}));
    for repository in ["acme/app", "acme/strange"] {
        registry.emulator.push_image(repository, "v1");
    }
    let absent = |allow: Value| json!({"config": config, "state": "absent", "allow": allow});

    let message = registry.refused("quay_registry", absent(json!({"delete_users": true})));
    assert!(message.contains("the repository is not empty; set allow: {delete_repositories: true}"), "{message}");
    let message = registry.refused("quay_registry", absent(json!({"delete_repositories": true})));
    assert!(message.contains("set allow: {delete_users: true}"), "{message}");
    let allowed = absent(json!({"delete_users": true, "delete_repositories": true}));
    let planned = registry.check("quay_registry", allowed.clone()).result["counts"]["remove"].clone();
    let run = registry.ok("quay_registry", allowed.clone());
    assert_eq!((&run.result["counts"]["remove"], &planned), (&json!(6), &json!(6)), "{}", run.result);
    let left = registry.emulator.snapshot();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let acme = &left["namespaces"]["acme"];
    assert_eq!(
        (keys(&acme["robots"]), keys(&acme["teams"])),
        (vec!["kept".into(), "strange".into()], vec!["owners".into()])
    );
    assert_eq!(keys(&acme["repositories"]), ["strange"]);
    assert_eq!(keys(&left["namespaces"]["other"]["teams"]), ["owners"]);
    assert!(left["namespaces"]["bob"].is_null() && left["messages"] == json!([]));
    assert!(!registry.ok("quay_registry", allowed).changed());
}

#[test]
fn files_are_read_and_merged_with_the_task() {
    let registry = Registry::new();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yml"), "organizations: [{name: acme}]\n").unwrap();
    std::fs::write(folder.path().join("b.yml"), "organizations: [{name: beta}]\n").unwrap();
    let config = json!({"organizations": [{"name": "acme", "email": "acme@example.com"}]});
    let run = registry.ok("quay_registry", json!({"src": [folder.path()], "config": config}));
    assert_eq!(titles(&run), ["organization acme", "organization beta"]);
    std::fs::write(folder.path().join("b.yml"), "organisations: []\n").unwrap();
    let message = registry.refused("quay_registry", json!({"src": [folder.path()]}));
    assert!(message.contains("b.yml:1:1: unknown key \"organisations\"; did you mean organizations?"), "{message}");
}

#[test]
fn a_wrong_token_is_told_before_any_write() {
    let registry = Registry::new();
    let run = registry.run_as("wrong-s3cret", "quay_registry", json!({"config": acme()}), crate::support::Mode::Real);
    assert_eq!((run.code, &run.result["changed"]), (1, &json!(false)), "{}", run.result);
    assert!(run.message().contains("quay_token"), "{}", run.message());
    assert!(run.writes().is_empty(), "{:?}", run.lines());
    run.assert_hides("wrong-s3cret");
}

#[test]
fn secrets_under_wrong_keys_and_in_wrong_shapes_are_hidden() {
    let registry = Registry::new();
    let config = json!({"organizations": [{
        "name": "acme",
        "proxy_cache": {"registry": "quay.io", "pasword": "mis-spelt-1"},
        "mirror": {"external_registry_password": ["in-a-list-2"], "https_proxy": "http://u:sl/as?h-3@proxy:3128"},
        "repositories": [{"name": "app", "notifications": [{"title": "t", "event": "repo_push", "method": "slack",
            "config": {"url": "https://hooks.slack.com/services/T0/B0/hook-4"}}]}],
    }]});
    let run = registry.run("quay_registry", json!({"config": config}));
    run.assert_refused();
    assert_eq!(run.result["invocation"]["module_args"]["config"]["organizations"][0]["name"], "acme");
    for secret in ["mis-spelt-1", "in-a-list-2", "sl/as", "as?h-3", "hook-4"] {
        run.assert_hides(secret);
    }
    assert!(run.printed.contains("https://hooks.slack.com/********"), "{}", run.printed);
}

/// In a playbook, the declaration is the word of its author: it says where credentials go.
#[test]
fn a_playbook_delivers_credentials() {
    let registry = Registry::new();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("config.json");
    let robot = json!({"name": "ci", "deliver": {"docker_config": place}});
    let config = json!({"config": {"organizations": [{"name": "acme", "robots": [robot]}]}});
    registry.check("quay_registry", config.clone());
    assert!(!place.exists());
    let run = registry.ok("quay_registry", config.clone());
    let token =
        registry.emulator.snapshot()["namespaces"]["acme"]["robots"]["ci"]["token"].as_str().unwrap().to_owned();
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&place).unwrap()).unwrap();
    assert_eq!(written["auths"].as_object().unwrap().len(), 1);
    // What it returns is readable in its results alone.
    assert_eq!(run.printed.matches(&token).count(), 1, "{}", run.printed);
    std::fs::write(&place, "[]").unwrap();
    let failed = registry.run("quay_registry", config);
    assert!(failed.message().contains("config.json: it is no JSON object"), "{}", failed.message());
    failed.assert_hides(&token);
}

#[test]
fn a_report_for_people_is_written_in_check_mode_too() {
    let registry = Registry::new();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let options = |name: &str| json!({"config": acme(), "report": path(name)});
    let checked = registry.check("quay_registry", options("plan.html"));
    assert!(checked.changed() && checked.writes().is_empty(), "{}", checked.result);
    registry.ok("quay_registry", options("done.md"));
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let (page, markdown) = (read("plan.html"), read("done.md"));
    assert!(page.contains("<title>Plan</title>") && page.contains("repository acme/app"), "{page}");
    assert!(
        markdown.contains("### acme\n\n```diff\n+ create organization acme\n") && markdown.contains("5 created"),
        "{markdown}"
    );
    assert!(!page.contains(SECRET) && !markdown.contains(SECRET));
    let message = registry.refused_everywhere("quay_registry", options("plan.txt"));
    assert!(message.contains("plan.txt must end in .html or .md"), "{message}");
    let run = registry.check("quay_registry", options("missing/plan.md"));
    assert!(run.message().contains("missing/plan.md cannot be written"), "{}", run.result);
}
