//! What is found while planning: why nothing is written, how far that reaches, and what the user should know.

use super::item::Item;
use crate::apply::report::named;

/// What is found on the way from phase to phase.
#[derive(Default)]
pub struct Notes {
    /// Why nothing may be written.
    pub refusals: Refusals,
    /// Things that the user should know.
    pub warnings: Vec<String>,
}

/// Reasons to write nothing.
#[derive(Default)]
pub struct Refusals {
    /// The reasons, a sentence each.
    pub why: Vec<String>,
    /// Whether they stop the whole run: mistakes of the declaration and limits do, a fault of one server stops that one only.
    pub whole_run: bool,
}

impl Refusals {
    /// Reasons that stop the run on every server.
    pub fn everywhere(why: Vec<String>) -> Refusals {
        Refusals { whole_run: !why.is_empty(), why }
    }

    /// Reasons that stop the run on this server only.
    pub fn here(why: Vec<String>) -> Refusals {
        Refusals { why, whole_run: false }
    }

    /// Adds other reasons.
    pub fn add(&mut self, other: Refusals) {
        self.why.extend(other.why);
        self.whole_run |= other.whole_run;
    }

    /// Whether there is no reason.
    pub fn is_empty(&self) -> bool {
        self.why.is_empty()
    }
}

/// A sentence about items, with the place where the first of them is declared.
pub fn about(items: &[&Item], why: &str) -> String {
    let place = items.iter().find_map(|item| item.place.as_ref()).map(|place| format!("{place}: ")).unwrap_or_default();
    let titles: Vec<&str> = items.iter().map(|item| item.title.as_str()).collect();
    format!("{place}{}: {why}", named(&titles))
}
