//! The caller's account, other users, and the search for accounts.

use serde_json::{Map, Value, json};

use super::{Right, Route, get, post, put, robot};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    config::Settings,
    names::{PASSWORD_RULE, is_email, is_password},
    seed,
    state::{Namespace, TeamRole},
    views,
};

pub(super) const ROUTES: &[Route] = &[
    get("user/", show),
    put("user/", update).needs(Right::Account("user:admin")).fresh(),
    get("users/{username}", other),
    get("entities/{prefix}", search),
    post("entities/link/{username}", link).needs(Right::Account("user:read")),
    get("find/all", find_all),
    get("find/repositories", find_repositories),
];

/// How many accounts a search shows.
const SEARCH_LIMIT: usize = 10;

fn show(call: &mut Call) -> Outcome {
    let name = call.user_name();
    let may_read = call.caller.has_scope("user:read") || call.caller.has_scope("user:admin");
    let Some(user) = call.state.user(&name).filter(|_| may_read) else {
        let extra = Map::from_iter([("session_required".to_owned(), false.into())]);
        return Err(Answer::problem_with(401, "invalid_token", "Requires authentication", extra));
    };
    Answer::ok(&view(call, user))
}

/// How much of a user is shown depends on the caller and the token's scopes.
/// What the web interface asks a user for.
fn prompts(settings: &Settings, user: &Namespace) -> Vec<&'static str> {
    let nameless = user.given_name.is_none() && user.family_name.is_none();
    let wanted = [("enter_name", nameless), ("enter_company", user.company.is_none())];
    let missing = wanted.into_iter().filter(|(_, missing)| *missing && settings.on("USER_METADATA"));
    missing.map(|(prompt, _)| prompt).collect()
}

fn view(call: &Call, user: &Namespace) -> Value {
    let own = call.caller.user.as_deref() == Some(&user.name);
    let administers = own && call.caller.has_scope("user:admin");
    let reads = administers || own && call.caller.has_scope("user:read");
    let mut view = json!({ "anonymous": false, "avatar": avatar::user(user), "username": user.name });
    if administers {
        let logins: Vec<Value> = user
            .external
            .iter()
            .map(|name| json!({ "metadata": {}, "service": call.settings.text("AUTHENTICATION_TYPE").to_lowercase(), "service_identifier": name }))
            .collect();
        let Value::Object(more) = json!({
            "can_create_repo": true,
            "company": user.company,
            "email": views::shown_email(user),
            "family_name": user.family_name,
            "given_name": user.given_name,
            "has_password_set": user.password.is_some(),
            "invoice_email": user.invoice_email,
            "invoice_email_address": user.invoice_email_address,
            "is_free_account": true,
            "is_me": true,
            "location": user.location,
            "logins": logins,
            "preferred_namespace": false,
            "prompts": prompts(call.settings, user),
            "tag_expiration_s": user.tag_expiration_s,
            "verified": user.verified,
        }) else {
            return view;
        };
        if let Some(view) = view.as_object_mut() {
            view.extend(more);
        }
        views::add_quota(&mut view, user, call.settings);
    }
    if reads {
        view["organizations"] =
            call.state.organizations_of(&user.name).map(|found| organization_view(call, found, administers)).collect();
    }
    if call.superuser() {
        view["super_user"] = own.into();
    }
    if call.readonly_superuser() {
        view["global_readonly_super_user"] = own.into();
    }
    view
}

fn organization_view(call: &Call, organization: &Namespace, with_rights: bool) -> Value {
    let mut view = json!({
        "avatar": avatar::organization(organization),
        "can_create_repo": call.creates_in(&organization.name),
        "name": organization.name,
        "public": false,
    });
    if with_rights {
        view["is_org_admin"] = (call.team_role(&organization.name) == Some(TeamRole::Admin)).into();
        view["preferred_namespace"] = false.into();
    }
    view
}

fn update(call: &mut Call) -> Outcome {
    call.body = call.request.json()?;
    let name = call.user_name();
    if let Some(password) = call.text("password")
        && !is_password(&password)
    {
        return Err(Answer::message(400, PASSWORD_RULE));
    }
    if let Some(email) = call.text("email")
        && !is_email(&email)
    {
        return Err(Answer::invalid("Invalid email address"));
    }
    let body = call.body.clone();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let user = call.state.user_mut(&name).ok_or_else(Answer::not_found)?;
    if let Some(password) = text("password") {
        user.password = Some(password);
    }
    if let Some(email) = text("email") {
        user.email = email;
    }
    for (key, field) in [
        ("given_name", &mut user.given_name),
        ("family_name", &mut user.family_name),
        ("company", &mut user.company),
        ("location", &mut user.location),
        ("invoice_email_address", &mut user.invoice_email_address),
    ] {
        if body.get(key).is_some() {
            *field = text(key);
        }
    }
    if let Some(wanted) = body.get("invoice_email").and_then(Value::as_bool) {
        user.invoice_email = wanted;
    }
    if let Some(seconds) = body.get("tag_expiration_s").and_then(Value::as_i64) {
        user.tag_expiration_s = seconds;
    }
    let user = call.state.user(&name).ok_or_else(Answer::not_found)?;
    Answer::ok(&view(call, user))
}

fn other(call: &mut Call) -> Outcome {
    let user = call.state.user(&call.param("username")).ok_or_else(Answer::abort_404)?;
    Answer::ok(&view(call, user))
}

/// Users, robots, teams and organizations whose name starts with a text, and people of the external directory.
fn search(call: &mut Call) -> Outcome {
    let prefix = call.param("prefix").to_lowercase();
    let namespace = call.request.argument("namespace").unwrap_or_default();
    let organization = call.state.organization(&namespace);
    let administers = organization.is_some() && (call.administers(&namespace) || call.full_access());
    let fits = |name: &str| {
        if call.settings.on("PARTIAL_USER_AUTOCOMPLETE") { name.starts_with(&prefix) } else { name == prefix }
    };

    let mut results = Vec::new();
    if call.request.flag("includeTeams") && administers {
        for name in
            organization.into_iter().flat_map(|found| found.teams.keys()).filter(|name| name.starts_with(&prefix))
        {
            results.push(json!({ "avatar": avatar::team(name), "is_org_member": true, "kind": "team", "name": name }));
        }
    }
    if call.request.flag("includeOrgs") {
        for found in call.state.namespaces.values().filter(|found| found.organization && fits(&found.name)) {
            results.push(json!({ "avatar": avatar::organization(found), "is_org_member": true, "kind": "org", "name": found.name }));
        }
    }
    let with_membership = |mut view: Value, name: &str| {
        if let Some(organization) = organization {
            view["is_org_member"] = (name.contains('+') || organization.has_member(name)).into();
        }
        view
    };
    for user in call.state.namespaces.values().filter(|found| !found.organization && fits(&found.name)) {
        let view = json!({ "avatar": avatar::user(user), "is_robot": false, "kind": "user", "name": user.name });
        results.push(with_membership(view, &user.name));
    }
    if administers || call.caller.user.as_deref() == Some(&namespace) {
        for (name, picture) in
            call.state.namespace(&namespace).map(|found| robot::matching(found, &prefix)).unwrap_or_default()
        {
            let view = json!({ "avatar": picture, "is_robot": true, "kind": "user", "name": name });
            results.push(with_membership(view, &name));
        }
    }
    if !call.settings.database_auth() && call.caller.user.is_some() {
        let people = call.settings.value("EMULATOR_DIRECTORY")["users"].as_object();
        for (name, email) in people.into_iter().flatten().filter(|(name, _)| name.to_lowercase().starts_with(&prefix)) {
            if call.state.user(name).is_none() {
                let email = email.as_str().unwrap_or_default();
                results.push(json!({ "avatar": avatar::external(name, email), "kind": "external", "name": name, "title": email }));
            }
        }
    }
    results.truncate(SEARCH_LIMIT);
    Answer::ok(&json!({ "results": results }))
}

/// Brings someone of the external directory into the database.
fn link(call: &mut Call) -> Outcome {
    if call.settings.database_auth() {
        return Err(Answer::abort_404());
    }
    let username = call.param("username");
    let Some(email) = call.settings.value("EMULATOR_DIRECTORY")["users"][&username].as_str().map(str::to_owned) else {
        let extra = Map::from_iter([("username".to_owned(), username.into())]);
        return Err(Answer::problem_with(400, "invalid_request", "Invalid username or password.", extra));
    };
    // Names of the directory may hold signs that Quay's own names cannot.
    let allowed = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, '.' | '-' | '_');
    let name: String = username.to_lowercase().chars().map(|sign| if allowed(sign) { sign } else { '_' }).collect();
    seed::user(call.state, &name, Some(&email), None);
    if let Some(user) = call.state.user_mut(&name) {
        user.external = Some(username);
    }
    let user = call.state.user(&name).ok_or_else(Answer::not_found)?;
    Answer::ok(&json!({ "entity": { "avatar": avatar::user(user), "is_robot": false, "kind": "user", "name": name } }))
}

fn found_repositories(call: &Call, text: &str) -> Vec<Value> {
    let all = call
        .state
        .namespaces
        .values()
        .flat_map(|owner| owner.repositories.values().map(move |repository| (owner, repository)));
    let found = all.filter(|(owner, repository)| {
        repository.name.contains(text) && (call.sees(&owner.name, repository) || call.full_access())
    });
    found
        .map(|(owner, repository)| {
            json!({
                "description": repository.description,
                "href": format!("/repository/{}/{}", owner.name, repository.name),
                "is_public": repository.public,
                "kind": "repository",
                "name": repository.name,
                "namespace": {
                    "avatar": if owner.organization { avatar::organization(owner) } else { avatar::user(owner) },
                    "href": format!("/{}/{}", if owner.organization { "organization" } else { "user" }, owner.name),
                    "kind": if owner.organization { "organization" } else { "user" },
                    "name": owner.name,
                    "score": 1,
                },
                "score": 1.0,
            })
        })
        .collect()
}

fn find_all(call: &mut Call) -> Outcome {
    let text = call.request.argument("query").unwrap_or_default();
    Answer::ok(&json!({ "results": found_repositories(call, &text) }))
}

fn find_repositories(call: &mut Call) -> Outcome {
    let text = call.request.argument("query").unwrap_or_default();
    let page = call.request.number("page").unwrap_or(1).max(1);
    let found = found_repositories(call, &text);
    let start = usize::try_from(page - 1).unwrap_or_default() * SEARCH_LIMIT;
    let shown: Vec<&Value> = found.iter().skip(start).take(SEARCH_LIMIT).collect();
    Answer::ok(&json!({
        "has_additional": found.len() > start + SEARCH_LIMIT,
        "page": page,
        "page_size": SEARCH_LIMIT,
        "results": shown,
        "start_index": start,
    }))
}
