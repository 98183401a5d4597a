//! `quaymaster destroy`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::declared::{self, Declared, Foreign, Kept, Output, Pace};
use super::results::Returned;
use super::{Ended, apply, print};
use crate::apply::engine;
use crate::apply::input::selection::{Request, Selection};
use crate::apply::show;

/// Delete organizations with everything in them.
///
/// Only organizations that the files declare are deleted, and only those that are named. Without --yes it shows what
/// would be deleted, and fails.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Destroy {
    /// Names of the organizations.
    #[arg(required = true, value_name = "ORGANIZATION")]
    organizations: Vec<String>,
    /// Registry file that declares them, or a directory with such files; can be given several times.
    #[arg(long, short, required = true, value_name = "PATH")]
    file: Vec<PathBuf>,
    /// Delete them for good.
    #[arg(long, short)]
    yes: bool,
    /// Only on this endpoint, by its name or host; can be given several times.
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Vec<String>,
    /// What the result looks like.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    output: Output,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    foreign: Foreign,
    #[command(flatten)]
    kept: Kept,
}

const HELP: &str = "\
Examples:
  quaymaster destroy --file registry.yml acme
  quaymaster destroy --file registry.yml --yes acme

There is no way back: repositories, teams and robot accounts go with their organization.";

impl Destroy {
    /// Deletes the organizations.
    pub fn run(self) -> Ended {
        let Declared { declaration, mask } = declared::read(&self.file, &self.foreign, &self.pace, &self.kept)?;
        let only = Selection { organizations: self.organizations, endpoints: self.endpoint, ..Selection::default() };
        let strange = only.unknown(&declaration);
        if !strange.is_empty() {
            return Err(strange);
        }
        let destroy = Some(only.organizations.clone());
        let plans = engine::plan(&declaration, &Request { selection: only, destroy });
        let mut report = plans.report();
        report.hide(&mask);
        if self.output == Output::Text && print::out(&show::plan(&report), ExitCode::SUCCESS) != ExitCode::SUCCESS {
            return Ok(ExitCode::FAILURE);
        }
        if apply::has_work(&report) && !self.yes {
            return Err(vec!["nothing was deleted: add --yes to delete these organizations for good".into()]);
        }
        apply::execute(plans, &mask, self.output, Returned::default())
    }
}
