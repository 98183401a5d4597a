//! Misbehaviour on request: delays, refusals, broken bodies, lost connections.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, HOST_MARK, HTML},
    request::Request,
};

/// A rule that makes matching requests go wrong.
///
/// ```
/// use quay_emulator::Fault;
/// let first_two_writes_fail = Fault::html(502).on("PUT", "/api/v1/organization/*").times(2);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// Only this method, any letter case; every method when absent. `write` stands for POST, PUT and DELETE.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths like this: `*` stands for any text, a pattern without `*` is a prefix. Every path when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// How many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How many matching requests go wrong after that; all when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// What can go wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Wait, then answer as usual.
    Delay(Duration),
    /// Wait this many milliseconds, then answer as usual.
    DelayMs(u64),
    /// Do nothing and answer with this.
    Status {
        /// HTTP status code.
        code: u16,
        /// Body text.
        body: String,
        /// Value of the `Content-Type` header.
        content_type: String,
    },
    /// 429 in plain text, with or without `Retry-After` (seconds).
    TooManyRequests {
        /// Seconds for the header.
        retry_after: Option<u64>,
    },
    /// An HTML page of a proxy with this status.
    Html(u16),
    /// Close the connection without an answer; nothing is done.
    DropBefore,
    /// Do the work, then close the connection without an answer.
    DropAfter,
    /// 503 as Quay gives it in read-only mode.
    ReadOnly,
    /// 302 to this URL.
    Redirect(String),
    /// 200 with a body that calls itself JSON and is not.
    BadJson,
    /// The usual answer, cut in the middle of its body.
    Truncate,
    /// The usual answer with one place of its JSON, chosen by this seed, gone or of another type.
    Mutate(u64),
    /// A read answers from the state before the latest writes since this fault was asked for, so many of them; a write is
    /// answered as usual. So does a replica of the database that lags behind.
    Stale(usize),
    /// The usual answer of a list says that there is another page, and the pages go round in a circle of this length. 0 is a list
    /// that goes on for ever, with another page each time.
    Circle(u64),
    /// The usual answer, dated so many seconds ahead: the clock of the server is another one.
    Ahead(i64),
}

impl Fault {
    /// A fault of every request.
    pub fn new(kind: FaultKind) -> Fault {
        Fault { method: None, path: None, skip: 0, times: None, kind }
    }

    /// Answers with the HTML page of a proxy.
    pub fn html(status: u16) -> Fault {
        Fault::new(FaultKind::Html(status))
    }

    /// Waits before the usual answer.
    pub fn delay(wait: Duration) -> Fault {
        Fault::new(FaultKind::Delay(wait))
    }

    /// Answers with this status and text.
    pub fn status(code: u16, content_type: &str, body: &str) -> Fault {
        Fault::new(FaultKind::Status { code, body: body.to_owned(), content_type: content_type.to_owned() })
    }

    /// Answers 429.
    pub fn too_many_requests(retry_after: Option<u64>) -> Fault {
        Fault::new(FaultKind::TooManyRequests { retry_after })
    }

    /// Loses the connection before anything is done.
    pub fn drop_before() -> Fault {
        Fault::new(FaultKind::DropBefore)
    }

    /// Loses the connection after the work is done.
    pub fn drop_after() -> Fault {
        Fault::new(FaultKind::DropAfter)
    }

    /// Answers as usual, by a clock that is so many seconds ahead.
    pub fn ahead(seconds: i64) -> Fault {
        Fault::new(FaultKind::Ahead(seconds))
    }

    /// Answers a read from the state before the latest so many writes.
    pub fn stale(writes: usize) -> Fault {
        Fault::new(FaultKind::Stale(writes))
    }

    /// Only this method and path (see [`Fault::path`]).
    pub fn on(mut self, method: &str, path: &str) -> Fault {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Only this path, any method.
    pub fn at(mut self, path: &str) -> Fault {
        self.path = Some(path.to_owned());
        self
    }

    /// Lets that many matching requests pass first.
    pub fn skip(mut self, count: u32) -> Fault {
        self.skip = count;
        self
    }

    /// Ends after that many requests.
    pub fn times(mut self, count: u32) -> Fault {
        self.times = Some(count);
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let method_fits = match self.method.as_deref() {
            None => true,
            Some(wanted) if wanted.eq_ignore_ascii_case("write") => {
                matches!(method, "POST" | "PUT" | "DELETE")
            }
            Some(wanted) => wanted.eq_ignore_ascii_case(method),
        };
        method_fits && self.path.as_deref().is_none_or(|pattern| path_fits(pattern, path))
    }
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| path.strip_prefix(head)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
        last = Some(part);
    }
    // Without a star the pattern is a prefix; with one, its last part has to end the path.
    last.is_none_or(|part| path.ends_with(part))
}

/// The faults in force, each with its own count of matches.
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<(Fault, u32)>,
}

impl Faults {
    /// Adds one; earlier ones come first.
    pub fn add(&mut self, fault: Fault) {
        self.list.push((fault, 0));
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Whether answers may have to come from an earlier state.
    pub fn look_back(&self) -> bool {
        self.list.iter().any(|(fault, _)| matches!(fault.kind, FaultKind::Stale(_)))
    }

    /// Everything that goes wrong with this request: delays add up, and the first other fault wins.
    pub fn strike(&mut self, method: &str, path: &str) -> Strike {
        let mut strike = Strike::default();
        for (fault, seen) in &mut self.list {
            if strike.kind.is_some() || !fault.matches(method, path) {
                continue;
            }
            *seen += 1;
            let active = *seen > fault.skip && fault.times.is_none_or(|times| *seen - fault.skip <= times);
            match (&fault.kind, active) {
                (_, false) => {}
                (FaultKind::Delay(wait), true) => strike.delay += *wait,
                (FaultKind::DelayMs(wait), true) => strike.delay += Duration::from_millis(*wait),
                (kind, true) => strike.kind = Some(kind.clone()),
            }
        }
        strike
    }
}

/// What one request suffers.
#[derive(Debug, Default)]
pub struct Strike {
    /// Wait this long first.
    pub delay: Duration,
    /// Then this.
    pub kind: Option<FaultKind>,
}

impl FaultKind {
    /// The answer that takes the place of the real one, for kinds that have one.
    pub fn answer(&self) -> Option<Answer> {
        Some(match self {
            FaultKind::Status { code, body, content_type } => Answer::text(*code, content_type, body.as_str()),
            FaultKind::TooManyRequests { retry_after } => {
                let answer = Answer::text(429, HTML, "Too many requests");
                match retry_after {
                    Some(seconds) => answer.with_header("Retry-After", seconds.to_string()),
                    None => answer,
                }
            }
            FaultKind::Html(status) => Answer::text(
                *status,
                "text/html",
                format!(
                    "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
                ),
            ),
            FaultKind::ReadOnly => Answer::read_only(),
            FaultKind::Redirect(url) => {
                let target = if url.starts_with('/') { format!("{HOST_MARK}{url}") } else { url.clone() };
                Answer::text(302, HTML, "").with_header("Location", target)
            }
            FaultKind::BadJson => Answer::text(200, "application/json", "{\"broken\": "),
            FaultKind::Delay(_)
            | FaultKind::DelayMs(_)
            | FaultKind::DropBefore
            | FaultKind::DropAfter
            | FaultKind::Truncate
            | FaultKind::Mutate(_)
            | FaultKind::Stale(_)
            | FaultKind::Circle(_)
            | FaultKind::Ahead(_) => return None,
        })
    }
}

const PAGE: &str = "circle-";

/// The request for the real page behind one of a circle: the first, where pages have numbers.
pub(crate) fn real_page(request: &mut Request) {
    let real = |pair: &&str| !pair.starts_with("page=") && !pair.starts_with(&format!("next_page={PAGE}"));
    request.query = request.query.split('&').filter(real).collect::<Vec<_>>().join("&");
}

/// The answer of a list, as a page of a circle of this length, behind the page with this token.
pub(crate) fn circling(text: &str, length: u64, token: Option<String>) -> String {
    let Ok(Value::Object(mut page)) = serde_json::from_str(text) else { return text.to_owned() };
    let number = token.and_then(|token| token.strip_prefix(PAGE)?.parse::<u64>().ok());
    let next = number.map_or(0, |number| number + 1);
    let next = if length == 0 { next } else { next % length };
    if page.contains_key("has_additional") {
        page.insert("has_additional".to_owned(), json!(true));
    }
    page.insert("next_page".to_owned(), json!(format!("{PAGE}{next}")));
    Value::Object(page).to_string()
}

/// JSON with one place changed, the same for the same seed: a key gone, or a value of another type. Another text is not made of it.
pub(crate) fn mutated(text: &str, seed: u64) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    change(&mut value, &mut fastrand::Rng::with_seed(seed));
    value.to_string()
}

fn change(value: &mut Value, random: &mut fastrand::Rng) {
    match value {
        Value::Object(map) if !map.is_empty() && random.u8(..5) > 0 => {
            let index = random.usize(..map.len());
            let chosen = map.keys().nth(index).cloned().unwrap_or_default();
            if random.u8(..4) == 0 {
                map.remove(&chosen);
            } else if let Some(inner) = map.get_mut(&chosen) {
                change(inner, random);
            }
        }
        Value::Array(list) if !list.is_empty() && random.u8(..5) > 0 => {
            let index = random.usize(..list.len());
            change(&mut list[index], random);
        }
        _ => {
            let strange = [
                json!(5),
                json!([]),
                json!({}),
                json!([5]),
                json!(-1.5),
                json!({"a": [null]}),
                json!("\u{1b}[31m"),
                json!([[]]),
            ];
            let others: Vec<&Value> = strange.iter().filter(|other| kind(other) != kind(value)).collect();
            let other = others[random.usize(..others.len())].clone();
            *value = other;
        }
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_as_prefix_or_with_stars() {
        assert!(path_fits("/api/v1/organization", "/api/v1/organization/acme"));
        assert!(path_fits("/api/*/acme", "/api/v1/organization/acme"));
        assert!(!path_fits("/api/*/acme", "/api/v1/organization/acme2"));
        assert!(path_fits("*", "/anything"));
        assert!(!path_fits("/config", "/api/v1/user/"));
    }

    #[test]
    fn skip_and_times_bound_a_fault() {
        let mut faults = Faults::default();
        faults.add(Fault::html(502).on("GET", "/x").skip(1).times(2));
        let hits: Vec<bool> = (0..5).map(|_| faults.strike("GET", "/x").kind.is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(faults.strike("PUT", "/x").kind.is_none());
    }
}
