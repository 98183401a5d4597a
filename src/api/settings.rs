//! The connection options, as every module has them.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::auth::Credentials;

/// How to reach and sign in to one server.
#[derive(Debug)]
pub struct Settings {
    /// Base URL; `https://` is assumed when it names no scheme.
    pub host: String,
    /// How to sign in.
    pub credentials: Credentials,
    /// Whether the certificate of the server is checked.
    pub validate_certs: bool,
    /// PEM file with the only CA to trust.
    pub ca_path: Option<String>,
    /// Seconds that one request may take.
    pub timeout: f64,
    /// How often a request that did nothing is repeated.
    pub retries: u32,
}

impl Settings {
    /// Takes the settings from checked options of a module, where defaults are filled in and only one way to sign in
    /// is left.
    pub fn from_options(options: &Map<String, Value>) -> Settings {
        let text = |key: &str| options.get(key).and_then(Value::as_str).map(str::to_owned);
        let credentials = match (text("quay_token"), text("quay_username"), text("quay_password")) {
            (Some(token), _, _) => Credentials::Token(SecretString::from(token)),
            (None, Some(username), Some(password)) => {
                Credentials::Password { username, password: SecretString::from(password) }
            }
            _ => Credentials::Anonymous,
        };
        Settings {
            host: text("quay_host").unwrap_or_default(),
            credentials,
            validate_certs: options.get("validate_certs").and_then(Value::as_bool).unwrap_or(true),
            ca_path: text("ca_path"),
            timeout: options.get("timeout").and_then(Value::as_f64).unwrap_or(10.0),
            retries: options.get("retries").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        }
    }
}
