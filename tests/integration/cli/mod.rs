//! The command line, as a person uses it.
//!
//! - `access`: the report about who can do what.
//! - `mass`: mass apply at a shell.
//! - `tokens`: the report about credentials.

mod access;
pub mod mass;
mod tokens;
