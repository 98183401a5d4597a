//! The contract: every exchange recorded from a real Quay, sent in order to an emulator, gets the same answer.
//!
//! Environment: `REPLAY=name` runs one recording and prints every difference.

#[path = "replay/compare.rs"]
mod compare;
#[path = "replay/http.rs"]
mod http;
#[path = "replay/session.rs"]
mod session;
#[path = "replay/setup.rs"]
mod setup;

use std::{fs, path::Path};

use serde_json::Value;

use crate::session::Session;

/// Exchanges that the emulator answers differently, each with the reason.
const EXCEPTIONS: &[(&str, usize, &str)] = &[(
    "role_quay_org",
    103,
    "the real server still counted a repository that had been removed the moment before; it cleans up in the background",
)];

/// At most so many exchanges in a hundred may be exceptions.
const EXCEPTION_LIMIT: f64 = 1.0;

#[test]
fn every_recorded_exchange_is_answered_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings");
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("the recordings are there").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let wanted = std::env::var("REPLAY").ok();

    let (mut total, mut alike, mut unknown, mut failures) = (0, 0, Vec::new(), Vec::new());
    for path in files {
        let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        if wanted.as_ref().is_some_and(|wanted| wanted != &name) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a readable recording");
        let exchanges: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let mut session = Session::new(&name, &exchanges);
        let mut good = 0;
        for (index, exchange) in exchanges.iter().enumerate() {
            let differences = session.replay(index, exchange);
            total += 1;
            if differences.is_empty() {
                good += 1;
            } else if EXCEPTIONS.iter().all(|(file, at, _)| (*file, *at) != (name.as_str(), index)) {
                failures.push(describe(&name, index, exchange, &differences));
                if differences.iter().any(|difference| difference.contains("route unknown")) {
                    unknown.push(format!("{} {}", exchange["method"], exchange["path"]));
                }
            }
        }
        alike += good;
        println!("{good:4} of {:4} alike  {name}", exchanges.len());
    }

    println!("{alike} of {total} alike; {} exceptions:", EXCEPTIONS.len());
    for (file, index, reason) in EXCEPTIONS {
        println!("  {file} #{index}: {reason}");
    }
    println!("{} unknown routes: {unknown:?}", unknown.len());
    let share = 100.0 * EXCEPTIONS.len() as f64 / f64::from(total.max(1));
    assert!(wanted.is_some() || share <= EXCEPTION_LIMIT, "{share:.2} of 100 exchanges are exceptions");
    assert!(failures.is_empty(), "{} exchanges differ:\n{}", failures.len(), failures.join("\n"));
}

fn describe(file: &str, index: usize, exchange: &Value, differences: &[String]) -> String {
    let shown: Vec<String> = differences.iter().take(6).map(|difference| format!("    {difference}")).collect();
    let text = |key: &str| exchange[key].as_str().unwrap_or_default();
    format!("{file} #{index} {} {} {}\n{}", text("method"), text("path"), exchange["query"], shown.join("\n"))
}
