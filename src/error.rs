//! Everything that can stop a run, sorted by who can do something about it.

mod caught;

use std::fmt;

use reqwest::Method;
use serde_json::{Map, Value, json};

pub use caught::{caught, thrown};

/// The result of everything that can fail for a reason a user should read.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The words of the operating system alone, without its error number.
pub fn io_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

/// `text` on one line, with control characters escaped: a server must not steer the terminal. Beside the control characters
/// proper, those count that turn the direction of a line around, and those that nobody sees: two names that look alike would be two.
pub fn plain(text: &str) -> String {
    escaped(text, is_control)
}

/// The same for a text that may have several lines and tabs.
pub fn plain_lines(text: &str) -> String {
    escaped(text, |c| !matches!(c, '\n' | '\t') && is_control(c))
}

fn escaped(text: &str, is_unwanted: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_unwanted(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Whether a character steers what is shown, or is not seen at all: those that Unicode lets be ignored by default, and the ends of
/// lines and the annotations beside them. The few that choose between two looks of the sign before them (U+FE00 to U+FE0F) are not
/// among them, as every other emoji has one.
pub fn is_control(c: char) -> bool {
    let is_hidden = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    c.is_control() || is_hidden
}

/// What to tell somebody who gave no credentials where some are needed.
pub const NO_CREDENTIALS: &str = "no credentials were given: set quay_token, or quay_username and quay_password";

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The task (or file) asks for something impossible: its author changes it. Nothing was written.
    #[error("{0}")]
    Option(String),
    /// No answer from the server: network, TLS, proxy or time-out.
    #[error("{0}")]
    Connection(String),
    /// The request went out and no answer came back: what it asked for may have happened.
    #[error("{0}")]
    Lost(String),
    /// Quay answered, and the answer is no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// An object that the task builds on is not there.
    #[error("{0}")]
    Missing(String),
    /// Accounts that the task names are not there.
    #[error("cannot {attempt}: {}", no_account(names))]
    NoAccount {
        /// What they were named for, as in "set the members of the team".
        attempt: String,
        /// Their names, separated by commas.
        names: String,
    },
    /// Something goes on in Quay that forbids the change for now; the same task works later.
    #[error("{0}")]
    Busy(String),
    /// Quay answered something that its API does not promise.
    #[error("{0}")]
    Unexpected(String),
    /// Our own mistake.
    #[error("internal error: {0}; please report it")]
    Bug(String),
}

fn no_account(names: &str) -> String {
    format!("no such user or robot account: {names}")
}

impl Error {
    /// Facts for a machine to read, beside the sentence: `status`, `method`, `path`, `error_type` of a refusal.
    pub fn facts(&self) -> Map<String, Value> {
        match self {
            Error::Refused(refusal) => refusal.facts(),
            // What the incumbent collection returns in this state, there without a failure.
            Error::Busy(_) => Map::from_iter([("skipped".to_owned(), json!(true))]),
            _ => Map::new(),
        }
    }

    /// The refusal, when Quay answered.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether the author of the task or file has to act: waiting or asking another server does not help.
    pub fn is_authors(&self) -> bool {
        self.is_missing() || matches!(self, Error::Option(_) | Error::Bug(_))
    }

    /// Whether something that the task builds on is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Error::Missing(_) | Error::NoAccount { .. })
    }

    /// Whether the server, or this caller's place on it, does not show something: a right is missing, the server has no such thing, or
    /// it has the feature off. Anything else may be a server in trouble.
    pub fn hides(&self) -> bool {
        let kind = self.refusal().map(|refusal| refusal.kind);
        let refused = matches!(
            kind,
            Some(
                RefusalKind::MissingRight | RefusalKind::Anonymous | RefusalKind::NotAvailable | RefusalKind::NotFound
            )
        );
        refused || self.is_missing()
    }

    /// Whether the server does not have such a thing at all: it is older, or has the feature off.
    pub fn is_unavailable(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::NotAvailable)
    }

    /// Whether only a right is missing.
    pub fn lacks_right(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::MissingRight)
    }

    /// Why, without what was attempted where that is another thing for each object with the same cause.
    pub fn cause(&self) -> String {
        match self {
            Error::NoAccount { names, .. } => no_account(names),
            error => error.to_string(),
        }
    }

    /// The error with each of its texts changed, to hide secrets in them.
    #[must_use]
    pub fn rewritten(mut self, change: impl Fn(&str) -> String) -> Error {
        match &mut self {
            Error::Refused(refusal) => {
                let Refusal { path, message, error_type, attempt, advice, .. } = &mut **refusal;
                let given = [error_type, attempt, advice].into_iter().flatten();
                given.chain([path, message]).for_each(|text| *text = change(text));
            }
            Error::NoAccount { attempt, names } => [attempt, names].into_iter().for_each(|text| *text = change(text)),
            Error::Option(text)
            | Error::Connection(text)
            | Error::Lost(text)
            | Error::Missing(text)
            | Error::Busy(text)
            | Error::Unexpected(text)
            | Error::Bug(text) => *text = change(text),
        }
        self
    }

    /// The HTTP status that Quay answered with.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Adds what was attempted, unless a deeper layer has said it already.
    pub fn attempting(mut self, attempt: impl Into<String>) -> Error {
        if let Error::Refused(refusal) = &mut self {
            refusal.attempt.get_or_insert_with(|| attempt.into());
        }
        self
    }

    /// Adds what the caller would have needed, unless a deeper layer has said it already.
    pub fn needing(mut self, need: &Need) -> Error {
        if let Error::Refused(refusal) = &mut self {
            refusal.need.get_or_insert(*need);
        }
        self
    }

    /// Adds what to do about it.
    pub fn advising(mut self, advice: impl Into<String>) -> Error {
        match &mut self {
            Error::Refused(refusal) => refusal.advice = Some(advice.into()),
            Error::Connection(text) | Error::Lost(text) | Error::Unexpected(text) => {
                text.push_str("; ");
                text.push_str(&advice.into());
            }
            Error::Option(_) | Error::Missing(_) | Error::NoAccount { .. } | Error::Busy(_) | Error::Bug(_) => {}
        }
        self
    }
}

/// What a request needs on the server: named in the error when Quay refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Scope of the OAuth token, for example `org:admin`.
    pub scope: &'static str,
    /// Role of the user behind the token or the login, empty when every user has it.
    pub role: &'static str,
    /// Feature flag without its `FEATURE_` prefix, empty when the route is always there.
    pub feature: &'static str,
    /// First version of Quay that has the route, empty when every supported one does.
    pub since: &'static str,
}

impl Need {
    /// A scope and a role, without a feature flag.
    pub const fn right(scope: &'static str, role: &'static str) -> Need {
        Need { scope, role, feature: "", since: "" }
    }

    /// The same need, behind a feature flag that came with a version.
    pub const fn feature(self, feature: &'static str, since: &'static str) -> Need {
        Need { feature, since, ..self }
    }

    /// The right as a sentence; `None` when the request needs none.
    pub fn sentence(&self) -> Option<String> {
        let Need { scope, role, .. } = self;
        match (scope.is_empty(), role.is_empty()) {
            (true, _) => None,
            (false, true) => Some(format!("this needs a token with the scope {scope}")),
            (false, false) => Some(format!("this needs a token with the scope {scope}, and a user who is {role}")),
        }
    }

    /// Administration of an organization, which most routes ask for.
    pub const ORG_ADMIN: Need = Need::right("org:admin", "an administrator of the organization");

    /// Administration of a repository.
    pub const REPO_ADMIN: Need = Need::right("repo:admin", "an administrator of the repository");

    /// Change of a repository's description, tags and labels.
    pub const REPO_WRITE: Need = Need::right("repo:write", "allowed to write to the repository");
}

/// A "no" from Quay, with everything needed to explain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP method of the request.
    pub method: Method,
    /// Path of the request, percent-encoded, without the host.
    pub path: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// What kind of "no" it is.
    pub kind: RefusalKind,
    /// Quay's own words, empty when it said nothing useful.
    pub message: String,
    /// `error_type` of Quay's problem document, for example `insufficient_scope`.
    pub error_type: Option<String>,
    /// What was attempted, as a phrase that follows "cannot".
    pub attempt: Option<String>,
    /// Right or feature that the request needs.
    pub need: Option<Need>,
    /// What to do, as a sentence without a full stop.
    pub advice: Option<String>,
    /// How the request was signed: it decides what a refused credential is called.
    pub signed: Signed,
}

/// How a request was signed, because Quay answers a bad signature in disguise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Not at all.
    Anonymous,
    /// With a token.
    Token,
    /// With the cookie of a session.
    Session,
}

/// The kinds of "no" that Quay gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// 400, or any other status that speaks about the request itself.
    Invalid,
    /// 401: nobody is signed in, or anonymous access is off.
    Anonymous,
    /// The CSRF 403 that an invalid or expired token gets on a write.
    BadToken,
    /// The CSRF 403 of a session whose cookie got lost.
    LostSession,
    /// 403: the token's scope or the user's role does not suffice.
    MissingRight,
    /// 404 in JSON: the object is missing.
    NotFound,
    /// 404 or 405 in HTML: the route does not exist on this server.
    NotAvailable,
    /// 402: a limit of the plan or of private repositories.
    Payment,
    /// 409: the state of the object forbids it.
    Conflict,
    /// 429: too many requests or log-in attempts.
    Throttled,
    /// 503 `is_readonly`: the registry is in read-only mode.
    ReadOnly,
    /// A redirect that is not followed.
    Redirect,
    /// 5xx: a fault of the server or of something in front of it.
    ServerFault,
}

impl Refusal {
    fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        facts.insert("status".into(), json!(self.status));
        facts.insert("method".into(), json!(self.method.as_str()));
        facts.insert("path".into(), json!(self.path));
        facts.insert("error_type".into(), json!(self.error_type));
        facts
    }

    fn remedy(&self) -> Option<String> {
        if self.advice.is_some() {
            return self.advice.clone();
        }
        let need = self.need.as_ref();
        Some(match self.kind {
            RefusalKind::BadToken => "the token is invalid, expired, or its user is disabled: check quay_token".into(),
            RefusalKind::LostSession => {
                "the session was lost on the way: when Quay is configured for https, quay_host \
                                         must be an https URL, or use a token"
                    .into()
            }
            RefusalKind::Anonymous => match (self.signed, need) {
                (Signed::Anonymous, _) => NO_CREDENTIALS.into(),
                (Signed::Token, Some(need)) if !need.scope.is_empty() => {
                    format!("quay_token is invalid, expired, of a disabled user, or lacks the scope {}", need.scope)
                }
                (Signed::Token, _) => "quay_token is invalid, expired, or of a disabled user".into(),
                (Signed::Session, _) => "the log-in is not accepted here: check quay_username and quay_password".into(),
            },
            RefusalKind::MissingRight => match need {
                Some(need) => return need.sentence(),
                None => "the token's scope or the user's role does not suffice".into(),
            },
            RefusalKind::NotAvailable => match need.map(|need| (need.feature, need.since)) {
                None | Some(("", "")) => "this Quay is too old, or quay_host is not a Quay server".into(),
                Some(("", since)) => format!("this needs Quay {since} or later"),
                Some((flag, "")) => format!("switch FEATURE_{flag} on in Quay's configuration, or update Quay"),
                Some((flag, since)) => {
                    format!("switch FEATURE_{flag} on in Quay's configuration, or update Quay (it came with {since})")
                }
            },
            RefusalKind::ReadOnly => "the registry is in read-only mode: try again when it is over".into(),
            RefusalKind::ServerFault => "see the logs of Quay and of what stands in front of it".into(),
            _ => return None,
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.attempt {
            Some(attempt) => write!(f, "cannot {attempt}: ")?,
            None => write!(f, "{} {} failed: ", self.method, self.path)?,
        }
        if self.kind == RefusalKind::NotAvailable {
            write!(f, "not available on this server (status {})", self.status)?;
        } else if self.message.is_empty() {
            write!(f, "Quay answered with status {}", self.status)?;
        } else {
            write!(f, "Quay says \"{}\" (status {})", self.message, self.status)?;
        }
        match self.remedy() {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_shown() {
        for hidden in
            ['\u{7f}', '\u{ad}', '\u{200b}', '\u{200f}', '\u{202e}', '\u{2060}', '\u{3164}', '\u{feff}', '\u{e0041}']
        {
            let shown = plain(&format!("ac{hidden}me"));
            assert_eq!(shown, format!("ac\\u{{{:x}}}me", u32::from(hidden)));
        }
        for text in ["Käse", "e\u{301}", "日本語", "עברית", "❤\u{fe0f}", "a b"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!((plain("a\tb\n").as_str(), plain_lines("a\tb\n").as_str()), ("a\\tb\\n", "a\tb\n"));
    }
}
