//! Routes outside `/api/v1/`: the pages and files of the web interface, configuration, health, OAuth authorization.

use serde_json::{Map, Value, json};

use super::unrouted;
use crate::{
    answer::{Answer, HTML, NAME_MARK, Outcome},
    avatar::COLORS,
    caller::{ALL_SCOPES, COOKIE, Caller, issue_token, open_session, set_cookie},
    config::{LoginGeneration, Settings},
    request::Request,
    seed::TOKEN_LIFETIME,
    state::{LogEntry, State, TeamRole, clock::now},
};

/// Answers everything outside the API.
pub(super) fn answer(state: &mut State, settings: &Settings, request: &Request, caller: Caller) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/config") => Answer::json(200, &config(settings)),
        ("GET", "/csrf_token") if settings.login == LoginGeneration::CsrfRoute => csrf_token(state, settings, &caller),
        ("GET" | "HEAD", "/") => home(state, settings, &caller),
        ("GET" | "HEAD", "/health/instance" | "/health/endtoend" | "/health") => health(),
        ("POST", "/oauth/authorizeapp") => match authorize(state, settings, request, &caller) {
            Ok(answer) | Err(answer) => answer,
        },
        ("POST", path @ "/oauth/authorize/assignuser") if settings.version.routes(path) => {
            match assign(state, settings, request, &caller) {
                Ok(answer) | Err(answer) => answer,
            }
        }
        ("GET", "/oauth/localapp") => Answer::text(200, HTML, include_str!("../pages/react.html")),
        _ => unrouted(settings.version, request),
    }
}

/// The caller's session, or a new one: its cookie if new, and its CSRF token.
fn session(state: &mut State, caller: &Caller) -> (Option<String>, String) {
    let known = caller.session.as_ref().and_then(|cookie| state.sessions.get(cookie));
    if let Some(session) = known {
        return (None, session.csrf.clone());
    }
    let (cookie, csrf) = open_session(state, None);
    (Some(cookie), csrf)
}

fn with_session(answer: Answer, settings: &Settings, cookie: Option<String>) -> Answer {
    match cookie {
        Some(cookie) => answer.with_header("Set-Cookie", set_cookie(settings, &cookie)),
        None => answer,
    }
}

fn csrf_token(state: &mut State, settings: &Settings, caller: &Caller) -> Answer {
    let (cookie, csrf) = session(state, caller);
    with_session(Answer::json(200, &json!({ "csrf_token": csrf })), settings, cookie)
}

fn home(state: &mut State, settings: &Settings, caller: &Caller) -> Answer {
    if settings.login == LoginGeneration::CsrfRoute {
        return Answer::text(200, HTML, include_str!("../pages/react.html"));
    }
    let (cookie, csrf) = session(state, caller);
    let page = include_str!("../pages/home.html").replace("@TOKEN@", &csrf);
    with_session(Answer::text(200, HTML, page), settings, cookie)
}

fn health() -> Answer {
    let services = json!({ "auth": true, "database": true, "disk_space": true, "registry_gunicorn": true, "service_key": true, "web_gunicorn": true });
    Answer::json(200, &json!({ "data": { "services": services }, "status_code": 200 }))
}

/// Settings that everybody sees, beside the feature flags.
fn config(settings: &Settings) -> Value {
    const SHOWN_FEATURES: [&str; 10] = [
        "ASSIGN_OAUTH_TOKEN",
        "AUTO_PRUNE",
        "EDIT_QUOTA",
        "IMAGE_EXPIRY_TRIGGER",
        "IMMUTABLE_TAGS_CAN_EXPIRE",
        "ORG_MIRROR",
        "PROXY_CACHE",
        "QUOTA_MANAGEMENT",
        "QUOTA_NOTIFICATIONS",
        "REPO_MIRROR",
    ];
    let shown = [
        "AUTHENTICATION_TYPE",
        "LOCAL_OAUTH_HANDLER",
        "PERMANENTLY_DELETE_TAGS",
        "PREFERRED_URL_SCHEME",
        "ROBOTS_DISALLOW",
        "SERVER_HOSTNAME",
        "TAG_EXPIRATION_OPTIONS",
    ];
    let mut values: Map<String, Value> =
        shown.iter().map(|name| ((*name).to_owned(), settings.value(name).clone())).collect();
    let version = settings.version;
    if !version.since(17) {
        values.shift_remove("ROBOTS_DISALLOW");
    }
    let shown = SHOWN_FEATURES.into_iter().filter(|name| version.knows(name));
    for feature in shown.filter(|name| *name != "AUTO_PRUNE" || version.since(12)) {
        values.insert(format!("FEATURE_{feature}"), settings.on(feature).into());
    }
    let logo = json!({
        "footer_img": null,
        "footer_url": null,
        "logo": "/static/img/quay-horizontal-color.svg",
        "logo_dark": "/static/img/quay-horizontal-whiteblue-nobackground.svg",
    });
    let Value::Object(fixed) = json!({
        "AVATAR_KIND": "local",
        "BRANDING": logo,
        "CHANNEL_COLORS": COLORS,
        "CONTACT_INFO": [],
        "DEBUG": false,
        "DOCUMENTATION_ROOT": "https://docs.projectquay.io/",
        "QUOTA_BACKFILL": true,
        "RECAPTCHA_SITE_KEY": null,
        "REGISTRY_TITLE": "Project Quay",
        "REGISTRY_TITLE_SHORT": "Project Quay",
        "SEARCH_MAX_RESULT_PAGE_COUNT": 10,
        "SEARCH_RESULTS_PER_PAGE": 10,
        "SENTRY_PUBLIC_DSN": null,
        "SETUP_COMPLETE": true,
        "STATIC_SITE_BUCKET": null,
    }) else {
        unreachable!("the literal above is an object")
    };
    values.extend(fixed);
    let later = [
        (10, "UI_DELAY_AFTER_WRITE_SECONDS", json!(3)),
        (12, "DEFAULT_NAMESPACE_AUTOPRUNE_POLICY", settings.value("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY").clone()),
        (14, "FOOTER_LINKS", json!({})),
        (9, "UI_V2_FEEDBACK_FORM", json!("https://7qdvkuo9rkj.typeform.com/to/XH5YE79P")),
        (16, "UI_V2_FEEDBACK_FORM", Value::Null),
        (16, "DEFAULT_UI", json!("react")),
        (16, "DISABLE_ANGULAR_UI", json!(false)),
    ];
    for (_, key, value) in later.into_iter().filter(|(since, ..)| version.since(*since)) {
        values.insert(key.to_owned(), value);
    }
    if version.since(10) && !version.since(14) {
        values.insert("TERMS_OF_SERVICE_URL".to_owned(), "".into());
    }
    let oauth = json!({
        "GITHUB_TRIGGER_CONFIG": {
            "AUTHORIZE_ENDPOINT": "https://github.com/login/oauth/authorize",
            "CLIENT_ID": null,
            "GITHUB_ENDPOINT": "https://github.com",
            "ORG_RESTRICT": false,
        },
        "GITLAB_TRIGGER_CONFIG": {
            "AUTHORIZE_ENDPOINT": "https://gitlab.com/oauth/authorize",
            "CLIENT_ID": null,
            "GITLAB_ENDPOINT": "https://gitlab.com",
        },
    });
    let mut config = json!({
        "account_recovery_mode": false,
        "config": values,
        "external_login": settings.value("EMULATOR_EXTERNAL_LOGIN").as_array().cloned().unwrap_or_default(),
        "features": settings.features(),
        "oauth": oauth,
        "registry_state": settings.text("REGISTRY_STATE"),
    });
    if let Some(number) = version.shown() {
        config["version_number"] = number.into();
    }
    config
}

/// A logged-in user allows an application to act: the token comes back in the fragment of the redirect.
fn authorize(state: &mut State, settings: &Settings, request: &Request, caller: &Caller) -> Outcome {
    if !caller.csrf_passes(request, state) {
        return Err(Answer::csrf(caller.user.as_deref()));
    }
    let Some(user) = caller.user.clone() else {
        return Err(Answer::login_needed());
    };
    let field = |name: &str| request.form(name).or_else(|| request.argument(name)).unwrap_or_default();
    let (client_id, redirect) = (field("client_id"), field("redirect_uri"));
    let application = state.namespaces.values().find_map(|namespace| namespace.applications.get(&client_id));
    let host = match settings.text("SERVER_HOSTNAME") {
        NAME_MARK => request.header("host").unwrap_or_default(),
        name => name,
    };
    let local = format!("{}://{host}{}", settings.text("PREFERRED_URL_SCHEME"), settings.text("LOCAL_OAUTH_HANDLER"));
    let fits = redirect == local
        || application.is_some_and(|application| {
            !application.redirect_uri.is_empty() && redirect.starts_with(&application.redirect_uri)
        });
    if !fits {
        let refused = json!({ "error": "invalid_request" }).to_string();
        return Err(Answer::text(400, "application/json;charset=UTF-8", refused));
    }
    let scope = field("scope");
    let scopes: Vec<String> = scope.split([' ', ',']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let refuse =
        |error: &str| Err(Answer::text(302, HTML, "").with_header("Location", format!("{redirect}?error={error}")));
    if !administers_application(state, &user, &client_id) {
        return refuse("unauthorized_client");
    }
    if scopes.is_empty() || scopes.iter().any(|scope| !ALL_SCOPES.contains(&scope.as_str())) {
        return refuse("invalid_scope");
    }
    let token = issue_token(state, &user, &client_id, &scopes, None, TOKEN_LIFETIME);
    let encoded = percent_encoding::utf8_percent_encode(&scope, percent_encoding::NON_ALPHANUMERIC).to_string();
    let url = format!("{redirect}?scope={encoded}#access_token={token}&token_type=Bearer&expires_in=315576000");
    Ok(Answer::text(302, HTML, "").with_header("Location", url))
}

/// Whether a user is in an administrators' team of the organization that has an application; being a superuser does
/// not help.
fn administers_application(state: &State, user: &str, client_id: &str) -> bool {
    let owner = state.namespaces.values().find(|namespace| namespace.applications.contains_key(client_id));
    owner.is_some_and(|owner| owner.organization && owner.team_role(user) == Some(TeamRole::Admin))
}

/// Assigns a token to another user, who fetches it in the web interface.
fn assign(state: &mut State, settings: &Settings, request: &Request, caller: &Caller) -> Outcome {
    if !settings.on("ASSIGN_OAUTH_TOKEN") {
        return Err(Answer::not_found_page());
    }
    if !caller.csrf_passes(request, state) {
        return Err(Answer::csrf(caller.user.as_deref()));
    }
    let field = |name: &str| request.argument(name).ok_or_else(|| Answer::message(400, format!("missing {name}")));
    let (client_id, username) = (field("client_id")?, field("username")?);
    field("redirect_uri")?;
    field("scope")?;
    let known = state.namespaces.values().any(|namespace| namespace.applications.contains_key(&client_id));
    if !known || state.user(&username).is_none_or(|user| !user.enabled) {
        return Err(Answer::not_found_page());
    }
    if !administers_application(state, caller.user.as_deref().unwrap_or_default(), &client_id) {
        return Err(Answer::unauthorized());
    }
    let owner = state.namespaces.values().find(|owner| owner.applications.contains_key(&client_id));
    let (namespace, performer) = (owner.map(|owner| owner.name.clone()), caller.user.clone());
    let metadata = json!({ "assigned_user": username, "assigning_user": performer, "client_id": client_id });
    let kind = "oauth_token_assigned".to_owned();
    state.log(LogEntry {
        kind,
        at: now(),
        namespace,
        repository: None,
        performer,
        ip: LogEntry::local(),
        legacy: false,
        metadata,
    });
    if !settings.version.since(14) {
        return Ok(Answer::text(200, HTML, include_str!("../pages/assigned.html")));
    }
    Ok(Answer::json(200, &json!({"message": "Token assigned successfully"})))
}

/// Ends a session in the browser.
pub(super) fn drop_cookie(answer: Answer) -> Answer {
    answer.with_header("Set-Cookie", format!("{COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"))
}
