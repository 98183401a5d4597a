//! Rules about what is declared, and about what a server has: the same for both, because both become the same entries.

mod condition;
pub mod entry;
pub mod finding;
pub mod live;
pub mod policy;
pub mod rules;

use entry::Entry;

use crate::apply::kinds::Kind;

/// What a server tells of credentials beside their options.
pub const OBSERVED: &[&str] = &["created", "last_accessed", "age_days", "idle_days"];

/// All that rules look at.
#[derive(Default)]
pub struct Audited {
    /// The objects.
    pub entries: Vec<Entry>,
    /// The kinds that the server has switched off.
    pub lacks: Vec<Kind>,
    /// The kinds of which the server gives every organization one that is not listed.
    pub given: Vec<Kind>,
    /// The address of the server; empty for declarations.
    pub server: String,
    /// What could not be looked at, a sentence each.
    pub incomplete: Vec<String>,
}
