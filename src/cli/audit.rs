//! `quaymaster audit`.

mod judged;
mod junit;
mod sarif;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::declared::{self, told};
use super::report;
use super::server::Server;
use super::{Ended, print};
use crate::apply::audit::policy::Policy;
use crate::apply::audit::{Audited, entry, live};
use crate::apply::export::Wanted;
use crate::apply::planning::validate;
use crate::call::mask::Mask;
pub use judged::COLUMNS;
use judged::Judged;

/// Judge registry files, or a server, by rules.
///
/// Tells public repositories, robot accounts with the role admin, organizations with fewer than two owners, without a quota or
/// without pruning, passwords that everybody knows, tokens that never end or that nobody uses, connections without a check of
/// certificates, methods that are no more, and names that are not as agreed. With --live the same rules judge what a server has. A
/// file of rules sets severities, adds own rules, and excuses objects until a date. Changes nothing.
///
/// The server is that of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows. The best account for
/// it is a global read-only superuser; what the account does not see is told as a warning.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Audit {
    /// Registry files, directories with such files, or - for the standard input; with --live names or patterns of organizations.
    #[arg(value_name = "PATH | ORGANIZATION", required_unless_present = "live")]
    what: Vec<String>,
    /// Judge a server instead of files: the named organizations, or all that the account can see.
    #[arg(long)]
    live: bool,
    /// With --live, judge the accounts, too; only superusers see them.
    #[arg(long, requires = "live")]
    users: bool,
    /// The file of rules: severities, own rules, exceptions.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// The least severity of a finding that makes the exit code 2.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "low")]
    fail_on: FailOn,
    /// The form of the report.
    #[arg(long, value_enum, value_name = "FORM", default_value = "table")]
    output: Form,
    /// Write the report to this file instead of the standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster audit registry/                                the files of a pull request
  quaymaster audit registry/ --rules rules.yml              with own rules and exceptions
  quaymaster audit registry/ --output sarif -o audit.sarif  for code scanning
  quaymaster audit --live                                   a whole server
  quaymaster audit --live 'team-*' --fail-on high           some organizations of it

Exit codes:
  0 without a finding, 2 with a finding of at least the severity of --fail-on, 1 after a failure.";

/// What makes the exit code 2.
#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    /// Any finding.
    Low,
    /// Findings that should be repaired.
    Medium,
    /// Findings that should be repaired now.
    High,
    /// None.
    Never,
}

/// The form of the report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For a terminal.
    Table,
    /// For a program.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For a build server.
    Junit,
}

impl Audit {
    /// Looks, and prints what it found.
    pub fn run(self) -> Ended {
        let policy = match &self.rules {
            Some(path) => Policy::of_file(path).map_err(|problems| told(&problems))?,
            None => Policy::usual(),
        };
        let (title, audited, mask) = if self.live { self.on_server(&policy)? } else { self.in_files()? };
        let judged = Judged::of(title, policy, &audited, &mask);
        judged.incomplete.iter().for_each(|sentence| print::warning(sentence));
        let code = if judged.fails(self.fail_on) { ExitCode::from(2) } else { ExitCode::SUCCESS };
        let ended = report::deliver(self.output_file.as_deref(), code, |out| self.write(&judged, out))?;
        if self.output == Form::Table {
            print::note(&judged.summary());
        }
        Ok(ended)
    }

    fn on_server(&self, policy: &Policy) -> Result<(String, Audited, Mask), Vec<String>> {
        let endpoint = self.server.endpoint()?;
        let mask = Mask::new(&endpoint.secrets);
        let wanted = Wanted {
            organizations: &self.what,
            verb: "audit",
            users: self.users,
            messages: false,
            jobs: self.server.jobs(),
        };
        let audited = live::read(&endpoint.options, &wanted, policy, self.server.pace.rate)
            .map_err(|errors| errors.iter().map(|error| mask.text(error)).collect::<Vec<_>>())?;
        Ok((format!("Audit of {}", endpoint.name), audited, mask))
    }

    fn in_files(&self) -> Result<(String, Audited, Mask), Vec<String>> {
        if self.server.is_chosen() {
            return Err(vec!["--endpoint and --file name the server of --live".into()]);
        }
        let paths: Vec<PathBuf> = self.what.iter().map(PathBuf::from).collect();
        let declared = declared::look(&paths, &self.server.foreign, &self.server.kept)?;
        let problems = validate::problems(&declared.declaration);
        match problems.is_empty() {
            true => {
                Ok((format!("Audit of {}", self.what.join(" ")), entry::declared(&declared.declaration), declared.mask))
            }
            false => Err(told(&problems).iter().map(|problem| declared.mask.text(problem)).collect()),
        }
    }

    fn write(&self, judged: &Judged, out: &mut dyn Write) -> io::Result<()> {
        match self.output {
            Form::Table => {
                let width = if self.output_file.is_some() { print::WIDTH } else { print::width() };
                report::table::write(&judged.report(self.question()), width, out)
            }
            Form::Json => report::json::write(&judged.report(self.question()), out),
            Form::Sarif => sarif::write(judged, out),
            Form::Junit => junit::write(judged, out),
        }
    }

    fn question(&self) -> Value {
        json!({"live": self.live, if self.live { "organizations" } else { "files" }: self.what})
    }
}
