//! The application that the tokens belong to.

use serde_json::Value;

use super::Options;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Result};
use crate::plan::{Plan, Probe};
use crate::quay::api_token::{self, ApiToken};
use crate::quay::server::Server;
use crate::quay::version::APPLICATION_TOKENS;
use crate::quay::{State, first_names, lookup, text};

/// The name under which a plan keeps an application that another plan will have made.
const MADE: &str = "application";
/// Names of other applications that are told.
const MOST_NAMES: usize = 20;

/// An application.
pub struct Owner {
    /// `/api/v1/organization/{organization}/applications/{client_id}/tokens`.
    pub path: Path,
    organization: String,
    /// Its client ID; `None` where it is yet to be made.
    client_id: Option<String>,
}

impl Owner {
    /// Finds the application; `None` where its tokens shall be absent, and it is, or its organization.
    ///
    /// # Errors
    /// When the tokens shall be present and there is no such application, or several have its name.
    pub fn find(options: &Options, quay: &Reader) -> Result<Option<Owner>> {
        match &options.client_id {
            Some(client_id) => by_client_id(options, client_id, quay),
            None => by_name(options, options.application.as_deref().unwrap_or_default(), quay),
        }
    }

    fn known(organization: &str, client_id: &str) -> Owner {
        Owner {
            path: api_token::path(organization, client_id),
            organization: organization.to_owned(),
            client_id: Some(client_id.to_owned()),
        }
    }

    /// One that an earlier plan makes; the path gets its client ID when that is done.
    fn planned(organization: &str) -> Owner {
        let id = Slot::new(MADE, "/client_id").expecting("CLIENT_ID");
        let path = api_token::applications(organization).then_slot(&id).fixed("/tokens");
        Owner { path, organization: organization.to_owned(), client_id: None }
    }

    /// Its living tokens.
    ///
    /// # Errors
    /// When Quay refuses the list; before 3.18 there is none.
    pub fn tokens(&self, attempt: &str, quay: &Reader) -> Result<Vec<ApiToken>> {
        match &self.client_id {
            Some(_) => api_token::list(quay, &self.path).map_err(|error| told(error, attempt, quay)),
            None => Ok(Vec::new()),
        }
    }

    /// Lets a plan find the application that is yet to be made.
    pub fn locate(&self, plan: &mut Plan, options: &Options) {
        if let (None, Some(name)) = (&self.client_id, options.application.clone()) {
            let missing = format!("cannot {}: there is no application {name}", options.attempt());
            let list = api_token::applications(&self.organization);
            plan.find(
                MADE,
                Probe::finding(list, move |answer| {
                    api_token::named(answer["applications"].as_array()?, &name).next().cloned()
                }),
                missing,
            );
        }
    }

    /// Gives its client ID to the user.
    pub fn give_client_id(&self, plan: &mut Plan) {
        match &self.client_id {
            Some(client_id) => plan.give("client_id", client_id.as_str()),
            None => plan.give_answer("client_id", Slot::new(MADE, "/client_id")),
        }
    }
}

fn by_client_id(options: &Options, client_id: &str, quay: &Reader) -> Result<Option<Owner>> {
    let owner = Owner::known(&options.organization, client_id);
    let listed = api_token::list(quay, &owner.path);
    let listed =
        lookup::within(quay, &options.organization, listed).map_err(|error| told(error, &options.attempt(), quay))?;
    if listed.is_some() {
        return Ok(Some(owner));
    }
    missing(options, quay, || format!("{} has no application with the client ID {client_id}", options.organization))
}

fn by_name(options: &Options, name: &str, quay: &Reader) -> Result<Option<Owner>> {
    let list = quay.get(&api_token::applications(&options.organization));
    let attempt = || format!("list the applications of {}", options.organization);
    let Some(answer) =
        lookup::within(quay, &options.organization, list).map_err(|error| error.attempting(attempt()))?
    else {
        return missing(options, quay, || format!("{} has no application {name}", options.organization));
    };
    let applications = answer["applications"].as_array().map_or(&[][..], Vec::as_slice);
    let same: Vec<&Value> = api_token::named(applications, name).collect();
    match same.as_slice() {
        [] => missing(options, quay, || {
            let all: Vec<&str> = applications.iter().map(|entry| text(&entry["name"])).collect();
            let others = if all.is_empty() { "none".to_owned() } else { first_names(&all, MOST_NAMES) };
            format!("{} has no application {name}; it has {others}", options.organization)
        }),
        [one] => Ok(Some(match one["client_id"].as_str() {
            Some(client_id) => Owner::known(&options.organization, client_id),
            None => Owner::planned(&options.organization),
        })),
        several => Err(Error::Option(format!(
            "application: {} applications of {} have the name {name}: name one by its client_id ({})",
            several.len(),
            options.organization,
            api_token::client_ids(several)
        ))),
    }
}

/// Nothing to revoke, or nothing to make a token of.
fn missing(options: &Options, quay: &Reader, why: impl FnOnce() -> String) -> Result<Option<Owner>> {
    match options.state {
        State::Absent => Ok(None),
        State::Present if lookup::organization(quay, &options.organization)?.is_none() => {
            Err(lookup::missing_organization(&options.attempt(), &options.organization))
        }
        State::Present => Err(Error::Missing(format!("cannot {}: {}", options.attempt(), why()))),
    }
}

/// The refusal of a list of tokens; an older server has none, and another way to make tokens.
fn told(error: Error, attempt: &str, quay: &Reader) -> Error {
    if !error.is_unavailable() {
        return error.attempting(attempt);
    }
    let since = APPLICATION_TOKENS.since;
    let found = Server::ask(quay).older(since).map_or_else(String::new, |found| format!(", and the server is {found}"));
    Error::Option(format!("cannot {attempt}: this needs Quay {since}{found}; quay_api_token works with older ones"))
}
