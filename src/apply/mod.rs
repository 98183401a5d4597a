//! Mass apply: whole registries from files.
//!
//! A declaration becomes items, each one call of a module; their plans form a graph that is shown, guarded and run. What
//! an object is and how it is changed, only its module knows (a team, `quay_team`); here is what takes more than one object to
//! see: what belongs to what, what has to come first, what the declaration does not name, and what a run must not take away.
//!
//! A run passes through, in this order: [`input`] (files to a declaration), [`planning`] (a declaration to a graph of plans),
//! [`checks`] (what stops it), [`run`], [`report`]. [`engine`] leads it over all endpoints; [`export`] goes the other way,
//! and [`audit`] judges what is declared, or there, by rules.

pub mod audit;
pub mod checks;
pub mod compare;
mod contents;
pub mod convert;
pub mod deliver;
pub mod engine;
pub mod export;
pub mod graph;
pub mod hidden;
pub mod input;
pub mod kept;
pub mod kinds;
pub mod planning;
pub mod predicted;
pub mod private;
pub mod report;
pub mod run;
pub mod schema;
pub mod show;
