//! How many objects a run made, changed, removed, left as they are, failed with and skipped.

use serde_json::{Value, json};

/// How many objects there are of each fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects that are or would be made.
    pub create: usize,
    /// Objects that are there and get other values.
    pub change: usize,
    /// Objects that are or would be taken away.
    pub remove: usize,
    /// Objects that are as they shall be.
    pub unchanged: usize,
    /// Objects that went wrong, or of which no plan could be made; they count as nothing else.
    pub failed: usize,
    /// Objects that were not tried because of something else; they count as nothing else.
    pub skipped: usize,
    /// Write-only secrets that are declared and were neither compared nor sent.
    pub secrets_not_sent: usize,
}

impl Counts {
    /// The sum, fate by fate.
    pub(super) fn plus(self, other: Counts) -> Counts {
        Counts {
            create: self.create + other.create,
            change: self.change + other.change,
            remove: self.remove + other.remove,
            unchanged: self.unchanged + other.unchanged,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            secrets_not_sent: self.secrets_not_sent + other.secrets_not_sent,
        }
    }

    /// For a machine: a number under the name of each fate.
    pub fn to_json(self) -> Value {
        json!({
            "create": self.create,
            "change": self.change,
            "remove": self.remove,
            "unchanged": self.unchanged,
            "failed": self.failed,
            "skipped": self.skipped,
            "secrets_not_sent": self.secrets_not_sent,
        })
    }
}
