//! Writing: for `plan/run.rs` alone.

use std::sync::Arc;

use reqwest::Method;

use super::reply::Reply;
use super::transport::{Http, Payload};
use crate::error::{Error, Result};

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
    /// When there is no answer, or the log-in fails; and for a name with a `/`. Quay takes an encoded slash for a real
    /// one, so that the request would reach another object.
    pub fn send(&self, method: Method, path: &str, body: Payload<'_>) -> Result<Reply> {
        let (bare, _) = path.split_once('?').unwrap_or((path, ""));
        if bare.contains("%2F") {
            return Err(Error::Option(format!("cannot send {method} {bare}: no name in Quay holds a \"/\"")));
        }
        self.http.send(method, path, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Credentials, Settings};

    #[test]
    fn a_slash_in_a_name_reaches_no_other_object() {
        let settings = Settings {
            host: "http://127.0.0.1:1".into(),
            credentials: Credentials::Anonymous,
            validate_certs: true,
            ca_path: None,
            timeout: 1.0,
            retries: 0,
        };
        let writer = Writer::new(Arc::new(Http::new(settings).unwrap()));
        let send = |path| writer.send(Method::DELETE, path, Payload::Nothing).unwrap_err();
        assert_eq!(
            send("/api/v1/organization/acme%2Fteam?x=1").to_string(),
            "cannot send DELETE /api/v1/organization/acme%2Fteam: no name in Quay holds a \"/\""
        );
        assert!(matches!(send("/oauth/x?uri=http:%2F%2Fq"), Error::Connection(_)), "a query may hold one");
    }
}
