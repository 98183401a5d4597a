//! What a handler gives back, and the several shapes in which Quay says no.

use serde_json::{Map, Value, json};

/// A finished answer: status, content type, further headers and body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Value of the `Content-Type` header.
    pub content_type: String,
    /// Further headers, in order.
    pub headers: Vec<(&'static str, String)>,
    /// Body text; empty for 204.
    pub body: String,
}

/// What every handler returns: both sides are answers, the error side is reached with `?`.
pub type Outcome = Result<Answer, Answer>;

const JSON: &str = "application/json";
/// Content type of the pages that Quay's web framework writes.
pub const HTML: &str = "text/html; charset=utf-8";

impl Answer {
    /// A JSON document with any status.
    pub fn json(status: u16, body: &Value) -> Answer {
        Answer { status, content_type: JSON.into(), headers: Vec::new(), body: body.to_string() + "\n" }
    }

    /// 200 with a JSON document.
    pub fn ok(body: &Value) -> Outcome {
        Ok(Answer::json(200, body))
    }

    /// 201 with a JSON document.
    pub fn created(body: &Value) -> Outcome {
        Ok(Answer::json(201, body))
    }

    /// 204: Quay names a content type all the same.
    pub fn no_content() -> Outcome {
        Ok(Answer { status: 204, content_type: JSON.into(), headers: Vec::new(), body: String::new() })
    }

    /// Any text with any content type.
    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Answer {
        Answer { status, content_type: content_type.into(), headers: Vec::new(), body: body.into() }
    }

    /// The same answer with one header more.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    /// Quay's problem document: the text stands in it twice.
    pub fn problem(status: u16, error_type: &str, detail: &str) -> Answer {
        Answer::problem_with(status, error_type, detail, Map::new())
    }

    /// A problem document with further keys.
    pub fn problem_with(status: u16, error_type: &str, detail: &str, extra: Map<String, Value>) -> Answer {
        let mut body = extra;
        body.insert("detail".into(), detail.into());
        body.insert("error_message".into(), detail.into());
        body.insert("error_type".into(), error_type.into());
        body.insert("status".into(), status.into());
        body.insert("title".into(), error_type.into());
        body.insert("type".into(), format!("{HOST_MARK}/api/v1/error/{error_type}").into());
        Answer::json(status, &Value::Object(body))
    }

    /// 400 `invalid_request`.
    pub fn invalid(detail: impl AsRef<str>) -> Answer {
        Answer::problem(400, "invalid_request", detail.as_ref())
    }

    /// 404 `not_found`.
    pub fn not_found() -> Answer {
        Answer::problem(404, "not_found", "Not Found")
    }

    /// 403 `insufficient_scope`.
    pub fn unauthorized() -> Answer {
        Answer::problem(403, "insufficient_scope", "Unauthorized")
    }

    /// 401 `invalid_token`, for callers who are nobody.
    pub fn login_needed() -> Answer {
        Answer::problem(401, "invalid_token", "Requires authentication")
    }

    /// The short body of data-model errors and plain aborts: `{"message": ...}`.
    pub fn message(status: u16, text: impl AsRef<str>) -> Answer {
        Answer::json(status, &json!({ "message": text.as_ref() }))
    }

    /// 404 as the web framework words it.
    pub fn abort_404() -> Answer {
        Answer::message(
            404,
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.",
        )
    }

    /// 400 as the web framework words it.
    pub fn abort_400() -> Answer {
        Answer::message(400, "The browser (or proxy) sent a request that this server could not understand.")
    }

    /// 403 as the web framework words it.
    pub fn abort_403() -> Answer {
        Answer::message(
            403,
            "You don't have the permission to access the requested resource. It is either read-protected or not readable by the server.",
        )
    }

    /// 405 for a path that the API knows, but not with this method.
    pub fn method_not_allowed() -> Answer {
        Answer::message(405, "The method is not allowed for the requested URL.")
    }

    /// 405 for a path that the API does not know: the page of the catch-all route.
    pub fn method_not_allowed_page() -> Answer {
        Answer::text(405, HTML, include_str!("pages/405.html")).with_header("Allow", "OPTIONS, HEAD, GET")
    }

    /// The web interface's 404 page.
    pub fn not_found_page() -> Answer {
        Answer::text(404, HTML, include_str!("pages/404.html"))
    }

    /// An unhandled error of the server.
    pub fn crash() -> Answer {
        Answer::text(500, "text/html", include_str!("pages/500.html"))
    }

    /// 308 to another path of this server.
    pub fn permanent_redirect(path: &str) -> Answer {
        let url = format!("{HOST_MARK}{path}");
        let body = format!(
            "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: <a href=\"{url}\">{url}</a>. If not, click the link.\n"
        );
        Answer::text(308, HTML, body).with_header("Location", url)
    }

    /// 403 for a write without a valid token and without a valid CSRF token: JSON that calls itself HTML.
    pub fn csrf(user: Option<&str>) -> Answer {
        let mut text = "CSRF token was invalid or missing.".to_owned();
        if let Some(name) = user {
            text.push_str(&format!(" (authorized: user {name})"));
        }
        Answer::text(403, HTML, json!({ "error": text }).to_string())
    }

    /// 401 for anonymous callers where the server serves none.
    pub fn anonymous_access_off() -> Answer {
        Answer::text(401, HTML, json!({ "error": "Anonymous access is not allowed" }).to_string())
    }

    /// 503 while the registry is in read-only mode.
    pub fn read_only() -> Answer {
        let text =
            "System is currently read-only. Pulls will succeed but all write operations are currently suspended.";
        Answer::json(503, &json!({ "is_readonly": true, "message": text }))
    }
}

/// Stands for scheme and host until the answer is written, when the request's `Host` header is known.
pub const HOST_MARK: &str = "http://emulator.invalid";

/// Stands for host and port alone, likewise.
pub const NAME_MARK: &str = "emulator.invalid";
