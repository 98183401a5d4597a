//! One connection pool, requests with time-out, repetition and redirects.

use std::error::Error as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::auth::{self, Credentials, Session};
use super::proxy;
use super::reply::{Body, Reply};
use super::settings::Settings;
use super::tls;
use crate::error::{Error, Result, Signed};

/// Waits longer than this are the user's to decide about.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_millis(200);
const MOST_REDIRECTS: usize = 5;

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

/// One server, one connection pool, one log-in.
pub struct Http {
    client: Client,
    base: Url,
    timeout: Duration,
    retries: u32,
    session: Session,
    requests: AtomicU64,
}

impl Http {
    /// Checks the settings and builds the connection pool; sends nothing.
    ///
    /// # Errors
    /// When the host is no base URL or the CA file is unusable.
    pub fn new(settings: Settings) -> Result<Http> {
        let base = base_url(&settings.host).map_err(|why| Error::Option(format!("quay_host: {why}")))?;
        let timeout = seconds_to_wait(settings.timeout).map_err(|why| Error::Option(format!("timeout: {why}")))?;
        let builder = Client::builder()
            .user_agent(concat!("quaymaster/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .cookie_store(matches!(settings.credentials, Credentials::Password { .. }))
            .tcp_nodelay(true)
            .timeout(timeout);
        let client = tls::configure(builder, &settings, base.scheme() == "https")?.build().map_err(|error| {
            let server = base.origin().ascii_serialization();
            let cause = innermost(&error);
            Error::Connection(match cause.contains("No CA certificates") {
                true => format!(
                    "no certificate of {server} can be trusted: this machine has no certificate authorities; install \
                     them, set ca_path to the CA of the server, or set validate_certs to false"
                ),
                false => format!("cannot prepare the connection to {server}: {cause}"),
            })
        })?;
        let session = Session::new(settings.credentials);
        Ok(Http { client, base, timeout, retries: settings.retries, session, requests: AtomicU64::new(0) })
    }

    /// The base URL, without a path.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// How many requests have gone out, log-in and repetitions included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How requests are signed.
    pub fn signed(&self) -> Signed {
        self.session.signed()
    }

    /// Signs in when that is due and sends one request; any HTTP status is an answer.
    ///
    /// A GET is repeated when the connection drops and on 429, 502, 503 and 504. A write is repeated only when it
    /// certainly did nothing: when no connection came about, and on 429.
    ///
    /// # Errors
    /// When there is no answer, or the log-in fails.
    pub fn send(&self, method: &'static str, path: &str, body: Payload<'_>) -> Result<Reply> {
        self.session.open(self)?;
        self.exchange(method, path, body, true)
    }

    /// Sends a request that belongs to no session: before the log-in, and for public data.
    pub(super) fn exchange(&self, method: &'static str, path: &str, body: Payload<'_>, sign: bool) -> Result<Reply> {
        let mut path = path.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let reply = self.persist(method, &path, body, sign)?;
            match reply.location.as_deref().and_then(|target| self.follow(method, &path, target)) {
                Some(next) => path = next,
                None => return Ok(reply),
            }
        }
        Err(Error::Unexpected(format!("{method} {path} is redirected in a circle")))
    }

    /// Repeats what may be repeated.
    fn persist(&self, method: &'static str, path: &str, body: Payload<'_>, sign: bool) -> Result<Reply> {
        let mut attempt = 0;
        loop {
            let outcome = self.once(method, path, body, sign);
            let wait = match &outcome {
                _ if attempt >= self.retries => None,
                // A throttled log-in stays throttled for minutes, and each try prolongs it.
                Ok(reply) if reply.status == 429 && path == auth::SIGN_IN => None,
                Ok(reply) if reply.status == 429 || (method == "GET" && matches!(reply.status, 502..=504)) => {
                    Some(reply.retry_after.map_or_else(|| back_off(attempt), Duration::from_secs))
                }
                Err(Failure { fate: Fate::Refused, .. }) => Some(back_off(attempt)),
                Err(Failure { fate: Fate::BrokenOff, .. }) if method == "GET" => Some(back_off(attempt)),
                _ => None,
            };
            match wait.filter(|wait| *wait <= LONGEST_WAIT) {
                Some(wait) => thread::sleep(wait),
                None => return outcome.map_err(|failure| failure.error),
            }
            attempt += 1;
        }
    }

    fn once(&self, method: &'static str, path: &str, body: Payload<'_>, sign: bool) -> Result<Reply, Failure> {
        // The base has no path and the path begins with a slash, so this is always a URL of the same server.
        let url = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let verb = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
        let accepted = if sign { "application/json" } else { "*/*" };
        let mut request = self.client.request(verb, url).header(ACCEPT, accepted);
        request = match body {
            Payload::Nothing => request,
            Payload::Json(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            Payload::Form(fields) => {
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(self.form(fields))
            }
        };
        let signed = if sign { self.session.signed() } else { Signed::Anonymous };
        if sign {
            request = self.sign(request);
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let response = request.send().map_err(|error| self.failure(method, path, &error))?;
        self.receive(method, path, response, signed)
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

    fn receive(&self, method: &'static str, path: &str, response: Response, signed: Signed) -> Result<Reply, Failure> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if let Some(token) = header(&headers, "x-next-csrf-token") {
            self.session.keep_csrf_token(&token);
        }
        let text = response.text().map_err(|error| self.failure(method, path, &error))?;
        Ok(Reply {
            method,
            path: path.to_owned(),
            status,
            body: Body::of(&text),
            retry_after: header(&headers, RETRY_AFTER.as_str()).and_then(|value| seconds(&value)),
            location: if (300..400).contains(&status) { header(&headers, LOCATION.as_str()) } else { None },
            signed,
        })
    }

    /// The path that a redirect leads to, when it may be followed: for a GET, on this server.
    ///
    /// Quay answers an unregistered route with a redirect to the same path and a slash, under the host name of its
    /// own configuration: that one is always followed here.
    fn follow(&self, method: &str, path: &str, target: &str) -> Option<String> {
        if method != "GET" {
            return None;
        }
        let target = self.base.join(target).ok()?;
        let (bare, query) = path.split_once('?').map_or((path, None), |(bare, query)| (bare, Some(query)));
        if target.path() == format!("{bare}/") {
            return Some(format!("{bare}/{}", query.map(|query| format!("?{query}")).unwrap_or_default()));
        }
        (target.origin() == self.base.origin()).then(|| target[url::Position::BeforePath..].to_owned())
    }

    fn failure(&self, method: &str, path: &str, error: &reqwest::Error) -> Failure {
        let server = self.base.origin().ascii_serialization();
        // While no connection has come about, the proxy may be what is missing.
        let place = match proxy::variable(self.base.scheme()) {
            Some(name) => format!("{server} (through the proxy of {name}, unless NO_PROXY excludes the host)"),
            None => server.clone(),
        };
        let cause = innermost(error);
        let refused = io_kind(error) == Some(std::io::ErrorKind::ConnectionRefused);
        let chain = chain(error);
        let says = |words: &[&str]| words.iter().any(|word| chain.contains(word));
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

/// A request without an answer.
struct Failure {
    error: Error,
    fate: Fate,
}

/// What became of a request without an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nobody listens at the port, perhaps only for a moment.
    Refused,
    /// No connection came about, for a reason that another try will not cure.
    Unsent,
    /// It may have reached the server, which was given all the time there was.
    Unanswered,
    /// It may have reached the server.
    BrokenOff,
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

fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = source.to_string();
        next = source.source();
    }
    text
}

fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(&source.to_string());
        text.push(' ');
        next = source.source();
    }
    text
}

fn io_kind(error: &reqwest::Error) -> Option<std::io::ErrorKind> {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(io) = source.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        next = source.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

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
