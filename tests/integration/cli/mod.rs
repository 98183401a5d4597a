//! The command line, as a person uses it.
//!
//! - `mass`: mass apply at a shell.

pub mod mass;
