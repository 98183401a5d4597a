//! Talking to one Quay server: connection, log-in, paths, answers.
//!
//! [`Reader`] can only read and is all that a module gets to see; [`Writer`] is for `plan/run.rs` alone.

pub mod auth;
pub mod bounded;
mod failure;
mod pace;
mod path;
mod proof;
mod proxy;
mod reader;
mod reply;
mod routes;
mod settings;
mod shape;
mod slot;
mod tls;
pub mod trace;
mod transport;
mod writer;

pub use auth::Credentials;
pub use pace::Pace;
pub use path::Path;
pub use reader::{MOST_ENTRIES, Prediction, Reader, take, without_end};
pub use reply::{Body, Reply};
pub use reqwest::Method;
pub use settings::{Settings, base_url, registry, seconds_to_wait};
pub use slot::{Answers, Slot};
pub use transport::{Http, Payload};
pub use writer::Writer;
