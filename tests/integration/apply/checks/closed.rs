//! What cannot be read is neither filled nor emptied; the rest goes on.

use quay_emulator::Fault;
use serde_json::{Value, json};

use crate::apply::support::{Mass, complaints, objects, refusals};
use crate::given::SCOPES;

/// Two organizations, each with a robot account, a team and a repository to create, and one of each to remove.
fn two(registry: Value) -> Value {
    let one = |name: &str| {
        json!({"name": name, "email": format!("{name}@example.com"), "robots": [{"name": "new"}], "teams": [{"name": "new"}],
            "repositories": [{"name": "new"}], "applications": [{"name": "new"}]})
    };
    json!({"registry": registry, "organizations": [one("acme"), one("other")]})
}

fn old() -> Mass {
    let mass = Mass::with_users(&["alice"]);
    let one = |name: &str| {
        json!({"name": name, "robots": [{"name": "old"}], "teams": [{"name": "old", "members": [format!("{name}+old")]}],
            "repositories": [{"name": "old"}], "applications": [{"name": "old"}]})
    };
    mass.applied(json!({"organizations": [one("acme"), one("other")]}));
    mass
}

fn checks() -> Value {
    // One request after the other, so that a fault of the n-th hits the same one each time.
    json!({"jobs": 1, "prune": {"robots": true, "teams": true, "repositories": true, "applications": true, "members": true}})
}

fn assert_only_the_other_is_changed(mass: &Mass, what: &str, report: &quaymaster::apply::report::Report, known: usize) {
    let writes = mass.writes_since(known);
    assert!(!writes.is_empty(), "{what}: the other organization waits: {} {}", refusals(report), complaints(report));
    let wrong: Vec<&String> = writes.iter().filter(|line| line.contains("acme")).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:?}");
    let made = mass.registry.emulator.with_state(|state| {
        let acme = &state.namespaces["acme"];
        let other = &state.namespaces["other"];
        let names = |space: &quay_emulator::state::Namespace| {
            let mut names: Vec<String> = space.robots.keys().chain(space.repositories.keys()).cloned().collect();
            names.extend(space.teams.keys().cloned());
            names.extend(space.applications.values().map(|application| application.name.clone()));
            names
        };
        (names(acme), names(other))
    });
    assert!(!made.0.iter().any(|name| name.contains("new")), "{what}: {made:?}");
    assert!(!made.1.iter().any(|name| name.contains("old")), "{what}: {made:?}");
    assert!(!report.succeeded(), "{what}: a run that left something out went well");
}

#[test]
fn registry_checks_an_organization_that_cannot_be_read_stays_as_it_is() {
    let mass = old();
    let before = mass.registry.emulator.snapshot();
    let json_body = |status: u16| Fault::status(status, "application/json", "{\"message\": \"no\"}");
    let lists = [
        "/api/v1/organization/acme",
        "/api/v1/organization/acme/robots",
        "/api/v1/organization/acme/applications",
        "/api/v1/organization/acme/team/old/permissions",
        "/api/v1/repository",
    ];
    for path in lists {
        for (what, fault) in [
            ("401", json_body(401)),
            ("403", json_body(403)),
            ("500", Fault::html(500)),
            ("no list in it", Fault::status(200, "application/json", "{}")),
            ("cut in the middle", Fault::new(quay_emulator::FaultKind::Truncate)),
        ] {
            if path.ends_with("/permissions") {
                continue;
            }
            mass.registry.emulator.load(before.clone()).unwrap();
            mass.registry.emulator.clear_faults();
            // An exact path, and only the first of two organizations.
            let exact = format!("*{}", path);
            mass.registry.emulator.fault(fault.on("GET", &exact).times(1));
            let known = mass.writes();
            let report = mass.apply(two(checks()));
            mass.registry.emulator.clear_faults();
            assert_only_the_other_is_changed(&mass, &format!("{path}: {what}"), &report, known);
            let first: Vec<String> =
                objects(&report).filter(|object| object.changed()).map(|object| object.title.clone()).collect();
            assert!(!first.iter().any(|title| title.contains("acme")), "{path}: {what}: {first:?}");
        }
    }
}

#[test]
fn registry_checks_the_second_page_of_a_list_is_part_of_it() {
    let mass = Mass::new();
    let repositories = |count: usize| -> Value { (0..count).map(|i| json!({"name": format!("r{i:03}")})).collect() };
    let build = |count: usize| {
        json!({"registry": {"jobs": 1, "prune": {"repositories": true}}, "organizations": [
            {"name": "acme", "repositories": repositories(count)}, {"name": "other", "teams": [{"name": "new"}]}]})
    };
    mass.applied(json!({"organizations": [{"name": "acme", "repositories": repositories(130)}, {"name": "other"}]}));
    mass.settled(json!({"organizations": [{"name": "acme", "repositories": repositories(130)}]}));
    for fault in [Fault::html(500), Fault::status(200, "application/json", "{}")] {
        mass.registry.emulator.fault(fault.on("GET", "*/api/v1/repository").skip(1).times(1));
        let known = mass.writes();
        let report = mass.apply(build(129));
        mass.registry.emulator.clear_faults();
        assert!(!report.succeeded());
        let writes = mass.writes_since(known);
        assert!(writes.iter().all(|line| line.contains("/other/team/")), "{writes:?}");
    }
}

#[test]
fn registry_checks_what_the_caller_does_not_see_whole_stays_as_it_is() {
    let mass = old();
    mass.applied(json!({"organizations": [{"name": "other", "teams": [{"name": "admins", "role": "admin", "members": ["alice"]}]}]}));
    let token = mass.registry.emulator.token_for("alice", SCOPES);
    let known = mass.writes();
    let mut registry = checks();
    registry["quay_token"] = json!(token);
    registry["max_removal_percent"] = json!(100);
    let report = mass.apply(two(registry));
    assert_only_the_other_is_changed(&mass, "another's organization", &report, known);
}

#[test]
fn registry_checks_a_member_of_an_organization_prunes_nothing_in_it() {
    let mass = old();
    mass.applied(json!({"organizations": [{"name": "acme", "teams": [{"name": "makers", "role": "creator", "members": ["alice"]}]}]}));
    let token = mass.registry.emulator.token_for("alice", SCOPES);
    let known = mass.writes();
    let prune = json!({"robots": true, "teams": true, "repositories": true, "applications": true});
    let config = json!({"registry": {"quay_token": token, "max_removal_percent": 100},
        "organizations": [{"name": "acme", "reference": true, "prune": prune}]});
    let report = mass.apply(config);
    assert_eq!(mass.writes_since(known), Vec::<String>::new());
    assert!(report.endpoints[0].warnings.iter().any(|line| line.contains("nothing is pruned in acme")));
}
