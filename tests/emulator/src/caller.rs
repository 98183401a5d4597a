//! Who asks: bearer tokens, session cookies, CSRF tokens.

use crate::{
    config::Settings,
    journal::AuthKind,
    request::Request,
    state::{
        OAuthToken, Session, State,
        clock::{Micros, now},
        ids,
    },
};

/// Name of the session cookie.
pub const COOKIE: &str = "session";

/// All scopes that a token can have.
pub const ALL_SCOPES: [&str; 8] =
    ["org:admin", "repo:admin", "repo:create", "repo:read", "repo:write", "super:user", "user:admin", "user:read"];

/// Who sent a request, and what the credentials allow at most.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user's name; none for anonymous callers.
    pub user: Option<String>,
    /// How the request said who it is.
    pub kind: AuthKind,
    /// Scopes of the token; none for a session, which may do whatever its user may do.
    pub scopes: Option<Vec<String>>,
    /// The session cookie, if the server knows it.
    pub session: Option<String>,
    /// Name and client id of the application, and the id of the token: they stand in the log.
    pub application: Option<(String, String, u64)>,
}

impl Caller {
    /// Finds out who sent a request. A token that is not valid makes an anonymous caller, as in Quay.
    pub fn identify(request: &Request, state: &mut State) -> Caller {
        let mut caller =
            Caller { user: None, kind: AuthKind::Anonymous, scopes: None, session: None, application: None };
        if let Some(token) = bearer(request) {
            caller.kind = AuthKind::BadToken;
            if let Some((token, user)) = valid_token(state, token) {
                caller.kind = AuthKind::Token;
                caller.scopes = Some(token.scopes);
                let name = application_name(state, &token.client_id);
                caller.application = Some((name, token.client_id, token.id));
                caller.user = Some(user);
            }
            return caller;
        }
        if let Some(cookie) = request.cookie(COOKIE)
            && let Some(session) = state.sessions.get(cookie)
        {
            caller.session = Some(cookie.to_owned());
            if let Some(user) = session.user.clone().filter(|name| state.user(name).is_some_and(|user| user.enabled)) {
                caller.kind = AuthKind::Session;
                caller.user = Some(user);
            }
        }
        caller
    }

    /// Whether the credentials carry a scope; sessions carry every one, anonymous callers none.
    pub fn has_scope(&self, scope: &str) -> bool {
        match &self.scopes {
            Some(scopes) => scopes.iter().any(|own| own == scope),
            None => self.user.is_some(),
        }
    }

    /// Whether a write may go on: with a valid token always, else only with the session's CSRF token.
    pub fn csrf_passes(&self, request: &Request, state: &State) -> bool {
        if self.kind == AuthKind::Token {
            return true;
        }
        let sent = request.header("x-csrf-token").map(str::to_owned).or_else(|| request.form("_csrf_token"));
        let known =
            self.session.as_ref().and_then(|cookie| state.sessions.get(cookie)).map(|session| session.csrf.as_str());
        known.is_some() && sent.as_deref() == known
    }
}

fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn valid_token(state: &mut State, token: &str) -> Option<(OAuthToken, String)> {
    let now = now();
    let found = state.tokens.get_mut(token).filter(|token| token.expires > now)?;
    found.last_accessed = Some(now);
    let found = found.clone();
    let user = found.user.clone();
    state.user(&user).filter(|user| user.enabled)?;
    Some((found, user))
}

fn application_name(state: &State, client_id: &str) -> String {
    let application = state.namespaces.values().find_map(|namespace| namespace.applications.get(client_id));
    application.map(|application| application.name.clone()).unwrap_or_default()
}

/// Opens a session (for a user, or for nobody yet) and gives back its cookie and CSRF token.
pub fn open_session(state: &mut State, user: Option<&str>) -> (String, String) {
    let cookie = ids::letters(64);
    let csrf = ids::letters(64);
    let logged_in_at = if user.is_some() { now() } else { 0 };
    state.sessions.insert(cookie.clone(), Session { csrf: csrf.clone(), user: user.map(str::to_owned), logged_in_at });
    (cookie, csrf)
}

/// The `Set-Cookie` header of a session.
pub fn set_cookie(settings: &Settings, cookie: &str) -> String {
    let secure = if settings.text("PREFERRED_URL_SCHEME") == "https" { "; Secure" } else { "" };
    format!("{COOKIE}={cookie}{secure}; HttpOnly; Path=/; SameSite=Lax")
}

/// Creates an OAuth token and gives back its secret text.
pub fn issue_token(
    state: &mut State,
    user: &str,
    client_id: &str,
    scopes: &[String],
    name: Option<&str>,
    lifetime: Micros,
) -> String {
    let code = ids::letters(40);
    let token = OAuthToken {
        id: state.serial("oauth_token"),
        uuid: ids::uuid(),
        name: name.map(str::to_owned),
        user: user.to_owned(),
        client_id: client_id.to_owned(),
        scopes: scopes.to_vec(),
        created: now(),
        expires: now() + lifetime,
        last_accessed: None,
    };
    state.tokens.insert(code.clone(), token);
    code
}
