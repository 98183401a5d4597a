//! `quaymaster apply`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::declared::{self, Declared, Foreign, Kept, Pace, Part};
use super::every::Every;
use super::form::Output;
use super::plan::Plan;
use super::policies::Policies;
use super::progress::Watch;
use super::results::Returned;
use super::saved::Saved;
use super::{Ended, confirm, print, signals};
use crate::apply::engine::{self, Plans};
use crate::apply::input::declaration::Declaration;
use crate::apply::input::delivery::Delivery;
use crate::apply::input::selection::Request;
use crate::apply::kinds::Kind;
use crate::apply::report::{Outcome, Report};
use crate::apply::show::Tense;
use crate::call::mask::Mask;

/// Bring registries to the declared state.
///
/// Shows the plan, asks, and carries out exactly that plan. When something goes wrong, only what builds on it is left out;
/// all mistakes are told at the end, and the next run takes up the rest.
///
/// Given a plan that `quaymaster plan --out` has kept, it plans again, and when that is the same plan carries it out without asking.
/// Otherwise it tells the difference and changes nothing.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Apply {
    /// Registry files, directories with such files, or - for the standard input; or a plan that `quaymaster plan --out` has kept.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// What the result looks like; every form but text needs --yes.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    output: Output,
    /// Write what the run returns (tokens of robot accounts and of tasks) to this new file, as JSON, with mode 0600.
    ///
    /// Tokens appear nowhere else. A file that exists is never overwritten. A run that issues tokens needs it.
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Write the Kubernetes Secrets that entries (secret) and manifests (retSecretRef) name into this directory, a file each, with
    /// mode 0600.
    ///
    /// A file is written when its content changes. Others must not be able to look into the directory; it is made when it is missing.
    /// Connections that need such a Secret find it there in later runs.
    #[arg(long, value_name = "DIRECTORY")]
    secrets: Option<PathBuf>,
    /// Deliver a credential, beside what the files say under deliver; can be given several times.
    ///
    /// NAME is that of a robot account (acme+ci) or token. It goes to NAME=docker_config:PATH (merged), NAME=file:PATH (mode 0600),
    /// NAME=manifest:PATH (the Kubernetes Secret of the entry) or the standard input of NAME=command:PROGRAM ARGUMENT ...
    #[arg(long, value_name = "NAME=FORM:PLACE", value_parser = Delivery::given)]
    deliver: Vec<(String, Delivery)>,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    every: Every,
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
  quaymaster apply plan.json                      what quaymaster plan --out plan.json has kept
  quaymaster apply --every 10m --status-file status.json registry/
  quaymaster apply --yes --output json registry.yml | jq '.endpoints[].objects'

Interrupted by Ctrl-C, it finishes what it has begun, tells what was not done, and exits with 1.";

impl Apply {
    /// Shows the plan, asks, and carries it out.
    pub fn run(self) -> Ended {
        match Saved::read(&self.paths)? {
            None => self.carry_out(None),
            Some((plan, saved)) => self.of_saved(plan)?.carry_out(Some(&saved)),
        }
    }

    /// The same for the registry files, the part and the policies of a plan in a file.
    fn of_saved(self, plan: Plan) -> Result<Apply, Vec<String>> {
        if self.every.is_wanted() || !self.part.is_whole() || !self.policies.are_those_of_files() {
            let what = "a plan in a file is carried out once, with the part and the policies that it was made with";
            return Err(vec![format!("{what}: leave the other arguments out")]);
        }
        let Plan { paths, part, policies, foreign, secrets, kept, .. } = plan;
        let policies = policies.with_commands_of(&self.policies);
        let kept = if self.kept.credentials.is_some() { self.kept } else { kept };
        Ok(Apply { paths, part, policies, foreign, kept, secrets: self.secrets.or(secrets), ..self })
    }

    fn carry_out(self, saved: Option<&Saved>) -> Ended {
        if self.every.is_wanted() {
            if self.paths.iter().any(|path| path.as_os_str() == "-") {
                return Err(vec![
                    "--every reads the files anew each round: the standard input can be read once only".into(),
                ]);
            }
            let check = |plans: &Plans, mask: &Mask| self.check_tokens(plans, mask, true);
            return self.every.run(self.secrets.as_deref(), &|| self.prepare(), &check);
        }
        let Declared { mut declaration, .. } = self.declared()?;
        let request = self.part.request(&declaration)?;
        if self.output != Output::Text && !self.yes {
            return Err(vec![format!("--output {} leaves no place for a question: add --yes", self.output.name())]);
        }
        let plans = engine::plan(&declaration, &request);
        let mut state = State { saved, ..State::default() };
        let phase = |plans: Plans, declaration: &Declaration| self.phase(plans, declaration, &mut state);
        let mut report = match engine::phases(&mut declaration, &request, plans, phase) {
            Err(Stop::Wrong(errors)) => return Err(errors),
            Err(Stop::Unheard) => return Ok(ExitCode::FAILURE),
            Ok(report) => report,
        };
        let written = state.returned.map_or(Ok(()), |returned| returned.finish(&report));
        let mut mask = Declared::mask_of(&declaration);
        report.returned_secrets().iter().for_each(|secret| mask.add(secret));
        report.hide(&mask);
        let code = finish(&report, self.output, state.did);
        written.map(|()| code)
    }

    /// Shows the plans of a phase, asks, and carries them out.
    fn phase(&self, mut plans: Plans, declaration: &Declaration, state: &mut State<'_>) -> Result<Report, Stop> {
        let mask = Declared::mask_of(declaration);
        let text = self.output == Output::Text;
        // A kept plan is compared with what goes with its removals, too.
        if text || state.saved.is_some() {
            plans.look();
        }
        let mut report = plans.report();
        report.hide(&mask);
        if text && self.output.print(&report, Tense::Future, ExitCode::SUCCESS) != ExitCode::SUCCESS {
            return Err(Stop::Unheard);
        }
        let is_later = state.returned.is_some();
        let saved = state.saved.filter(|_| !is_later);
        saved.map_or(Ok(()), |saved| saved.check(&report))?;
        let work = has_work(&report);
        if !plans.is_refused() {
            // What exists can return values, too.
            if !(work || is_later || self.results.is_some() || self.secrets.is_some() || plans.deliver()) {
                return Ok(report);
            }
            let mut go = self.check_tokens(&plans, &mask, is_later);
            if go.is_ok() && work && !self.yes && saved.is_none() {
                go = confirm::ask("Apply these changes?");
            }
            match go {
                // What came before is done, and is told.
                Err(errors) if is_later => {
                    report.refuse(&errors);
                    return Ok(report);
                }
                go => go?,
            }
            if !is_later {
                state.returned = Some(Returned::open(self.results.clone(), self.secrets.clone())?);
            }
        }
        state.did = true;
        signals::catch();
        let watch = Watch::new(mask, state.returned.take().unwrap_or_default());
        let report = plans.execute(&watch, engine::interruption());
        state.returned = Some(watch.finish());
        Ok(report)
    }
}

/// What a run has from phase to phase.
#[derive(Default)]
struct State<'a> {
    /// The plan that was made before, and nothing else is carried out.
    saved: Option<&'a Saved>,
    /// Where what is returned is kept, once something was carried out.
    returned: Option<Returned>,
    did: bool,
}

/// Why a run ends in the middle.
enum Stop {
    Wrong(Vec<String>),
    /// Nobody reads what is printed.
    Unheard,
}

impl From<Vec<String>> for Stop {
    fn from(errors: Vec<String>) -> Stop {
        Stop::Wrong(errors)
    }
}

/// Plans, and what they are made of.
pub struct Prepared {
    pub declaration: Declaration,
    pub request: Request,
    pub plans: Plans,
}

impl Apply {
    /// What the files say, and what the command line says otherwise.
    fn declared(&self) -> Result<Declared, Vec<String>> {
        let foreign = self.foreign.with_secrets(self.secrets.as_deref());
        let mut declared = declared::read(&self.paths, &foreign, &self.pace, &self.kept)?;
        self.policies.set(&mut declared.declaration.registry);
        declared.declaration.registry.deliveries.given.clone_from(&self.deliver);
        Ok(declared)
    }

    /// The plans of a round that nobody watches.
    fn prepare(&self) -> Result<Prepared, Vec<String>> {
        let Declared { declaration, mask, .. } = self.declared()?;
        let request = self.part.request(&declaration)?;
        if request.selection.kinds.contains(&Kind::Tasks) {
            let why = "the kind tasks asks for commands, which are for once: not with --every";
            return Err(vec![why.into()]);
        }
        let plans = engine::plan(&declaration, &request);
        self.check_tokens(&plans, &mask, false)?;
        Ok(Prepared { declaration, request, plans })
    }

    /// Whether every token that is shown only once has a place; `is_later` where other plans have been carried out before.
    fn check_tokens(&self, plans: &Plans, mask: &Mask, is_later: bool) -> Result<(), Vec<String>> {
        if self.results.is_some() {
            return Ok(());
        }
        let passwords = plans.passwords();
        if !passwords.is_empty() {
            print::warning(&format!(
                "Quay makes a password for what has none here ({}), and nobody will see it: add --results FILE to keep it",
                mask.text(&passwords.join(", "))
            ));
        }
        let tokens = plans.tokens(self.secrets.is_some());
        if tokens.is_empty() {
            return Ok(());
        }
        Err(vec![format!(
            "nothing was done{}: the run issues tokens that are shown only once ({}): add --results FILE to keep them, or name a Secret for \
             each and add --secrets DIRECTORY, or say where to deliver each (--deliver)",
            if is_later { " here" } else { "" },
            mask.text(&tokens.join(", "))
        )])
    }
}

/// Carries plans out, tells what came of it, and gives the exit code. What the run returns goes to `returned`.
///
/// # Errors
/// When something of that cannot be kept.
pub fn execute(plans: Plans, mask: &Mask, output: Output, returned: Returned) -> Ended {
    signals::catch();
    let watch = Watch::new(mask.clone(), returned);
    let mut report = plans.execute(&watch, engine::interruption());
    let written = watch.finish().finish(&report);
    let mut mask = mask.clone();
    report.returned_secrets().iter().for_each(|secret| mask.add(secret));
    report.hide(&mask);
    let code = finish(&report, output, true);
    written.map(|()| code)
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
        Output::Text if !done => code,
        output => output.print(report, Tense::Past, code),
    }
}
