//! What every call has in common, whatever the module.
//!
//! - `task`: what Ansible sends and gets, whatever happens.
//! - `answers`: what is no answer of Quay, or not of this route.
//! - `line_ends`: texts as block scalars leave them.
//! - `terminal`: no control characters where people read.
//! - `fuzz`: answers that no Quay gives.
//! - `connection`: log-in, TLS, errors of the network, repetition.

mod answers;
mod connection;
mod fuzz;
mod line_ends;
mod task;
mod terminal;
