//! `quaymaster completion`.

use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::{Cli, Ended, print};

/// Print the completion script of a shell.
///
/// Put it where the shell looks for such scripts, or read it in the shell's start-up file.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Completion {
    /// The shell that will read it.
    #[arg(value_parser = shells())]
    shell: Shell,
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

/// The shells; one of them is spelt in another way elsewhere.
fn shells() -> impl TypedValueParser<Value = Shell> {
    let known = Shell::value_variants().iter().filter_map(|shell| {
        let value = shell.to_possible_value()?;
        Some(if *shell == Shell::PowerShell { value.alias("power-shell") } else { value })
    });
    PossibleValuesParser::new(known).try_map(|word| Shell::from_str(&word.replace("power-shell", "powershell"), true))
}
