//! What every call has in common, whatever the module.
//!
//! - `task`: what Ansible sends and gets, whatever happens.
//! - `connection`: log-in, TLS, errors of the network, repetition.

mod connection;
mod task;
