//! What holds for every registry file: what was applied is settled, what was exported changes nothing, and after any single
//! fault the next run takes up the rest.
//!
//! The seeds are fixed and a failure names its own, so that `QUAYMASTER_SEED=7` runs that case alone.

mod faults;
mod generator;

use quaymaster::apply::kinds::section::Place;
use quaymaster::apply::kinds::{Kind, sections};
use serde_json::{Value, json};

use crate::apply::round_trip::entries;
use crate::apply::support::{Mass, changes, complaints};
use generator::Generator;

const CASES: u64 = 15;

/// Runs the cases, and says of one that fails which it was.
fn each_case(case: impl Fn(u64) + std::panic::RefUnwindSafe) {
    let one = std::env::var("QUAYMASTER_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = one.map_or(0..CASES, |seed| seed..seed + 1);
    for seed in seeds {
        if let Err(panic) = std::panic::catch_unwind(|| case(seed)) {
            eprintln!("the failing case: QUAYMASTER_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

fn crowd() -> Mass {
    Mass::with_users(generator::USERS)
}

/// Applies, and expects that all is done: the plan foretold it, and another one finds nothing.
#[track_caller]
fn brought_about(mass: &Mass, config: &Value, what: &str) {
    let known = mass.writes();
    let plan = mass.plan(config.clone());
    assert!(plan.succeeded(), "{what}: no plan: {}\n{config:#}", complaints(&plan));
    assert_eq!(mass.writes(), known, "{what}: a plan writes");
    let report = mass.apply(config.clone());
    assert!(report.succeeded(), "{what}: {}\n{config:#}", complaints(&report));
    assert_eq!(changes(&report), changes(&plan), "{what}: the run is not the plan");
    settled(mass, config, what);
}

#[track_caller]
fn settled(mass: &Mass, config: &Value, what: &str) {
    let plan = mass.plan(config.clone());
    assert!(plan.succeeded(), "{what}: {}\n{config:#}", complaints(&plan));
    let open = changes(&plan);
    assert!(open.is_empty(), "{what}: not settled: {open:#?}\n{config:#}");
}

#[test]
fn registry_property_what_was_applied_is_settled() {
    each_case(|seed| {
        let mass = crowd();
        let mut generator = Generator::new(seed);
        for round in 0..3 {
            let config = generator.config();
            brought_about(&mass, &config, &format!("seed {seed}, round {round}"));
        }
    });
}

#[test]
fn registry_property_an_export_changes_nothing_even_if_everything_is_pruned() {
    each_case(|seed| {
        let mass = crowd();
        let config = Generator::new(seed).config();
        brought_about(&mass, &config, &format!("seed {seed}"));
        let export = mass.exported();
        let mut documents = quaymaster::apply::input::yaml::parse::parse("export.yml", &export.to_yaml()).ok().unwrap();
        let mut read = documents.pop().unwrap().to_value();
        settled(&mass, &read, "the export");
        let kinds: serde_json::Map<String, Value> =
            Kind::pruned().map(|kind| (kind.word().to_owned(), json!(true))).collect();
        read["registry"] = json!({"prune": kinds, "max_removal_percent": 0});
        settled(&mass, &read, "the export with prune");
    });
}

/// Keys that no file at random has, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("members", "people would go whom nothing else declares"),
    ("robot_pairs", "an export has two robot accounts in its place"),
    ("ldap", "a server with a directory"),
    ("oidc", "a server with a directory"),
];

#[test]
fn registry_property_every_other_key_comes_up() {
    let files: Vec<Value> = (0..CASES).map(|seed| Generator::new(seed).config()).collect();
    for section in sections().filter(|section| section.place != Place::Tasks) {
        let comes_up = files.iter().any(|file| !entries(file, section).is_empty());
        let is_elsewhere = ELSEWHERE.iter().any(|(key, _)| *key == section.key);
        assert_ne!(comes_up, is_elsewhere, "{}: a place in generator.rs, or a reason above, and not both", section.key);
    }
}
