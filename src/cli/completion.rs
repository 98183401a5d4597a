//! `quaymaster completion`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};

use super::{Cli, Ended, print};

/// Print the completion script of a shell.
///
/// Put it where the shell looks for such scripts, or read it in the shell's start-up file.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Completion {
    /// The shell that will read it.
    shell: clap_complete::Shell,
}

const HELP: &str = "\
Example:
  source <(quaymaster completion bash)";

impl Completion {
    /// Prints the script.
    pub fn run(self) -> Ended {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "quaymaster", &mut script);
        Ok(print::out(&String::from_utf8_lossy(&script), ExitCode::SUCCESS))
    }
}
