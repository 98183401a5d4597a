//! `quaymaster completion`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;
use serde_json::json;

use super::{Cli, Ended, declared, print};
use crate::apply::input::intake;
use crate::apply::input::yaml::files::Budget;
use crate::quay::names;

/// Print the completion script of a shell.
///
/// Put it where the shell looks for such scripts, or read it in the shell's start-up file. In bash, zsh and fish, --only offers the
/// organizations of the files that are named on the line.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Completion {
    /// The shell that will read it.
    #[arg(value_parser = shells())]
    shell: Shell,
    /// The words of a line, as the script passes them on: what --only offers there is printed instead.
    #[arg(last = true, hide = true)]
    line: Vec<String>,
}

const HELP: &str = "\
Example:
  source <(quaymaster completion bash)";

impl Completion {
    /// Prints the script, or what completes a line.
    pub fn run(self) -> Ended {
        let text = if self.line.is_empty() { script(self.shell) } else { organizations(&self.line) };
        Ok(print::out(&text, ExitCode::SUCCESS))
    }
}

/// The completion script of a shell. What clap makes of an option without fixed values is replaced for `--only`.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "quaymaster", &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        Shell::Bash => script.replace(
            "--only)\n                    COMPREPLY=($(compgen -f \"${cur}\"))",
            "--only)\n                    COMPREPLY=($(compgen -W \
             \"$(quaymaster completion bash -- \"${COMP_WORDS[@]}\" 2>/dev/null)\" -- \"${cur}\"))",
        ),
        Shell::Zsh => script
            .replace(":ORGANIZATION:_default'", ":ORGANIZATION:_quaymaster_organizations'")
            .replace("if [ \"$funcstack[1]\"", &format!("{ZSH}if [ \"$funcstack[1]\"")),
        Shell::Fish => {
            let offer = " -r -f -a '(quaymaster completion fish -- (commandline -o) 2>/dev/null)'";
            let line = |line: &str| match line.strip_suffix(" -r") {
                Some(option) if option.contains(" -l only -d ") => format!("{option}{offer}\n"),
                _ => format!("{line}\n"),
            };
            script.lines().map(line).collect()
        }
        _ => script.into_owned(),
    }
}

const ZSH: &str = "\
(( $+functions[_quaymaster_organizations] )) ||
_quaymaster_organizations() {
    local -a names
    names=(${(f)\"$(quaymaster completion zsh -- \"${words[@]}\" 2>/dev/null)\"})
    compadd -a names
}

";

/// What is read while a person waits for the next word.
const BUDGET: Budget = Budget { entries: 1_000, bytes: 4 << 20 };

/// The registry files of a line: what its command takes as such, and nothing else that looks like a path.
fn files(line: &[String]) -> Vec<PathBuf> {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(line).ok();
    let Some((_, given)) = matches.as_ref().and_then(|matches| matches.subcommand()) else { return Vec::new() };
    let many = |id| given.try_get_many::<PathBuf>(id).ok().flatten().into_iter().flatten().cloned();
    let names = given.try_get_many::<String>("what").ok().flatten().into_iter().flatten().map(PathBuf::from);
    let mut paths: Vec<PathBuf> = many("paths").chain(many("file")).collect();
    if paths.is_empty() {
        paths.extend(names);
    }
    paths.retain(|path| path.as_os_str() != "-" && (path.is_file() || path.is_dir()));
    paths
}

/// The organizations of the files on a line, one a line. Files with mistakes count as far as they can be read. A shell may expand what
/// it is offered, so that nothing but names that Quay takes is.
fn organizations(line: &[String]) -> String {
    let options = intake::Options { budget: BUDGET, ..intake::Options::default() };
    let input = intake::files(&files(line), &options, &declared::environment);
    let entries = input.documents.iter().filter_map(|document| document.get("organizations")?.as_list()).flatten();
    let names = entries.filter_map(|entry| entry.get("name")?.as_str());
    let names: BTreeSet<&str> = names.filter(|name| names::name(&json!(name)).is_ok()).collect();
    names.into_iter().map(|name| format!("{name}\n")).collect()
}

/// The shells; one of them is spelt in another way elsewhere.
fn shells() -> impl TypedValueParser<Value = Shell> {
    let known = Shell::value_variants().iter().filter_map(|shell| {
        let value = shell.to_possible_value()?;
        Some(if *shell == Shell::PowerShell { value.alias("power-shell") } else { value })
    });
    PossibleValuesParser::new(known).try_map(|word| Shell::from_str(&word.replace("power-shell", "powershell"), true))
}
