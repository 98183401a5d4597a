//! Tells who wants to know of every request that goes out.

use std::sync::OnceLock;
use std::time::Duration;

use super::reply::Body;
use super::transport::Payload;

/// One request with what came of it. It may hold secrets: whoever shows it hides them.
pub struct Exchange<'a> {
    /// Scheme, host and port.
    pub server: String,
    /// The method.
    pub method: &'a str,
    /// The path with its query.
    pub path: &'a str,
    /// Which try this was; the first is 1.
    pub attempt: u32,
    /// From the first byte sent to the last byte received, without the wait for a turn.
    pub took: Duration,
    /// What was sent.
    pub sent: Payload<'a>,
    /// Status and body, or why there is no answer.
    pub answer: Result<(u16, &'a Body), String>,
}

/// Who wants to know of requests.
pub trait Observer: Send + Sync {
    /// A request has been answered, or will not be.
    fn exchanged(&self, exchange: &Exchange<'_>);
    /// This is a secret, and must be shown nowhere. Called before the first request that it signs.
    fn learn(&self, secret: &str);
}

static OBSERVER: OnceLock<Box<dyn Observer>> = OnceLock::new();

/// Sends every exchange of this process to `observer`; only the first one counts.
pub fn observe(observer: Box<dyn Observer>) {
    let _ = OBSERVER.set(observer);
}

/// Who wants to know, if anybody.
pub fn observer() -> Option<&'static dyn Observer> {
    OBSERVER.get().map(AsRef::as_ref)
}

/// Tells the observer, if there is one, what it must not show.
pub fn learn<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) {
    if let Some(observer) = observer() {
        secrets.into_iter().for_each(|secret| observer.learn(secret.as_ref()));
    }
}
