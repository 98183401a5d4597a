//! A stateful, in-memory server that answers like the Quay API.
//!
//! It exists for tests and demonstrations: nothing leaves the machine, a start takes milliseconds, and it misbehaves on
//! request. What it answers was recorded from a real Quay; `tests/replay.rs` compares every recorded exchange.
//!
//! ```
//! use quay_emulator::{Emulator, Fault};
//!
//! let quay = Emulator::start();
//! let token = quay.seed_admin();
//! quay.fault(Fault::html(502).on("GET", "/api/v1/organization/*").times(1));
//! // ... run a client against quay.url() with that token ...
//! assert!(quay.writes().is_empty());
//! # let _ = token;
//! ```
//!
//! From the outside in: [`Emulator`] is the handle, `server` speaks HTTP, `routes` holds a table of routes and one file
//! an area of the API, `call` and `caller` answer questions about rights, [`state`] is the data.

mod answer;
mod avatar;
mod call;
mod caller;
mod config;
mod control;
mod emulator;
mod fault;
mod image;
mod journal;
mod names;
mod python;
mod request;
mod routes;
mod schema;
mod seed;
mod server;
pub mod state;
mod tls;
mod version;
mod views;

pub use crate::{
    caller::ALL_SCOPES,
    config::{Config, LoginGeneration, Settings},
    emulator::Emulator,
    fault::{Fault, FaultKind},
    image::Image,
    journal::{AuthKind, Exchange, summary},
    routes::{all as routes, of as route},
    version::Version,
};
