//! The contract: every exchange recorded from a real Quay, sent in order to an emulator, gets the same answer.
//!
//! Environment: `REPLAY=name` runs one recording and prints every difference.

#[path = "replay/actors.rs"]
mod actors;
#[path = "replay/compare.rs"]
mod compare;
#[path = "replay/http.rs"]
mod http;
#[path = "replay/session.rs"]
mod session;
#[path = "replay/setup.rs"]
mod setup;

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
};

use quay_emulator::{route, routes};
use serde_json::Value;

use crate::{session::Session, setup::Setup};

/// At most so many exchanges in a hundred may be exceptions.
const EXCEPTION_LIMIT: f64 = 1.0;

/// Routes of the emulator that no recording shows. The list may only become shorter.
const UNRECORDED: &[&str] = &[
    "DELETE superuser/organizations/{name}",
    "GET error/{error_type}",
    "GET find/repositories",
    "GET organization/{orgname}/quota/{quota_id}/limit",
    "GET organization/{orgname}/quota/{quota_id}/limit/{limit_id}",
    "GET superuser/keys",
    "GET user/quota/{quota_id}/limit/{limit_id}",
    "POST signin/verify",
];

/// The recordings, sorted by name.
fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings");
    let entries = fs::read_dir(&folder).expect("the recordings are there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    files
}

fn exchanges(recording: &Path) -> Vec<Value> {
    let text = fs::read_to_string(recording).expect("a readable recording");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The routes of the exchanges of a recording that are answered alike.
fn answered(recording: &Path) -> HashSet<(&'static str, &'static str)> {
    let exchanges = exchanges(recording);
    let open = Setup::of(recording, &exchanges).open;
    let alike = exchanges.iter().enumerate().filter(|(index, _)| !open.contains(index));
    let text = |exchange: &Value, key: &str| exchange[key].as_str().unwrap_or_default().to_owned();
    alike.filter_map(|(_, exchange)| route(&text(exchange, "method"), &text(exchange, "path"))).collect()
}

#[test]
fn every_route_is_recorded_or_known_not_to_be() {
    let shown: HashSet<_> = recordings().iter().flat_map(|path| answered(path)).collect();
    let unrecorded = routes().filter(|route| !shown.contains(route)).map(|(method, path)| format!("{method} {path}"));
    let unrecorded: BTreeSet<String> = unrecorded.collect();
    let known: BTreeSet<String> = UNRECORDED.iter().map(|route| (*route).to_owned()).collect();
    let new: Vec<_> = unrecorded.difference(&known).collect();
    let gone: Vec<_> = known.difference(&unrecorded).collect();
    assert!(new.is_empty(), "no recording shows how a real Quay answers {new:#?}");
    assert!(gone.is_empty(), "a recording shows these, or they are no more: take them off the list: {gone:#?}");
}

#[test]
fn every_recorded_exchange_is_answered_alike() {
    let wanted = std::env::var("REPLAY").ok();

    let (mut total, mut alike, mut unknown, mut failures) = (0, 0, Vec::new(), Vec::new());
    let (mut exceptions, mut open) = (Vec::new(), 0);
    for path in recordings() {
        let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        if wanted.as_ref().is_some_and(|wanted| wanted != &name) {
            continue;
        }
        let exchanges = exchanges(&path);
        let mut session = Session::new(&path, &exchanges);
        let mut good = 0;
        for (index, exchange) in exchanges.iter().enumerate() {
            let differences = session.replay(index, exchange);
            total += 1;
            let is_open = session.setup.open.contains(&index);
            if differences.is_empty() && is_open {
                failures.push(format!("{name} #{index} is alike: take it off the list of open ones"));
            } else if differences.is_empty() {
                good += 1;
            } else if is_open {
                open += 1;
            } else if let Some(reason) = session.setup.exceptions.get(&index) {
                exceptions.push(format!("{name} #{index}: {reason}"));
            } else {
                failures.push(describe(&name, index, exchange, &differences));
                if differences.iter().any(|difference| difference.contains("route unknown")) {
                    unknown.push(format!("{} {}", exchange["method"], exchange["path"]));
                }
            }
        }
        alike += good;
        println!("{good:4} of {:4} alike  {name}", exchanges.len());
    }

    println!("{alike} of {total} alike; {open} open; {} exceptions:", exceptions.len());
    exceptions.iter().for_each(|exception| println!("  {exception}"));
    println!("{} unknown routes: {unknown:?}", unknown.len());
    let share = 100.0 * exceptions.len() as f64 / f64::from(total.max(1));
    assert!(wanted.is_some() || share <= EXCEPTION_LIMIT, "{share:.2} of 100 exchanges are exceptions");
    assert!(failures.is_empty(), "{} exchanges differ:\n{}", failures.len(), failures.join("\n"));
}

fn describe(file: &str, index: usize, exchange: &Value, differences: &[String]) -> String {
    let shown: Vec<String> = differences.iter().take(6).map(|difference| format!("    {difference}")).collect();
    let text = |key: &str| exchange[key].as_str().unwrap_or_default();
    format!("{file} #{index} {} {} {}\n{}", text("method"), text("path"), exchange["query"], shown.join("\n"))
}
