//! Mass apply: whole registries from files.
//!
//! A declaration becomes items, each one call of a module; their plans form a graph that is shown, guarded and run. No
//! logic of a resource exists here: what a team is, only `quay_team` knows.

pub mod caller;
pub mod census;
pub mod commands;
pub mod convert;
pub mod declaration;
pub mod doomed;
pub mod engine;
pub mod expand;
pub mod export;
pub mod exported;
pub mod first_user;
pub mod foreign;
pub mod foresight;
pub mod foretell;
pub mod graph;
pub mod guard;
pub mod hidden;
pub mod intake;
pub mod item;
pub mod layout;
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
