//! The command line.

mod access;
mod apply;
mod audit;
mod completion;
mod confirm;
mod connection;
mod convert;
mod credentials;
mod declared;
mod destroy;
mod every;
mod export;
mod form;
mod inventory;
mod login;
mod logs;
mod module;
mod plan;
mod policies;
mod preview;
mod print;
mod progress;
mod report;
mod restore;
mod results;
mod saved;
mod schema;
mod secrets;
mod server;
mod signals;
mod tokens;
mod usage;
mod validate;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};

pub use completion::script;

use crate::error::caught;

/// Brings Quay container registries to a declared state.
///
/// Describe organizations with their teams, robot accounts, repositories and everything else in YAML files, look at the
/// difference with `quaymaster plan`, and make it disappear with `quaymaster apply`. What the files do not name stays as
/// it is.
///
/// The executable is also every module of the Ansible collection quaymaster.quay; started by Ansible it runs the module
/// that the arguments file asks for.
#[derive(Parser)]
#[command(name = "quaymaster", version, propagate_version = true, max_term_width = 100, after_long_help = HELP)]
pub struct Cli {
    /// When to use colours; auto does in a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto", help_heading = "Messages")]
    color: print::Color,
    /// Tell of every request on the standard error: server, method, path, status, time, attempt; -vv its bodies, too, without secrets.
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Messages")]
    verbose: u8,
    /// What messages and requests look like on the standard error.
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value = "text", help_heading = "Messages")]
    log_format: print::LogFormat,
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Examples:
  quaymaster login quay.example.com         keep credentials for a server
  quaymaster export acme > acme.yml         write an organization as a registry file
  quaymaster plan acme.yml                  show what would be changed
  quaymaster apply acme.yml                 show it, ask, change it

Environment:
  QUAY_HOST, QUAY_TOKEN, QUAY_USERNAME, QUAY_PASSWORD, QUAY_VERIFY_SSL, QUAY_CA_PATH, QUAY_TIMEOUT, QUAY_RETRIES
      The connection, where the files name none.
  QUAYMASTER_CREDENTIALS
      The file with the credentials that `quaymaster login` keeps.
  QUAYMASTER_HOSTS, QUAYMASTER_SECRET_VARIABLES, QUAYMASTER_SECRET_FOLDERS
      Hosts, besides QUAY_HOST, that get secrets which the files do not hold; what files may fetch: variables
      (QUAY_* unless this says otherwise), and folders besides their own.
  QUAYMASTER_LOG
      A file that modules append their requests to, an object on a line each, without bodies and secrets.
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE
      Whether to use colours.

Exit codes:
  0 after success, 1 after a failure; plan: 0 nothing to do, 2 changes pending, 1 failure;
  audit: 0 no finding, 2 findings, 1 failure.";

#[derive(Subcommand)]
enum Command {
    Validate(validate::Validate),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Destroy(destroy::Destroy),
    Restore(restore::Restore),
    Export(export::Export),
    Convert(convert::Convert),
    Login(login::Login),
    Modules(module::Modules),
    Module(module::Module),
    Inventory(inventory::Inventory),
    Access(access::Access),
    Tokens(tokens::Tokens),
    Audit(audit::Audit),
    Logs(logs::Logs),
    Usage(usage::Usage),
    Preview(preview::Preview),
    Schema(schema::Schema),
    Completion(completion::Completion),
}

/// How a command ends: with its exit code, or with a sentence for each thing that went wrong.
type Ended = Result<ExitCode, Vec<String>>;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if let Some(advice) = elsewhere(&error) {
                print::error(&advice);
                return ExitCode::FAILURE;
            }
            // Nobody would read a complaint about a closed pipe.
            let _ = error.print();
            // Not clap's 2: that means "changes pending" to those who run `plan`.
            return if error.exit_code() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    print::colour(cli.color);
    print::log(cli.log_format, cli.verbose);
    let ended = caught(|| Ok(cli.command.run())).unwrap_or_else(|error| Err(vec![error.to_string()]));
    ended.unwrap_or_else(|errors| {
        errors.iter().for_each(|error| print::error(error));
        ExitCode::FAILURE
    })
}

/// What to use here, where a command of Mass Quay Configurator was typed.
fn elsewhere(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let ours = match word.as_str() {
        "create" => "quaymaster apply PATH, after a look at quaymaster plan PATH",
        "delete" => "quaymaster destroy PATH, which shows what would go and asks",
        "check" => "quaymaster validate --check-credentials PATH",
        _ => return None,
    };
    Some(format!("there is no command {word}; what Mass Quay Configurator calls so is {ours}"))
}

impl Command {
    fn run(self) -> Ended {
        match self {
            Command::Validate(command) => command.run(),
            Command::Plan(command) => command.run(),
            Command::Apply(command) => command.run(),
            Command::Destroy(command) => command.run(),
            Command::Restore(command) => command.run(),
            Command::Export(command) => command.run(),
            Command::Convert(command) => command.run(),
            Command::Login(command) => command.run(),
            Command::Modules(command) => command.run(),
            Command::Module(command) => command.run(),
            Command::Inventory(command) => command.run(),
            Command::Access(command) => command.run(),
            Command::Tokens(command) => command.run(),
            Command::Audit(command) => command.run(),
            Command::Logs(command) => command.run(),
            Command::Usage(command) => command.run(),
            Command::Preview(command) => command.run(),
            Command::Schema(command) => command.run(),
            Command::Completion(command) => command.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself_at_length() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some() && command.get_long_about().is_some(), "{name}: what does it do?");
            assert!(command.get_after_long_help().is_some(), "{name}: no example");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name} {}: no help", argument.get_id());
            }
            let bare = command.get_opts().filter(|argument| argument.get_help_heading().is_none()).count();
            assert!(bare <= MOST_BARE, "{name}: {bare} options stand under no heading");
        }
    }

    /// So many options a person overlooks without headings.
    const MOST_BARE: usize = 12;

    #[test]
    fn the_help_fits_a_page() {
        for command in Cli::command().get_subcommands_mut() {
            let help = command.clone().max_term_width(100).render_long_help().to_string();
            let wide = help.lines().find(|line| line.chars().count() > 100 && !line.contains("{\""));
            assert_eq!(wide, None, "{}", command.get_name());
        }
    }
}
