//! The command line.

mod inventory;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::ansible::{self, args, output};
use crate::modules::MODULES;

/// Brings Quay container registries to a declared state.
///
/// The executable is every module of the Ansible collection quaymaster.quay; started by Ansible it runs the module that
/// the arguments file asks for. The commands below are for a shell.
#[derive(Parser)]
#[command(name = "quaymaster", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the modules, one line each.
    Modules,
    /// Run one module with the options of a JSON file and print its result as JSON.
    ///
    /// The file holds one object: the options as in a playbook. Keep secrets in it, or in the environment variables
    /// QUAY_TOKEN and QUAY_PASSWORD, never on the command line. The exit code is 0 after success and 1 after a failure.
    Module {
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
    },
    /// List the organizations and repositories of one or several servers as JSON, for the inventory plugin.
    Inventory {
        /// JSON file that says which: `quays` (a list of connection options), `organizations`, `repositories`.
        arguments: PathBuf,
    },
    /// Print the completion script of a shell.
    Completion {
        /// The shell that will read it.
        shell: clap_complete::Shell,
    },
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Modules => print(&list()),
        Command::Module { name, arguments, check, diff } => match args::read(&name, &arguments) {
            Ok(mut call) => {
                call.module = name.rsplit('.').next().unwrap_or(&name).to_owned();
                call.check_mode |= check;
                call.diff |= diff;
                output::print(&ansible::guarded(|| ansible::execute(&call)))
            }
            Err(message) => output::print(&output::Outcome::failure(message)),
        },
        Command::Inventory { arguments } => match inventory::run(&arguments) {
            Ok(answer) => print(&format!("{answer}\n")),
            Err(failure) => output::print(&failure),
        },
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "quaymaster", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    }
}

fn list() -> String {
    let width = MODULES.iter().map(|entry| entry.document.name.len()).max().unwrap_or_default();
    MODULES.iter().map(|entry| format!("{:width$}  {}\n", entry.document.name, entry.document.summary)).collect()
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
