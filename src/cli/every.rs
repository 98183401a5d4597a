//! `quaymaster apply --every`: rounds without end, as an operator does them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::declared::Declared;
use super::results::Returned;
use super::{Ended, print, signals};
use crate::apply::engine::{self, Plans};
use crate::apply::input::declaration::Declaration;
use crate::apply::private;
use crate::apply::report::{Counts, Report};
use crate::apply::run::Progress;
use crate::apply::show::{self, Tense};
use crate::call::mask::Mask;
use crate::error::{caught, io_text};

/// How `apply` goes on by itself.
#[derive(Args)]
pub struct Every {
    /// Apply again and again, this long after each round: a number with ms, s, m or h. Nothing is asked.
    ///
    /// Files are read anew each round. A round that fails changes nothing about the next one, but that it comes later: after each
    /// further failure twice as late, up to 16 times. SIGTERM ends it between two writes, with exit code 0.
    #[arg(long, value_name = "TIME", value_parser = interval, conflicts_with_all = ["results", "output"])]
    every: Option<Duration>,
    /// Write what came of the last round to this file, as JSON; with --every.
    #[arg(long, value_name = "FILE", requires = "every")]
    status_file: Option<PathBuf>,
    /// Write figures of the rounds to this file, in the text format of Prometheus; with --every.
    #[arg(long, value_name = "FILE", requires = "every")]
    metrics_file: Option<PathBuf>,
}

/// What is known of the rounds so far.
#[derive(Default)]
struct State {
    rounds: u64,
    failed_rounds: u64,
    failures_in_a_row: u32,
    started: Timestamp,
    last_success: Option<Timestamp>,
    seconds: f64,
    changed: bool,
    counts: Counts,
    requests: u64,
    errors: Vec<String>,
}

/// What is against carrying plans out.
type Check<'a> = &'a dyn Fn(&Plans, &Mask) -> Result<(), Vec<String>>;

/// What came of a round: its report, or why there is none.
pub type Round = Result<Report, Vec<String>>;

/// Held while something is written, so that a signal does not end the process in the middle of it.
static WRITING: Mutex<()> = Mutex::new(());

/// Longest wait after failures, in usual ones.
const LONGEST: u32 = 16;

impl Every {
    /// Whether it goes on by itself.
    pub fn is_wanted(&self) -> bool {
        self.every.is_some()
    }

    /// Does rounds until a signal ends it; each is planned by `plan` and carried out. What is planned on the way, after something of
    /// the round has been done, is carried out where `check` has nothing against it.
    ///
    /// # Errors
    /// When a file cannot be written before the first round.
    pub fn run(
        &self,
        secrets: Option<&Path>,
        plan: &dyn Fn() -> Result<super::apply::Prepared, Vec<String>>,
        check: Check<'_>,
    ) -> Ended {
        let Some(every) = self.every else { return Ok(ExitCode::SUCCESS) };
        signals::end_loop(&WRITING);
        let mut state = State::default();
        {
            let _writing = writing();
            self.publish(&state, every)?;
        }
        loop {
            let start = Instant::now();
            state.started = Timestamp::now();
            // Whatever breaks off in a round is a fault of that round.
            let planned = whole(plan);
            // From the first write until all is told, a signal waits.
            let writing = writing();
            let done = planned.and_then(|planned| whole(|| carry_out(secrets, planned, check)));
            let line = state.take(done, start.elapsed());
            let wait = state.wait(every);
            if let Err(errors) = self.publish(&state, wait) {
                errors.iter().for_each(|error| print::error(error));
            }
            if print::out(&format!("{line}\n"), ExitCode::SUCCESS) != ExitCode::SUCCESS {
                return Ok(ExitCode::FAILURE);
            }
            if signals::is_ending() {
                return Ok(ExitCode::SUCCESS);
            }
            // A Secret that could not be kept has ended its own round.
            engine::resume();
            drop(writing);
            thread::sleep(wait);
        }
    }

    fn publish(&self, state: &State, wait: Duration) -> Result<(), Vec<String>> {
        let files = [(&self.status_file, state.status(wait)), (&self.metrics_file, state.metrics())];
        for (path, text) in files {
            let Some(path) = path else { continue };
            private::publish(path, &text)
                .map_err(|error| vec![format!("{} cannot be written: {}", path.display(), io_text(&error))])?;
        }
        Ok(())
    }
}

/// What comes of the work, or why it broke off.
fn whole<T>(work: impl FnOnce() -> Result<T, Vec<String>>) -> Result<T, Vec<String>> {
    caught(|| Ok(work())).unwrap_or_else(|error| Err(vec![error.to_string()]))
}

fn writing() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Carries out what is planned, as far as nothing is against it.
fn carry_out(secrets: Option<&Path>, planned: super::apply::Prepared, check: Check<'_>) -> Round {
    let super::apply::Prepared { mut declaration, request, plans } = planned;
    let returned = Returned::open(None, secrets.map(Path::to_path_buf))?;
    let carry_out = |plans: Plans, declaration: &Declaration| {
        Ok::<_, Vec<String>>(match check(&plans, &Declared::mask_of(declaration)) {
            Ok(()) => plans.execute(&returned, engine::interruption()),
            Err(errors) => {
                let mut report = plans.report();
                report.refuse(&errors);
                report
            }
        })
    };
    let mut report = engine::phases(&mut declaration, &request, plans, carry_out)?;
    returned.finish(&report)?;
    let mut mask = Declared::mask_of(&declaration);
    report.returned_secrets().iter().for_each(|secret| mask.add(secret));
    report.hide(&mask);
    Ok(report)
}

impl Progress for Returned {
    fn begins(&self, _endpoint: &str, _total: usize) {}
    fn ended(&self, _endpoint: &str, _title: &str, _outcome: &crate::apply::report::Outcome) {}
    fn returned(&self, endpoint: &str, object: &dyn Fn() -> crate::apply::report::ReportedItem) {
        self.keep(endpoint, object);
    }
}

impl State {
    /// Takes a round into account, and tells it in one line.
    fn take(&mut self, round: Round, took: Duration) -> String {
        self.rounds += 1;
        self.seconds = took.as_secs_f64();
        let mut told = String::new();
        (self.changed, self.counts, self.requests) = (false, Counts::default(), 0);
        self.errors = match round {
            Ok(report) => {
                self.changed = report.changed();
                self.counts = report.counts();
                self.requests = report.endpoints.iter().map(|endpoint| endpoint.requests).sum();
                told = show::summary(&report, Tense::Past).trim_end().to_owned();
                report.errors()
            }
            Err(errors) => errors,
        };
        match self.errors.first() {
            None => {
                self.failures_in_a_row = 0;
                self.last_success = Some(Timestamp::now());
            }
            Some(first) => {
                self.failed_rounds += 1;
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                let more = self.errors.len() - 1;
                let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
                told = format!("failed: {}{more}", show::plain(first));
            }
        }
        format!("{} round {}: {told}", self.started.round(jiff::Unit::Second).unwrap_or(self.started), self.rounds)
    }

    /// How long to wait for the next round.
    fn wait(&self, every: Duration) -> Duration {
        let times = 2_u32.saturating_pow(self.failures_in_a_row.saturating_sub(1)).min(LONGEST);
        every.saturating_mul(times)
    }

    fn status(&self, wait: Duration) -> String {
        let seconds = wait.as_secs_f64();
        let status: Value = json!({
            "rounds": self.rounds,
            "failed_rounds": self.failed_rounds,
            "failures_in_a_row": self.failures_in_a_row,
            "succeeded": self.rounds > 0 && self.errors.is_empty(),
            "started": (self.rounds > 0).then(|| self.started.to_string()),
            "last_success": self.last_success.map(|time| time.to_string()),
            "seconds": self.seconds,
            "next_in_seconds": seconds,
            "changed": self.changed,
            "counts": self.counts.to_json(),
            "requests": self.requests,
            "errors": self.errors,
        });
        format!("{status:#}\n")
    }

    fn metrics(&self) -> String {
        let time = |time: Option<Timestamp>| time.map_or(0, Timestamp::as_second).to_string();
        let started = Some(self.started).filter(|_| self.rounds > 0);
        let succeeded = u8::from(self.rounds > 0 && self.errors.is_empty());
        let mut text = String::new();
        for (name, kind, help, value) in [
            ("rounds_total", "counter", "Rounds since the start.", self.rounds.to_string()),
            ("failed_rounds_total", "counter", "Rounds in which something went wrong.", self.failed_rounds.to_string()),
            ("round_succeeded", "gauge", "Whether all went well in the last round.", succeeded.to_string()),
            ("round_start_seconds", "gauge", "When the last round began, in Unix time.", time(started)),
            ("last_success_seconds", "gauge", "When the last good round ended, in Unix time.", time(self.last_success)),
            ("round_duration_seconds", "gauge", "How long the last round took.", self.seconds.to_string()),
            ("round_requests", "gauge", "Requests of the last round.", self.requests.to_string()),
        ] {
            text.push_str(&format!(
                "# HELP quaymaster_{name} {help}\n# TYPE quaymaster_{name} {kind}\nquaymaster_{name} {value}\n"
            ));
        }
        text.push_str(
            "# HELP quaymaster_objects Objects of the last round by fate.\n# TYPE quaymaster_objects gauge\n",
        );
        for (fate, count) in self.counts.to_json().as_object().into_iter().flatten() {
            text.push_str(&format!("quaymaster_objects{{fate=\"{fate}\"}} {count}\n"));
        }
        text
    }
}

/// `10m` as a time.
fn interval(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| "a number with ms, s, m or h, such as 10m".to_owned())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("the number needs a unit: ms, s, m or h, such as 10m".into()),
    };
    match number.checked_mul(millis).filter(|millis| *millis > 0) {
        Some(millis) => Ok(Duration::from_millis(millis)),
        None => Err("must be more than nothing, and less than for ever".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_units() {
        assert_eq!(interval("10ms"), Ok(Duration::from_millis(10)));
        assert_eq!(interval("2h"), Ok(Duration::from_secs(7200)));
        for wrong in ["", "10", "m", "0s", "-1s", "1d", "99999999999999999999h", "9999999999999999h"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn failures_make_the_next_round_late_until_one_goes_well() {
        let (mut state, every) = (State::default(), Duration::from_secs(1));
        let mut waits = Vec::new();
        for _ in 0..7 {
            state.take(Err(vec!["gone".into()]), every);
            waits.push(state.wait(every).as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 16, 16]);
        let line = state.take(Ok(Report { endpoints: Vec::new() }), every);
        assert!(line.contains(" round 8: 0 created") && !line.contains('\n'), "{line}");
        assert_eq!((state.wait(every), state.failed_rounds), (every, 7));
    }
}
