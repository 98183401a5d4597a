//! What `destroy` deletes, and what it leaves.

use std::sync::atomic::AtomicBool;

use quaymaster::apply::engine;
use quaymaster::apply::input::selection::{Destruction, Request, Selection};
use quaymaster::apply::kinds::Kind;
use quaymaster::apply::report::Report;
use quaymaster::apply::run::NoProgress;
use serde_json::{Value, json};

use crate::apply::support::{Mass, complaints, refusals, warnings};
use crate::support::Registry;

fn destroy(mass: &Mass, config: Value, name: &str) -> Report {
    let request = Request { destroy: Some(Destruction::Organizations(vec![name.to_owned()])), ..Request::default() };
    engine::plan(&mass.declaration(config), &request).execute(&NoProgress, &AtomicBool::new(false))
}

fn exists(registry: &Registry, name: &str) -> bool {
    registry.emulator.snapshot()["namespaces"][name].is_object()
}

/// A server with `acme`, and the sentence by which its destruction is refused.
fn refused(entry: Value, tasks: Value) -> String {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme"}]}));
    let report = destroy(&mass, json!({"organizations": [entry], "tasks": tasks}), "acme");
    assert!(exists(&mass.registry, "acme"));
    report.endpoints.into_iter().flat_map(|endpoint| endpoint.refusals).collect::<Vec<_>>().join("; ")
}

#[test]
fn an_organization_goes_with_everything_in_it() {
    let mass = Mass::new();
    let config = json!({"organizations": [{"name": "acme", "repositories": [{"name": "app"}]}, {"name": "other"}]});
    mass.applied(config.clone());
    assert!(destroy(&mass, config, "acme").succeeded());
    assert!(!exists(&mass.registry, "acme") && exists(&mass.registry, "other"));
}

#[test]
fn what_is_preserved_stays_and_so_does_what_holds_it() {
    for (entry, what) in [
        (json!({"name": "acme", "preserve": true}), "the organization acme is preserved"),
        (
            json!({"name": "acme", "quota": {"quota": "1 GiB", "preserve": true}}),
            "the organization acme holds quota, which is preserved",
        ),
        (
            json!({"name": "acme", "repositories": [{"name": "app"}, {"name": "web", "notifications": [
                {"title": "t", "event": "repo_push", "method": "webhook", "config": {"url": "https://h.example.com/"},
                 "preserve": true}]}]}),
            "the organization acme holds notifications t of repositories web, which is preserved",
        ),
    ] {
        let said = refused(entry, json!([]));
        assert!(said.contains(what) && said.starts_with("config."), "{said}");
    }
    let task = json!([{"quay_repository": {"name": "acme/app"}, "preserve": true}]);
    let said = refused(json!({"name": "acme"}), task);
    assert!(
        said.contains("the organization acme holds an entry of tasks (quay_repository), which is preserved"),
        "{said}"
    );
}

#[test]
fn what_the_files_only_refer_to_is_not_deleted() {
    let said = refused(json!({"name": "acme", "reference": true}), json!([]));
    assert!(said.contains("only refers to the organization acme"), "{said}");
}

#[test]
fn an_organization_is_deleted_only_where_it_is_declared() {
    let (here, there) = (Mass::new(), Mass::new());
    for mass in [&here, &there] {
        mass.applied(json!({"organizations": [{"name": "acme"}]}));
    }
    let endpoint = |name: &str, mass: &Mass| json!({"name": name, "quay_host": mass.registry.emulator.url(), "quay_token": mass.registry.token});
    let config = json!({
        "registry": {"endpoints": [endpoint("here", &here), endpoint("there", &there)]},
        "organizations": [{"name": "acme", "endpoints": ["here"]}],
    });
    assert!(destroy(&here, config, "acme").succeeded());
    assert!(!exists(&here.registry, "acme") && exists(&there.registry, "acme"));
}

#[test]
fn nothing_is_destroyed_where_removals_are_left_out() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme"}]}));
    let config = json!({"registry": {"skip_removals": true}, "organizations": [{"name": "acme"}]});
    let said = refusals(&destroy(&mass, config, "acme"));
    assert!(said.contains("skip_removals is set"), "{said}");
    assert!(exists(&mass.registry, "acme"));
}

#[test]
fn no_more_is_destroyed_than_max_removals_permits() {
    let mass = Mass::new();
    let organizations = json!([{"name": "acme"}, {"name": "other"}]);
    mass.applied(json!({"organizations": organizations}));
    let both = |most: Value| {
        let config = json!({"registry": {"max_removals": most}, "organizations": organizations});
        let request = Request {
            destroy: Some(Destruction::Organizations(vec!["acme".into(), "other".into()])),
            ..Request::default()
        };
        engine::plan(&mass.declaration(config), &request).execute(&NoProgress, &AtomicBool::new(false))
    };
    let said = refusals(&both(json!({"organizations": 1})));
    assert_eq!(
        said,
        "2 organizations would be removed, and max_removals permits 1; raise it (--max-removals), or look for the mistake\n"
    );
    assert!(exists(&mass.registry, "acme") && exists(&mass.registry, "other"));
    assert!(both(json!(2)).succeeded());
    assert!(!exists(&mass.registry, "acme") && !exists(&mass.registry, "other"));
}

/// Deleting what has another name than the one that was named is nothing to guess about.
#[test]
fn an_organization_that_is_yet_to_be_renamed_is_not_destroyed() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "old"}]}));
    let config = json!({"organizations": [{"name": "acme", "previous_name": "old"}]});
    let said = refusals(&destroy(&mass, config.clone(), "acme"));
    assert!(said.contains("the organization acme still has its previous name here, old"), "{said}");
    assert!(said.starts_with("config."), "{said}");
    assert!(exists(&mass.registry, "old"));
    mass.applied(config.clone());
    assert!(destroy(&mass, config.clone(), "acme").succeeded());
    assert!(!exists(&mass.registry, "acme"));
    assert!(destroy(&mass, config, "acme").succeeded(), "neither name is there");
}

/// Quay would delete the robot accounts of `a-b` along with `a_b`.
#[test]
fn an_organization_whose_look_alikes_have_robots_is_not_destroyed() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [
        {"name": "a_b", "robots": [{"name": "own"}]}, {"name": "a-b", "robots": [{"name": "ci"}]}]}));
    let config = json!({"organizations": [{"name": "a_b", "robots": [{"name": "own"}]}]});
    let report = destroy(&mass, config, "a_b");
    assert!(!report.succeeded() && exists(&mass.registry, "a_b"));
    assert!(
        complaints(&report).contains("would delete robot accounts of others, too: a-b+ci"),
        "{}",
        complaints(&report)
    );
}

fn destroy_declared(mass: &Mass, config: Value) -> Report {
    let request = Request { destroy: Some(Destruction::Declared), ..Request::default() };
    engine::plan(&mass.declaration(config), &request).execute(&NoProgress, &AtomicBool::new(false))
}

#[test]
fn kinds_that_are_named_go_without_their_organization() {
    let mass = Mass::new();
    let config = json!({"organizations": [{"name": "acme", "robots": [{"name": "ci"}], "teams": [{"name": "dev"}]}]});
    mass.applied(config.clone());
    let request = Request {
        destroy: Some(Destruction::Declared),
        selection: Selection { kinds: vec![Kind::Robots], ..Selection::default() },
    };
    let report = engine::plan(&mass.declaration(config), &request).execute(&NoProgress, &AtomicBool::new(false));
    assert!(report.succeeded(), "{}", complaints(&report));
    let acme = &mass.registry.emulator.snapshot()["namespaces"]["acme"];
    assert_eq!((&acme["robots"], acme["teams"]["dev"].is_object()), (&json!({}), true));
}

#[test]
fn all_that_files_declare_goes_and_nothing_else() {
    let mass = Mass::with_users(&["alice"]);
    mass.registry.ok("quay_organization", json!({"name": "kept"}));
    for image in ["kept/app", "kept/other", "gone/stranger"] {
        if image.starts_with("gone") {
            mass.registry.ok("quay_organization", json!({"name": "gone"}));
        }
        mass.registry.emulator.push_image(image, "v1");
    }
    let config = json!({
        "users": [{"username": "alice"}, {"username": "robert", "email": "r@example.com", "password": "long-enough", "preserve": true}],
        "organizations": [
            {"name": "kept", "reference": true, "robots": [{"name": "ci"}], "teams": [{"name": "dev"}],
             "repositories": [{"name": "app"}, {"name": "spare", "preserve": true}]},
            {"name": "gone", "email": "g@example.com", "robots": [{"name": "ci"}]},
        ],
    });
    mass.applied(config.clone());
    let report = destroy_declared(&mass, config.clone());
    assert!(report.succeeded(), "{}", complaints(&report));
    let told = warnings(&report);
    for what in [
        "the images of the repository kept/app go with it",
        "the repositories of gone go with it, and all images in them: stranger",
    ] {
        assert!(told.contains(what), "{told}");
    }
    let state = mass.registry.emulator.snapshot();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let namespaces = keys(&state["namespaces"]);
    assert!(namespaces.contains(&"robert".to_owned()) && !namespaces.contains(&"alice".to_owned()), "{namespaces:?}");
    let kept = &state["namespaces"]["kept"];
    assert!(state["namespaces"]["gone"].is_null() && kept["robots"].as_object().unwrap().is_empty());
    assert_eq!(
        (keys(&kept["teams"]), keys(&kept["repositories"])),
        (vec!["owners".into()], vec!["other".into(), "spare".into()])
    );
    let writes = mass.writes();
    assert!(destroy_declared(&mass, config).succeeded());
    assert_eq!(mass.writes(), writes, "a second time there is nothing to delete");
}

/// Between the plan and the run somebody may have pushed to a repository that nobody was told to be full.
#[test]
fn a_repository_that_was_filled_since_it_was_shown_stays() {
    let mass = Mass::new();
    let config = json!({"organizations": [{"name": "acme", "reference": true, "repositories": [{"name": "app"}]}]});
    mass.registry.ok("quay_organization", json!({"name": "acme"}));
    mass.applied(config.clone());
    let request = Request { destroy: Some(Destruction::Declared), ..Request::default() };
    let declaration = mass.declaration(config);
    let plans = engine::plan(&declaration, &request);
    mass.registry.emulator.push_image("acme/app", "v1");
    let report = plans.execute(&NoProgress, &AtomicBool::new(false));
    assert!(
        !report.succeeded() && complaints(&report).contains("it was empty when this was planned"),
        "{}",
        complaints(&report)
    );
    assert!(mass.has("app"));
}

#[test]
fn the_ceilings_hold_for_all_that_is_declared() {
    let mass = Mass::new();
    let config =
        |most: u64| json!({"registry": {"max_removals": most}, "organizations": [{"name": "acme"}, {"name": "other"}]});
    mass.applied(config(9));
    let said = refusals(&destroy_declared(&mass, config(1)));
    assert!(said.contains("2 organizations would be removed, and max_removals permits 1"), "{said}");
    let whole = json!({"registry": {"skip_removals": true}, "organizations": [{"name": "acme"}]});
    assert!(refusals(&destroy_declared(&mass, whole)).contains("skip_removals is set"));
    assert!(exists(&mass.registry, "acme") && exists(&mass.registry, "other"));
}
