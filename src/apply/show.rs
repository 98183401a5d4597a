//! A report for a person.
//!
//! The text carries colours as escape sequences; whoever prints it takes them out where they are not wanted. What comes
//! from a server or a file cannot bring sequences of its own: see [`plain`].

mod danger;
pub mod holds;
pub mod html;
mod human;
pub mod markdown;
pub mod sheet;
mod text;
mod value;

use std::fmt::Write;

use super::report::{Counts, Outcome, Report};
pub use crate::error::plain;
use sheet::{Line, Sheet, Tone};

/// Whether a report tells what would happen or what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// A plan: what would happen.
    Future,
    /// A run: what happened.
    Past,
}

/// What would be done: every object that changes, with each option that does, and a summary; in lines of at most `width` columns,
/// as far as words allow it.
pub fn plan(report: &Report, width: usize) -> String {
    text(&sheet::plan(report), &conclusion(report, Tense::Future), width)
}

/// What went wrong and what deserves attention, and a summary. What went well has been shown as the plan.
pub fn outcome(report: &Report, width: usize) -> String {
    text(&sheet::outcome(report), &conclusion(report, Tense::Past), width)
}

fn text(sheets: &[Sheet], conclusion: &[Line], width: usize) -> String {
    let mut text = String::new();
    sheets.iter().for_each(|sheet| text::write(sheet, width, &mut text));
    conclusion.iter().for_each(|line| text::line(line, width, &mut text));
    text
}

/// How many dangers the end of a plan repeats.
const REPEATED: usize = 20;

/// The end of a report: of a plan whether there is anything to do, or its dangers once more; and the summary.
pub fn conclusion(report: &Report, tense: Tense) -> Vec<Line> {
    let mut objects = report.endpoints.iter().flat_map(|endpoint| &endpoint.objects);
    let mut lines = match tense {
        Tense::Past => Vec::new(),
        Tense::Future => dangers(report),
    };
    if tense == Tense::Future
        && report.succeeded()
        && objects.all(|object| !object.changed() && object.resent.is_empty())
    {
        lines.push(Line::of(0, Tone::Heading, "No changes. Everything is as declared."));
    }
    lines.push(Line::of(0, Tone::Plain, summary(report, tense).trim_end()));
    lines
}

/// The dangers of a plan, each with its object: above, they may be many pages away.
fn dangers(report: &Report) -> Vec<Line> {
    let objects = report.endpoints.iter().flat_map(|endpoint| &endpoint.objects);
    let all: Vec<String> = objects
        .flat_map(|object| danger::of(object).into_iter().map(|what| format!("{}: {what}", plain(&object.title))))
        .collect();
    let count = match all.len() {
        0 => return Vec::new(),
        1 => "1 danger:".to_owned(),
        count => format!("{count} dangers:"),
    };
    let more = (all.len() > REPEATED).then(|| format!("and {} more", all.len() - REPEATED));
    let told = all.into_iter().take(REPEATED).chain(more).map(|text| Line::of(1, Tone::Plain, text));
    [Line::of(0, Tone::Danger, count)].into_iter().chain(told).collect()
}

/// One line: how many objects of each fate, how many requests, how long.
pub fn summary(report: &Report, tense: Tense) -> String {
    let Counts { create, change, remove, unchanged, failed, skipped, secrets_not_sent } = report.counts();
    let resent =
        report.endpoints.iter().flat_map(|endpoint| &endpoint.objects).filter(|o| !o.resent.is_empty()).count();
    let mut text = match tense {
        Tense::Future => {
            format!("Plan: {create} to create, {change} to change, {remove} to remove, {unchanged} unchanged")
        }
        Tense::Past => format!("{create} created, {change} changed, {remove} removed, {unchanged} unchanged"),
    };
    for (count, word) in [(failed, "failed"), (skipped, "skipped"), (resent, "with secrets sent anyway")] {
        if count > 0 {
            // Writing to a String cannot fail; so everywhere below.
            let _ = write!(text, ", {count} {word}");
        }
    }
    if secrets_not_sent > 0 {
        let noun = if secrets_not_sent == 1 { "secret" } else { "secrets" };
        let _ = write!(text, "; {secrets_not_sent} {noun} declared, not compared, not sent: see update_secrets");
    }
    if tense == Tense::Future && create + change + remove + resent > 0 {
        text.push_str("; nothing has been changed yet");
    }
    if tense == Tense::Past && !report.succeeded() && !report.changed() && resent == 0 {
        text.push_str("; nothing was written");
    }
    let requests: u64 = report.endpoints.iter().map(|endpoint| endpoint.requests).sum();
    // Endpoints are worked on side by side.
    let seconds = report.endpoints.iter().map(|endpoint| endpoint.seconds).fold(0.0, f64::max);
    let noun = if requests == 1 { "request" } else { "requests" };
    let _ = writeln!(text, "; {requests} {noun} in {seconds:.1} s");
    text
}

/// One line about an object whose work has ended, for the progress of a run.
pub fn progress(title: &str, outcome: &Outcome) -> String {
    let title = plain(title);
    let told = |tone, word: &str, why: &str| {
        let style = text::style(tone);
        format!("{style}! {word}{style:#} {title}: {}", plain(why))
    };
    match outcome {
        Outcome::Planned | Outcome::Done => title.clone(),
        Outcome::Failed(failure) => told(Tone::Danger, "failed", &failure.message()),
        Outcome::Skipped(why) => told(Tone::Warning, "skipped", why),
    }
}

#[cfg(test)]
mod tests;
