//! The connection options, as every module has them.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

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

/// The scheme, host and port of a server, from what the user calls its host.
///
/// # Errors
/// A sentence about the text, which it does not repeat: it may hold a password.
pub fn base_url(host: &str) -> Result<Url, String> {
    let problem = |why: &str| format!("{why}; write it as https://quay.example.com");
    let text = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let mut url = Url::parse(text.trim()).map_err(|error| problem(&format!("not a URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(problem("must be an http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("must not hold a user name or password: use quay_username and quay_password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(problem("must not hold a query or fragment"));
    }
    // Quay always answers at the root of its host, so a path, such as that of a page in the browser, does no harm.
    url.set_path("/");
    Ok(url)
}

/// The time that one request may take.
///
/// # Errors
/// A sentence about a number that is no sensible time.
pub fn seconds_to_wait(seconds: f64) -> Result<Duration, String> {
    match seconds > 0.0 && seconds <= 86_400.0 {
        true => Ok(Duration::from_secs_f64(seconds)),
        false => Err("must be a number of seconds above 0 and at most 86400".into()),
    }
}

/// Host and port of a base URL, as a client of the registry writes them: without a port that the scheme says already.
pub fn registry(base: &Url) -> String {
    // A base URL without a host is refused when the connection is made.
    let host = base.host_str().unwrap_or_default();
    base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_written_as_its_clients_do() {
        for (host, expected) in [
            ("https://Quay.example.com:443/", "quay.example.com"),
            ("quay.example.com:8443", "quay.example.com:8443"),
            ("http://quay.example.com:80", "quay.example.com"),
        ] {
            assert_eq!(registry(&base_url(host).unwrap()), expected, "{host}");
        }
    }

    #[test]
    fn a_host_is_a_base_url() {
        assert_eq!(base_url("quay.example.com:8443").unwrap().as_str(), "https://quay.example.com:8443/");
        assert_eq!(
            base_url("https://quay.example.com/organization/acme").unwrap().as_str(),
            "https://quay.example.com/"
        );
        assert_eq!(base_url("http://[::1]:80/").unwrap().as_str(), "http://[::1]/");
        for bad in ["https://q/?a=b", "https://q#x", "https://u:p@q", "ftp://q", "https://", ""] {
            let error = base_url(bad).unwrap_err();
            assert!(
                error.ends_with("write it as https://quay.example.com") && !error.contains("u:p"),
                "{bad}: {error}"
            );
        }
    }
}
