//! Writing: for `plan/run.rs` alone.

use std::sync::Arc;

use super::reply::Reply;
use super::transport::{Http, Payload};
use crate::error::Result;

/// Sends the steps of a plan.
pub struct Writer {
    http: Arc<Http>,
}

impl Writer {
    /// A writer over a connection.
    pub fn new(http: Arc<Http>) -> Writer {
        Writer { http }
    }

    /// Sends one request; any HTTP status is an answer.
    ///
    /// # Errors
    /// When there is no answer, or the log-in fails.
    pub fn send(&self, method: &'static str, path: &str, body: Payload<'_>) -> Result<Reply> {
        self.http.send(method, path, body)
    }
}
