//! OAuth applications of organizations, the tokens given to people for them, and application-specific tokens.

use serde_json::{Value, json};

use super::{
    Right, Route, delete, get, post, put,
    repository::{page_start, page_token},
};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    caller::{ALL_SCOPES, issue_token},
    config::Settings,
    seed::TOKEN_LIFETIME,
    state::{
        AppToken, Application, OAuthToken,
        clock::{Micros, SECOND, iso_micros, mail_date, now, parse_span},
        ids,
    },
};

const ADMIN: Right = Right::OrganizationAdmin;
const OWN: Right = Right::Account("user:admin");
const TOKENS: &[&str] = &["ASSIGN_OAUTH_TOKEN"];
const APP_TOKENS: &[&str] = &["APP_SPECIFIC_TOKENS"];

pub(super) const ROUTES: &[Route] = &[
    get("organization/{orgname}/applications", list).needs(ADMIN),
    post("organization/{orgname}/applications", create).body().needs(ADMIN),
    get("organization/{orgname}/applications/{client_id}", show).needs(ADMIN),
    put("organization/{orgname}/applications/{client_id}", update).body().needs(ADMIN),
    delete("organization/{orgname}/applications/{client_id}", remove).needs(ADMIN),
    post("organization/{orgname}/applications/{client_id}/resetclientsecret", reset_secret).needs(ADMIN),
    get("organization/{orgname}/applications/{client_id}/tokens", tokens).needs(ADMIN).features(TOKENS),
    post("organization/{orgname}/applications/{client_id}/tokens", create_token).body().needs(ADMIN).features(TOKENS),
    delete("organization/{orgname}/applications/{client_id}/tokens/{token_uuid}", remove_token)
        .needs(ADMIN)
        .features(TOKENS),
    get("user/apptoken", app_tokens).needs(OWN).features(APP_TOKENS),
    post("user/apptoken", create_app_token).body().needs(OWN).features(APP_TOKENS).fresh(),
    get("user/apptoken/{token_uuid}", app_token).needs(OWN).features(APP_TOKENS).fresh(),
    delete("user/apptoken/{token_uuid}", remove_app_token).needs(OWN).features(APP_TOKENS),
];

/// Whether the caller sees the parts of an application that only its administrators know; full access is enough since 3.17.
fn in_full(call: &Call) -> bool {
    call.administers(&call.param("orgname")) || call.settings.version.since(17) && call.full_access()
}

fn view(application: &Application, in_full: bool) -> Value {
    json!({
        "application_uri": application.application_uri,
        "avatar_email": application.avatar_email,
        "client_id": application.client_id,
        "client_secret": in_full.then_some(&application.client_secret),
        "description": application.description,
        "name": application.name,
        "redirect_uri": in_full.then_some(&application.redirect_uri),
    })
}

fn application<'a>(call: &'a mut Call) -> Result<&'a mut Application, Answer> {
    let client_id = call.param("client_id");
    call.organization_mut()?.applications.get_mut(&client_id).ok_or_else(Answer::not_found)
}

fn log(call: &mut Call, kind: &str, application: &Application) {
    let organization = call.param("orgname");
    call.log(
        kind,
        Some(&organization),
        None,
        json!({ "application_name": application.name, "client_id": application.client_id }),
    );
}

fn list(call: &mut Call) -> Outcome {
    let in_full = in_full(call);
    let applications: Vec<Value> = call.organization()?.applications.values().map(|one| view(one, in_full)).collect();
    Answer::ok(&json!({ "applications": applications }))
}

/// The application of the server's own token for machines.
const RESERVED: &str = "__quay_bootstrap_app";

fn create(call: &mut Call) -> Outcome {
    call.organization()?;
    if call.settings.version.since(18) && call.text("name").as_deref() == Some(RESERVED) {
        return Err(Answer::invalid("Application name is reserved for bootstrap token provisioning"));
    }
    let application = Application {
        client_id: ids::capitals(20),
        client_secret: ids::capitals(40),
        name: call.text("name").unwrap_or_default(),
        description: call.text("description").unwrap_or_default(),
        application_uri: call.text("application_uri").unwrap_or_default(),
        redirect_uri: call.text("redirect_uri").unwrap_or_default(),
        avatar_email: call.text("avatar_email"),
    };
    call.organization_mut()?.applications.insert(application.client_id.clone(), application.clone());
    log(call, "create_application", &application);
    Answer::ok(&view(&application, in_full(call)))
}

fn show(call: &mut Call) -> Outcome {
    let in_full = in_full(call);
    Answer::ok(&view(application(call)?, in_full))
}

/// Replaces an application as a whole: what is not sent is lost.
fn update(call: &mut Call) -> Outcome {
    let body = call.body.clone();
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    let application = application(call)?;
    application.name = text("name").unwrap_or_default();
    application.description = text("description").unwrap_or_default();
    application.application_uri = text("application_uri").unwrap_or_default();
    application.redirect_uri = text("redirect_uri").unwrap_or_default();
    application.avatar_email = text("avatar_email");
    let application = application.clone();
    log(call, "update_application", &application);
    Answer::ok(&view(&application, in_full(call)))
}

fn remove(call: &mut Call) -> Outcome {
    let application = application(call)?.clone();
    call.organization_mut()?.applications.shift_remove(&application.client_id);
    call.state.tokens.retain(|_, token| token.client_id != application.client_id);
    log(call, "delete_application", &application);
    Answer::no_content()
}

fn reset_secret(call: &mut Call) -> Outcome {
    let application = application(call)?;
    application.client_secret = ids::capitals(40);
    let application = application.clone();
    log(call, "reset_application_client_secret", &application);
    Answer::ok(&view(&application, in_full(call)))
}

fn token_view(token: &OAuthToken) -> Value {
    json!({
        "created": iso_micros(token.created),
        "created_by": token.user,
        "expires_at": iso_micros(token.expires),
        "last_accessed": token.last_accessed.map(iso_micros),
        "name": token.name,
        "scope": token.scopes.join(" "),
        "uuid": token.uuid,
    })
}

/// Tokens on a page; nobody can ask for another number.
const PAGE: usize = 50;

/// The tokens of an application that have not ended, the newest first.
fn living<'a>(call: &'a Call, client_id: &'a str) -> impl Iterator<Item = &'a OAuthToken> {
    let now = now();
    let lives = move |token: &&OAuthToken| token.client_id == client_id && token.expires > now;
    call.state.tokens.values().rev().filter(lives)
}

fn tokens(call: &mut Call) -> Outcome {
    let client_id = application(call)?.client_id.clone();
    let start = call.request.argument("next_page").and_then(|token| page_start(&token)).unwrap_or_default() as usize;
    let mut tokens: Vec<Value> = living(call, &client_id).skip(start).take(PAGE + 1).map(token_view).collect();
    let mut body = json!({});
    if tokens.len() > PAGE {
        tokens.truncate(PAGE);
        body["next_page"] = page_token((start + PAGE) as u64).into();
    }
    body["tokens"] = tokens.into();
    Answer::ok(&body)
}

fn create_token(call: &mut Call) -> Outcome {
    let application = application(call)?.clone();
    let scope = call.text("scope").unwrap_or_default();
    let mut scopes: Vec<String> = Vec::new();
    for part in scope.split([' ', ',']).filter(|part| !part.is_empty()) {
        if !scopes.iter().any(|known| known == part) {
            scopes.push(part.to_owned());
        }
    }
    let (user, name) = (call.user_name(), call.text("name").unwrap_or_default().trim().to_owned());
    if name.is_empty() {
        return Err(Answer::message(400, "'name' must not be empty"));
    }
    if scopes.is_empty() || scopes.iter().any(|scope| !ALL_SCOPES.contains(&scope.as_str())) {
        return Err(Answer::message(400, format!("Invalid scope: {scope}")));
    }
    // Nobody gives away what the own credentials do not have.
    let has =
        |scope: &String| call.caller.has_scope(scope) && (scope != "super:user" || call.settings.is_superuser(&user));
    if !scopes.iter().all(has) {
        return Err(call.refusal());
    }
    let most = call.settings.value("OAUTH_APPLICATION_MAXIMUM_TOKEN_COUNT").as_u64();
    if let Some(most) = most.filter(|most| living(call, &application.client_id).count() as u64 >= *most) {
        let text = format!("Token limit reached: maximum {most} non-expired tokens per application");
        return Err(Answer::message(400, text));
    }
    let wanted = call.body.get("expiration").and_then(Value::as_f64);
    let lifetime = wanted.map_or(TOKEN_LIFETIME, |seconds| TOKEN_LIFETIME.min((seconds as i64).saturating_mul(SECOND)));
    let code = issue_token(call.state, &user, &application.client_id, &scopes, Some(&name), lifetime);
    let mut view = call.state.tokens.get(&code).map(token_view).unwrap_or_default();
    view["token"] = code.into();
    log(call, "create_oauth_api_token", &application);
    Answer::ok(&view)
}

fn remove_token(call: &mut Call) -> Outcome {
    let application = application(call)?.clone();
    let uuid = call.param("token_uuid");
    let found =
        call.state.tokens.iter().find(|(_, token)| token.uuid == uuid && token.client_id == application.client_id);
    let code = found.map(|(code, _)| code.clone()).ok_or_else(Answer::not_found)?;
    call.state.tokens.shift_remove(&code);
    log(call, "revoke_oauth_api_token", &application);
    Answer::no_content()
}

fn app_token_view(token: &AppToken, with_code: bool) -> Value {
    let mut view = json!({
        "created": mail_date(token.created),
        "expiration": token.expiration.map(mail_date),
        "last_accessed": token.last_accessed.map(mail_date),
        "title": token.title,
        "uuid": token.uuid,
    });
    if with_code {
        view["token_code"] = token.code.as_str().into();
    }
    view
}

/// The caller's tokens, also those that ended: they stay in the list until they are collected.
fn own_tokens(call: &Call) -> Vec<AppToken> {
    call.state.user(&call.user_name()).map(|user| user.app_tokens.clone()).unwrap_or_default()
}

/// Whether an application-specific token ends within a tenth of the time that new ones get, and has not ended yet.
pub(super) fn expires_soon(settings: &Settings, token: &AppToken) -> bool {
    let life = parse_span(settings.text("APP_SPECIFIC_TOKEN_EXPIRATION")).unwrap_or(28 * 86_400) * SECOND;
    token.expiration.is_some_and(|end| end > now() && end <= now() + life / 10)
}

/// What lists of application-specific tokens are sorted by: the unused ones come first, then the last used ones.
pub(super) fn by_use(token: &AppToken) -> Option<std::cmp::Reverse<Micros>> {
    token.last_accessed.map(std::cmp::Reverse)
}

fn app_tokens(call: &mut Call) -> Outcome {
    let expiring = call.request.argument("expiring").map(|_| call.request.flag("expiring"));
    let mut all = own_tokens(call);
    all.sort_by_key(by_use);
    let shown = all.iter().filter(|token| expiring != Some(true) || expires_soon(call.settings, token));
    let tokens: Vec<Value> = shown.map(|token| app_token_view(token, false)).collect();
    Answer::ok(&json!({ "only_expiring": expiring, "tokens": tokens }))
}

fn create_app_token(call: &mut Call) -> Outcome {
    let lifetime = parse_span(call.settings.text("APP_SPECIFIC_TOKEN_EXPIRATION"));
    let token = AppToken {
        uuid: ids::uuid(),
        title: call.text("title").unwrap_or_default(),
        code: ids::capitals(80),
        created: now(),
        last_accessed: None,
        expiration: lifetime.map(|seconds| now() + seconds * crate::state::clock::SECOND),
    };
    let user = call.user_name();
    let view = app_token_view(&token, true);
    let data = json!({ "app_specific_token": token.uuid, "app_specific_token_title": token.title });
    if let Some(user) = call.state.user_mut(&user) {
        user.app_tokens.push(token);
    }
    call.log("create_app_specific_token", Some(&user), None, data);
    Answer::ok(&json!({ "token": view }))
}

fn app_token(call: &mut Call) -> Outcome {
    let uuid = call.param("token_uuid");
    let lives = |token: &AppToken| token.expiration.is_none_or(|end| end > now());
    let found = own_tokens(call).into_iter().find(|token| token.uuid == uuid && lives(token));
    let found = found.ok_or_else(Answer::not_found)?;
    Answer::ok(&json!({ "token": app_token_view(&found, true) }))
}

fn remove_app_token(call: &mut Call) -> Outcome {
    let (user, uuid) = (call.user_name(), call.param("token_uuid"));
    let found = own_tokens(call).into_iter().find(|token| token.uuid == uuid).ok_or_else(Answer::not_found)?;
    if let Some(user) = call.state.user_mut(&user) {
        user.app_tokens.retain(|token| token.uuid != uuid);
    }
    let data = json!({ "app_specific_token": uuid, "app_specific_token_title": found.title });
    call.log("revoke_app_specific_token", Some(&user), None, data);
    Answer::no_content()
}
