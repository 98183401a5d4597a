//! Quaymaster brings Quay container registries to a declared state.
//!
//! # Layers
//! Dependencies point one way: `cli → ansible → apply → call → modules → quay → plan → api → error`.
//!
//! - [`error`]: everything that can stop a run, sorted by who can do something about it.
//! - [`api`]: one Quay server: connection, log-in, paths, answers. A [`api::Reader`] cannot write.
//! - [`plan`]: what a module found, what it wants, the steps between the two, and the one place that executes them.
//! - [`quay`]: what several modules share about Quay: names, periods, look-ups, policies, rights.
//! - [`modules`]: the modules of the collection, one file each.
//! - [`call`]: one call of a module: options against the documentation, secrets and how they are hidden.
//! - [`apply`]: whole registries from files: a declaration becomes module calls, their plans a graph that is guarded and run.
//! - [`ansible`]: Ansible's protocol: the arguments file and the result.
//! - [`cli`]: the command line.
//!
//! # One call, end to end
//! Ansible starts the executable with the path of a JSON file. [`ansible::run`] reads it, finds the module in
//! [`modules::MODULES`], and checks the options ([`call`]) against the table that `build.rs` made from the module's documentation.
//! The module gets the options and a [`api::Reader`] and returns a [`plan::Plan`]: state before, state after, steps. In check
//! mode the plan is the result. Otherwise [`plan::run`] executes its steps. The result, with every secret masked, is
//! printed as one JSON object.

pub mod ansible;
pub mod api;
pub mod apply;
pub mod call;
pub mod cli;
pub mod error;
pub mod modules;
pub mod plan;
pub mod quay;
