//! `quaymaster logs`.

mod kept;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::server::Server;
use super::{Ended, print, signals};
use crate::api::{Pace, Reader, Settings};
use crate::call::mask::Mask;
use crate::error::{Error, Result};
use crate::quay::log::Scope;
use crate::quay::log::collect::{Collector, Turn};
use crate::quay::log::cursor::Cursor;
use crate::quay::log::range::{self, Range};
use crate::quay::{period, server, time};

use kept::Kept;

/// Print the usage log, an entry a line as JSON, oldest first; with --follow without end.
///
/// Each entry comes once, whatever the server repeats or loses between its pages: what it listed is compared with what it counts for
/// each finished day (UTC), missing entries are looked for in narrower logs, and the balance of each day is told beside the output. An
/// `id` tells entries apart; it is the same when a line has to be printed again after a crash. Changes nothing.
///
/// With --cursor a collection goes on where it stopped. With --output, too, every entry stands in the file once even when the process was
/// killed in the middle of a line; on the standard output the lines of the last batch can come again then, with the same `id`.
///
/// The log of the whole registry needs a superuser or a global read-only superuser; that of an organization, an administrator of it.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Logs {
    /// An organization, an account, or a repository (ORG/REPO) whose log is read; the whole registry without one.
    #[arg(value_name = "ORG | ORG/REPO")]
    of: Option<String>,
    /// From when on: a date, a time, or a period back from now such as 7d [default: 24h, or now with --follow]. A cursor knows better.
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    since: Option<String>,
    /// Go on with what comes, until Ctrl-C.
    #[arg(long)]
    follow: bool,
    /// File that keeps how far the collection is.
    #[arg(long, value_name = "FILE")]
    cursor: Option<PathBuf>,
    /// File that the lines are appended to, instead of the standard output. Nothing else may write to it.
    #[arg(long, short, value_name = "FILE", requires = "cursor")]
    output: Option<PathBuf>,
    /// How long to wait between two looks of --follow.
    #[arg(long, value_name = "PERIOD", default_value = "60s", value_parser = interval)]
    interval: i64,
    /// How old an entry has to be, with --follow or --cursor: the server may still be writing younger ones.
    #[arg(long, value_name = "PERIOD", default_value = "60s", value_parser = seconds)]
    lag: i64,
    /// What to read once more each time, with --follow or --cursor, for entries that come late.
    #[arg(long, value_name = "PERIOD", default_value = "1h", value_parser = seconds)]
    overlap: i64,
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster logs acme --since 7d > acme.jsonl                    the log of an organization
  quaymaster logs --since 2026-11-01 | jq 'select(.kind == \"delete_tag\")'
  quaymaster logs --cursor quay.cursor >> quay.jsonl              what is new, from a timer
  quaymaster logs --follow --cursor quay.cursor -o quay.jsonl     a collector for a SIEM";

/// Held while a batch is written: a signal waits for it.
static WRITING: Mutex<()> = Mutex::new(());

/// Age from which on the server may have deleted entries: its default is 30 days.
const OLD: i64 = 29 * 86_400;

impl Logs {
    /// Reads and prints.
    pub fn run(self) -> Ended {
        let endpoint = self.server.endpoint()?;
        let mask = Mask::new(&endpoint.secrets);
        self.collect(&endpoint.options, &mask).map_err(|error| vec![mask.text(&error.to_string())])
    }

    fn collect(&self, options: &serde_json::Map<String, serde_json::Value>, mask: &Mask) -> Result<ExitCode> {
        let reader = Reader::paced(Settings::from_options(options), Pace::new(usize::MAX, self.server.pace.rate))?;
        reader.prove_credentials()?;
        let scope = self.scope();
        let start = self.start(reader.server_time())?;
        let source = format!("{} {}", reader.server(), scope.shown());
        let (mut kept, cursor) =
            Kept::open(self.cursor.as_deref(), self.output.as_deref(), Cursor::new(source, start))?;
        let is_kept = self.follow || self.cursor.is_some();
        let of = |period: i64| if is_kept { period } else { 0 };
        let mut collector = Collector { scope, cursor, lag: of(self.lag), overlap: of(self.overlap) };
        tell_deleted(&reader, collector.cursor.done);
        kept.save(&collector.cursor)?;
        if self.follow {
            signals::end_loop(&WRITING);
        }
        let mut is_first = true;
        loop {
            match self.catch_up(&reader, &mut collector, &mut kept, mask) {
                // A server that is away for a while is no end.
                Err(error) if self.follow && !is_first && !matches!(error, Error::Option(_)) => {
                    print::warning(
                        &mask.text(&format!(
                            "{error}; trying again in {}",
                            period::written(self.interval.unsigned_abs())
                        )),
                    );
                }
                ended => {
                    if !ended? {
                        return Ok(ExitCode::FAILURE);
                    }
                }
            }
            if !self.follow {
                return Ok(ExitCode::SUCCESS);
            }
            is_first = false;
            thread::sleep(Duration::from_secs(self.interval.unsigned_abs()));
        }
    }

    fn scope(&self) -> Scope {
        match &self.of {
            Some(name) if name.contains('/') => Scope::Repository(name.clone()),
            Some(name) => Scope::Namespace(name.clone()),
            None => Scope::Registry,
        }
    }

    fn start(&self, now: i64) -> Result<i64> {
        let since = self.since.as_deref().or(self.follow.then_some("0s"));
        Ok(Range::of(since, None, now)?.since)
    }

    /// Reads all that is there, turn by turn; whether somebody takes it.
    fn catch_up(&self, reader: &Reader, collector: &mut Collector, kept: &mut Kept, mask: &Mask) -> Result<bool> {
        let now = reader.server_time();
        while collector.is_behind(now) {
            let turn = collector.turn(&reader.fresh(), now)?;
            let _whole = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
            if !kept.write(&turn.entries)? {
                return Ok(false);
            }
            if !turn.entries.is_empty() || !turn.balances.is_empty() {
                kept.save(&collector.cursor)?;
            }
            tell(&turn, mask);
        }
        Ok(true)
    }
}

fn tell(turn: &Turn, mask: &Mask) {
    turn.balances.iter().for_each(|balance| print::note(balance));
    turn.warnings.iter().for_each(|warning| print::warning_once(&mask.text(warning)));
}

/// Where the server deletes old entries, a collection that begins before has gaps.
fn tell_deleted(reader: &Reader, done: i64) {
    if reader.server_time() - done > OLD && server::Server::ask(reader).has("ACTION_LOG_ROTATION") {
        let day = range::written(range::day_of(done));
        print::warning(&format!(
            "the server deletes old entries (after 30 days, unless ACTION_LOG_ROTATION_THRESHOLD says otherwise): of the time from {day} on, \
             those are missing"
        ));
    }
}

fn moment(text: &str) -> std::result::Result<String, String> {
    time::moment_of_utc(&json!(text)).map(|_| text.to_owned())
}

fn interval(text: &str) -> std::result::Result<i64, String> {
    match seconds(text)? {
        0 => Err("at least one second".into()),
        seconds => Ok(seconds),
    }
}

fn seconds(text: &str) -> std::result::Result<i64, String> {
    Ok(period::seconds(&json!(text))?.as_i64().unwrap_or_default())
}
