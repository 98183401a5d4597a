//! `quaymaster plan`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Ended;
use super::declared::{self, Declared, Foreign, Kept, Pace, Part};
use super::form::Output;
use super::policies::Policies;
use crate::apply::engine;
use crate::apply::report::Report;
use crate::apply::show::Tense;

/// Show what would be changed; change nothing.
///
/// Reads the files and the servers, and shows every object that would be created, changed or removed, with the options
/// that differ. The exit code is 0 when there is nothing to do, 2 when changes are pending, and 1 after a failure.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Plan {
    /// Registry files, directories with such files, or - for the standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    part: Part,
    /// What the plan looks like.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    output: Output,
    /// The directory in which apply --secrets keeps Kubernetes Secrets; connections find theirs there.
    #[arg(long, value_name = "DIRECTORY")]
    secrets: Option<PathBuf>,
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    foreign: Foreign,
    #[command(flatten)]
    kept: Kept,
}

const HELP: &str = "\
Examples:
  quaymaster plan registry/
  quaymaster plan --only acme --kind teams registry.yml
  quaymaster plan --output json registry.yml | jq .counts

Files of Mass Quay Configurator and manifests of the Quay operator are understood as well.";

/// Exit code for changes that wait to be made.
const PENDING: u8 = 2;

impl Plan {
    /// Shows the plan.
    pub fn run(self) -> Ended {
        let foreign = self.foreign.with_secrets(self.secrets.as_deref());
        let Declared { mut declaration, mask, .. } = declared::read(&self.paths, &foreign, &self.pace, &self.kept)?;
        self.policies.set(&mut declaration.registry);
        let request = self.part.request(&declaration)?;
        let mut report = engine::plan(&declaration, &request).report();
        report.hide(&mask);
        Ok(self.output.print(&report, Tense::Future, code(&report)))
    }
}

fn code(report: &Report) -> ExitCode {
    match (report.succeeded(), report.changed()) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::from(PENDING),
        (true, false) => ExitCode::SUCCESS,
    }
}
