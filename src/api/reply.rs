//! What Quay answered, and what an answer that says no means.

use std::fmt;

use reqwest::Method;
use serde_json::{Map, Value};

use super::routes;
use super::shape::Shape;
use crate::error::{Error, Refusal, RefusalKind, Result, Signed};

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Method of the request.
    pub method: Method,
    /// Path and query of the request.
    pub path: String,
    /// HTTP status.
    pub status: u16,
    /// What came with it.
    pub body: Body,
    /// Seconds of a `Retry-After` header.
    pub retry_after: Option<u64>,
    /// Target of a redirect that was not followed.
    pub location: Option<String>,
    /// The host that was asked, `None` when nobody was.
    pub host: Option<String>,
    /// How the request was signed.
    pub signed: Signed,
}

/// The body of an answer. Quay's content types lie (a CSRF error is JSON sent as HTML), so the text decides.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// Nothing, as with 204.
    Empty,
    /// JSON, whatever the content type says.
    Json(Value),
    /// An HTML page. Only its title is ever shown.
    Html(String),
    /// Other text.
    Text(String),
}

/// Tells the kind alone: an answer may hold a secret.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Body::Empty => "Empty",
            Body::Json(_) => "Json(..)",
            Body::Html(_) => "Html(..)",
            Body::Text(_) => "Text(..)",
        })
    }
}

impl Body {
    /// Sorts the text of an answer.
    pub fn of(text: &str) -> Body {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Body::Empty;
        }
        if let Ok(value) = serde_json::from_str(trimmed) {
            return Body::Json(value);
        }
        if trimmed.starts_with('<') { Body::Html(trimmed.to_owned()) } else { Body::Text(trimmed.to_owned()) }
    }

    /// The JSON, `null` when there is none.
    pub fn json(self) -> Value {
        match self {
            Body::Json(value) => value,
            _ => Value::Null,
        }
    }
}

/// Where a redirect leads, without its parameters, which may hold what is secret.
fn without_query(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

fn title(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let found = lower.find("<title").and_then(|tag| {
        let start = tag + lower[tag..].find('>')? + 1;
        let end = start + lower[start..].find("</title")?;
        Some(html[start..end].split_whitespace().collect::<Vec<_>>().join(" "))
    });
    found.unwrap_or_default()
}

impl Reply {
    /// An answer to a GET that nobody had to give.
    pub(super) fn predicted(path: String, status: u16, body: Value, signed: Signed) -> Reply {
        Reply {
            method: Method::GET,
            path,
            status,
            body: Body::Json(body),
            retry_after: None,
            location: None,
            host: None,
            signed,
        }
    }

    /// Whether Quay did, or gave, what was asked.
    pub fn is_success(&self) -> bool {
        matches!(self.status, 200 | 201 | 202 | 204)
    }

    /// Whether the same request may get another answer a moment later. A write that may have arrived is not tried again; and a 503
    /// that carries what its route gives is the answer: so Quay tells that its mirrors are not healthy.
    pub fn is_passing(&self) -> bool {
        let shape = routes::answer(&self.method, &self.path);
        let told = || matches!(shape, Shape::Object([_, ..])) && self.fault().is_none();
        match self.status {
            429 => true,
            502 | 504 => self.method == Method::GET,
            503 => self.method == Method::GET && !told(),
            _ => false,
        }
    }

    /// What is wrong with a success, as words that follow "answered": something that does not come from Quay, or not from
    /// this route. The page of a proxy's log-in, an empty body or half of one is no sign that Quay did anything.
    pub fn fault(&self) -> Option<String> {
        let page = || Some(format!("with status {} and no JSON (is quay_host a Quay server?)", self.status));
        match (routes::answer(&self.method, &self.path), &self.body) {
            // What Quay has deleted it says with 204, where it says nothing.
            (Shape::Nothing, Body::Empty) if self.method == Method::DELETE && self.status != 204 => {
                Some(format!("with status {} and nothing instead of 204", self.status))
            }
            (Shape::Nothing, Body::Empty) => None,
            (Shape::Says(words), Body::Html(text)) if text.contains(words) => None,
            (Shape::Says(words), Body::Json(answer)) if answer.get("message").is_some_and(|said| said == words) => None,
            (_, Body::Html(_) | Body::Text(_)) => page(),
            (wanted, Body::Empty) => Some(format!("with status {} and without {}", self.status, wanted.name())),
            (Shape::Nothing, Body::Json(_)) => Some(format!("with status {} and JSON instead of nothing", self.status)),
            (wanted, Body::Json(value)) => wanted.fault(value),
        }
    }

    /// What is [wrong](Reply::fault) with this answer, where it says that all went well.
    pub fn false_success(&self) -> Option<String> {
        self.is_success().then(|| self.fault()).flatten()
    }

    /// This answer to a read, unless it is a success that its route does not give.
    ///
    /// # Errors
    /// With the route, and what is wrong with the answer.
    pub(super) fn of_its_route(self) -> Result<Reply> {
        match self.false_success() {
            Some(fault) => Err(Error::Unexpected(format!("{} {} answered {fault}", self.method, self.path))),
            None => Ok(self),
        }
    }

    /// The body of a success, JSON `null` when it is empty.
    ///
    /// # Errors
    /// The refusal, when the status is not one of 200, 201, 202, 204; or an HTML page where JSON was due.
    pub fn into_json(self) -> Result<Value> {
        if !self.is_success() {
            return Err(self.into_error());
        }
        match self.body {
            Body::Json(value) => Ok(value),
            Body::Empty => Ok(Value::Null),
            Body::Html(_) | Body::Text(_) => Err(Error::Unexpected(format!(
                "{} {} answered with status {} and no JSON (is quay_host a Quay server?)",
                self.method, self.path, self.status
            ))),
        }
    }

    /// Reads the redirect that answers an OAuth authorization: its parameters, in the query and in the fragment, become a
    /// JSON body. With an `access_token` the answer is a success, with an `error` that is its message; any other answer
    /// stays as it is.
    #[must_use]
    pub fn of_authorization(self) -> Reply {
        let target = self.location.as_deref().unwrap_or_default();
        let parts = target.splitn(2, '?').skip(1).flat_map(|rest| rest.split('#'));
        let pairs = parts.flat_map(|part| url::form_urlencoded::parse(part.as_bytes()));
        let brought: Map<String, Value> =
            pairs.map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))).collect();
        if brought.contains_key("access_token") {
            Reply { status: 200, body: Body::Json(Value::Object(brought)), location: None, ..self }
        } else if brought.contains_key("error") {
            Reply { body: Body::Json(Value::Object(brought)), location: None, ..self }
        } else {
            self
        }
    }

    /// Explains an answer that says no.
    pub fn into_error(self) -> Error {
        let kind = self.kind();
        let message = match (&self.body, &self.location) {
            (_, Some(target)) if kind == RefusalKind::Redirect => format!("redirected to {}", without_query(target)),
            (Body::Json(value), _) => cut(message(value)),
            (Body::Html(page), _) => cut(title(page)),
            // What Quay says in plain text is short. A longer text is not cut: a piece of a secret could stay.
            (Body::Text(text), _) if text.chars().count() <= 300 => {
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            }
            (Body::Text(_) | Body::Empty, _) => String::new(),
        };
        let error_type = match &self.body {
            Body::Json(value) => value.get("error_type").and_then(Value::as_str).map(|text| cut(text.to_owned())),
            _ => None,
        };
        let advice = match kind {
            RefusalKind::Redirect => self.location.as_deref().and_then(|target| self.advice_about(target)),
            RefusalKind::Throttled => Some(match self.retry_after {
                Some(1) => "try again in 1 second".into(),
                Some(seconds) => format!("try again in {seconds} seconds"),
                None => "try again later".into(),
            }),
            RefusalKind::Anonymous if error_type.as_deref() == Some("fresh_login_required") => {
                Some("this needs a fresh log-in: use quay_username and quay_password, or a token".into())
            }
            _ => None,
        };
        Error::Refused(Box::new(Refusal {
            method: self.method,
            path: self.path,
            status: self.status,
            kind,
            message,
            error_type,
            attempt: None,
            need: None,
            advice,
            signed: self.signed,
        }))
    }

    /// What to do about a redirect: only the same host is surely the same server. Another one may be the log-in page of
    /// a proxy, and must not be offered as the place to send a token to.
    fn advice_about(&self, target: &str) -> Option<String> {
        let target = url::Url::parse(target).ok().filter(url::Url::has_host)?;
        Some(match target.host_str() == self.host.as_deref() {
            true => format!("set quay_host to {}", target.origin().ascii_serialization()),
            false => "this leads to another host: see whether quay_host is the name that Quay has, and what stands in \
                      front of it"
                .into(),
        })
    }

    fn kind(&self) -> RefusalKind {
        let html = matches!(self.body, Body::Html(_));
        let text = |key: &str| match &self.body {
            Body::Json(value) => value.get(key).and_then(Value::as_str).unwrap_or_default(),
            _ => "",
        };
        match self.status {
            300..=399 if self.location.is_some() => RefusalKind::Redirect,
            401 => RefusalKind::Anonymous,
            402 => RefusalKind::Payment,
            403 if text("error").contains("CSRF") => match self.signed {
                Signed::Token => RefusalKind::BadToken,
                Signed::Session => RefusalKind::LostSession,
                Signed::Anonymous => RefusalKind::Anonymous,
            },
            // A namespace called "api" turns the page for an unknown route from 404 into 403.
            403 | 404 if html => RefusalKind::NotAvailable,
            403 => RefusalKind::MissingRight,
            404 => RefusalKind::NotFound,
            // A route that there is and that takes no such method says so in JSON; only below a repository, where every path leads to
            // the route of some repository, a missing one does.
            405 if matches!(self.body, Body::Json(_)) && !self.path.starts_with("/api/v1/repository/") => {
                RefusalKind::Invalid
            }
            405 => RefusalKind::NotAvailable,
            409 => RefusalKind::Conflict,
            429 => RefusalKind::Throttled,
            503 if text("error_type") == "is_readonly" || text("message").contains("read-only") => {
                RefusalKind::ReadOnly
            }
            500.. => RefusalKind::ServerFault,
            _ => RefusalKind::Invalid,
        }
    }
}

/// The most characters of Quay's words that anybody is told.
const MOST_WORDS: usize = 1000;

/// A text of the server, without what makes it too long. A piece of a word would be one of a secret, too, which nobody masks.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_WORDS) {
        text.truncate(text[..end].rfind(char::is_whitespace).unwrap_or_default());
        text.push('…');
    }
    text
}

/// Quay's own words, whichever of its error documents holds them.
fn message(body: &Value) -> String {
    // A violated schema is followed by the schema and the body, many lines for programmers of the server.
    let words = |text: &str| text.split("\n\nFailed validating").next().unwrap_or_default().trim().to_owned();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(words).filter(|text| !text.is_empty());
    if let Some(text) = body.as_str() {
        return words(text);
    }
    let main = ["message", "error_message", "detail", "error"].into_iter().find_map(text);
    // Quay's titles mostly repeat the error type, a word for programs that is reported beside the message.
    let title = text("title").filter(|title| Some(title) != text("error_type").as_ref());
    match (main, title) {
        (Some(main), Some(title)) if !main.to_lowercase().contains(&title.to_lowercase()) => {
            format!("{main} ({title})")
        }
        (Some(main), _) => main,
        (None, title) => title.or(text("title")).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(status: u16, body: &str, signed: Signed) -> Reply {
        Reply {
            method: Method::GET,
            path: "/api/v1/x".into(),
            status,
            body: Body::of(body),
            retry_after: None,
            location: None,
            host: Some("quay".into()),
            signed,
        }
    }

    #[test]
    fn every_shape_of_error_body_yields_its_words() {
        for (body, expected) in [
            (json!({"message": "no", "error_message": "other"}), "no"),
            (json!({"error_message": "no", "detail": "other"}), "no"),
            (json!({"detail": "no", "title": "invalid_request", "error_type": "invalid_request"}), "no"),
            (json!({"error": "no"}), "no"),
            (json!({"title": "insufficient_scope"}), "insufficient_scope"),
            (json!({"detail": "Unauthorized", "title": "Too few rights"}), "Unauthorized (Too few rights)"),
            (json!({"detail": "Not Found", "title": "not_found", "error_type": "not_found"}), "Not Found"),
            (json!("bare"), "bare"),
            (json!({"detail": "10 is less than 60\n\nFailed validating 'minimum' in schema"}), "10 is less than 60"),
            (json!({}), ""),
        ] {
            assert_eq!(message(&body), expected, "{body}");
        }
    }

    #[test]
    fn nobody_is_told_more_than_a_thousand_characters_of_a_server() {
        let title = |words: &str| format!("<title>{words}</title>");
        for (words, expected) in [
            ("é".repeat(MOST_WORDS), "é".repeat(MOST_WORDS)),
            ("no ".repeat(MOST_WORDS), format!("{}…", "no ".repeat(MOST_WORDS / 3).trim_end())),
            ("s3cret".repeat(MOST_WORDS), "…".to_owned()),
        ] {
            let json = json!({"message": words, "error_type": words}).to_string();
            let refused = reply(400, &json, Signed::Token).into_error();
            assert_eq!(refused.refusal().unwrap().error_type.as_ref(), Some(&expected));
            for body in [json, json!(words).to_string(), title(&words)] {
                let error = reply(400, &body, Signed::Token).into_error().to_string();
                assert!(error.contains(&format!("Quay says \"{expected}\"")), "{error}");
            }
        }
    }

    #[test]
    fn a_csrf_refusal_means_what_the_signature_makes_of_it() {
        let body = r#"{"error": "CSRF token was invalid or missing."}"#;
        assert_eq!(reply(403, body, Signed::Token).kind(), RefusalKind::BadToken);
        assert_eq!(reply(403, body, Signed::Session).kind(), RefusalKind::LostSession);
        assert_eq!(reply(403, body, Signed::Anonymous).kind(), RefusalKind::Anonymous);
    }

    #[test]
    fn html_separates_a_missing_route_from_a_missing_object() {
        assert_eq!(reply(404, "<!doctype html><title>404</title>", Signed::Token).kind(), RefusalKind::NotAvailable);
        assert_eq!(reply(404, r#"{"detail": "Not Found"}"#, Signed::Token).kind(), RefusalKind::NotFound);
        assert_eq!(reply(405, "<html>", Signed::Token).kind(), RefusalKind::NotAvailable);
        let json = reply(405, r#"{"message": "The method is not allowed for the requested URL."}"#, Signed::Token);
        assert_eq!(json.kind(), RefusalKind::Invalid);
        let below = Reply { path: "/api/v1/repository/acme/app/mirror".into(), ..json };
        assert_eq!(below.kind(), RefusalKind::NotAvailable);
    }

    #[test]
    fn an_authorization_is_answered_in_the_target_of_a_redirect() {
        let redirect = |target: &str| {
            Reply { location: Some(target.into()), ..reply(302, "", Signed::Session) }.of_authorization()
        };
        let token = redirect("https://quay/oauth/localapp?scope=repo%3Aread#access_token=T&token_type=Bearer");
        assert_eq!(
            token.into_json().unwrap(),
            json!({"scope": "repo:read", "access_token": "T", "token_type": "Bearer"})
        );
        let error = redirect("https://quay/oauth/localapp?error=unauthorized_client").into_json().unwrap_err();
        assert!(error.to_string().contains("Quay says \"unauthorized_client\" (status 302)"), "{error}");
        let elsewhere = redirect("https://quay/oauth/authorizeapp").into_json().unwrap_err();
        assert!(elsewhere.to_string().ends_with("set quay_host to https://quay"), "{elsewhere}");
    }

    #[test]
    fn a_stranger_is_never_offered_as_the_server() {
        for target in ["https://login.example.org/?state=s3cret", "data:text/plain,x", "mailto:a@quay"] {
            let reply = Reply { location: Some(target.into()), ..reply(302, "", Signed::Token) };
            let text = reply.into_error().to_string();
            assert!(!text.contains("set quay_host") && !text.contains("null") && !text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn only_what_may_change_by_itself_is_asked_again() {
        let health =
            |body: &str| Reply { path: "/api/v1/repository/mirror/health".into(), ..reply(503, body, Signed::Token) };
        assert!(!health(r#"{"healthy": false, "issues": []}"#).is_passing());
        assert!(health(r#"{"message": "read-only"}"#).is_passing());
        assert!(reply(503, "{}", Signed::Token).is_passing());
        assert!(reply(429, "", Signed::Token).is_passing());
        assert!(!Reply { method: Method::PUT, ..reply(503, "", Signed::Token) }.is_passing());
    }

    #[test]
    fn a_page_is_reduced_to_its_title() {
        let error = reply(502, "<html><head><title>502\n Bad Gateway</title>", Signed::Token).into_error();
        assert_eq!(
            error.to_string(),
            "GET /api/v1/x failed: Quay says \"502 Bad Gateway\" (status 502); see the logs of Quay and of what \
             stands in front of it"
        );
    }
}
