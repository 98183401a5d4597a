//! Whatever a server answers, a module or a command ends with one JSON object, without a panic, and claims nothing that is not so.
//!
//! The answers are made by seeds. `make fuzz SEEDS=1000` tries as many as one likes; `make test` tries the same few each time.

mod mass;

use std::env;

use quay_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::modules::returns::{Life, lives};
use crate::modules::stages::{Story, stories};
use crate::support::{Mode, Registry, Run, merge};

/// Successes that no route gives, each in place of the real answer.
const STRANGE: &[(&str, &str)] = &[
    ("text/html", "<html><title>Log in</title></html>"),
    ("application/json", ""),
    ("application/json", "{}"),
    ("application/json", "[]"),
    ("application/json", "5"),
    ("application/json", "{\"name\": \"ac"),
];

/// How many changed answers `make fuzz` wants in each place.
fn seeds() -> Option<u64> {
    env::var("FUZZ_SEEDS").ok()?.parse().ok()
}

fn faults(seeds: u64) -> Vec<(String, FaultKind)> {
    let strange = STRANGE.iter().map(|(kind, body)| {
        let status = FaultKind::Status { code: 200, body: (*body).to_owned(), content_type: (*kind).to_owned() };
        (format!("200 {body:?}"), status)
    });
    let mutated = (0..seeds).map(|seed| (format!("mutated by {seed}"), FaultKind::Mutate(seed)));
    strange.chain([("truncated".to_owned(), FaultKind::Truncate)]).chain(mutated).collect()
}

struct Tried<'a> {
    registry: &'a Registry,
    token: &'a str,
    module: &'static str,
    options: &'a Value,
}

impl Tried<'_> {
    fn run(&self, mode: Mode) -> Run {
        let mut options = self.options.clone();
        merge(&mut options, json!({"timeout": 5}));
        self.registry.run_as(self.token, self.module, options, mode)
    }

    /// Runs the call with one answer that is not Quay's.
    fn with(&self, nth: usize, kind: &FaultKind, mode: Mode) -> Run {
        let fault = Fault::new(kind.clone()).skip(u32::try_from(nth).unwrap()).times(1);
        self.registry.emulator.fault(fault);
        let run = self.run(mode);
        self.registry.emulator.clear_faults();
        run
    }
}

/// Tries the faults in the place of each answer to a story.
fn try_story(story: Story, seeds: u64) -> usize {
    let (registry, token) = story.begin();
    let call = |(stage, more): (&str, Value)| {
        let mut options = story.base.clone();
        merge(&mut options, more);
        (stage.to_owned(), options)
    };
    try_calls(&registry, &token, story.module, story.stages.into_iter().map(call), seeds)
}

/// Does so with the life of a module that has no story.
fn try_life(life: &Life, seeds: u64) -> usize {
    let (registry, calls) = life.begin();
    let calls = calls.into_iter().enumerate().map(|(index, options)| (format!("call {index}"), options));
    try_calls(&registry, "", life.module, calls, seeds)
}

fn try_calls(
    registry: &Registry,
    token: &str,
    module: &'static str,
    calls: impl Iterator<Item = (String, Value)>,
    seeds: u64,
) -> usize {
    let mut count = 0;
    for (stage, options) in calls {
        let tried = Tried { registry, token, module, options: &options };
        let before = registry.emulator.snapshot();
        let requests = tried.run(Mode::Real).requests;
        // What is sent on every run, such as a password, tells nothing.
        let settles = !tried.run(Mode::Check).result["changed"].as_bool().unwrap_or(true);
        let after = registry.emulator.snapshot();
        for (nth, request) in requests.iter().enumerate() {
            // An array is what this list is, and an empty one what Quay may well answer.
            let possible = |what: &str| what == "200 \"[]\"" && request.path.ends_with("/quota");
            for (what, kind) in faults(seeds).into_iter().filter(|(what, _)| !possible(what)) {
                for mode in [Mode::Check, Mode::Real] {
                    registry.emulator.load(before.clone()).unwrap();
                    let run = tried.with(nth, &kind, mode);
                    let place = format!("{} {stage}, answer {nth} {what}, {}", module, run.result);
                    let message = run.result["msg"].as_str().unwrap_or_default();
                    assert!(!message.contains("internal error"), "{place}");
                    assert!(!run.printed.contains('\u{1b}'), "{place}");
                    let whole = !matches!(kind, FaultKind::Mutate(_));
                    // What a warning says did not come about is left to the next run.
                    let claims_all = !run.warnings().iter().any(|warning| warning.starts_with("cannot "));
                    if mode == Mode::Real && run.code == 0 && settles && whole && claims_all {
                        let again = tried.run(Mode::Check);
                        assert_eq!(again.result["changed"], false, "{place}: claimed, and not so");
                    }
                    count += 1;
                }
            }
        }
        registry.emulator.load(after).unwrap();
    }
    count
}

#[test]
fn no_answer_breaks_a_module_or_makes_it_claim_what_is_not_so() {
    let seeds = seeds().unwrap_or(4);
    let told: Vec<&str> = stories().iter().map(|story| story.module).collect();
    let count: usize = stories().into_iter().map(|story| try_story(story, seeds)).sum();
    let lives = lives();
    let others = lives.iter().filter(|life| !told.contains(&life.module));
    let count = count + others.map(|life| try_life(life, seeds)).sum::<usize>();
    println!("{count} answers tried");
    assert!(count > 2000, "only {count} answers were tried");
}
