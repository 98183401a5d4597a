//! The engine of mass apply: what a run makes of a declaration, and of a server that does not play along.
//!
//! - `shape`: renames, patterns, defaults, parts of a declaration, several servers.
//! - `reach`: how far a mistake or a fault reaches.
//! - `results`: what modules return.
//! - `secrets`: values that Quay takes and never shows.
//! - `trouble`: failures, interruptions, lost servers, servers that are too busy.
//! - `cost`: how many requests a repetition takes.

mod cost;
mod quotas;
mod reach;
mod results;
mod secrets;
mod shape;
mod trouble;
