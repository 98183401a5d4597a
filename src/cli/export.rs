//! `quaymaster export`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use clap::Args;

use super::server::Server;
use super::{Ended, print};
use crate::apply::export::{self, Wanted};
use crate::apply::private;
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
    /// Export the accounts, too; only superusers see them.
    #[arg(long)]
    users: bool,
    /// Export the messages of the day, too.
    #[arg(long)]
    messages: bool,
    /// Write to this file instead of the standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Write a file for each organization into this directory, NAME.yml; what belongs to none goes to _registry.yml.
    ///
    /// A file is written when its content changes. Files that are there and belong to no organization of the export are told, and stay.
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "output_file")]
    directory: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

/// What tells editors the schema of a registry file.
const SCHEMA: &str = concat!(
    "# yaml-language-server: $schema=",
    env!("CARGO_PKG_REPOSITORY"),
    "/raw/v",
    env!("CARGO_PKG_VERSION"),
    "/docs/registry.schema.json
"
);

const HELP: &str = "\
Examples:
  quaymaster export acme tools --output-file registry.yml
  quaymaster export --directory registry/
  quaymaster export --endpoint quay.example.com 'team-*'";

impl Export {
    /// Writes the file.
    pub fn run(self) -> Ended {
        let endpoint = self.server.endpoint()?;
        let mask = Mask::new(&endpoint.secrets);
        let wanted = Wanted {
            organizations: &self.organizations,
            verb: "export",
            users: self.users,
            messages: self.messages,
            jobs: self.server.jobs(),
        };
        let export = export::read(&endpoint.options, &wanted, self.server.pace.rate)
            .map_err(|errors| errors.iter().map(|error| mask.text(error)).collect::<Vec<_>>())?;
        if let Some(directory) = &self.directory {
            return self.save_all(directory, export).map(|()| ExitCode::SUCCESS);
        }
        let text = export.to_yaml();
        match &self.output_file {
            Some(path) => save(path, &text).map(|()| ExitCode::SUCCESS),
            None => Ok(print::out(&text, ExitCode::SUCCESS)),
        }
    }
}

impl Export {
    /// Writes a file for each organization.
    fn save_all(&self, directory: &Path, export: export::Export) -> Result<(), Vec<String>> {
        let fault =
            |path: &Path, error: io::Error| vec![format!("{} cannot be written: {}", path.display(), io_text(&error))];
        fs::create_dir_all(directory).map_err(|error| fault(directory, error))?;
        let mut names = BTreeSet::new();
        for (name, export) in export.by_organization() {
            let name = format!("{}.yml", if name.is_empty() { "_registry" } else { &name });
            let path = directory.join(&name);
            let text = format!("{SCHEMA}{}", export.to_yaml());
            if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                private::publish(&path, &text).map_err(|error| fault(&path, error))?;
            }
            names.insert(name);
        }
        if self.organizations.is_empty() {
            let found = fs::read_dir(directory).map_err(|error| fault(directory, error))?;
            let found = found.flatten().filter_map(|entry| entry.file_name().into_string().ok());
            let strange: BTreeSet<String> =
                found.filter(|name| name.ends_with(".yml") && !names.contains(name)).collect();
            for name in strange {
                print::warning(&format!(
                    "{} is of no organization that was exported; it stays",
                    directory.join(name).display()
                ));
            }
        }
        Ok(())
    }
}

/// Writes a text to a file.
///
/// # Errors
/// When that is not possible.
pub fn save(path: &Path, text: &str) -> Result<(), Vec<String>> {
    fs::write(path, text).map_err(|error| vec![format!("{} cannot be written: {}", path.display(), io_text(&error))])
}
