//! Lines in the log of an emulator, as if they had been written long ago.

use quay_emulator::state::LogEntry;
use quay_emulator::state::clock::{SECOND, now};
use serde_json::{Value, json};

use crate::support::Registry;

pub const DAY: i64 = 86_400;

/// The first second of the day that began so many days before today.
pub fn day(ago: i64) -> i64 {
    let today = now() / SECOND / DAY;
    (today - ago) * DAY
}

/// A second as `2026-11-28T10:00:00Z`.
pub fn written(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap().to_string()
}

/// Where and by whom something was done.
#[derive(Clone, Copy)]
pub struct Who {
    pub namespace: &'static str,
    pub repository: Option<&'static str>,
    pub performer: Option<&'static str>,
}

/// An administrator in the organization.
pub const ACME: Who = Who { namespace: "acme", repository: None, performer: Some("admin") };

impl Registry {
    /// Writes a line into the log; `number` tells it from others.
    pub fn logged(&self, who: Who, kind: &str, second: i64, number: usize) {
        let mut metadata = json!({"n": number});
        if let Some(name) = who.repository {
            metadata["repo"] = json!(name);
        }
        self.log(who, kind, second, metadata, false);
    }

    /// The same with all that can be said.
    pub fn log(&self, who: Who, kind: &str, second: i64, metadata: Value, legacy: bool) {
        let entry = LogEntry {
            kind: kind.to_owned(),
            at: second * SECOND,
            namespace: Some(who.namespace.to_owned()),
            repository: who.repository.map(str::to_owned),
            performer: who.performer.map(str::to_owned),
            ip: who.performer.and_then(|_| LogEntry::local()),
            legacy,
            metadata,
        };
        self.emulator.with_state(|state| state.log(entry));
    }

    /// Forgets the whole log.
    pub fn forget_log(&self) {
        self.emulator.with_state(|state| state.logs.clear());
    }
}
