//! The one server that a command reads.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, json};

use super::credentials::Credentials;
use super::declared::{Foreign, Kept, Pace, environment, told};
use crate::api::{self, trace};
use crate::apply::input::intake;
use crate::apply::input::registry::Endpoint;
use crate::apply::input::selection::Selection;
use crate::apply::planning::validate;

/// Which server, and how it is reached.
#[derive(Args)]
pub struct Server {
    /// The server: a host, or with --file the name of an endpoint.
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// Registry file that names the server; can be given several times.
    #[arg(long, short, value_name = "PATH")]
    file: Vec<PathBuf>,
    #[command(flatten)]
    pub pace: Pace,
    #[command(flatten)]
    pub foreign: Foreign,
    #[command(flatten)]
    pub kept: Kept,
}

impl Server {
    /// Requests at a time.
    pub fn jobs(&self) -> usize {
        usize::from(self.pace.jobs.unwrap_or(api::Pace::JOBS))
    }

    /// Whether the command line names it.
    pub fn is_chosen(&self) -> bool {
        self.endpoint.is_some() || !self.file.is_empty()
    }

    /// The server of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows.
    ///
    /// # Errors
    /// When there is none or more than one, or a file cannot be read.
    pub fn endpoint(&self) -> Result<Endpoint, Vec<String>> {
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
