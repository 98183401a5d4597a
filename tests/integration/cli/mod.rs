//! The command line, as a person uses it.
//!
//! - `access`: the report about who can do what.
//! - `audit`: rules about files and servers.
//! - `completion`: what shells offer.
//! - `logs`: the usage log, without doubles and gaps.
//! - `examples`: the examples of the help, run.
//! - `mass`: mass apply at a shell.
//! - `pages`: the commands of README and docs, run.
//! - `plan`: what a person sees of a plan, in every form.
//! - `restore`: repositories as of a moment.
//! - `schemas`: what is printed for programs.
//! - `tokens`: the report about credentials.
//! - `usage`: the report about storage.

pub mod access;
mod audit;
mod completion;
mod examples;
mod logs;
pub mod mass;
mod pages;
mod plan;
mod preview;
mod restore;
mod schemas;
mod tokens;
mod usage;
