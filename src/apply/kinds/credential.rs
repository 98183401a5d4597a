//! The modules that give credentials.

use serde_json::{Map, Value};

use crate::api::{base_url, registry};
use crate::quay::written;

/// What a module gives.
struct Giver {
    module: &'static str,
    /// The returned value with the secret.
    token: &'static str,
    account: Account,
    /// Whether Quay shows the secret again.
    is_shown_again: bool,
}

/// Whose credential it is.
enum Account {
    /// What Quay calls all tokens of a kind.
    Fixed(&'static str),
    /// The returned value of this name.
    Returned(&'static str),
}

const fn giver(module: &'static str, token: &'static str, account: Account, is_shown_again: bool) -> Giver {
    Giver { module, token, account, is_shown_again }
}

const GIVERS: &[Giver] = &[
    giver("quay_api_token", "access_token", Account::Fixed("$oauthtoken"), false),
    giver("quay_application_token", "token", Account::Fixed("$oauthtoken"), false),
    giver("quay_docker_token", "token_code", Account::Fixed("$app"), true),
    giver("quay_robot", "token", Account::Returned("name"), true),
    giver("quay_robot_pair", "token", Account::Returned("name"), true),
];

fn find(module: &str) -> Option<&'static Giver> {
    GIVERS.iter().find(|giver| giver.module == module)
}

/// Whether a module gives a credential.
pub fn is_given_by(module: &str) -> bool {
    find(module).is_some()
}

/// The returned value of a module that is the secret.
pub fn key(module: &str) -> &'static str {
    find(module).map_or("", |giver| giver.token)
}

/// The returned value of a module that is a secret which Quay shows once: a later run cannot deliver it.
pub fn shown_once(module: &str) -> Option<&'static str> {
    find(module).filter(|giver| !giver.is_shown_again).map(|giver| giver.token)
}

/// The option with which a module makes another credential in the place of one that nobody has; `None` for one that makes another
/// with each call, or whose credential is shown again.
pub fn anew(module: &str) -> Option<&'static str> {
    (module == "quay_application_token").then_some("rotate")
}

/// What tells a credential that Quay shows once from others of its name; empty where the module returns nothing of the kind.
pub fn identity(returned: &Map<String, Value>) -> &str {
    returned.get("uuid").and_then(Value::as_str).unwrap_or_default()
}

/// The account and the secret among what a module returned; `None` where the secret is not shown.
pub fn of(module: &str, returned: &Map<String, Value>) -> Option<(String, String)> {
    let giver = find(module)?;
    let text = |key: &str| returned.get(key).filter(|value| !value.is_null()).map(written);
    let token = text(giver.token).filter(|token| !token.is_empty())?;
    let account = match giver.account {
        Account::Fixed(name) => name.to_owned(),
        Account::Returned(key) => text(key).unwrap_or_default(),
    };
    Some((account, token))
}

/// The registry of a connection, as clients write it: `host[:port]`.
pub fn registry_of(connection: &Map<String, Value>) -> String {
    let host = connection.get("quay_host").and_then(Value::as_str).unwrap_or_default();
    base_url(host).map(|base| registry(&base)).unwrap_or_default()
}
