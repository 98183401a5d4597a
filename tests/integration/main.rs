//! Tests of the real executable against the emulator, over a real socket, grouped as the source is.
//!
//! - `support`: start an emulator, run a module, count requests; the life cycle that every module goes through.
//! - `given`: the servers and faults that several tests start from.
//! - `layers`: what the sources promise: who uses whom, who writes, who prints.
//! - `protocol`: the task and the connection; `modules`, `apply` and `cli`: the layers of the same names.

// A registry file with everything in it is one `json!`.
#![recursion_limit = "256"]

mod given;
mod logged;
mod support;

mod apply;
mod cli;
mod layers;
mod modules;
mod protocol;
