//! Mass apply: whole registries from files.
//!
//! A declaration becomes items, each one call of a module; their plans form a graph that is shown, guarded and run. What
//! an object is and how it is changed, only its module knows (a team, `quay_team`); here is what takes more than one object to
//! see: what belongs to what, what has to come first, what the declaration does not name, and what a run must not take away.

pub mod census;
pub mod commands;
pub mod convert;
pub mod declaration;
pub mod doomed;
pub mod engine;
pub mod expand;
pub mod export;
pub mod fill;
pub mod first_user;
pub mod foreign;
pub mod foresight;
pub mod foretell;
pub mod glob;
pub mod graph;
pub mod guard;
pub mod hidden;
pub mod intake;
pub mod item;
pub mod layout;
pub mod merge;
pub mod mirrors;
mod modules;
pub mod mqc;
pub mod operator;
pub mod order;
pub mod owners;
pub mod planning;
pub mod protect;
pub mod prune;
pub mod refs;
pub mod registry;
pub mod report;
pub mod repositories;
pub mod run;
pub mod schema;
pub mod secret;
pub mod show;
pub mod survey;
pub mod tree;
pub mod validate;
pub mod yaml;

pub use modules::{WHOLE, kind};
