//! The caller's own tokens of OAuth applications, as their owner sees and revokes them.

use serde_json::{Value, json};

use super::{Right, Route, delete, get};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    state::{Application, Namespace, OAuthToken},
};

const OWN: Right = Right::Account("user:admin");

pub(super) const ROUTES: &[Route] = &[
    get("user/authorizations", list).needs(OWN),
    get("user/authorizations/{uuid}", show).needs(OWN),
    delete("user/authorizations/{uuid}", remove).needs(OWN),
];

/// Scopes with their titles, what they allow, their picture, and whether they are dangerous.
const SCOPES: &[(&str, &str, &str, &str, bool)] = &[
    (
        "org:admin",
        "Administer Organization",
        "This application will be able to administer your organizations including creating robots, creating teams, adjusting team \
         membership, and changing billing settings. You should have absolute trust in the requesting application before granting \
         this permission.",
        "fa-gear",
        true,
    ),
    (
        "repo:admin",
        "Administer Repositories",
        "This application will have administrator access to all repositories to which the granting user has access",
        "fa-hdd-o",
        false,
    ),
    (
        "repo:create",
        "Create Repositories",
        "This application will be able to create repositories in all namespaces that the granting user is allowed to create \
         repositories",
        "fa-plus",
        false,
    ),
    (
        "repo:read",
        "View all visible repositories",
        "This application will be able to view and pull all repositories visible to the granting user",
        "fa-hdd-o",
        false,
    ),
    (
        "repo:write",
        "Read/Write to any accessible repositories",
        "This application will be able to view, push and pull to all repositories to which the granting user has write access",
        "fa-hdd-o",
        false,
    ),
    (
        "super:user",
        "Super User Access",
        "This application will be able to administer your installation including managing users, managing organizations and other \
         features found in the superuser panel. You should have absolute trust in the requesting application before granting this \
         permission.",
        "fa-street-view",
        true,
    ),
    (
        "user:admin",
        "Administer User",
        "This application will be able to administer your account including creating robots and granting them permissions to your \
         repositories. You should have absolute trust in the requesting application before granting this permission.",
        "fa-gear",
        true,
    ),
    (
        "user:read",
        "Read User Information",
        "This application will be able to read user information such as username and email address.",
        "fa-user",
        false,
    ),
];

fn scope_view(scope: &String) -> Value {
    let known = SCOPES.iter().find(|(name, ..)| name == scope);
    known.map_or(Value::Null, |(scope, title, description, icon, dangerous)| {
        json!({"dangerous": dangerous, "description": description, "icon": icon, "scope": scope, "title": title})
    })
}

/// The application of a token, and whose it is.
fn owner<'a>(call: &'a Call, token: &OAuthToken) -> Option<(&'a Namespace, &'a Application)> {
    call.state.namespaces.values().find_map(|owner| Some((owner, owner.applications.get(&token.client_id)?)))
}

fn view(call: &Call, token: &OAuthToken) -> Value {
    let application = owner(call, token).map(|(owner, application)| {
        let seed = application.avatar_email.as_deref().filter(|email| !email.is_empty()).unwrap_or(&owner.email);
        let mut picture = avatar::organization(owner);
        picture["kind"] = "org".into();
        json!({
            "avatar": avatar::application(&application.name, seed),
            "description": application.description,
            "name": application.name,
            "organization": { "avatar": picture, "name": owner.name },
            "url": application.application_uri,
        })
    });
    let scopes: Vec<Value> = token.scopes.iter().map(scope_view).collect();
    json!({ "application": application, "scopes": scopes, "uuid": token.uuid })
}

/// Ended tokens are in it, too, and nothing tells them from others.
fn own(call: &Call) -> Vec<(String, OAuthToken)> {
    let user = call.user_name();
    let tokens = call.state.tokens.iter().filter(|(_, token)| token.user == user);
    tokens.map(|(code, token)| (code.clone(), token.clone())).collect()
}

fn one(call: &Call) -> Result<(String, OAuthToken), Answer> {
    let uuid = call.param("uuid");
    own(call).into_iter().find(|(_, token)| token.uuid == uuid).ok_or_else(Answer::not_found)
}

fn list(call: &mut Call) -> Outcome {
    let views: Vec<Value> = own(call).iter().map(|(_, token)| view(call, token)).collect();
    Answer::ok(&json!({ "authorizations": views }))
}

fn show(call: &mut Call) -> Outcome {
    let (_, token) = one(call)?;
    Answer::ok(&view(call, &token))
}

fn remove(call: &mut Call) -> Outcome {
    let (code, _) = one(call)?;
    call.state.tokens.shift_remove(&code);
    Answer::no_content()
}
