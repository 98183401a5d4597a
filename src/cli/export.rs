//! `quaymaster export`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::server::Server;
use super::{Ended, print};
use crate::apply::export::{self, Wanted};
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
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster export acme tools --output-file registry.yml
  quaymaster export --endpoint quay.example.com 'team-*'";

impl Export {
    /// Writes the file.
    pub fn run(self) -> Ended {
        let endpoint = self.server.endpoint()?;
        let mask = Mask::new(&endpoint.secrets);
        let wanted = Wanted {
            organizations: &self.organizations,
            users: self.users,
            messages: self.messages,
            jobs: self.server.jobs(),
        };
        let export = export::read(&endpoint.options, &wanted, self.server.pace.rate)
            .map_err(|errors| errors.iter().map(|error| mask.text(error)).collect::<Vec<_>>())?;
        let text = export.to_yaml();
        match &self.output_file {
            Some(path) => save(path, &text).map(|()| ExitCode::SUCCESS),
            None => Ok(print::out(&text, ExitCode::SUCCESS)),
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
