//! A request as handlers see it.

use bytes::Bytes;
use hyper::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::answer::Answer;

/// Method, path, query, headers and body of one request.
#[derive(Debug)]
pub struct Request {
    /// Method, upper case.
    pub method: String,
    /// Path as it was sent, still percent-encoded.
    pub path: String,
    /// Query as it was sent.
    pub query: String,
    /// Whether it came over HTTP/2.
    pub http2: bool,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Request {
    /// Whether nothing is to be changed.
    pub fn is_read(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// The path with percent-encoding undone. Like the real server, this makes no difference between `/` and `%2F`.
    pub fn decoded_path(&self) -> String {
        percent_decode_str(&self.path).decode_utf8_lossy().into_owned()
    }

    /// A query argument.
    pub fn argument(&self, name: &str) -> Option<String> {
        form_value(&self.query, name)
    }

    /// A query argument read as Quay reads flags: a few words are false, everything else is true, absent is false.
    pub fn flag(&self, name: &str) -> bool {
        self.argument(name)
            .is_some_and(|value| !matches!(value.as_str(), "" | "false" | "False" | "FALSE" | "0" | "null"))
    }

    /// A query argument as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.argument(name).and_then(|value| value.parse().ok())
    }

    /// A field of a form body (`application/x-www-form-urlencoded`).
    pub fn form(&self, name: &str) -> Option<String> {
        form_value(std::str::from_utf8(&self.body).unwrap_or_default(), name)
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all("cookie")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }

    /// The body as JSON, null when there is none or it is something else.
    pub fn lenient_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as JSON, refused as the web framework refuses it.
    pub fn json(&self) -> Result<Value, Answer> {
        let is_json = self.header("content-type").is_some_and(|kind| kind.contains("json"));
        if !is_json {
            return Err(Answer::message(
                415,
                "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.",
            ));
        }
        serde_json::from_slice(&self.body).map_err(|_| Answer::abort_400())
    }
}

fn form_value(text: &str, name: &str) -> Option<String> {
    text.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_form(key) == name).then(|| decode_form(value))
    })
}

fn decode_form(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
