//! `quaymaster inventory`: the data behind the inventory plugin.

mod question;

use std::path::{Path as File, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use self::question::{Question, Server};
use super::{Ended, print};
use crate::ansible::output::{self, Outcome};
use crate::api::{Path, Reader};
use crate::error::{Error, Result, io_text};
use crate::quay::lists;

/// List the organizations and repositories of servers as JSON.
///
/// This is what the inventory plugin of the collection asks. The file names the servers, each with the options of its
/// connection, and says what to list; the answer has an entry for each server. What the file does not say comes from the
/// environment, as for a module.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Inventory {
    /// JSON file that says which: `quays` (a list of dicts: `name`, `organizations`, connection options), `defaults` (the
    /// same options for all of them, or for the only server), `repositories` (whether to list them).
    #[arg(value_name = "FILE")]
    arguments: PathBuf,
}

const HELP: &str = "\
Examples:
  quaymaster inventory question.json
      with {\"defaults\": {\"quay_host\": \"https://quay.example.com\", \"organizations\": [\"acme\"]}, \"repositories\": true}";

impl Inventory {
    /// Prints the list.
    pub fn run(self) -> Ended {
        Ok(match answer(&self.arguments) {
            Ok(answer) => print::out(&format!("{answer}\n"), ExitCode::SUCCESS),
            Err(failure) => output::print(*failure),
        })
    }
}

/// Answers the question in the JSON file: `[{"name", "quay_host", "warnings", "organizations": [{"name", "repositories":
/// [...]}]}]`, a list entry for each server.
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
    let ask = |server: Server| {
        let Server { name, host, settings, organizations, mask, mut warnings } = server;
        let found = Reader::connect(settings).and_then(|quay| list(&quay, organizations, question.repositories));
        let found = found.map_err(|error| failure(mask.text(&format!("{name}: {error}"))))?;
        if found.is_empty() {
            warnings
                .push(format!("{name}: the account sees no organization, so the inventory has none of this server"));
        }
        Ok(json!({"name": name, "quay_host": host, "warnings": mask.value(json!(warnings)), "organizations": found}))
    };
    question.servers().map_err(failure)?.into_iter().map(ask).collect()
}

fn list(quay: &Reader, named: Option<Vec<String>>, with_repositories: bool) -> Result<Vec<Value>> {
    let is_named = named.is_some();
    let names = match named {
        Some(names) => {
            // Quay shows what everybody may see to a token that it does not know: an inventory that is empty or too small.
            if !quay.is_anonymous() {
                quay.prove_credentials()?;
            }
            names
        }
        None => organizations(quay)?,
    };
    let view = |name: &String| match with_repositories {
        true => Ok(json!({"name": name, "repositories": repositories(quay, name)?})),
        false if is_named => exists(quay, name).map(|()| json!({"name": name})),
        false => Ok(json!({"name": name})),
    };
    names.iter().map(view).collect()
}

/// That there is such an organization.
fn exists(quay: &Reader, organization: &str) -> Result<()> {
    match quay.find(&Path::organization(organization))? {
        Some(_) => Ok(()),
        None => Err(Error::Missing(format!(
            "organizations: there is no {organization}, or the account does not see it; correct the name or leave it out"
        ))),
    }
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
    lists::organizations(quay)
}

/// The repositories of an organization that the account can see, without what changes with every request.
fn repositories(quay: &Reader, organization: &str) -> Result<Vec<Value>> {
    let path = Path::api("repository").query("namespace", organization).query("public", "true");
    let found = quay.list(&path, "repositories")?;
    if found.is_empty() {
        // Quay has an empty list for a name that does not exist, too.
        exists(quay, organization)?;
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
