//! `quaymaster restore`.

use std::fmt::Write;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::Args;
use serde_json::{Map, Value, json};

use super::server::Server;
use super::{Ended, confirm, print};
use crate::api::{Pace, Settings};
use crate::apply::show::plain;
use crate::call::mask::Mask;
use crate::call::{self, Call};
use crate::error::{Error, Result};
use crate::modules::{self, Entry};
use crate::plan::Plan;
use crate::quay::{text, time};

const MODULE: &str = "quay_repository_restore";
const BACK: Style = AnsiColor::Green.on_default();
const MOVED: Style = AnsiColor::Yellow.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// Bring repositories back to what they were at a moment.
///
/// Tags that were deleted or have expired since then come back, and tags that have moved go back to the image of then, as far as the
/// time machine of the organization reaches. It shows everything that it would do, and asks. A second run with the same moment
/// changes nothing. Deleted repositories cannot come back.
///
/// What comes back counts as pushed now: an auto-prune policy that keeps so many tags then takes older ones, which `quaymaster preview`
/// tells.
///
/// The server is that of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows. The account must be
/// allowed to write to the repositories.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Restore {
    /// A repository as ORGANIZATION/REPOSITORY, or an organization for all of its repositories.
    #[arg(value_name = "ORGANIZATION[/REPOSITORY]")]
    what: String,
    /// The moment: a date and time with a zone, such as 2026-11-28T09:00:00Z, or how long ago it was, such as 2h.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: String,
    /// Delete tags that were not there then; they stay in the time machine.
    #[arg(long)]
    remove_newer: bool,
    /// Most tags that may lose the image that they point to now; with more, nothing is done.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    max_removals: u32,
    /// Change nothing, only tell what would be changed.
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster restore --check --at 2h acme                          what two hours have done to an organization
  quaymaster restore --at 18h acme/app                             as of yesterday evening
  quaymaster restore --at 1d --remove-newer --yes acme/app         exactly as it was, without a question";

impl Restore {
    /// Shows what it would do, asks, and does exactly that.
    pub fn run(self) -> Ended {
        let endpoint = self.server.endpoint()?;
        let mask = Mask::new(&endpoint.secrets);
        let told = |error: &str| vec![mask.text(error)];
        let (entry, options) = self.call().map_err(|error| told(&error.to_string()))?;
        let connection = (Settings::from_options(&endpoint.options), Pace::new(1, self.server.pace.rate));
        let (mut ended, mut planned) = (Ok(ExitCode::SUCCESS), 0);
        let agreed = |plan: &Plan| {
            plan.warnings.iter().for_each(|warning| print::warning(&mask.text(warning)));
            planned = plan.steps.len();
            ended = Ok(print::out(&shown(plan), ExitCode::SUCCESS));
            if self.check || planned == 0 || ended != Ok(ExitCode::SUCCESS) {
                return false;
            }
            let answer = if self.yes { Ok(()) } else { confirm::ask("Restore these tags?") };
            answer.map_err(|errors| ended = Err(errors)).is_ok()
        };
        match entry.run_if(&options, connection, agreed).map_err(|failure| told(&failure.message()))? {
            None => ended,
            Some(progress) => {
                let done = format!("{} of {planned} steps were needed and are done\n", progress.done.len());
                Ok(print::out(&done, ExitCode::SUCCESS))
            }
        }
    }

    /// The module, and the options of its call.
    fn call(&self) -> Result<(&'static Entry, Map<String, Value>)> {
        let place = if self.what.contains('/') { "repository" } else { "organization" };
        let options = json!({
            place: self.what,
            "at": self.at,
            "remove_newer": self.remove_newer,
            "max_removals": self.max_removals,
        });
        let parameters = options.as_object().cloned().unwrap_or_default();
        let entry = modules::find(MODULE).ok_or_else(|| Error::Bug(format!("there is no {MODULE}")))?;
        let call = call::validate(entry.document, entry.rules, Call::within(MODULE, parameters), &|_| None);
        Ok((entry, call.map_err(|invalid| Error::Option(invalid.texts().join("; ")))?.options))
    }
}

/// A moment as it is given: the one plan that is shown and carried out says which it is.
fn moment(text: &str) -> Result<String, String> {
    time::moment(&json!(text)).map(|_| text.to_owned())
}

/// Each tag that changes on a line, and how many do.
fn shown(plan: &Plan) -> String {
    let names: std::collections::BTreeSet<&String> = plan.before.keys().chain(plan.after.keys()).collect();
    let width = names.iter().map(|name| plain(name).chars().count()).max().unwrap_or_default();
    let mut shown = format!("{}\n", plain(&plan.title));
    let mut counts = [0; 3];
    for name in names {
        let (before, after) = (digest(&plan.before, name), digest(&plan.after, name));
        let (kind, style, sign, what) = match (before, after) {
            (None, after) => (0, BACK, '+', after.unwrap_or_default()),
            (Some(before), Some(after)) => (1, MOVED, '~', format!("{before} -> {after}")),
            (Some(before), None) => (2, REMOVED, '-', before),
        };
        counts[kind] += 1;
        // Writing to a String cannot fail.
        let _ = writeln!(shown, "  {style}{sign} {:width$}{style:#}  {what}", plain(name));
    }
    let [back, moved, removed] = counts;
    match plan.steps.is_empty() {
        true => shown.push_str("No changes.\n"),
        false => drop(writeln!(shown, "{back} to come back, {moved} to move, {removed} to remove")),
    }
    shown
}

/// The beginning of a digest, as container tools show it.
fn digest(side: &Map<String, Value>, name: &str) -> Option<String> {
    const SIGNS: usize = "sha256:".len() + 12;
    side.get(name).map(|digest| plain(text(digest)).chars().take(SIGNS).collect())
}
