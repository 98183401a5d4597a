//! The contract for older Quays: one tour of 264 requests, recorded on ten releases, gets from the emulator of each
//! release the answers of that release.
//!
//! Environment: `QUAY=3.12.21` runs one release and prints every difference.

#[path = "replay/compare.rs"]
mod compare;
#[path = "replay/http.rs"]
mod http;
#[path = "versions/tour.rs"]
mod tour;

use std::{fs, path::Path, thread};

use serde_json::Value;

use crate::tour::Tour;

const RELEASES: [&str; 10] =
    ["3.9.25", "3.10.25", "3.11.13", "3.12.21", "3.13.11", "3.14.8", "3.15.7", "3.16.5", "3.17.4", "3.18.0"];

/// Lines that the emulator does not answer alike, the part of the answer, and the reason.
const EXCEPTIONS: &[(usize, &str, &str)] = &[
    (1, "/config/BRANDING", "the recorder's own"),
    (1, "/config/REGISTRY_TITLE", "the recorder's own"),
    (2, "status", "no discovery document"),
    (65, "status", "no assigned authorizations"),
    (
        66,
        "/authorizations/0",
        "a token of the first user; its scopes are a set, in another order on each server, and their texts changed",
    ),
    (200, "/config_media_type", "the recorder pushed an image in Docker's format"),
    (200, "/layers/0", "the recorder pushed an image in Docker's format"),
    (200, "/manifest_data", "the recorder pushed an image in Docker's format"),
    (236, "/next_page", "three entries of the logs were kept"),
    (213, "status", "no size of the registry"),
    (214, "status", "no size of the registry"),
];

#[test]
fn every_release_is_answered_for_as_it_was_recorded() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings/versions/tour.jsonl");
    let text = fs::read_to_string(file).expect("a readable recording");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let wanted = std::env::var("QUAY").ok();
    let releases: Vec<&str> =
        RELEASES.into_iter().filter(|release| wanted.as_ref().is_none_or(|wanted| wanted == release)).collect();
    // A release waits where its recorder waited: all at a time.
    let failures: Vec<String> = thread::scope(|scope| {
        let tours: Vec<_> = releases.iter().map(|release| scope.spawn(|| differences(release, &lines))).collect();
        tours.into_iter().flat_map(|tour| tour.join().expect("a tour to its end")).collect()
    });
    for (line, part, reason) in EXCEPTIONS {
        println!("  #{line} {part}: {reason}");
    }
    assert!(failures.is_empty(), "{} exchanges differ:\n{}", failures.len(), failures.join("\n"));
}

/// What the emulator of a release answers differently.
fn differences(release: &str, lines: &[Value]) -> Vec<String> {
    let exchanges: Vec<Value> = lines.iter().map(|line| exchange(line, release)).collect();
    let mut tour = Tour::new(release, &exchanges);
    let mut failures = Vec::new();
    for (number, exchange) in (1..).zip(&exchanges) {
        let mut differences = tour.replay(number, exchange);
        let excepted =
            |difference: &str| EXCEPTIONS.iter().any(|(line, part, _)| *line == number && difference.starts_with(part));
        differences.retain(|difference| !excepted(difference));
        if !differences.is_empty() {
            let title = format!("{release} #{number} {} {}", exchange["method"], exchange["path"]);
            failures.push(format!("{title}\n    {}", differences.join("\n    ")));
        }
    }
    println!("{:4} of {:4} alike  {release}", exchanges.len() - failures.len(), exchanges.len());
    failures
}

/// A line with the answer of a release: the last one that began with it or before.
fn exchange(line: &Value, release: &str) -> Value {
    let at = |name: &str| RELEASES.iter().position(|other| *other == name).expect("a recorded release");
    let answers = line["answers"].as_object().expect("answers by release");
    let (_, answer) = answers
        .iter()
        .filter(|(since, _)| at(since) <= at(release))
        .max_by_key(|(since, _)| at(since))
        .expect("an answer of the first release");
    let mut exchange = line.clone();
    for (key, value) in answer.as_object().expect("an answer") {
        exchange[key] = value.clone();
    }
    exchange
}
