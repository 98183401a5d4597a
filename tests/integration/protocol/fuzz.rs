//! Whatever a server answers, a module or a command ends with one JSON object, without a panic, and claims nothing that is not so.
//!
//! The answers are made by seeds. `make fuzz SEEDS=1000` tries as many as one likes; `make test` tries the same few each time.

mod mass;

use std::env;

use quay_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

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

fn try_story(story: Story, seeds: u64) -> usize {
    let (registry, token) = story.begin();
    let mut count = 0;
    for (stage, more) in story.stages {
        let mut options = story.base.clone();
        merge(&mut options, more);
        let tried = Tried { registry: &registry, token: &token, module: story.module, options: &options };
        let before = registry.emulator.snapshot();
        let requests = tried.run(Mode::Real).requests.len();
        // What is sent on every run, such as a password, tells nothing.
        let settles = !tried.run(Mode::Check).result["changed"].as_bool().unwrap_or(true);
        let after = registry.emulator.snapshot();
        for nth in 0..requests {
            for (what, kind) in faults(seeds) {
                for mode in [Mode::Check, Mode::Real] {
                    registry.emulator.load(before.clone()).unwrap();
                    let run = tried.with(nth, &kind, mode);
                    let place = format!("{} {stage}, answer {nth} {what}, {}", story.module, run.result);
                    let message = run.result["msg"].as_str().unwrap_or_default();
                    assert!(!message.contains("internal error"), "{place}");
                    assert!(!run.printed.contains('\u{1b}'), "{place}");
                    let whole = !matches!(kind, FaultKind::Mutate(_));
                    if mode == Mode::Real && run.code == 0 && settles && whole {
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
    let count: usize = stories().into_iter().map(|story| try_story(story, seeds)).sum();
    println!("{count} answers tried");
    assert!(count > 2000, "only {count} answers were tried");
}
