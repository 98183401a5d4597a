//! Where Quay tells of credentials.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Options;
use super::findings::People;
use super::row::{Kind, Row};
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::quay::partial::{Partial, if_shown};
use crate::quay::version::APPLICATION_TOKENS;
use crate::quay::{api_token, clean, docker, lists, lookup, robot, text, time};

/// What was read.
#[derive(Default)]
pub struct Found {
    pub rows: Vec<Row>,
    /// What could not be read.
    pub partial: Partial,
    pub people: People,
}

impl Found {
    /// Reads all that is wanted.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn read(options: &Options, quay: &Reader) -> Result<Found> {
        let mut found = Found::default();
        match &options.organization {
            None => found.own(options, quay)?,
            Some(names) => {
                for name in lists::named(quay, names)? {
                    found.organization(&name, options, quay)?;
                }
                if lists::are_all(names) && options.has(Kind::Docker) {
                    found.docker_tokens_of_all(quay)?;
                }
                found.owners(quay)?;
            }
        }
        Ok(found)
    }

    /// Takes what was read, or notes why it was not: `old` where the server has no such thing.
    fn note<T>(&mut self, old: &str, read: Result<T>) -> Result<Option<T>> {
        self.partial.take(read, |error| if error.is_unavailable() { old.to_owned() } else { error.to_string() })
    }

    /// The credentials of the caller. API tokens of personal applications stand in no other list.
    fn own(&mut self, options: &Options, quay: &Reader) -> Result<()> {
        let caller = lookup::caller_or(quay, "organization: credentials of the caller need credentials")?;
        if options.has(Kind::Own) {
            let read = quay.list(&Path::api("user/authorizations"), "authorizations");
            let read = read.map_err(|error| error.attempting("list the caller's API tokens").needing(&robot::OWN));
            let listed = self.note("the caller's API tokens", read)?.unwrap_or_default();
            self.rows.extend(listed.iter().map(|entry| own_token(entry, &caller)));
        }
        if options.has(Kind::Docker) {
            let read = quay.list(&docker::tokens(), "tokens");
            let read =
                read.map_err(|error| error.attempting("list the caller's application tokens").needing(&robot::OWN));
            let listed = self.note("application tokens: FEATURE_APP_SPECIFIC_TOKENS is off", read)?.unwrap_or_default();
            self.rows.extend(listed.iter().map(|entry| docker_token(entry, Some(&caller))));
        }
        if options.has(Kind::Robot) {
            let listed =
                self.note("the caller's robot accounts", lists::own_robots(quay, &caller))?.unwrap_or_default();
            self.rows
                .extend(listed.iter().map(|entry| Row { owner: Some(caller.clone()), ..robot_account(entry, None) }));
        }
        Ok(())
    }

    fn organization(&mut self, name: &str, options: &Options, quay: &Reader) -> Result<()> {
        if options.has(Kind::Api) {
            let path = api_token::applications(name);
            let attempt = format!("list the applications of {name}");
            let read = quay.list(&path, "applications").map_err(|error| error.attempting(attempt.as_str()));
            match self.note(&attempt, lookup::within(quay, name, read))? {
                Some(None) => {
                    self.partial.incomplete.push(lookup::no_organization(name));
                    return Ok(());
                }
                Some(Some(applications)) => self.tokens(name, &applications, quay)?,
                None => {}
            }
        }
        if options.has(Kind::Robot) {
            // Its applications have told already whether there is such an organization.
            let listed = match options.has(Kind::Api) {
                true => lists::robots(quay, name, false).map(Some),
                false => lists::robots_if_there(quay, name, false),
            };
            match self.note("robot accounts", listed)? {
                Some(None) => self.partial.incomplete.push(lookup::no_organization(name)),
                listed => {
                    let listed = listed.flatten().unwrap_or_default();
                    self.rows.extend(listed.iter().map(|entry| robot_account(entry, Some(name))));
                }
            }
        }
        Ok(())
    }

    fn tokens(&mut self, organization: &str, applications: &[Value], quay: &Reader) -> Result<()> {
        for application in applications {
            let path = api_token::path(organization, text(&application["client_id"]));
            let name = clean(&application["name"]);
            let attempt = format!("list the API tokens of {organization}");
            let old = format!("the API tokens of {organization}: needs Quay {}", APPLICATION_TOKENS.since);
            let read = api_token::list(quay, &path).map_err(|error| error.attempting(attempt));
            // What one application does not have, none has; but one that is gone meanwhile has none alone.
            let is_gone = read.as_ref().is_err_and(Error::is_missing);
            let Some(listed) = self.note(&old, read)? else { if is_gone { continue } else { break } };
            self.rows.extend(listed.into_iter().map(|token| Row {
                organization: Some(organization.to_owned()),
                application: name.clone(),
                ..api(token)
            }));
        }
        Ok(())
    }

    /// Quay lists the docker tokens of all users for superusers with full access, and tells no owner.
    fn docker_tokens_of_all(&mut self, quay: &Reader) -> Result<()> {
        let read = quay.list(&Path::api("superuser/apptokens"), "tokens");
        let read = read.map_err(|error| error.attempting("list the application tokens of all users"));
        if let Some(listed) = self.note("the application tokens of all users: needs Quay 3.16", read)? {
            if !listed.is_empty() {
                self.partial.incomplete.push("owners of the application tokens: Quay does not tell them".to_owned());
            }
            self.rows.extend(listed.iter().map(|entry| docker_token(entry, None)));
        }
        Ok(())
    }

    /// What the findings need to know of those whom API tokens act as; whoever may not see it gets fewer findings.
    fn owners(&mut self, quay: &Reader) -> Result<()> {
        let owned = self.rows.iter().filter(|row| row.owner.is_some());
        let organizations: BTreeSet<String> = owned.filter_map(|row| row.organization.clone()).collect();
        if organizations.is_empty() {
            return Ok(());
        }
        for organization in organizations {
            let path = Path::organization(&organization).fixed("/members");
            if let Some(members) = if_shown(quay.list(&path, "members"))? {
                let names = members.iter().map(|member| text(&member["name"]).to_owned()).collect();
                self.people.members.insert(organization, names);
            }
        }
        for user in if_shown(lists::users(quay))?.unwrap_or_default() {
            if user["enabled"] == false {
                self.people.disabled.insert(text(&user["username"]).to_owned());
            }
        }
        Ok(())
    }
}

fn api(token: api_token::ApiToken) -> Row {
    let plain = |value: Option<String>| value.and_then(|value| clean(&Value::String(value)));
    Row {
        kind: Kind::Api,
        created: token.made(),
        used: token.last_accessed.as_deref().and_then(time::parse),
        ends: token.ends(),
        scopes: token.scopes().into_iter().filter_map(|scope| clean(&Value::from(scope))).collect(),
        name: plain(token.name),
        uuid: plain(Some(token.uuid)),
        owner: plain(token.created_by),
        ..Row::default()
    }
}

fn own_token(entry: &Value, caller: &str) -> Row {
    let scopes = entry["scopes"].as_array().into_iter().flatten();
    Row {
        kind: Kind::Own,
        organization: clean(&entry["application"]["organization"]["name"]),
        application: clean(&entry["application"]["name"]),
        uuid: clean(&entry["uuid"]),
        owner: Some(caller.to_owned()),
        scopes: scopes.filter_map(|scope| clean(&scope["scope"])).collect(),
        ..Row::default()
    }
}

fn docker_token(entry: &Value, owner: Option<&str>) -> Row {
    Row {
        kind: Kind::Docker,
        name: clean(&entry["title"]),
        uuid: clean(&entry["uuid"]),
        owner: owner.map(str::to_owned),
        created: time::of(&entry["created"]),
        used: time::of(&entry["last_accessed"]),
        ends: time::of(&entry["expiration"]),
        ..Row::default()
    }
}

/// Its age is that of the account: Quay does not tell when its token was regenerated.
fn robot_account(entry: &Value, organization: Option<&str>) -> Row {
    Row {
        kind: Kind::Robot,
        organization: organization.map(str::to_owned),
        name: clean(&entry["name"]),
        created: time::of(&entry["created"]),
        used: time::of(&entry["last_accessed"]),
        ..Row::default()
    }
}
