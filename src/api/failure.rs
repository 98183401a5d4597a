//! Why a request got no answer, and what may have become of it.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::iter::successors;
use std::time::Duration;

use reqwest::Method;
use url::Url;

use super::proxy;
use crate::error::Error;

/// A request without an answer.
pub struct Failure {
    /// What to tell the user.
    pub error: Error,
    /// What became of the request.
    pub fate: Fate,
}

/// What became of a request without an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nobody listens at the port, perhaps only for a moment.
    Refused,
    /// No connection came about, for a reason that another try will not cure.
    Unsent,
    /// It may have reached the server, which was given all the time there was.
    Unanswered,
    /// It may have reached the server.
    BrokenOff,
}

/// A request that was tried.
pub struct Attempt<'a> {
    /// The server.
    pub base: &'a Url,
    /// The time that it had to answer.
    pub timeout: Duration,
    /// The verb of HTTP.
    pub method: &'a Method,
    /// The path and query.
    pub path: &'a str,
}

impl Attempt<'_> {
    /// Explains why there is no answer.
    pub fn failed(&self, error: &reqwest::Error) -> Failure {
        let Attempt { method, path, .. } = self;
        let server = self.base.origin().ascii_serialization();
        // While no connection has come about, the proxy may be what is missing.
        let place = match proxy::variable(self.base.scheme()) {
            Some(name) => format!("{server} (through the proxy of {name}, unless NO_PROXY excludes the host)"),
            None => server.clone(),
        };
        let cause = innermost(error);
        let refused = io_kind(error) == Some(ErrorKind::ConnectionRefused);
        let chain: Vec<String> = causes(error).map(ToString::to_string).collect();
        let says = |words: &[&str]| words.iter().any(|word| chain.iter().any(|cause| cause.contains(word)));
        let (text, fate) = if error.is_timeout() {
            let (server, fate) = if error.is_connect() { (&place, Fate::Unsent) } else { (&server, Fate::Unanswered) };
            let limit = self.timeout.as_secs_f64();
            let text = format!(
                "{server} did not answer {method} {path} within {limit} s; raise timeout, or see whether it is up"
            );
            (text, fate)
        } else if says(&["dns error"]) {
            (format!("cannot find the host of {place} ({cause}); check the name in quay_host"), Fate::Unsent)
        } else if refused {
            let advice = "is Quay running there, and is the port in quay_host right?";
            (format!("cannot connect to {place}: connection refused; {advice}"), Fate::Refused)
        } else if says(&["tunnel error", "proxy authorization required"]) {
            let text =
                format!("the proxy lets no connection through to {place} ({cause}); check its address and rules");
            (text, Fate::Unsent)
        } else if says(&["invalid peer certificate"]) {
            let advice = "set ca_path to the CA that signed it, or validate_certs to false";
            (format!("the certificate of {server} is not trusted ({cause}); {advice}"), Fate::Unsent)
        // An established connection that is cut also speaks of TLS, and its request may have arrived.
        } else if error.is_connect() && says(&["certificate", "tls", "TLS", "handshake", "corrupt message"]) {
            (format!("no TLS connection to {server} ({cause}); does this port speak https?"), Fate::Unsent)
        } else if says(&["invalid HTTP version"]) {
            let advice = "if this port speaks https, write quay_host with https://";
            (format!("{server} does not answer in HTTP; {advice}"), Fate::Unsent)
        } else if error.is_connect() {
            (format!("cannot connect to {place} ({cause})"), Fate::Unsent)
        } else {
            (format!("the connection to {server} broke off during {method} {path} ({cause})"), Fate::BrokenOff)
        };
        let error = match fate {
            Fate::Refused | Fate::Unsent => Error::Connection(text),
            Fate::Unanswered | Fate::BrokenOff => Error::Lost(text),
        };
        Failure { error, fate }
    }
}

/// The cause behind all others.
pub fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind)
}

/// What an error comes from, the nearest cause first.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(error.source(), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}
