//! One connection pool, requests with time-out, repetition and redirects.

use std::error::Error as StdError;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::auth::{self, Credentials, Session};
use super::failure::{self, Attempt, Failure, Fate};
use super::pace::Pace;
use super::proof;
use super::proxy;
use super::reply::{Body, Reply};
use super::routes;
use super::settings::{Settings, base_url, seconds_to_wait};
use super::tls;
use super::trace::{self, Exchange};
use crate::error::{Error, NO_CREDENTIALS, Result, Signed};

/// Waits longer than this are the user's to decide about.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_millis(200);
const MOST_REDIRECTS: usize = 5;
/// Stands for a clock of the server that nobody has seen.
const UNTOLD: i64 = i64::MIN;

/// Bytes that the answer about one object may have; Quay's largest known one has 215 kB.
const LARGEST_ANSWER: usize = 8 << 20;
/// Bytes that a list may have. Quay cuts few of its lists into pages: ten thousand robot accounts take some 5 MB.
const LARGEST_LIST: usize = 64 << 20;

/// What a request carries.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// No body.
    Nothing,
    /// A JSON document.
    Json(&'a Value),
    /// A web form: an object of texts. In a session the CSRF token is one of its fields, where Quay's web routes (unlike
    /// those of its API) look for it first.
    Form(&'a Value),
}

/// Who sends a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// The caller, with a token or in the session.
    Caller,
    /// Nobody: for what anybody may see.
    Nobody,
}

/// One server, one connection pool, one log-in.
pub struct Http {
    client: Client,
    base: Url,
    timeout: Duration,
    retries: u32,
    session: Session,
    pace: Pace,
    requests: AtomicU64,
    /// Whether an answer has shown that the server takes the token.
    proved: AtomicBool,
    /// Seconds by which the server's clock is ahead of this one; [`UNTOLD`] before any answer.
    ahead: AtomicI64,
}

impl Http {
    /// Checks the settings and builds the connection pool; sends nothing.
    ///
    /// # Errors
    /// When the host is no base URL or the CA file is unusable.
    pub fn new(settings: Settings) -> Result<Http> {
        Http::paced(settings, Pace::unlimited())
    }

    /// Like [`Http::new`], for many threads that share a budget.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn paced(settings: Settings, pace: Pace) -> Result<Http> {
        let base = base_url(&settings.host).map_err(|why| Error::Option(format!("quay_host: {why}")))?;
        proxy::check(base.scheme())?;
        let timeout = seconds_to_wait(settings.timeout).map_err(|why| Error::Option(format!("timeout: {why}")))?;
        let builder = Client::builder()
            .user_agent(concat!("quaymaster/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .cookie_store(matches!(settings.credentials, Credentials::Password { .. }))
            .tcp_nodelay(true)
            .timeout(None);
        let unprepared = |error: &(dyn StdError + 'static)| {
            let server = base.origin().ascii_serialization();
            let cause = failure::innermost(error);
            Error::Connection(match cause.contains("No CA certificates") {
                true => format!(
                    "no certificate of {server} can be trusted: this machine has no certificate authorities; install \
                     them, set ca_path to the CA of the server, or set validate_certs to false"
                ),
                false => format!("cannot prepare the connection to {server}: {cause}"),
            })
        };
        let builder = tls::configure(builder, &settings, base.scheme() == "https")?;
        let client = builder.build().map_err(|error| unprepared(&error))?;
        if let Credentials::Token(secret) | Credentials::Password { password: secret, .. } = &settings.credentials {
            trace::learn([secret.expose_secret()]);
        }
        let session = Session::new(settings.credentials);
        Ok(Http {
            client,
            base,
            timeout,
            retries: settings.retries,
            session,
            pace,
            requests: AtomicU64::new(0),
            proved: AtomicBool::new(false),
            ahead: AtomicI64::new(UNTOLD),
        })
    }

    /// The base URL, without a path.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The second that it is on the server's clock, as its last answer told; on this one before any.
    pub fn server_time(&self) -> i64 {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp::now().as_second() + if ahead == UNTOLD { 0 } else { ahead }
    }

    /// Whether an answer has told what time it is on the server.
    pub fn knows_time(&self) -> bool {
        self.ahead.load(Ordering::Relaxed) != UNTOLD
    }

    /// How many requests have gone out, log-in and repetitions included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How requests are signed.
    pub fn signed(&self) -> Signed {
        self.session.signed()
    }

    /// Makes sure that the server takes the credentials, with a request only where no answer has shown it yet.
    ///
    /// A log-in with a password has been answered by itself.
    ///
    /// # Errors
    /// When there are none, or the server takes the token for none.
    pub fn prove(&self) -> Result<()> {
        match self.signed() {
            Signed::Anonymous => return Err(Error::Option(NO_CREDENTIALS.into())),
            Signed::Session => return self.session.open(self),
            Signed::Token if self.proved.load(Ordering::Relaxed) => return Ok(()),
            Signed::Token => {}
        }
        let reply = self.send(Method::GET, proof::PROBE, Payload::Nothing)?.of_its_route()?;
        match reply.status {
            200 | 403 => Ok(()),
            _ => Err(reply.into_error().attempting("sign in with quay_token")),
        }
    }

    /// Signs in when that is due and sends one request; any HTTP status is an answer.
    ///
    /// A GET is repeated when the connection drops and on 429, 502, 503 and 504, unless it is what its route answers
    /// ([`Reply::is_passing`]). A write is repeated only when it
    /// certainly did nothing: when no connection came about, and on 429.
    ///
    /// # Errors
    /// When there is no answer, or the log-in fails.
    pub fn send(&self, method: Method, path: &str, body: Payload<'_>) -> Result<Reply> {
        self.session.open(self)?;
        self.exchange(method, path, body, As::Caller)
    }

    /// Sends one request without a look at the log-in, which this is a part of, and follows its redirects.
    pub(super) fn exchange(&self, method: Method, path: &str, body: Payload<'_>, sender: As) -> Result<Reply> {
        let mut path = path.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let reply = self.persist(&method, &path, body, sender)?;
            match reply.location.as_deref().and_then(|target| self.follow(&method, &path, target)) {
                Some(next) => path = next,
                None => return Ok(reply),
            }
        }
        Err(Error::Unexpected(format!("{method} {path} is redirected in a circle")))
    }

    /// Repeats what may be repeated.
    fn persist(&self, method: &Method, path: &str, body: Payload<'_>, sender: As) -> Result<Reply> {
        let mut attempt = 0;
        loop {
            let outcome = self.once(method, path, body, sender, attempt + 1);
            let wait = match &outcome {
                _ if attempt >= self.retries => None,
                // A throttled log-in stays throttled for minutes, and each try prolongs it.
                Ok(reply) if reply.status == 429 && path == auth::SIGN_IN => None,
                Ok(reply) if reply.is_passing() => {
                    Some(reply.retry_after.map_or_else(|| back_off(attempt), Duration::from_secs))
                }
                Err(Failure { fate: Fate::Refused, .. }) => Some(back_off(attempt)),
                Err(Failure { fate: Fate::BrokenOff, .. }) if *method == Method::GET => Some(back_off(attempt)),
                _ => None,
            };
            match wait.filter(|wait| *wait <= LONGEST_WAIT) {
                Some(wait) => thread::sleep(wait),
                None => return outcome.map_err(|failure| failure.error),
            }
            attempt += 1;
        }
    }

    fn once(&self, method: &Method, path: &str, body: Payload<'_>, sender: As, attempt: u32) -> Result<Reply, Failure> {
        // Each answer to a write of a session may replace the CSRF token that the next write needs.
        let _one_at_a_time =
            if sender == As::Caller && *method != Method::GET { self.session.write_alone() } else { None };
        // The base has no path and the path begins with a slash, so this is always a URL of the same server.
        let url = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let (accepted, signed) = match sender {
            As::Caller => ("application/json", self.session.signed()),
            As::Nobody => ("*/*", Signed::Anonymous),
        };
        // The time-out of a request holds for its answer as a whole; that of the client would hold for each part of it.
        let mut request =
            self.client.request(method.clone(), url).timeout(self.patience(path)).header(ACCEPT, accepted);
        request = match body {
            Payload::Nothing => request,
            Payload::Json(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            Payload::Form(fields) => {
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(self.form(fields))
            }
        };
        if sender == As::Caller {
            request = self.sign(request);
        }
        let _turn = self.pace.enter();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let reply = request.send().and_then(|response| self.receive(method, path, response, signed));
        let reply = reply.map_err(|error| self.attempt(method, path).failed(&error)).and_then(|reply| {
            reply.ok_or_else(|| Failure {
                error: Error::Lost(format!(
                    "{method} {path} answered with more than {} MB, which no Quay does",
                    largest(method, path) >> 20
                )),
                fate: Fate::Unanswered,
            })
        });
        if let Some(observer) = trace::observer() {
            let answer = match &reply {
                Ok(reply) => Ok((reply.status, &reply.body)),
                Err(failure) => Err(failure.error.to_string()),
            };
            let server = self.base.origin().ascii_serialization();
            let (method, took) = (method.as_str(), begun.elapsed());
            observer.exchanged(&Exchange { server, method, path, attempt, took, sent: body, answer });
        }
        let reply = reply?;
        // Looking at an answer takes longer, the longer it is: once is enough.
        if signed == Signed::Token && !self.proved.load(Ordering::Relaxed) && proof::proves(&reply) {
            self.proved.store(true, Ordering::Relaxed);
        }
        Ok(reply)
    }

    fn form(&self, fields: &Value) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in fields.as_object().into_iter().flatten() {
            form.append_pair(key, value.as_str().unwrap_or_default());
        }
        if let Some(token) = self.session.csrf_token() {
            form.append_pair("_csrf_token", &token);
        }
        form.finish()
    }

    fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        match self.session.credentials() {
            // Marked as sensitive, so that HTTP/2 keeps it out of its table of headers.
            Credentials::Token(token) => request.bearer_auth(token.expose_secret()),
            Credentials::Password { .. } => match self.session.csrf_token() {
                Some(token) => request.header("X-CSRF-Token", token),
                None => request,
            },
            Credentials::Anonymous => request,
        }
    }

    /// The answer; `None` when it is longer than any that Quay gives.
    fn receive(
        &self,
        method: &Method,
        path: &str,
        mut response: Response,
        signed: Signed,
    ) -> reqwest::Result<Option<Reply>> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        // Before the body, which may break off: the cookie that belongs to the token has arrived, too.
        self.pace.learn(status);
        if let Some(token) = header(&headers, "x-next-csrf-token") {
            self.session.keep_csrf_token(&token);
        }
        if let Some(time) = header(&headers, DATE.as_str()).and_then(|text| rfc2822::parse(&text).ok()) {
            let ahead = time.timestamp().as_second() - Timestamp::now().as_second();
            self.ahead.store(ahead, Ordering::Relaxed);
        }
        let limit = largest(method, path);
        let mut bounded = Bounded { bytes: Vec::new(), limit, exceeded: false };
        let read = response.copy_to(&mut bounded);
        if bounded.exceeded {
            return Ok(None);
        }
        read?;
        let text = String::from_utf8_lossy(&bounded.bytes);
        Ok(Some(Reply {
            method: method.clone(),
            path: path.to_owned(),
            status,
            body: Body::of(&text),
            retry_after: header(&headers, RETRY_AFTER.as_str()).and_then(|value| seconds(&value)),
            location: if (300..400).contains(&status) { header(&headers, LOCATION.as_str()) } else { None },
            host: self.base.host_str().map(str::to_owned),
            signed,
        }))
    }

    fn attempt<'a>(&'a self, method: &'a Method, path: &'a str) -> Attempt<'a> {
        Attempt { base: &self.base, timeout: self.patience(path), method, path }
    }

    /// How long the answer to a request may take.
    fn patience(&self, path: &str) -> Duration {
        self.timeout.max(routes::patience(path))
    }

    /// The path that a redirect leads to, when it may be followed: for a GET, on this server.
    ///
    /// Quay answers an unregistered route with a redirect to the same path and a slash, under the host name of its
    /// own configuration: that one is always followed here.
    fn follow(&self, method: &Method, path: &str, target: &str) -> Option<String> {
        if *method != Method::GET {
            return None;
        }
        let target = self.base.join(target).ok()?;
        let (bare, query) = path.split_once('?').map_or((path, None), |(bare, query)| (bare, Some(query)));
        if target.path() == format!("{bare}/") {
            return Some(format!("{bare}/{}", query.map(|query| format!("?{query}")).unwrap_or_default()));
        }
        (target.origin() == self.base.origin()).then(|| target[url::Position::BeforePath..].to_owned())
    }
}

/// Takes no more than so many bytes.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    exceeded: bool,
}

impl Write for Bounded {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.exceeded = self.bytes.len() + part.len() > self.limit;
        if self.exceeded { Ok(0) } else { self.bytes.write(part) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that an answer may have.
fn largest(method: &Method, path: &str) -> usize {
    if routes::answer(method, path).holds_a_list() { LARGEST_LIST } else { LARGEST_ANSWER }
}

/// Doubles with each attempt; the random part keeps parallel runs from coming back together.
fn back_off(attempt: u32) -> Duration {
    let ceiling = FIRST_WAIT.saturating_mul(1 << attempt.min(8)).min(LONGEST_WAIT);
    ceiling.mul_f64(0.5 + 0.5 * fastrand::f64())
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// `Retry-After` as seconds: a number, or a date.
fn seconds(value: &str) -> Option<u64> {
    if let Ok(number) = value.trim().parse() {
        return Some(number);
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(u64::try_from(date.as_second() - jiff::Timestamp::now().as_second()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        for attempt in 0..40 {
            let wait = back_off(attempt);
            assert!(wait >= FIRST_WAIT / 2 && wait <= LONGEST_WAIT, "{attempt}: {wait:?}");
        }
        assert!(back_off(4) > back_off(0));
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("Mon, 05 Jan 2026 08:15:00 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
    }
}
