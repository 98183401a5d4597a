//! Accounts that exist from the start.

use crate::{
    caller::{ALL_SCOPES, issue_token},
    state::{Application, Namespace, State, clock::SECOND, ids},
};

/// Ten years.
pub(crate) const TOKEN_LIFETIME: i64 = 315_576_000 * SECOND;

/// Creates a user, unless the name exists.
pub(crate) fn user(state: &mut State, name: &str, email: Option<&str>, password: Option<&str>) {
    if state.namespaces.contains_key(name) {
        return;
    }
    let id = state.serial("namespace");
    let mut user = Namespace::new(id, name, email, false);
    user.password = password.map(str::to_owned);
    state.namespaces.insert(name.to_owned(), user);
}

/// Creates the superuser `admin` with the password `password`, and gives back a new token with all scopes.
pub(crate) fn admin(state: &mut State) -> String {
    user(state, "admin", Some("admin@example.com"), Some("password"));
    token(state, "admin", &ALL_SCOPES, TOKEN_LIFETIME)
}

/// Gives a user a token with these scopes, from an application `automation` in the user's own namespace.
pub(crate) fn token(state: &mut State, name: &str, scopes: &[&str], lifetime: i64) -> String {
    user(state, name, None, None);
    if let Some(namespace) = state.namespace_mut(name) {
        // The client id of this one application is the user's name, as after the first user's creation.
        namespace.applications.entry(name.to_owned()).or_insert_with(|| Application {
            client_id: name.to_owned(),
            client_secret: ids::letters(40),
            name: "automation".to_owned(),
            description: String::new(),
            application_uri: String::new(),
            redirect_uri: String::new(),
            avatar_email: None,
        });
    }
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    issue_token(state, name, name, &scopes, None, lifetime)
}
