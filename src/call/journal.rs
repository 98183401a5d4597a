//! What a person may see of requests: a line each, without a secret.
//!
//! Known secrets are hidden as everywhere ([`Mask`]). Bodies hold others that nobody knows beforehand, such as the token of a robot
//! account in an answer: there every text under a key that means a secret is hidden, and from then on wherever it stands. Of an
//! address only scheme and host are shown: the rest may be a hook. A body that is no JSON is never shown.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::mask::Mask;
use crate::api::trace::{Exchange, Observer};
use crate::api::{Body, Payload};
use crate::error::plain;

/// Stands for what is hidden in a body.
const HIDDEN: &str = "********";
/// Characters of a body that are shown.
const LONGEST: usize = 4096;
/// Parts of keys whose values are secrets.
const SECRET: &[&str] = &["passw", "secret", "token", "private_key"];
/// Parts of keys whose values are hidden, too, though they may be harmless.
const DOUBTFUL: &[&str] = &["auth", "credential", "cookie", "code", "csrf"];

/// What can be shown of a request.
pub struct Entry {
    server: String,
    method: String,
    path: String,
    answer: Result<u16, String>,
    took: Duration,
    attempt: u32,
    /// The bodies, where they are wanted and there are any.
    bodies: Vec<(&'static str, String)>,
}

/// Makes an entry of every exchange and hands it on.
pub struct Journal {
    mask: Mutex<Mask>,
    with_bodies: bool,
    sink: Box<dyn Fn(&Entry) + Send + Sync>,
}

impl Journal {
    /// A journal that hands its entries to `sink`, with the bodies where these are wanted.
    pub fn new(with_bodies: bool, sink: impl Fn(&Entry) + Send + Sync + 'static) -> Box<Journal> {
        Box::new(Journal { mask: Mutex::default(), with_bodies, sink: Box::new(sink) })
    }

    fn mask(&self) -> MutexGuard<'_, Mask> {
        // Adding a secret is one step, so a panic elsewhere leaves it whole.
        self.mask.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn body(&self, value: &Value) -> String {
        let mut mask = self.mask();
        let shown = mask_keys(value, "", false, &mut mask);
        let text = plain(&mask.value(shown).to_string());
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
            None => text,
        }
    }
}

impl Observer for Journal {
    fn learn(&self, secret: &str) {
        self.mask().add(secret);
    }

    fn exchanged(&self, exchange: &Exchange<'_>) {
        let mut bodies = Vec::new();
        if self.with_bodies {
            // The answer first: what it tells to be a secret is none of the request's business either.
            let received = match &exchange.answer {
                Ok((_, Body::Json(value))) => Some(self.body(value)),
                Ok((_, Body::Html(text) | Body::Text(text))) => {
                    Some(format!("({} bytes that are no JSON)", text.len()))
                }
                Ok((_, Body::Empty)) | Err(_) => None,
            };
            let sent = match exchange.sent {
                Payload::Json(value) | Payload::Form(value) => Some(self.body(value)),
                Payload::Nothing => None,
            };
            bodies.extend(sent.map(|text| ("sent", text)));
            bodies.extend(received.map(|text| ("received", text)));
        }
        let mask = self.mask();
        let entry = Entry {
            server: plain(&exchange.server),
            method: exchange.method.to_owned(),
            path: plain(&mask.name(exchange.path)),
            answer: match &exchange.answer {
                Ok((status, _)) => Ok(*status),
                Err(why) => Err(plain(&mask.text(why))),
            },
            took: exchange.took,
            attempt: exchange.attempt,
            bodies,
        };
        drop(mask);
        (self.sink)(&entry);
    }
}

impl Entry {
    /// For a person: a line for the request, and one for each body.
    pub fn lines(&self) -> Vec<String> {
        let Entry { server, method, path, took, attempt, .. } = self;
        let came = match &self.answer {
            Ok(status) => status.to_string(),
            Err(why) => format!("no answer ({why})"),
        };
        let again = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
        let first = format!("{server} {method} {path}: {came} in {} ms{again}", took.as_millis());
        std::iter::once(first).chain(self.bodies.iter().map(|(what, text)| format!("  {what}: {text}"))).collect()
    }

    /// For a program; the time is now.
    pub fn json(&self) -> Value {
        let mut object = self.bare();
        object.extend(self.bodies.iter().map(|(what, text)| ((*what).to_owned(), json!(text))));
        Value::Object(object)
    }

    /// The same without bodies.
    pub fn bare(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("time".into(), json!(Timestamp::now().to_string()));
        object.insert("level".into(), json!("debug"));
        object.insert("server".into(), json!(self.server));
        object.insert("method".into(), json!(self.method));
        object.insert("path".into(), json!(self.path));
        match &self.answer {
            Ok(status) => object.insert("status".into(), json!(status)),
            Err(why) => object.insert("error".into(), json!(why)),
        };
        object.insert("milliseconds".into(), json!(u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX)));
        object.insert("attempt".into(), json!(self.attempt));
        object
    }
}

/// The value without what its keys and addresses tell to be secret. Certain secrets are added to the mask.
fn mask_keys(value: &Value, key: &str, is_secret: bool, mask: &mut Mask) -> Value {
    match value {
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                let name = key.to_lowercase();
                let is_secret = is_secret || [SECRET, DOUBTFUL].concat().iter().any(|part| name.contains(part));
                (key.clone(), mask_keys(value, &name, is_secret, mask))
            };
            Value::Object(map.iter().map(entry).collect())
        }
        Value::Array(list) => list.iter().map(|value| mask_keys(value, key, is_secret, mask)).collect(),
        Value::String(text) if is_secret => {
            if SECRET.iter().any(|part| key.contains(part)) {
                mask.add(text);
            }
            json!(HIDDEN)
        }
        Value::Number(_) if is_secret => json!(HIDDEN),
        Value::String(text) => json!(without_address(key, text)),
        other => other.clone(),
    }
}

/// Of an address only scheme and host; a proxy may lack the scheme.
fn without_address(key: &str, text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            if host.len() == rest.len() { text.to_owned() } else { format!("{scheme}://{host}/{HIDDEN}") }
        }
        None if key.contains("proxy") && text.contains('@') => HIDDEN.to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn lines(known: &str, path: &str, sent: &Value, received: &Body) -> String {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let journal = Journal::new(true, move |entry| {
            let mut seen = sink.lock().unwrap();
            seen.extend(entry.lines());
            seen.push(entry.json().to_string());
        });
        journal.learn(known);
        let (server, took) = ("https://quay".to_owned(), Duration::from_millis(7));
        let (sent, answer) = (Payload::Json(sent), Ok((200, received)));
        journal.exchanged(&Exchange { server, method: "PUT", path, attempt: 2, took, sent, answer });
        let seen = seen.lock().unwrap();
        seen.join("\n")
    }

    #[test]
    fn no_kind_of_secret_is_shown() {
        for body in [
            json!({"token": "s3cret-value"}),
            json!({"robots": [{"name": "acme+ci", "token": "s3cret-value"}]}),
            json!({"client_secret": "s3cret-value"}),
            json!({"token": {"token_code": "s3cret-value", "uuid": "1"}}),
            json!({"external_registry_password": "s3cret-value"}),
            json!({"upstream_registry_password": "s3cret-value", "x": 1}),
            json!({"access_token": "s3cret-value"}),
            json!({"_csrf_token": "s3cret-value"}),
            json!({"config": {"url": "https://hooks.example.com/s3cret-value/x"}}),
            json!({"external_registry_config": {"proxy": {"https_proxy": "https://u:s3cret-value@proxy:3128"}}}),
            json!({"https_proxy": "u:s3cret-value@proxy:3128"}),
            json!({"credentials": [{"name": "SSH", "value": "s3cret-value"}]}),
            json!({"password": "s3cret-value", "description": "it is s3cret-value"}),
            json!({"Passwords": ["s3cret-value"]}),
        ] {
            let shown = lines("other", "/api/v1/a", &json!({"echo": "s3cret-value"}), &Body::Json(body.clone()));
            let own = lines("other", "/api/v1/a", &body, &Body::Empty);
            assert!(!own.contains("s3cret-value"), "{own}");
            let received = shown.lines().filter_map(|line| line.split_once("received"));
            let echoed = received.map(|(_, body)| body).any(|body| body.contains("s3cret"));
            assert!(!echoed, "{shown}");
        }
        let known =
            lines("s3cret-value", "/api/v1/s3cret-value", &json!(["s3cret-value"]), &Body::Text("s3cret-value".into()));
        assert!(!known.contains("s3cret-value"), "{known}");
    }

    #[test]
    fn a_line_tells_what_happened_in_bounds_and_without_control_characters() {
        let long = json!({"description": format!("a\u{1b}[31m{}", "x".repeat(9000))});
        let shown = lines("other", "/api/v1/a?b=c", &json!({"name": "acme"}), &Body::Json(long));
        assert!(
            shown.starts_with("https://quay PUT /api/v1/a?b=c: 200 in 7 ms, attempt 2\n  sent: {\"name\":\"acme\"}\n"),
            "{shown}"
        );
        assert!(!shown.contains('\u{1b}') && shown.len() < 10_000, "{}", shown.len());
        assert!(shown.contains(r#""attempt":2"#) && shown.contains(r#""status":200"#), "{shown}");
    }
}
