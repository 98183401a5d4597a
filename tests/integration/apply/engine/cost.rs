//! How many requests a repetition takes: few reads of lists, and none for each repository.

use serde_json::{Value, json};

use crate::apply::support::{Mass, company};

#[track_caller]
fn assert_repeats_within(teams: usize, robots: usize, repositories: usize) {
    let mass = Mass::new();
    let config = json!({"organizations": [company("acme", teams, robots, repositories)]});
    mass.applied(config.clone());
    let (requests, writes) = (mass.requests(), mass.writes());
    mass.applied(config);
    let (requests, most) = (mass.requests() - requests, 3 + repositories.div_ceil(100) + 2 * teams + robots);
    assert_eq!(mass.writes(), writes);
    assert!(requests <= most, "{teams} teams, {robots} robots, {repositories} repositories: {requests} > {most}");
}

#[test]
fn registry_engine_a_repetition_asks_for_lists_only() {
    for (teams, robots, repositories) in [(1, 1, 1), (1, 1, 120), (5, 10, 50), (12, 3, 40), (2, 20, 30)] {
        assert_repeats_within(teams, robots, repositories);
    }
}

#[test]
fn registry_engine_organizations_cost_the_same_each() {
    let mass = Mass::new();
    let build = |count: usize| -> Value {
        let all: Vec<Value> = (0..count).map(|i| company(&format!("org{i}"), 2, 2, 5)).collect();
        json!({"organizations": all})
    };
    mass.applied(build(6));
    let cost = |count: usize| {
        let before = mass.requests();
        mass.settled(build(count));
        mass.requests() - before
    };
    assert_eq!(cost(6), 6 * cost(1), "something is asked more often than once for each organization");
}

/// Removing by list must not cost a look at each repository either, where teams and robot accounts tell the rights.
#[test]
fn registry_engine_a_plan_for_a_new_organization_asks_for_nothing_in_it() {
    let mass = Mass::new();
    let mut config = json!({"organizations": [company("acme", 3, 3, 20)]});
    config["organizations"][0]["applications"] = json!([{"name": "portal"}]);
    config["organizations"][0]["default_permissions"] = json!([{"name": "team0", "type": "team", "role": "read"}]);
    mass.plan(config);
    assert!(mass.requests() <= 3, "{} requests", mass.requests());
}
