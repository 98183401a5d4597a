//! What was asked, in order: tests count requests and look at what was written.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

/// How a request said who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// No credentials.
    Anonymous,
    /// A bearer token that is valid.
    Token,
    /// A bearer token that is not valid: the request went on as anonymous.
    BadToken,
    /// A session cookie of a logged-in user.
    Session,
}

/// One request and the status of its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    /// Method, upper case.
    pub method: String,
    /// Path as it was sent, without the query.
    pub path: String,
    /// Query as it was sent, empty when there was none.
    pub query: String,
    /// Whether it came over HTTP/2.
    pub http2: bool,
    /// Status of the answer; 0 when the connection was dropped before anything was done.
    pub status: u16,
    /// The JSON body, null when there was none.
    pub request: Value,
    /// How the request said who it is.
    pub auth: AuthKind,
    /// The name of the user it acted for.
    pub user: Option<String>,
    /// Time since the emulator started.
    pub at: Duration,
}

impl Exchange {
    /// Whether it wanted to change something: POST, PUT or DELETE below `/api/`, a log-in apart.
    pub fn is_write(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "DELETE")
            && self.path.starts_with("/api/")
            && self.path != "/api/v1/signin"
    }
}

/// Counts for scripts: how many exchanges, how many of them reads and writes.
pub fn summary(journal: &[Exchange]) -> Value {
    let writes = journal.iter().filter(|exchange| exchange.is_write()).count();
    let reads =
        journal.iter().filter(|exchange| exchange.method == "GET" && exchange.path.starts_with("/api/")).count();
    json!({ "total": journal.len(), "reads": reads, "writes": writes })
}
