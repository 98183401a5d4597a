//! What only superusers may do: accounts, organizations, the configuration.

use serde_json::{Map, Value, json};

use super::{
    Right, Route,
    application::{by_use, expires_soon},
    delete, get,
    organization::remove_namespace,
    post, put,
    repository::{page_start, page_token},
};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    names::{PASSWORD_RULE, check_namespace, is_email, is_password},
    seed,
    state::{AppToken, Namespace, clock::mail_date, ids},
    views,
};

const SUPER: Right = Right::Superuser;
const ON: &[&str] = &["SUPER_USERS"];

pub(super) const ROUTES: &[Route] = &[
    get("superuser/users/", users).needs(SUPER).features(ON).fresh(),
    post("superuser/users/", create_user).body().needs(SUPER).features(ON).fresh(),
    get("superuser/users/{username}", user).needs(SUPER).features(ON).fresh(),
    put("superuser/users/{username}", update_user).body().needs(SUPER).features(ON).fresh(),
    delete("superuser/users/{username}", remove_user).needs(SUPER).features(ON).fresh(),
    get("superuser/organizations/", organizations).needs(SUPER).features(ON).fresh(),
    put("superuser/organizations/{name}", rename).body().needs(SUPER).features(ON).fresh(),
    delete("superuser/organizations/{name}", remove_organization).needs(SUPER).features(ON).fresh(),
    get("superuser/config", config).needs(SUPER).features(ON),
    get("superuser/keys", keys).needs(SUPER).features(ON),
    get("superuser/apptokens", app_tokens).needs(SUPER).features(&["SUPER_USERS", "APP_SPECIFIC_TOKENS"]),
];

fn user_view(call: &Call, user: &Namespace) -> Value {
    let mut view = json!({
        "avatar": avatar::user(user),
        "email": user.email,
        "enabled": user.enabled,
        "kind": "user",
        "name": user.name,
        "super_user": call.settings.is_superuser(&user.name),
        "username": user.name,
        "verified": user.verified,
    });
    if call.settings.version.since(16) {
        view["global_readonly_super_user"] = call.settings.is_readonly_superuser(&user.name).into();
    }
    views::add_quota(&mut view, user, call.settings);
    view
}

fn organization_view(call: &Call, organization: &Namespace) -> Value {
    let mut view =
        json!({ "avatar": avatar::organization(organization), "email": organization.email, "name": organization.name });
    views::add_quota(&mut view, organization, call.settings);
    view
}

/// How many entries a page of accounts or organizations has at most.
const LONGEST_PAGE: usize = 100;

/// One page of a list, when the request asks for pages: these go by the order of creation.
fn paged<'a>(call: &Call, mut all: Vec<&'a Namespace>) -> Result<(Vec<&'a Namespace>, Option<String>), Answer> {
    let Some(limit) =
        call.request.number("limit").and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0)
    else {
        return Ok((all, None));
    };
    if limit > LONGEST_PAGE {
        return Err(Answer::invalid(format!("Page limit cannot be above {LONGEST_PAGE}")));
    }
    all.sort_by_key(|namespace| namespace.id);
    let start = call.request.argument("next_page").and_then(|token| page_start(&token)).unwrap_or_default();
    let start = usize::try_from(start).unwrap_or_default().min(all.len());
    all.drain(..start);
    let next = (all.len() > limit).then(|| page_token((start + limit) as u64));
    all.truncate(limit);
    Ok((all, next))
}

fn listed(name: &str, views: Vec<Value>, next: Option<String>) -> Outcome {
    let mut body = Map::from_iter([(name.to_owned(), Value::Array(views))]);
    if let Some(next) = next {
        body.insert("next_page".to_owned(), next.into());
    }
    Answer::ok(&Value::Object(body))
}

fn users(call: &mut Call) -> Outcome {
    let with_disabled = call.request.argument("disabled").is_none() || call.request.flag("disabled");
    let mut users: Vec<&Namespace> =
        call.state.namespaces.values().filter(|user| !user.organization && (with_disabled || user.enabled)).collect();
    users.sort_by(|one, other| one.name.cmp(&other.name));
    let (page, next) = paged(call, users)?;
    listed("users", page.into_iter().map(|user| user_view(call, user)).collect(), next)
}

fn organizations(call: &mut Call) -> Outcome {
    let all: Vec<&Namespace> = call.state.namespaces.values().filter(|found| found.organization).collect();
    let (page, next) = paged(call, all)?;
    listed("organizations", page.into_iter().map(|found| organization_view(call, found)).collect(), next)
}

fn create_user(call: &mut Call) -> Outcome {
    if !call.settings.database_auth() {
        return Err(Answer::invalid("Cannot create a user in a non-database auth system"));
    }
    let (name, email) = (call.text("username").unwrap_or_default(), call.text("email"));
    let refuse = |text: String| Answer::message(400, text);
    check_namespace(&name).map_err(|rule| refuse(format!("Invalid namespace {name}: {rule}")))?;
    if call.state.namespaces.contains_key(&name) {
        let kind = if call.state.user(&name).is_some() { "user" } else { "organization" };
        return Err(refuse(format!("Username has already been taken by {kind} cannot be reused: {name}")));
    }
    if call.state.is_leaving(&name) {
        return Err(refuse("Username is not available".to_owned()));
    }
    if email.as_deref().map_or(call.settings.on("MAILING"), |email| !is_email(email)) {
        return Err(refuse(format!("Invalid email address: {}", email.unwrap_or_default())));
    }
    if email.is_some() && call.state.namespaces.values().any(|other| Some(&other.email) == email.as_ref()) {
        return Err(refuse(format!("Email has already been used: {}", email.unwrap_or_default())));
    }
    let password = ids::capitals(32);
    seed::user(call.state, &name, email.as_deref(), Some(&password));
    let verified = !call.settings.on("MAILING");
    if let Some(user) = call.state.user_mut(&name) {
        user.verified = verified;
    }
    call.log(
        "user_create",
        Some(&name),
        None,
        json!({ "email": email, "superuser": call.user_name(), "username": name }),
    );
    Answer::ok(
        &json!({ "email": email, "encrypted_password": ids::letters(60), "password": password, "username": name }),
    )
}

fn user(call: &mut Call) -> Outcome {
    let user = call.state.user(&call.param("username")).ok_or_else(Answer::not_found)?;
    Answer::ok(&user_view(call, user))
}

fn update_user(call: &mut Call) -> Outcome {
    let name = call.param("username");
    let before = call.state.user(&name).ok_or_else(Answer::not_found)?;
    let (enabled_before, avatar_before, old_email) = (before.enabled, avatar::user(before), before.email.clone());
    if call.settings.is_superuser(&name) {
        return Err(Answer::invalid("Cannot update a superuser"));
    }
    let (password, email) = (call.text("password"), call.text("email"));
    if let Some(password) = &password {
        if !call.settings.database_auth() {
            return Err(Answer::invalid("Cannot change password in non-database auth system"));
        }
        if !is_password(password) {
            return Err(Answer::message(400, PASSWORD_RULE));
        }
    }
    if let Some(email) = &email {
        if !is_email(email) {
            return Err(Answer::message(400, format!("Invalid email address: {email}")));
        }
        let used = call.state.namespaces.values().any(|other| &other.email == email && other.name != name);
        if used {
            return Err(Answer::message(400, "E-mail address already used"));
        }
    }
    let user = call.state.user_mut(&name).ok_or_else(Answer::not_found)?;
    if let Some(password) = &password {
        user.password = Some(password.clone());
    }
    if let Some(email) = &email {
        user.email.clone_from(email);
    }
    if password.is_some() {
        let data = json!({ "superuser": call.user_name(), "username": name });
        call.log("user_change_password", Some(&name), None, data);
    }
    if let Some(email) = &email {
        let data = json!({ "email": email, "old_email": old_email, "superuser": call.user_name() });
        call.log("user_change_email", Some(&name), None, data);
    }
    let wanted = call.body.get("enabled").and_then(Value::as_bool);
    if let Some(user) = call.state.user_mut(&name) {
        user.enabled = wanted.unwrap_or(enabled_before);
    }
    let user = call.state.user(&name).ok_or_else(Answer::not_found)?;
    let mut view = user_view(call, user);
    // The real server shows both as they were before.
    view["enabled"] = enabled_before.into();
    view["avatar"] = avatar_before;
    if password.is_some() {
        view["encrypted_password"] = ids::letters(60).into();
    }
    Answer::ok(&view)
}

fn remove_user(call: &mut Call) -> Outcome {
    let name = call.param("username");
    let enabled = call.state.user(&name).ok_or_else(Answer::not_found)?.enabled;
    if call.settings.is_superuser(&name) {
        return Err(Answer::invalid("Cannot delete a superuser"));
    }
    // A disabled account is taken for one whose removal runs already.
    if enabled {
        remove_namespace(call, &name);
        call.log("user_delete", None, None, json!({ "superuser": call.user_name(), "username": name }));
    }
    Answer::no_content()
}

fn rename(call: &mut Call) -> Outcome {
    let name = call.param("name");
    call.state.organization(&name).ok_or_else(Answer::not_found)?;
    if let Some(wanted) = call.text("name") {
        check_namespace(&wanted).map_err(|rule| Answer::invalid(format!("Invalid namespace {wanted}: {rule}")))?;
        if call.state.namespaces.contains_key(&wanted) {
            return Err(Answer::crash());
        }
        call.state.rename_organization(&name, &wanted);
        call.log("org_change_name", Some(&wanted), None, json!({ "new_name": wanted, "old_name": name }));
        let organization = call.state.organization(&wanted).ok_or_else(Answer::not_found)?;
        return Answer::ok(&organization_view(call, organization));
    }
    let organization = call.state.organization(&name).ok_or_else(Answer::not_found)?;
    Answer::ok(&organization_view(call, organization))
}

fn remove_organization(call: &mut Call) -> Outcome {
    let name = call.param("name");
    call.state.organization(&name).ok_or_else(Answer::not_found)?;
    remove_namespace(call, &name);
    call.log("org_delete", None, None, json!({ "namespace": name }));
    Answer::no_content()
}

/// Features that the configuration dump leaves out: its schema does not know them.
const UNDUMPED: [&str; 15] = [
    "ACI_CONVERSION",
    "APP_REGISTRY",
    "BILLING",
    "CLEAR_EXPIRED_RAC_ENTRIES",
    "DISABLE_PULL_LOGS_FOR_FREE_NAMESPACES",
    "GENERAL_OCI_SUPPORT",
    "HELM_OCI_SUPPORT",
    "IMAGE_PULL_STATS",
    "MANIFEST_SIZE_BACKFILL",
    "NAMESPACE_GARBAGE_COLLECTION",
    "REPOSITORY_ACTION_COUNTER",
    "REPOSITORY_GARBAGE_COLLECTION",
    "RH_MARKETPLACE",
    "SIGNING",
    "UI_V2_REPO_SETTINGS",
];

fn config(call: &mut Call) -> Outcome {
    if !call.settings.on("SUPERUSER_CONFIGDUMP") {
        return Err(Answer::unauthorized());
    }
    let shown = [
        "AUTHENTICATION_TYPE",
        "DEFAULT_TAG_EXPIRATION",
        "PREFERRED_URL_SCHEME",
        "SERVER_HOSTNAME",
        "SUPER_USERS",
        "TAG_EXPIRATION_OPTIONS",
    ];
    let mut values: std::collections::BTreeMap<String, Value> =
        shown.iter().map(|name| ((*name).to_owned(), call.settings.value(name).clone())).collect();
    let features = call.settings.features().iter().filter(|(name, _)| !UNDUMPED.contains(&name.as_str()));
    values.extend(features.map(|(name, on)| (format!("FEATURE_{name}"), (*on).into())));
    Answer::ok(&json!({ "config": values, "env": {}, "schema": {}, "warning": {} }))
}

fn keys(_: &mut Call) -> Outcome {
    Answer::ok(&json!({ "keys": [] }))
}

/// The docker tokens of all users, of whom nothing is told; superusers need full access.
fn app_tokens(call: &mut Call) -> Outcome {
    if !call.full_access() && !call.readonly_superuser() {
        return Err(call.refusal());
    }
    let expiring = call.request.argument("expiring").map(|_| call.request.flag("expiring"));
    let mut tokens: Vec<&AppToken> = call
        .state
        .namespaces
        .values()
        .flat_map(|user| &user.app_tokens)
        .filter(|token| expiring != Some(true) || expires_soon(call.settings, token))
        .collect();
    tokens.sort_by_key(|token| by_use(token));
    let tokens: Vec<Value> = tokens
        .into_iter()
        .map(|token| {
            json!({
                "created": mail_date(token.created),
                "expiration": token.expiration.map(mail_date),
                "last_accessed": token.last_accessed.map(mail_date),
                "title": token.title,
                "uuid": token.uuid,
            })
        })
        .collect();
    Answer::ok(&json!({ "only_expiring": expiring, "tokens": tokens }))
}
