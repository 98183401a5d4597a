//! `quaymaster apply`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::declared::{self, Declared, Foreign, Kept, Output, Pace, Part};
use super::plan::pretty;
use super::progress::Watch;
use super::{Ended, confirm, print, signals};
use crate::ansible::mask::Mask;
use crate::apply::engine::{self, Plans};
use crate::apply::report::{Outcome, Report};
use crate::apply::show;

/// Bring registries to the declared state.
///
/// Shows the plan, asks, and carries out exactly that plan. When something goes wrong, only what builds on it is left out;
/// all mistakes are told at the end, and the next run takes up the rest.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Apply {
    /// Registry files, directories with such files, or - for the standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    part: Part,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// What the result looks like; json needs --yes.
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
  quaymaster apply registry/
  quaymaster apply --yes --only acme registry.yml
  quaymaster apply --yes --output json registry.yml | jq '.endpoints[].objects'

Interrupted by Ctrl-C, it finishes what it has begun, tells what was not done, and exits with 1.";

impl Apply {
    /// Shows the plan, asks, and carries it out.
    pub fn run(self) -> Ended {
        let Declared { declaration, mask } = declared::read(&self.paths, &self.foreign, &self.pace, &self.kept)?;
        let wish = self.part.wish(&declaration)?;
        if self.output == Output::Json && !self.yes {
            return Err(vec!["--output json leaves no place for a question: add --yes".into()]);
        }
        let plans = engine::plan(&declaration, &wish);
        let mut report = plans.report();
        report.hide(&mask);
        let text = self.output == Output::Text;
        if text && print::out(&show::plan(&report), ExitCode::SUCCESS) != ExitCode::SUCCESS {
            return Ok(ExitCode::FAILURE);
        }
        if plans.is_refused() || !has_work(&report) {
            return Ok(finish(&report, self.output, false));
        }
        if !self.yes {
            confirm::ask("Apply these changes?")?;
        }
        Ok(execute(plans, &mask, self.output))
    }
}

/// Carries plans out, tells what came of it, and gives the exit code.
pub fn execute(plans: Plans, mask: &Mask, output: Output) -> ExitCode {
    signals::catch();
    let watch = Watch::new(mask.clone());
    let mut report = plans.execute(&watch, engine::interruption());
    watch.finish();
    report.hide(mask);
    finish(&report, output, true)
}

/// Whether anything would be sent; a secret that is sent again is no change, but it is work.
pub fn has_work(report: &Report) -> bool {
    let open = report.endpoints.iter().filter(|endpoint| endpoint.refusals.is_empty());
    let mut objects = open.flat_map(|endpoint| &endpoint.objects);
    objects.any(|object| object.outcome == Outcome::Planned && !object.steps.is_empty())
}

fn finish(report: &Report, output: Output, done: bool) -> ExitCode {
    let code = if report.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    match output {
        Output::Json => print::out(&pretty(&report.to_json()), code),
        Output::Text if done => print::out(&show::outcome(report), code),
        Output::Text => code,
    }
}
