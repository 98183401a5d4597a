//! `quaymaster export`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, json};

use super::credentials::Credentials;
use super::declared::{Foreign, Kept, Pace, environment, told};
use super::{Ended, print};
use crate::api::{self, trace};
use crate::apply::export::{self, Wanted};
use crate::apply::input::intake;
use crate::apply::input::registry::Endpoint;
use crate::apply::input::selection::Selection;
use crate::apply::planning::validate;
use crate::call::mask::Mask;
use crate::error::io_text;

/// Write organizations as a registry file.
///
/// Reads organizations with everything in them from a server. Applying the file to the same server changes nothing. Quay
/// does not show passwords; comments at the top of the file name what had to be left out.
///
/// The server is that of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Export {
    /// Names of organizations, or patterns with *, ? and [...]; all that the account can see without one.
    #[arg(value_name = "ORGANIZATION")]
    organizations: Vec<String>,
    /// The server: a host, or with --file the name of an endpoint.
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// Registry file that names the server; can be given several times.
    #[arg(long, short, value_name = "PATH")]
    file: Vec<PathBuf>,
    /// Export the accounts, too; only superusers see them.
    #[arg(long)]
    users: bool,
    /// Export the messages of the day, too.
    #[arg(long)]
    messages: bool,
    /// Write to this file instead of the standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    foreign: Foreign,
    #[command(flatten)]
    kept: Kept,
}

const HELP: &str = "\
Examples:
  quaymaster export acme tools --output-file registry.yml
  quaymaster export --endpoint quay.example.com 'team-*'";

impl Export {
    /// Writes the file.
    pub fn run(self) -> Ended {
        let endpoint = self.server()?;
        let mask = Mask::new(&endpoint.secrets);
        let wanted = Wanted {
            organizations: &self.organizations,
            users: self.users,
            messages: self.messages,
            jobs: usize::from(self.pace.jobs.unwrap_or(api::Pace::JOBS)),
        };
        let export = export::read(&endpoint.options, &wanted, self.pace.rate)
            .map_err(|errors| errors.iter().map(|error| mask.text(error)).collect::<Vec<_>>())?;
        let text = export.to_yaml();
        match &self.output_file {
            Some(path) => save(path, &text).map(|()| ExitCode::SUCCESS),
            None => Ok(print::out(&text, ExitCode::SUCCESS)),
        }
    }

    fn server(&self) -> Result<Endpoint, Vec<String>> {
        let credentials = Credentials::read(self.kept.credentials.as_deref())?;
        let mut registry = Map::new();
        let host = match (&self.endpoint, self.file.is_empty()) {
            (Some(host), true) => Some(host.clone()),
            (None, true) if environment("QUAY_HOST").is_none_or(|host| host.is_empty()) => {
                Some(credentials.only_host("with --endpoint")?)
            }
            _ => None,
        };
        if let Some(host) = host {
            registry.insert("quay_host".into(), json!(host));
        }
        let input = match self.file.as_slice() {
            [] => intake::Input::default(),
            files => intake::files(files, &self.foreign.options(), &environment),
        };
        let declaration = validate::declaration(input, registry, &environment).map_err(|problems| told(&problems))?;
        let names: Vec<String> = self.endpoint.iter().cloned().collect();
        let strange = Selection { endpoints: names.clone(), ..Selection::default() }.unknown(&declaration);
        if !strange.is_empty() {
            return Err(strange);
        }
        let chosen = declaration.registry.endpoints.into_iter();
        let mut chosen: Vec<Endpoint> = chosen.filter(|endpoint| names.iter().all(|name| endpoint.is(name))).collect();
        match (chosen.pop(), chosen.is_empty()) {
            (Some(mut endpoint), true) => {
                credentials.supply(&mut endpoint);
                self.pace.reach.set(&mut endpoint.options);
                trace::learn(&endpoint.secrets);
                Ok(endpoint)
            }
            (Some(_), false) => Err(vec!["the files name several endpoints: choose one with --endpoint".into()]),
            (None, _) => Err(vec!["the files name no endpoint".into()]),
        }
    }
}

/// Writes a text to a file.
///
/// # Errors
/// When that is not possible.
pub fn save(path: &Path, text: &str) -> Result<(), Vec<String>> {
    fs::write(path, text).map_err(|error| vec![format!("{} cannot be written: {}", path.display(), io_text(&error))])
}
