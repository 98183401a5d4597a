//! `quaymaster destroy`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::declared::{self, Declared, Foreign, Kept, Pace, Part};
use super::form::Output;
use super::policies::Policies;
use super::results::Returned;
use super::{Ended, apply, confirm};
use crate::apply::engine;
use crate::apply::input::selection::{Destruction, Request};
use crate::apply::show::Tense;

/// Delete what files declare, or whole organizations among it.
///
/// Given files, it deletes every object that they declare, an organization with everything in it. What they only refer to, what says
/// `preserve`, and what they do not declare stays. Given names and --file, it deletes these organizations alone. It shows
/// everything that would go, names what holds images, and asks.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Destroy {
    /// Registry files, directories with such files, or - for the standard input; with --file, names of organizations.
    #[arg(required = true, value_name = "WHAT")]
    what: Vec<String>,
    /// Registry file that declares the named organizations, or a directory with such files; can be given several times.
    #[arg(long, short, value_name = "PATH", conflicts_with_all = ["only", "kind"])]
    file: Vec<PathBuf>,
    /// Delete for good without asking.
    #[arg(long, short)]
    yes: bool,
    /// What the result looks like.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    output: Output,
    #[command(flatten)]
    part: Part,
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
  quaymaster destroy registry.yml
  quaymaster destroy --only acme registry.yml
  quaymaster destroy --file registry.yml acme

There is no way back: repositories, teams and robot accounts go with their organization.";

impl Destroy {
    /// Deletes.
    pub fn run(self) -> Ended {
        let by_name = !self.file.is_empty();
        let paths = if by_name { self.file } else { self.what.iter().map(PathBuf::from).collect() };
        let Declared { mut declaration, mask, .. } = declared::read(&paths, &self.foreign, &self.pace, &self.kept)?;
        self.policies.set(&mut declaration.registry);
        let part = if by_name { self.part.of(self.what.clone()) } else { self.part };
        let request = part.request(&declaration)?;
        let destruction = if by_name { Destruction::Organizations(self.what) } else { Destruction::Declared };
        let mut plans = engine::plan(&declaration, &Request { destroy: Some(destruction), ..request });
        if self.output == Output::Text {
            plans.look();
        }
        let mut report = plans.report();
        report.hide(&mask);
        if self.output == Output::Text
            && self.output.print(&report, Tense::Future, ExitCode::SUCCESS) != ExitCode::SUCCESS
        {
            return Ok(ExitCode::FAILURE);
        }
        if apply::has_work(&report) && !plans.is_refused() && !self.yes {
            confirm::type_word("delete")?;
        }
        apply::execute(plans, &mask, self.output, Returned::default())
    }
}
