//! `quaymaster inventory`: the data behind the inventory plugin.

use std::path::{Path as File, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Ended, print};
use crate::ansible::mask::Mask;
use crate::ansible::output::{self, Outcome};
use crate::api::{Path, Reader, Settings};
use crate::error::{Error, Result, io_text};
use crate::modules::connection;
use crate::quay::lookup;

/// List the organizations and repositories of servers as JSON.
///
/// This is what the inventory plugin of the collection asks. The file names the servers, as a list of connection options
/// each, and says what to list; the answer has an entry for each server.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Inventory {
    /// JSON file that says which: `quays` (a list of connection options), `organizations`, `repositories`.
    #[arg(value_name = "FILE")]
    arguments: PathBuf,
}

const HELP: &str = "\
Examples:
  quaymaster inventory question.json
      with {\"quays\": [{\"quay_host\": \"https://quay.example.com\"}], \"organizations\": [\"acme\"], \"repositories\": true}";

impl Inventory {
    /// Prints the list.
    pub fn run(self) -> Ended {
        Ok(match answer(&self.arguments) {
            Ok(answer) => print::out(&format!("{answer}\n"), ExitCode::SUCCESS),
            Err(failure) => output::print(*failure),
        })
    }
}

/// What to list.
#[derive(Deserialize)]
struct Question {
    /// Connection options of each server, as of a module.
    quays: Vec<Map<String, Value>>,
    /// Only these organizations; those that the account can see without it.
    organizations: Option<Vec<String>>,
    /// Whether to list the repositories too.
    #[serde(default)]
    repositories: bool,
}

/// Answers the question in the JSON file: `[{"organizations": [{"name", "repositories": [...]}]}]`, a list entry for
/// each server.
///
/// # Errors
/// The outcome to print, without a secret in it.
fn answer(arguments: &File) -> std::result::Result<Value, Box<Outcome>> {
    let failure = |message| Box::new(Outcome::failure(message));
    let shown = arguments.display();
    let text = std::fs::read(arguments)
        .map_err(|error| failure(format!("The file {shown} cannot be read: {}.", io_text(&error))))?;
    // The message of the parser could repeat a value.
    let question: Question = serde_json::from_slice(&text).map_err(|error| {
        failure(format!("The file {shown} does not hold a question in JSON (line {}).", error.line()))
    })?;
    let secrets =
        question.quays.iter().flat_map(|quay| connection::RULES.secrets.iter().filter_map(|key| quay.get(*key)));
    let mask = Mask::new(secrets.filter_map(Value::as_str));
    let ask = |quay: &Map<String, Value>| {
        list(quay, &question).map_err(|error| {
            let host = quay.get("quay_host").and_then(Value::as_str).unwrap_or_default();
            Box::new(Outcome::failure(format!("{host}: {error}")).masked(&mask))
        })
    };
    question.quays.iter().map(ask).collect()
}

fn list(quay: &Map<String, Value>, question: &Question) -> Result<Value> {
    let quay = Reader::connect(Settings::from_options(quay))?;
    let names = match &question.organizations {
        Some(names) => names.clone(),
        None => organizations(&quay)?,
    };
    let organizations: Result<Vec<Value>> = names
        .iter()
        .map(|name| match question.repositories {
            true => Ok(json!({"name": name, "repositories": repositories(&quay, name)?})),
            false => Ok(json!({"name": name})),
        })
        .collect();
    Ok(json!({"organizations": organizations?}))
}

/// All organizations for a superuser, else those of the account.
fn organizations(quay: &Reader) -> Result<Vec<String>> {
    if quay.is_anonymous() {
        return Err(Error::Option(
            "without an account there is no list of organizations: give quay_token, quay_username and quay_password, or \
             organizations"
                .into(),
        ));
    }
    lookup::organizations(quay)
}

/// The repositories of an organization that the account can see, without what changes with every request.
fn repositories(quay: &Reader, organization: &str) -> Result<Vec<Value>> {
    let path = Path::api("repository").query("namespace", organization).query("public", "true");
    let found = quay.list(&path, "repositories")?;
    if found.is_empty() {
        // Quay has an empty list for a name that does not exist, and for a token that is not valid.
        quay.get(&Path::organization(organization))?;
    }
    let view = |repository: &Value| {
        json!({
            "name": repository["name"],
            "visibility": if repository["is_public"] == true { "public" } else { "private" },
            "state": repository["state"],
            "kind": repository["kind"],
            "description": repository["description"],
        })
    };
    Ok(found.iter().map(view).collect())
}
