//! What Docker and its like sign in with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The pair of an account, as the configuration has it.
pub fn auth(name: &str, token: &str) -> String {
    STANDARD.encode(format!("{name}:{token}"))
}

/// The configuration of one registry, `host[:port]`.
pub fn config(registry: &str, auth: &str) -> Value {
    json!({"auths": {registry: {"auth": auth, "email": ""}}})
}
