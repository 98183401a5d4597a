//! `quaymaster plan`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::declared::{self, Declared, Foreign, Kept, Pace, Part};
use super::form::Output;
use super::policies::Policies;
use super::{Ended, print, saved};
use crate::apply::report::Report;
use crate::apply::show::Tense;
use crate::apply::{compare, engine};

/// Show what would be changed; change nothing.
///
/// Reads the files and the servers, and shows every object that would be created, changed or removed, with the options
/// that differ. The exit code is 0 when there is nothing to do, 2 when changes are pending, and 1 after a failure.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Plan {
    /// Registry files, directories with such files, or - for the standard input.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What the plan looks like.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    output: Output,
    /// Keep the plan in this file, for `quaymaster apply FILE`, which carries out this plan or none.
    ///
    /// The file holds no secrets, and nothing by which they could be guessed: another one in the registry files is not noticed. It names the registry files as they are given here; those must be there when it is carried out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Compare with these files instead of a server: what a run would do where all is as they say.
    #[arg(long, value_name = "OLD", conflicts_with_all = ["out", "secrets"])]
    since: Option<PathBuf>,
    /// The directory in which apply --secrets keeps Kubernetes Secrets; connections find theirs there.
    #[arg(long, value_name = "DIRECTORY")]
    pub secrets: Option<PathBuf>,
    #[command(flatten)]
    pub part: Part,
    #[command(flatten)]
    pub policies: Policies,
    #[command(flatten)]
    pub pace: Pace,
    #[command(flatten)]
    pub foreign: Foreign,
    #[command(flatten)]
    pub kept: Kept,
}

const HELP: &str = "\
Examples:
  quaymaster plan registry/
  quaymaster plan --only acme --kind teams registry.yml
  quaymaster plan --output json registry.yml | jq .counts
  quaymaster plan --out plan.json registry/       keep it, for quaymaster apply plan.json
  quaymaster plan --since old/ registry/          compare two states of the files, without a server

Files of Mass Quay Configurator and manifests of the Quay operator are understood as well.";

/// Exit code for changes that wait to be made.
const PENDING: u8 = 2;

impl Plan {
    /// Shows the plan.
    pub fn run(self) -> Ended {
        if let Some(old) = &self.since {
            return self.compare(old);
        }
        if self.out.as_deref() == Some(Path::new("-")) {
            return Err(vec!["--out: the standard output has the plan for you already: name a file".into()]);
        }
        if self.out.is_some() && !self.can_be_kept() {
            let why =
                "--out keeps no plan of the standard input, of --insecure or of --allow-command: say those to apply";
            return Err(vec![why.into()]);
        }
        let foreign = self.foreign.with_secrets(self.secrets.as_deref());
        let Declared { mut declaration, mask, .. } = declared::read(&self.paths, &foreign, &self.pace, &self.kept)?;
        self.policies.set(&mut declaration.registry);
        let request = self.part.request(&declaration)?;
        let mut plans = engine::plan(&declaration, &request);
        plans.look();
        let mut report = plans.report();
        report.hide(&mask);
        if let Some(path) = &self.out {
            if !report.succeeded() {
                print::warning(&format!(
                    "{} is not written: this plan cannot be carried out as a whole",
                    path.display()
                ));
            } else {
                saved::keep(path, &report)?;
            }
        }
        Ok(self.output.print(&report, Tense::Future, code(&report)))
    }
}

impl Plan {
    /// Whether a file can say all that it was asked for with: what opens doors says whoever carries it out.
    pub fn can_be_kept(&self) -> bool {
        let is_input = self.paths.iter().any(|path| path.as_os_str() == "-");
        !is_input && !self.pace.reach.is_insecure() && !self.policies.allow_commands()
    }

    /// Shows what differs between two states of the files.
    fn compare(&self, old: &Path) -> Ended {
        let look = |paths: &[PathBuf]| -> Result<Declared, Vec<String>> {
            let mut declared = declared::look(paths, &self.foreign, &self.kept)?;
            self.policies.set(&mut declared.declaration.registry);
            Ok(declared)
        };
        let (before, after) = (look(&[old.to_path_buf()])?, look(&self.paths)?);
        let request = self.part.request(&after.declaration)?;
        let hidden = |errors: Vec<String>| -> Vec<String> {
            errors.iter().map(|text| after.mask.text(&before.mask.text(text))).collect()
        };
        let mut report = compare::files(&before.declaration, &after.declaration, &request.selection)
            .map_err(|problems| hidden(declared::told(&problems)))?;
        report.hide(&before.mask);
        report.hide(&after.mask);
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
