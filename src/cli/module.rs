//! `quaymaster modules` and `quaymaster module`: the modules of the collection at a shell.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Ended, print};
use crate::ansible::{self, args, output};
use crate::modules::MODULES;

/// List the modules, one line each.
///
/// Each line has the name of a module and what it does. `ansible-doc quaymaster.quay.NAME` explains its options.
#[derive(Args)]
#[command(after_long_help = "Example:\n  quaymaster modules | grep mirror")]
pub struct Modules {}

impl Modules {
    /// Prints the list.
    pub fn run(self) -> Ended {
        let width = MODULES.iter().map(|entry| entry.document.name.len()).max().unwrap_or_default();
        let line =
            |entry: &crate::modules::Entry| format!("{:width$}  {}\n", entry.document.name, entry.document.summary);
        Ok(print::out(&MODULES.iter().map(line).collect::<String>(), ExitCode::SUCCESS))
    }
}

/// Run one module with the options of a JSON file and print its result as JSON.
///
/// The file holds one object: the options as in a playbook. Keep secrets in it, or in the environment variables
/// QUAY_TOKEN and QUAY_PASSWORD, never on the command line. The exit code is 0 after success and 1 after a failure.
#[derive(Args)]
#[command(after_long_help = "Example:\n  quaymaster module quay_team --check --diff team.json")]
pub struct Module {
    /// Name of the module, with or without the collection in front of it.
    name: String,
    /// JSON file with the options.
    arguments: PathBuf,
    /// Change nothing, only tell what would be changed.
    #[arg(long)]
    check: bool,
    /// Show the state before and after.
    #[arg(long)]
    diff: bool,
}

impl Module {
    /// Runs the module.
    pub fn run(self) -> Ended {
        let name = self.name.rsplit('.').next().unwrap_or(&self.name);
        Ok(match args::read(&self.name, &self.arguments) {
            Ok(mut task) => {
                task.call.module = name.to_owned();
                task.check_mode |= self.check;
                task.diff |= self.diff;
                output::print(ansible::guarded(|| ansible::execute(&task)))
            }
            Err(message) => output::print(output::Outcome::failure(message)),
        })
    }
}
