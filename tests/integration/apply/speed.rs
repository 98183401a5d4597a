//! How many requests mass apply sends, in all and at a time. No clock: `make bench-mass` measures seconds.

use std::time::Duration;

use quay_emulator::Fault;
use serde_json::{Value, json};

use crate::apply::export::exported;
use crate::apply::support::{Mass, company};

/// Requests of a plan that finds nothing to do, once the declaration has been brought about.
fn requests_of_a_repeat(config: &Value) -> usize {
    let mass = Mass::new();
    mass.applied(config.clone());
    let before = mass.requests();
    mass.settled(config.clone());
    mass.requests() - before
}

fn companies(count: usize, repositories: usize) -> Value {
    let organizations: Vec<Value> =
        (0..count).map(|number| company(&format!("company{number}"), 2, 2, repositories)).collect();
    json!({"organizations": organizations})
}

/// The most requests that were under way at a time during a first apply and its repeat.
fn most_at_a_time(jobs: usize) -> usize {
    let mass = Mass::new();
    let mut config = companies(3, 10);
    config["registry"]["jobs"] = json!(jobs);
    // Answers that take their time let requests meet; that they do is no matter of seconds.
    mass.registry.emulator.fault(Fault::delay(Duration::from_millis(4)));
    mass.registry.emulator.clear_journal();
    mass.applied(config.clone());
    mass.settled(config);
    mass.registry.emulator.most_at_a_time()
}

#[test]
fn registry_speed_never_more_requests_at_a_time_than_jobs() {
    assert_eq!(most_at_a_time(1), 1);
    let three = most_at_a_time(3);
    assert!((2..=3).contains(&three), "{three} requests at a time with 3 jobs");
    let eight = most_at_a_time(8);
    assert!((4..=8).contains(&eight), "{eight} requests at a time with 8 jobs");
}

#[test]
fn registry_speed_a_repeat_asks_for_lists_and_never_for_single_repositories() {
    // The organization, its robot accounts, one page of repositories, the rights of 2 teams and 2 robot accounts, the members
    // of 2 teams.
    let few = requests_of_a_repeat(&companies(1, 10));
    assert_eq!(requests_of_a_repeat(&companies(1, 100)), few, "a page holds a hundred repositories");
    assert_eq!(requests_of_a_repeat(&companies(1, 101)), few + 1, "one more page");
    assert!(few <= 3 + 3 * 2 + 2 * 2, "{few}");
}

#[test]
fn registry_speed_requests_grow_with_the_organizations_and_no_faster() {
    let (one, two, five) = (1, 2, 5);
    let [one, two, five] = [one, two, five].map(|count| requests_of_a_repeat(&companies(count, 5)));
    let more = two - one;
    assert_eq!(five, one + 4 * more, "one {one}, two {two}");
    assert!(more <= one, "another organization costs no more than the first: {more} and {one}");
}

#[test]
fn registry_speed_a_first_apply_reads_before_the_first_write_and_not_again() {
    let mass = Mass::new();
    let config = companies(1, 20);
    mass.registry.emulator.clear_journal();
    mass.applied(config);
    let journal = mass.registry.emulator.journal();
    let first = journal.iter().position(quay_emulator::Exchange::is_write).unwrap();
    let later: Vec<String> = journal[first..]
        .iter()
        .filter(|exchange| !exchange.is_write())
        .map(|exchange| format!("{} {}", exchange.method, exchange.path))
        .collect();
    assert!(later.is_empty(), "{later:#?}");
    assert!(first <= 3, "{first} requests before the first write");
}

#[test]
fn registry_speed_an_export_reads_the_lists_of_one_organization_side_by_side() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "company"}]}));
    mass.registry.emulator.fault(Fault::delay(Duration::from_millis(4)));
    mass.registry.emulator.clear_journal();
    exported(&mass.registry, &["company".to_owned()]);
    let most = mass.registry.emulator.most_at_a_time();
    assert!((3..=4).contains(&most), "{most} requests at a time with 4 jobs");
}
