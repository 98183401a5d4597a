//! What Docker and its like sign in with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::time;
use crate::api::Path;

/// The pair of an account, as the configuration has it.
pub fn auth(name: &str, token: &str) -> String {
    STANDARD.encode(format!("{name}:{token}"))
}

/// The configuration of one registry, `host[:port]`.
pub fn config(registry: &str, auth: &str) -> Value {
    json!({"auths": {registry: {"auth": auth, "email": ""}}})
}

/// The same in base64, as a secret of Kubernetes holds it.
pub fn encoded(registry: &str, auth: &str) -> String {
    STANDARD.encode(format!("{:#}", config(registry, auth)))
}

/// The tokens of the calling user for clients of the registry, `/api/v1/user/apptoken`.
pub fn tokens() -> Path {
    Path::api("user/apptoken")
}

/// One of them as the list shows it: without its code.
#[derive(Clone, Deserialize)]
pub struct Token {
    /// Its identifier.
    pub uuid: String,
    /// Its name.
    pub title: String,
    created: Option<String>,
    /// When it ends, if it does.
    pub expiration: Option<String>,
}

impl Token {
    /// When it was made.
    pub fn made(&self) -> Option<Timestamp> {
        self.created.as_deref().and_then(time::parse)
    }

    /// When it ends.
    pub fn ends(&self) -> Option<Timestamp> {
        self.expiration.as_deref().and_then(time::parse)
    }
}

/// The tokens that have not expired, the one created last at first. Expired ones stay in the list for a day, but hide their
/// code.
pub fn newest_first(tokens: &[Token]) -> Vec<&Token> {
    let now = Timestamp::now();
    let is_live = |token: &&Token| token.ends().is_none_or(|end| end > now);
    // Quay tells whole seconds, and lists as its database does: of the same second the last one is the newest.
    let mut live: Vec<&Token> = tokens.iter().rev().filter(is_live).collect();
    live.sort_by_cached_key(|token| std::cmp::Reverse(token.made()));
    live
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docker_config_names_the_registry() {
        let decoded = STANDARD.decode(encoded("quay.example.com:8443", &auth("$app", "code"))).unwrap();
        let config: Value = serde_json::from_slice(&decoded).unwrap();
        assert_eq!(config, json!({"auths": {"quay.example.com:8443": {"auth": "JGFwcDpjb2Rl", "email": ""}}}));
    }
}
