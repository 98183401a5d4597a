//! The first user, signing in and out.

use serde_json::{Map, json};

use super::{Route, post, web::drop_cookie};
use crate::{
    answer::{Answer, HTML, Outcome},
    call::Call,
    caller::{ALL_SCOPES, open_session, set_cookie},
    names::{PASSWORD_RULE, check_namespace, is_email, is_password},
    seed,
    state::{
        Namespace,
        clock::{SECOND, now},
        ids,
    },
};

pub(super) const ROUTES: &[Route] = &[
    post("user/initialize", initialize).without_csrf().features(&["USER_INITIALIZE"]),
    post("signin", signin).features(&["DIRECT_LOGIN"]),
    post("signout", signout),
    post("signin/verify", verify).features(&["DIRECT_LOGIN"]),
];

/// How long the token of the first user is valid.
const FIRST_TOKEN_LIFETIME: i64 = 9000 * SECOND;

fn initialize(call: &mut Call) -> Outcome {
    if !call.settings.database_auth() {
        return Err(Answer::message(400, "Cannot initialize user in a non-database auth system"));
    }
    if !call.state.namespaces.is_empty() {
        return Err(Answer::message(400, "Cannot initialize user in a non-empty database"));
    }
    call.body = call.request.json()?;
    let (Some(username), Some(password)) = (call.text("username"), call.text("password")) else {
        return Err(Answer::crash());
    };
    let email = call.text("email");
    let refuse = |reason: String| Answer::message(400, format!("Failed to initialize user: {reason}"));
    if !is_password(&password) {
        return Err(refuse(PASSWORD_RULE.to_owned()));
    }
    check_namespace(&username).map_err(|rule| refuse(format!("Invalid namespace {username}: {rule}")))?;
    if email.as_deref().map_or(call.settings.on("MAILING"), |email| !is_email(email)) {
        return Err(refuse("Invalid email address".to_owned()));
    }
    seed::user(call.state, &username, email.as_deref(), Some(&password));
    let mut body = json!({
        "username": username,
        "email": email,
        "encrypted_password": ids::letters(60),
    });
    if call.body["access_token"] == true {
        body["access_token"] = seed::token(call.state, &username, &ALL_SCOPES, FIRST_TOKEN_LIFETIME).into();
    }
    Ok(log_in(call, &username, Answer::json(200, &body)))
}

/// Adds a new session to an answer.
fn log_in(call: &mut Call, user: &str, answer: Answer) -> Answer {
    let (cookie, csrf) = open_session(call.state, Some(user));
    if let Some(user) = call.state.user_mut(user) {
        user.last_accessed = Some(now());
        user.failed_logins = 0;
    }
    answer.with_header("X-Next-CSRF-Token", csrf).with_header("Set-Cookie", set_cookie(call.settings, &cookie))
}

fn signin(call: &mut Call) -> Outcome {
    call.body = call.request.json()?;
    let (username, password) = (call.text("username").unwrap_or_default(), call.text("password").unwrap_or_default());
    let directory = call.settings.value("EMULATOR_DIRECTORY");
    if !call.settings.database_auth()
        && call.state.user(&username).is_none()
        && directory["users"].get(&username).is_some()
    {
        let email = directory["users"][&username].as_str().map(str::to_owned);
        seed::user(call.state, &username, email.as_deref(), Some("password"));
        if let Some(user) = call.state.user_mut(&username) {
            user.external = Some(username.clone());
        }
    }
    let by_mail = |user: &&Namespace| !user.organization && user.email == username && username.contains('@');
    let found = call.state.user(&username).or_else(|| call.state.namespaces.values().find(by_mail));
    let Some(user) = found else {
        return Err(wrong_credentials());
    };
    let name = user.name.clone();
    if let Some(seconds) = lockout(user) {
        let text = "Too many login attempts. \nPlease reset your Quay password and try again.";
        return Err(Answer::text(429, HTML, text).with_header("Retry-After", seconds.to_string()));
    }
    if user.password.as_deref() != Some(&password) {
        if let Some(user) = call.state.user_mut(&name) {
            user.failed_logins += 1;
            user.last_failed_login = now();
        }
        return Err(wrong_credentials());
    }
    if !user.enabled {
        let mut extra = Map::new();
        extra.insert("message".into(), "This user has been disabled. Please contact your administrator.".into());
        return Err(refused(extra));
    }
    if call.settings.on("MAILING") && !user.verified {
        return Err(Answer::json(
            403,
            &json!({ "invalidCredentials": false, "message": null, "needsEmailVerification": true }),
        ));
    }
    if let Some(cookie) = &call.caller.session {
        call.state.sessions.remove(cookie);
    }
    let agent = call.request.header("user-agent").unwrap_or("client").to_owned();
    call.log("login_success", Some(&name), None, json!({ "type": "quayauth", "useragent": agent }));
    Ok(log_in(call, &name, Answer::json(200, &json!({ "success": true }))))
}

/// After wrong passwords a user has to wait, twice as long each time: the whole seconds left, if any.
fn lockout(user: &Namespace) -> Option<i64> {
    if user.failed_logins == 0 {
        return None;
    }
    let wait = (SECOND / 2) << user.failed_logins.min(16);
    let left = user.last_failed_login + wait - now();
    (left > 0).then_some(left / SECOND)
}

fn wrong_credentials() -> Answer {
    let mut extra = Map::new();
    extra.insert("message".into(), "Invalid Username or Password".into());
    refused(extra)
}

fn refused(mut body: Map<String, serde_json::Value>) -> Answer {
    body.insert("invalidCredentials".into(), true.into());
    body.insert("needsEmailVerification".into(), false.into());
    Answer::json(403, &body.into())
}

fn verify(call: &mut Call) -> Outcome {
    call.body = call.request.json()?;
    let name = call.user_name();
    let right =
        call.state.user(&name).is_some_and(|user| user.password.is_some() && user.password == call.text("password"));
    if right { Answer::ok(&json!({ "success": true })) } else { Err(wrong_credentials()) }
}

/// Signing out ends every session of the user, not only this one.
fn signout(call: &mut Call) -> Outcome {
    if let Some(user) = call.caller.user.clone() {
        call.state.sessions.retain(|_, session| session.user.as_deref() != Some(&user));
    }
    Ok(drop_cookie(Answer::json(200, &json!({ "success": true }))))
}
