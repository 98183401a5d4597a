//! Named API tokens of an application.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::export::{Source, if_available};
use super::list::List;
use super::names::{ObjectName, text};
use super::section::{Place, Section, Supply};
use super::{Card, Kind, Options};
use crate::error::Result;
use crate::quay::api_token::{self, ApiToken, LONGEST_LIFE};
use crate::quay::period;
use crate::quay::version::APPLICATION_TOKENS;

/// API tokens.
pub static TOKENS: Card = Card { pruned: true, rank: 0, ..Card::of("tokens", "API token", &[&SECTION]) };

/// Their entries in a file.
pub static SECTION: Section = Section {
    place: Place::Application,
    supplied: &[("organization", Supply::Organization), ("application", Supply::Application)],
    left_out: &["append", "client_id", "rotate"],
    steering: &["preserve", "secret", "deliver"],
    needs: |options| application(options).into_iter().collect(),
    list: Some(List::of(list, "tokens", |entry| json!({"name": entry["name"]}))),
    ..Section::of("tokens", Kind::Tokens, "quay_application_token")
};

fn application(options: &Options) -> Option<ObjectName> {
    Some(ObjectName::Application(format!("{}/{}", text(options, "organization")?, text(options, "application")?)))
}

/// The list of an application, by `organization/client_id`.
fn list(place: &str) -> crate::api::Path {
    let (organization, client_id) = place.split_once('/').unwrap_or_default();
    api_token::path(organization, client_id)
}

/// The tokens of an application as a file writes them: what a creation says, without the secret, which nobody can read again.
///
/// # Errors
/// When they cannot be read.
pub fn export(
    source: &Source<'_>,
    organization: &str,
    application: &Value,
    left_out: &mut Vec<String>,
) -> Result<Vec<Value>> {
    let place = format!("organization {organization}: application {}", crate::quay::text(&application["name"]));
    let path = api_token::path(organization, crate::quay::text(&application["client_id"]));
    let attempt = format!("list the tokens of the {place}");
    let listed = match source.server.older(APPLICATION_TOKENS.since) {
        Some(_) => None,
        None => if_available(api_token::list(source.quay, &path).map_err(|error| error.attempting(attempt)))?,
    };
    let mut named: BTreeMap<String, Vec<ApiToken>> = BTreeMap::new();
    for token in listed.unwrap_or_default() {
        match token.name.clone() {
            Some(name) => named.entry(name).or_default().push(token),
            None => left_out.push(format!("{place}: an API token without a name ({})", token.uuid)),
        }
    }
    let mut entries = Vec::new();
    for (name, tokens) in named {
        match tokens.as_slice() {
            [token] => {
                let mut entry = json!({"name": name, "rights": token.scopes()});
                match token.life() {
                    Some(LONGEST_LIFE..) => {}
                    Some(seconds) => entry["expiration"] = json!(period::written(seconds)),
                    None => {
                        left_out.push(format!("{place}: the life of the API token {name}, which Quay does not tell"))
                    }
                }
                entries.push(entry);
            }
            // A run would keep the newest alone.
            several => left_out.push(format!("{place}: the {} API tokens called {name}", several.len())),
        }
    }
    Ok(entries)
}
