//! Signing in: a token, or a session with a CSRF token in the manner of two generations of Quay.

use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::reply::{Body, Reply};
use super::transport::{As, Http, Payload};
use crate::error::{Error, RefusalKind, Result, Signed};

/// The route of the log-in.
pub const SIGN_IN: &str = "/api/v1/signin";

/// How to sign in.
#[derive(Debug)]
pub enum Credentials {
    /// Not at all: public data only.
    Anonymous,
    /// An OAuth access token.
    Token(SecretString),
    /// A log-in at the first request.
    Password {
        /// The name of the user.
        username: String,
        /// The password of that user.
        password: SecretString,
    },
}

/// The log-in of one run.
///
/// There is no sign-out: Quay's `POST signout` ends *all* sessions of the user, a person's browser and parallel
/// tasks included. The session lives in a signed cookie that is forgotten with the process.
pub struct Session {
    credentials: Credentials,
    state: Mutex<State>,
    signing_in: Mutex<()>,
    writing: Mutex<()>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Why the server does not let us in: Quay locks an account after some failures, so that none is tried twice.
    refused: Option<Error>,
    csrf_token: Option<String>,
}

impl Session {
    /// A log-in that is still to come, if there is to be one.
    pub fn new(credentials: Credentials) -> Session {
        Session { credentials, state: Mutex::default(), signing_in: Mutex::default(), writing: Mutex::default() }
    }

    /// How requests are signed, with the secrets that takes.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// How requests are signed, for an error to tell.
    pub fn signed(&self) -> Signed {
        match self.credentials {
            Credentials::Anonymous => Signed::Anonymous,
            Credentials::Token(_) => Signed::Token,
            Credentials::Password { .. } => Signed::Session,
        }
    }

    /// Keeps writes of a session one after the other; other ways to sign in need no such thing.
    pub fn write_alone(&self) -> Option<MutexGuard<'_, ()>> {
        let session = matches!(self.credentials, Credentials::Password { .. });
        session.then(|| self.writing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value of `X-CSRF-Token` for the next request.
    pub fn csrf_token(&self) -> Option<String> {
        self.state().csrf_token.clone()
    }

    /// Takes over the token that Quay names for the next request.
    pub fn keep_csrf_token(&self, token: &str) {
        self.state().csrf_token = Some(token.to_owned());
    }

    /// Signs in with the password, once; parallel callers wait for the one that does.
    ///
    /// # Errors
    /// When the server hands out no CSRF token, or refuses the credentials.
    pub fn open(&self, http: &Http) -> Result<()> {
        let Credentials::Password { username, password } = &self.credentials else {
            return Ok(());
        };
        let _one_at_a_time = self.signing_in.lock().unwrap_or_else(PoisonError::into_inner);
        match &*self.state() {
            State { open: true, .. } => return Ok(()),
            State { refused: Some(error), .. } => return Err(error.clone()),
            _ => {}
        }
        let token = csrf_token(http)?;
        self.keep_csrf_token(&token);
        let body = json!({"username": username, "password": password.expose_secret()});
        let reply = http.exchange(Method::POST, SIGN_IN, Payload::Json(&body), As::Caller)?;
        if !reply.is_success() {
            let error = refused(reply, username);
            if error.status().is_some_and(|status| status < 500) {
                self.state().refused = Some(error.clone());
            }
            return Err(error);
        }
        // The page of something in front of Quay opens no session.
        if let Some(fault) = reply.fault() {
            return Err(Error::Unexpected(format!("cannot sign in as {username}: POST {SIGN_IN} answered {fault}")));
        }
        self.state().open = true;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each field is set on its own and true by itself, so a panic between two of them leaves nothing that misleads.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first CSRF token: `GET /csrf_token` since Quay 3.8, before that a line of the home page.
fn csrf_token(http: &Http) -> Result<String> {
    let reply = http.exchange(Method::GET, "/csrf_token", Payload::Nothing, As::Nobody)?;
    if let Body::Json(value) = &reply.body
        && let Some(token) = value.get("csrf_token").and_then(Value::as_str)
    {
        return Ok(token.to_owned());
    }
    let home = http.exchange(Method::GET, "/", Payload::Nothing, As::Nobody)?;
    if home.status >= 500 {
        return Err(home.into_error().attempting("get a CSRF token for the log-in"));
    }
    let token = match &home.body {
        Body::Html(page) => token_in_page(page),
        _ => None,
    };
    token.ok_or_else(|| {
        Error::Unexpected(format!(
            "cannot get a CSRF token for the log-in; is {} a Quay server?",
            http.base().origin().ascii_serialization()
        ))
    })
}

/// The value in `window.__token = '...';`.
fn token_in_page(page: &str) -> Option<String> {
    let rest = page.split_once("window.__token")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    rest[1..].split_once(quote).map(|(token, _)| token.to_owned()).filter(|token| !token.is_empty())
}

fn refused(reply: Reply, username: &str) -> Error {
    let not_verified = match &reply.body {
        Body::Json(value) => value.get("needsEmailVerification") == Some(&Value::Bool(true)),
        _ => false,
    };
    let direct_login_off = matches!(reply.status, 404 | 405);
    let error = reply.into_error().attempting(format!("sign in as {username}"));
    let kind = error.refusal().map(|refusal| refusal.kind);
    match kind {
        _ if not_verified => error.advising("confirm the e-mail address of the account first"),
        _ if direct_login_off => {
            error.advising("this Quay takes no passwords (FEATURE_DIRECT_LOGIN is off, or OIDC only): use quay_token")
        }
        Some(RefusalKind::MissingRight) => error.advising("check quay_username and quay_password"),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::token_in_page;

    #[test]
    fn the_older_home_page_carries_the_token() {
        let page = "<script>window.__registry = 1; window.__token = 'a-b_c=';</script>";
        assert_eq!(token_in_page(page).as_deref(), Some("a-b_c="));
        assert_eq!(token_in_page("window.__token = \"x\";").as_deref(), Some("x"));
        for page in ["", "window.__token = '';", "window.__token == 'x'", "window.__token = x;"] {
            assert_eq!(token_in_page(page), None, "{page}");
        }
    }
}
