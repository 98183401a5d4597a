//! What `destroy` deletes, and what it leaves.

use std::sync::atomic::AtomicBool;

use quaymaster::apply::engine::{self, Silence, Wish};
use quaymaster::apply::report::Report;
use serde_json::{Value, json};

use crate::registry_support::Mass;
use crate::support::Registry;

fn destroy(mass: &Mass, config: Value, name: &str) -> Report {
    let wish = Wish { destroy: Some(vec![name.to_owned()]), ..Wish::default() };
    engine::plan(&mass.declaration(config), &wish).execute(&Silence, &AtomicBool::new(false))
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
