//! Renames, patterns, defaults, parts of a declaration, several servers.

use quay_emulator::state::Role;
use quaymaster::apply::input::selection::Destruction;
use quaymaster::apply::input::selection::{Request, Selection};
use quaymaster::apply::kinds::Kind;
use serde_json::{Value, json};

use crate::apply::support::{Mass, changes, complaints, concerned, object, removed, warnings};
use crate::support::Registry;

fn old_company() -> Value {
    json!({"organizations": [{"name": "old", "email": "it@example.com", "robots": [{"name": "ci"}],
        "teams": [{"name": "dev", "members": ["old+ci"]}],
        "default_permissions": [{"name": "old+ci", "type": "user", "role": "read"}],
        "repositories": [{"name": "app", "permissions": [{"name": "old+ci", "type": "user", "role": "write"},
            {"name": "dev", "type": "team", "role": "read"}]}]}]})
}

/// The same under another name, with children that are new.
fn new_company() -> Value {
    json!({"organizations": [{"name": "new", "previous_name": "old", "email": "hq@example.com",
        "robots": [{"name": "ci"}, {"name": "cd", "description": "Deploys"}],
        "teams": [{"name": "dev", "members": ["new+ci", "new+cd"]}, {"name": "ops", "members": ["new+cd"]}],
        "default_permissions": [{"name": "new+ci", "type": "user", "role": "read"}],
        "applications": [{"name": "portal"}],
        "repositories": [
            {"name": "app", "description": "Renamed", "permissions": [{"name": "new+ci", "type": "user", "role": "write"},
                {"name": "new+cd", "type": "user", "role": "read"}, {"name": "dev", "type": "team", "role": "read"}]},
            {"name": "web", "permissions": [{"name": "ops", "type": "team", "role": "admin"}]}]}]})
}

#[test]
fn registry_engine_an_organization_is_renamed_with_all_that_is_in_it() {
    let mass = Mass::new();
    mass.applied(old_company());
    let known = mass.writes();
    let plan = mass.plan(new_company());
    assert!(plan.succeeded(), "{}", complaints(&plan));
    let open = changes(&plan);
    assert_eq!(open.len(), 7, "{open:#?}");
    assert_eq!(mass.writes(), known);
    let report = mass.applied(new_company());
    assert_eq!(changes(&report), open);
    let writes = mass.writes_since(known);
    assert_eq!(writes[0], "PUT /api/v1/superuser/organizations/old", "{writes:?}");
    assert!(mass.has("new+cd") && !mass.has("old"));
    mass.settled(new_company());
    mass.applied(new_company());
    // A server that never had the old name.
    let mass = Mass::new();
    mass.applied(new_company());
    mass.settled(new_company());
}

#[test]
fn registry_engine_a_renamed_organization_is_pruned_like_any_other() {
    let kinds: serde_json::Map<String, Value> = Kind::pruned()
        .filter(|kind| *kind != Kind::Messages)
        .map(|kind| (kind.word().to_owned(), json!(true)))
        .collect();
    let mass = Mass::with_users(&["alice"]);
    mass.applied(old_company());
    mass.applied(json!({"organizations": [{"name": "old", "robots": [{"name": "surplus"}],
        "teams": [{"name": "surplus"}, {"name": "dev", "members": ["alice"]}], "applications": [{"name": "surplus"}],
        "default_permissions": [{"name": "old+ci", "type": "user", "role": "read", "creator": "alice"}],
        "repositories": [{"name": "surplus"}, {"name": "app", "permissions": [{"name": "alice", "type": "user", "role": "read"}]}]}]}));
    let mut config = new_company();
    config["registry"] = json!({"prune": kinds});
    let plan = mass.plan(config.clone());
    assert!(plan.succeeded(), "{}", complaints(&plan));
    let mut gone = removed(&plan);
    gone.sort_unstable();
    assert_eq!(gone.len(), 5, "{gone:?}");
    mass.applied(config.clone());
    assert!(!mass.has("surplus") && !mass.has("alice"), "{}", mass.state());
    mass.settled(config);
    let rights = mass.exported().value["organizations"][0]["repositories"][0]["permissions"].to_string();
    assert!(rights.contains("admin"), "the caller keeps the right of whoever made the repository: {rights}");
}

#[test]
fn registry_engine_patterns_and_defaults_reach_what_they_are_for() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme", "teams": [{"name": "dev"}],
        "repositories": [{"name": "app-one"}, {"name": "app-two"}, {"name": "other"}, {"name": "lone", "description": "mine"}]}]}));
    let config = json!({"organizations": [{"name": "acme", "teams": [{"name": "dev"}],
    "defaults": {"description": "by default", "permissions": [{"name": "dev", "type": "team", "role": "read"}]},
    "repositories": [
        {"name": "app-one"},
        {"name": "app-new", "description": "its own"},
        {"name": "other"},
        {"name": "app-*", "description": "by pattern",
         "notifications": [{"title": "push", "event": "repo_push", "method": "webhook", "config": {"url": "https://hooks.example/x"}}]},
        {"name": "app-t*", "prune_policies": [{"method": "tags", "value": "7"}]},
    ]}]});
    mass.applied(config.clone());
    mass.settled(config);
    let value = mass.exported().value;
    let all = value["organizations"][0]["repositories"].as_array().unwrap();
    let get = |name: &str, key: &str| {
        let found = all.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        found.get(key).cloned().unwrap_or_default()
    };
    for (name, description, notified, pruned, granted) in [
        ("app-one", "by pattern", true, false, true),
        ("app-new", "its own", true, false, true),
        ("app-two", "by pattern", true, true, true),
        ("other", "by default", false, false, true),
        ("lone", "mine", false, false, false),
    ] {
        assert_eq!(get(name, "description"), description, "{name}");
        assert_eq!(!get(name, "notifications").is_null(), notified, "{name}");
        assert_eq!(!get(name, "prune_policies").is_null(), pruned, "{name}");
        assert_eq!(get(name, "permissions").to_string().contains("\"dev\""), granted, "{name}");
    }
}

#[test]
fn registry_engine_what_a_default_permission_of_the_file_gives_is_not_pruned() {
    let mass = Mass::with_users(&["alice", "bob"]);
    let config = json!({"registry": {"prune": {"permissions": true}}, "organizations": [{"name": "acme",
        "teams": [{"name": "dev"}, {"name": "ops"}],
        "default_permissions": [{"name": "dev", "type": "team", "role": "read"}, {"name": "alice", "type": "user", "role": "admin"},
            {"name": "ops", "type": "team", "role": "write", "creator": "admin"}],
        "repositories": [{"name": "app", "permissions": [{"name": "dev", "type": "team", "role": "admin"}]}, {"name": "free"}]}]});
    mass.applied(config.clone());
    mass.settled(config.clone());
    let state = mass.exported().value;
    let repositories = &state["organizations"][0]["repositories"];
    let names = |at: usize| {
        let list = repositories[at]["permissions"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = list.iter().map(|grant| grant["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(0), ["admin", "alice", "dev", "ops"]);
    // Where the file says nothing, nothing is pruned either.
    assert_eq!(names(1), ["admin", "alice", "dev", "ops"]);
    let mut more = config;
    more["organizations"][0]["default_permissions"][0]["role"] = json!("write");
    more["organizations"][0]["repositories"].as_array_mut().unwrap().push(json!({"name": "late", "permissions": []}));
    mass.applied(more.clone());
    mass.settled(more.clone());
    // What nothing gives goes where the repository has the list, and stays where it has none; what is taken back by hand stays so.
    mass.registry.emulator.with_state(|state| {
        for name in ["app", "free"] {
            let repository = state.namespaces.get_mut("acme").unwrap().repositories.get_mut(name).unwrap();
            repository.user_roles.insert("bob".into(), Role::Write);
            repository.user_roles.shift_remove("alice");
        }
    });
    mass.applied(more.clone());
    mass.settled(more);
    let rights = |name: &str| {
        mass.registry.emulator.with_state(|state| {
            let roles = &state.namespaces["acme"].repositories[name].user_roles;
            roles.keys().cloned().collect::<Vec<_>>()
        })
    };
    assert_eq!((rights("app"), rights("free")), (vec!["admin".to_owned()], vec!["admin".to_owned(), "bob".to_owned()]));
}

/// Quay gives what a default permission says to new repositories only.
#[test]
fn registry_engine_a_default_permission_of_the_file_raises_and_lowers_no_right() {
    let mass = Mass::with_users(&["alice", "bob"]);
    let app = |more: Value| {
        let mut organization = json!({"name": "acme", "repositories": [{"name": "app", "permissions": []}]});
        organization.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"registry": {"prune": {"permissions": true}}, "organizations": [organization]})
    };
    mass.applied(app(json!({})));
    let roles = |state: &mut quay_emulator::state::State| {
        let repositories = &mut state.namespaces.get_mut("acme").unwrap().repositories;
        repositories.get_mut("app").unwrap().user_roles.clone()
    };
    mass.registry.emulator.with_state(|state| {
        let repositories = &mut state.namespaces.get_mut("acme").unwrap().repositories;
        let given = &mut repositories.get_mut("app").unwrap().user_roles;
        given.insert("alice".into(), Role::Read);
        given.insert("bob".into(), Role::Write);
    });
    let before = mass.registry.emulator.with_state(roles);
    let with = app(json!({"default_permissions": [
        {"name": "alice", "type": "user", "role": "admin"}, {"name": "bob", "type": "user", "role": "read"}]}));
    mass.applied(with.clone());
    mass.settled(with);
    assert!(mass.registry.emulator.with_state(roles) == before);
}

#[test]
fn registry_engine_of_several_default_permissions_of_one_account_the_strongest_counts() {
    let mass = Mass::with_users(&["alice"]);
    let given = json!({"name": "alice", "type": "user", "role": ["write", "read"]});
    let files = |repositories: Value| {
        json!({"registry": {"prune": {"permissions": true, "default_permissions": true}},
            "organizations": [{"name": "acme", "default_permissions": [given], "repositories": repositories}]})
    };
    mass.applied(files(json!([])));
    let new = files(json!([{"name": "app", "permissions": []}]));
    mass.applied(new.clone());
    mass.settled(new);
    let role =
        |state: &mut quay_emulator::state::State| state.namespaces["acme"].repositories["app"].user_roles["alice"];
    assert!(mass.registry.emulator.with_state(role) == Role::Write);
    assert_eq!(mass.registry.emulator.with_state(|state| state.namespaces["acme"].prototypes.len()), 2);
}

#[test]
fn registry_engine_only_what_was_asked_for_is_done() {
    let mass = Mass::new();
    let one = |name: &str| json!({"name": name, "robots": [{"name": "ci"}], "teams": [{"name": "dev"}], "repositories": [{"name": "app"}]});
    let config = json!({"messages": [{"content": "hello"}], "organizations": [one("acme"), one("other")]});
    let request = |organizations: &[&str], kinds: &[Kind]| Request {
        selection: Selection {
            organizations: organizations.iter().map(|name| (*name).to_owned()).collect(),
            kinds: kinds.to_vec(),
            ..Selection::default()
        },
        ..Request::default()
    };
    let report = mass.apply_of(config.clone(), &request(&["acme"], &[Kind::Organizations, Kind::Robots]));
    assert!(report.succeeded(), "{}", complaints(&report));
    assert_eq!(concerned(&report), [Kind::Organizations, Kind::Robots].into_iter().collect());
    assert!(mass.has("acme") && !mass.has("other") && !mass.has("hello") && !mass.has("app"));
    let report = mass.apply_of(config.clone(), &request(&["acme"], &[]));
    assert!(report.succeeded(), "{}", complaints(&report));
    assert!(mass.has("app") && !mass.has("other"));
    let report = mass.apply_of(config.clone(), &request(&[], &[Kind::Messages]));
    assert_eq!(concerned(&report), [Kind::Messages].into_iter().collect());
    mass.applied(config.clone());
    mass.settled(config);
}

#[test]
fn registry_engine_only_one_organization_prunes_in_no_other() {
    let mass = Mass::new();
    mass.applied(json!({"messages": [{"content": "hello"}], "organizations": [
        {"name": "acme", "teams": [{"name": "surplus"}]}, {"name": "other", "teams": [{"name": "surplus"}]}, {"name": "third"}]}));
    let config = json!({"registry": {"prune": {"teams": true, "organizations": true, "messages": true},
        "allow": {"delete_organizations": true}}, "organizations": [{"name": "acme"}, {"name": "other"}]});
    let request = Request {
        selection: Selection { organizations: vec!["acme".into()], ..Selection::default() },
        ..Request::default()
    };
    let plan = mass.plan_of(config, &request);
    assert_eq!(removed(&plan), ["team acme/surplus"]);
}

#[test]
fn registry_engine_destroy_deletes_the_named_organizations_and_nothing_else() {
    let mass = Mass::new();
    let config = json!({"messages": [{"content": "hello"}], "organizations": [
        {"name": "acme", "repositories": [{"name": "app"}]}, {"name": "other"}]});
    mass.applied(config.clone());
    mass.registry.emulator.push_image("acme/app", "v1");
    let request = |names: &[&str]| Request {
        destroy: Some(Destruction::Organizations(names.iter().map(|name| (*name).to_owned()).collect())),
        ..Request::default()
    };
    let known = mass.writes();
    let report = mass.apply_of(config.clone(), &request(&["acme", "nobody"]));
    assert!(!report.succeeded());
    assert_eq!(report.endpoints[0].refusals, ["not declared, so not deleted: nobody"]);
    let plan = mass.plan_of(config.clone(), &request(&["acme"]));
    assert_eq!(removed(&plan), ["organization acme"]);
    assert_eq!(mass.writes(), known);
    let report = mass.apply_of(config.clone(), &request(&["acme"]));
    assert!(report.succeeded(), "{}", complaints(&report));
    assert_eq!(mass.writes_since(known), ["DELETE /api/v1/organization/acme"]);
    let report = mass.apply_of(config, &request(&["acme"]));
    assert!(report.succeeded() && !report.changed(), "{}", complaints(&report));
}

/// Two servers and their endpoints.
fn servers() -> (Mass, Registry, Value) {
    let (one, two) = (Mass::new(), Registry::new());
    let endpoints = json!([
        {"name": "one", "quay_host": one.registry.emulator.url(), "quay_token": one.registry.token},
        {"name": "two", "quay_host": two.emulator.url(), "quay_token": two.token},
    ]);
    (one, two, endpoints)
}

#[test]
fn registry_engine_each_server_gets_what_is_for_it() {
    let (one, two, endpoints) = servers();
    let config = json!({"registry": {"endpoints": endpoints},
        "messages": [{"content": "hello", "endpoints": ["two"]}],
        "organizations": [{"name": "everywhere", "teams": [{"name": "dev"}]}, {"name": "here", "endpoints": ["one"]}]});
    let plan = one.plan(config.clone());
    assert_eq!(plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert!(one.writes() == 0 && two.emulator.writes().is_empty());
    one.applied(config.clone());
    one.settled(config.clone());
    let names = |registry: &Registry| {
        registry.emulator.with_state(|state| {
            let mut names: Vec<String> =
                state.namespaces.values().filter(|space| space.organization).map(|space| space.name.clone()).collect();
            names.sort();
            names
        })
    };
    assert_eq!(
        (names(&one.registry), names(&two)),
        (vec!["everywhere".into(), "here".into()], vec!["everywhere".to_owned()])
    );
    assert!(!one.has("hello"));
    let only = Request {
        selection: Selection { endpoints: vec!["two".into()], ..Selection::default() },
        ..Request::default()
    };
    assert_eq!(one.plan_of(config, &only).endpoints.len(), 1);
}

#[test]
fn registry_engine_two_entries_of_an_organization_are_for_different_servers() {
    let (one, two, endpoints) = servers();
    let config = json!({"registry": {"endpoints": endpoints, "prune": {"teams": true}}, "organizations": [
        {"name": "acme", "endpoints": ["one"], "teams": [{"name": "first"}]},
        {"name": "acme", "endpoints": ["two"], "teams": [{"name": "second"}]}]});
    one.applied(config.clone());
    one.settled(config);
    let teams = |registry: &Registry| {
        registry.emulator.with_state(|state| state.namespaces["acme"].teams.keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(teams(&one.registry), ["owners", "first"]);
    assert_eq!(teams(&two), ["owners", "second"]);
}

#[test]
fn registry_engine_a_server_that_is_down_does_not_keep_the_others_waiting() {
    let (one, two, endpoints) = servers();
    two.emulator.stop();
    let config =
        json!({"registry": {"endpoints": endpoints}, "organizations": [{"name": "acme", "teams": [{"name": "dev"}]}]});
    let report = one.apply(config);
    assert!(!report.succeeded());
    assert!(report.endpoints[0].changed() && one.has("dev"), "{}", complaints(&report));
    let told = format!("{}{}", complaints(&report), warnings(&report));
    assert!(told.contains("cannot connect to"), "{told}");
    assert_eq!(object(&report, "team acme/dev").outcome, quaymaster::apply::report::Outcome::Done);
}

/// A file is applied again and again: what it asks for happens once.
#[test]
fn registry_engine_a_declared_synchronization_happens_once_for_each_change() {
    let mass = Mass::new();
    let declared = |interval: &str| {
        json!({"organizations": [
            {"name": "acme", "robots": [{"name": "sync"}], "repositories": [{"name": "app", "mirror": {
                "external_reference": "quay.io/org/app", "robot_username": "acme+sync", "image_tags": ["latest"],
                "sync_interval": interval, "force_sync": true}}]},
            {"name": "copies", "robots": [{"name": "sync"}], "mirror": {"external_registry_type": "quay",
                "external_registry_url": "https://quay.io", "external_namespace": "org", "robot_username": "copies+sync",
                "sync_interval": interval, "force_sync": true}}]})
    };
    let started = |known: usize| {
        let writes = mass.writes_since(known);
        writes.iter().filter(|write| write.ends_with("/sync-now")).count()
    };
    mass.applied(declared("1h"));
    assert_eq!(started(0), 2);
    // Also once the worker has been there.
    mass.settled(declared("1h"));
    mass.registry.emulator.with_state(|state| {
        let done = || "SUCCESS".to_owned();
        state.organization_mut("copies").unwrap().mirror.as_mut().unwrap().sync_status = done();
        state.repository_mut("acme", "app").unwrap().mirror.as_mut().unwrap().sync_status = done();
    });
    mass.settled(declared("1h"));
    let known = mass.writes();
    mass.applied(declared("2h"));
    assert_eq!(started(known), 2);
    mass.settled(declared("2h"));
}
