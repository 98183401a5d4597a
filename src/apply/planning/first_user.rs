//! The first user of an empty registry: before it is there nobody can sign in, so that nothing else can be planned.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::item::Item;
use crate::api::{Credentials, Http, Pace, Path, Reader, Settings};
use crate::apply::input::declaration::{Declaration, belongs_on};
use crate::apply::input::registry::Endpoint;
use crate::apply::kinds::task::FIRST_USER;
use crate::apply::kinds::user;
use crate::error::{Error, Result};
use crate::modules::contract::Login;
use crate::plan::Plan;

/// A connection without credentials, for the modules that never sign in; `None` where no task needs one.
///
/// # Errors
/// When the settings allow no connection.
pub fn connection(declaration: &Declaration, endpoint: &Endpoint) -> Result<Option<Arc<Http>>> {
    let needed =
        declaration.tasks.iter().any(|task| task.entry.rules.login == Login::Never && task.belongs_on(endpoint));
    if !needed {
        return Ok(None);
    }
    let settings = Settings { credentials: Credentials::Anonymous, ..Settings::from_options(&endpoint.options) };
    Http::paced(settings, Pace::new(1, declaration.registry.rate)).map(|http| Some(Arc::new(http)))
}

/// The user of a declared `quay_first_user` who is not there yet.
pub struct Missing {
    name: String,
    /// Whether the declaration says anything else about this server.
    has_more: bool,
}

impl Missing {
    /// Looks for the first user that the declaration has for an endpoint; `None` when it is there, or none is declared.
    ///
    /// # Errors
    /// When the server does not answer, or has accounts already, so that it takes no first user any more.
    pub fn find(
        declaration: &Declaration,
        endpoint: &Endpoint,
        anonymous: Option<&Reader>,
        reader: &Reader,
    ) -> Result<Option<Missing>> {
        let tasks: Vec<_> = declaration.tasks.iter().filter(|task| task.belongs_on(endpoint)).collect();
        let first = tasks.iter().find(|task| task.entry.document.name == FIRST_USER.module);
        let name = first.and_then(|task| task.options.get("username")?.as_str());
        let (Some(anonymous), Some(name)) = (anonymous, name) else { return Ok(None) };
        if is_there(name, anonymous, reader)? {
            return Ok(None);
        }
        if !reader.is_anonymous() && reader.ask(&Path::api("user/")).is_ok_and(|reply| reply.is_success()) {
            return Err(Error::Option(format!(
                "the first user {name} cannot be created: the credentials work, so that the server has accounts already; use {} \
                 instead of {}",
                user::SECTION.module,
                FIRST_USER.module
            )));
        }
        let entries = declaration.users.iter().chain(&declaration.messages).chain(&declaration.organizations);
        let has_more = tasks.len() > 1 || entries.into_iter().any(|entry| belongs_on(entry, endpoint));
        Ok(Some(Missing { name: name.to_owned(), has_more }))
    }

    /// Keeps of all items the one that can be done, and returns the warning about the others.
    ///
    /// `asked` says that the user wants the tasks alone.
    ///
    /// # Errors
    /// A sentence that tells how to go on, when the user wants more than can be done.
    pub fn alone(&self, asked: bool, items: &mut Vec<Item>) -> Result<Option<String>, String> {
        let name = &self.name;
        if self.has_more && !asked {
            return Err(format!(
                "the first user {name} does not exist yet, and all the rest needs credentials that work: create {name} first (name \
                 the kind tasks in only), then apply everything"
            ));
        }
        items.retain(|item| item.module() == FIRST_USER.module);
        Ok(self.has_more.then(|| format!("only the first user {name} is created: apply again for the rest")))
    }
}

/// The plan of a first user with these options: nothing to do for one that is there.
///
/// # Errors
/// When the server does not answer, or could not create the account.
pub fn plan(item: &Item, options: &Map<String, Value>, anonymous: &Reader, reader: &Reader) -> Result<Plan> {
    let name = options.get("username").and_then(Value::as_str).unwrap_or_default();
    match is_there(name, anonymous, reader)? {
        true => Ok(Plan::of(format!("first user {name}"))),
        false => item.entry.plan(options, anonymous),
    }
}

/// Whether there is an account with this name. A server that tells strangers nothing is asked with the credentials; when
/// they do not work either, nobody is there.
fn is_there(name: &str, anonymous: &Reader, reader: &Reader) -> Result<bool> {
    let path = Path::api("users").then(name);
    let found = anonymous.find(&path).or_else(|error| match error.refusal() {
        Some(_) => reader.find(&path),
        None => Err(error),
    });
    match found {
        Ok(found) => Ok(found.is_some()),
        Err(error) if error.refusal().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}
