//! `quaymaster validate`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::declared::{self, Declared, Foreign, Kept, Lacking, Pace};
use super::{Ended, print};
use crate::apply::input::declaration::NOTHING;
use crate::apply::planning::validate;

/// Check registry files without asking a server.
///
/// Tells every mistake with file, line and column: unknown and doubled keys, wrong values, settings that exclude each
/// other. Whether the server has what the files refer to, only a plan can tell.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Validate {
    /// Registry files, directories with such files, or - for the standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Also tell each server that nothing gives credentials for, and each mirror whose account has a password nowhere.
    #[arg(long)]
    check_credentials: bool,
    #[command(flatten)]
    foreign: Foreign,
    #[command(flatten)]
    kept: Kept,
}

const HELP: &str = "\
Examples:
  quaymaster validate registry/
  quaymaster validate --check-credentials registry/
  quaymaster validate - < registry.yml";

impl Validate {
    /// The paths as they were given.
    fn named(&self) -> String {
        self.paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
    }

    /// Checks the files.
    pub fn run(self) -> Ended {
        let declared = match self.check_credentials {
            true => declared::lacking(&self.paths, &self.foreign, &Pace::default(), &self.kept)?,
            false => declared::look(&self.paths, &self.foreign, &self.kept)?,
        };
        let lack = |host: &str| format!("nothing gives credentials for {host}: quaymaster login {host}");
        let mut missing: Vec<String> = declared.without_credentials().into_iter().map(lack).collect();
        let password = |lacking: &Lacking| {
            format!("nothing gives the password of {}: quaymaster login {}", lacking.told(), self.named())
        };
        missing.extend(declared.lacking.iter().map(password));
        let Declared { declaration, mask, .. } = declared;
        let problems = validate::problems(&declaration);
        if !problems.is_empty() {
            return Err(declared::told(&problems).iter().map(|problem| mask.text(problem)).collect());
        }
        if declaration.is_empty() {
            return Err(vec![NOTHING.to_owned()]);
        }
        if self.check_credentials && !missing.is_empty() {
            return Err(missing);
        }
        let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
        let organizations = count(declaration.organizations.len(), "organization", "organizations");
        let endpoints = count(declaration.registry.endpoints.len(), "endpoint", "endpoints");
        Ok(print::out(&format!("No mistake found: {organizations} on {endpoints}\n"), ExitCode::SUCCESS))
    }
}
