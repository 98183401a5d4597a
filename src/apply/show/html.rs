//! A plan as one page that needs no network and no scripts.

use std::io::{self, Write};

use askama::Template;

use super::sheet::{self, Line, Sheet, Tone};
use super::{Tense, conclusion, danger};
use crate::apply::report::{Counts, Report};
use crate::quay::time;

#[derive(Template)]
#[template(path = "plan.html")]
struct Page {
    title: &'static str,
    made: String,
    version: &'static str,
    facts: Vec<(&'static str, usize)>,
    css: &'static str,
    sheets: Vec<Sheet>,
    conclusion: Vec<Line>,
}

/// Writes the page.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, tense: Tense, out: &mut dyn Write) -> io::Result<()> {
    let page = Page {
        title: if tense == Tense::Future { "Plan" } else { "Result" },
        made: time::written(jiff::Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        facts: facts(report, tense),
        css: include_str!("../../cli/report/page.css"),
        sheets: sheet::plan(report),
        conclusion: conclusion(report, tense),
    };
    page.write_into(out).map_err(io::Error::other)
}

fn facts(report: &Report, tense: Tense) -> Vec<(&'static str, usize)> {
    let Counts { create, change, remove, unchanged, failed, skipped, .. } = report.counts();
    let all = [("create", create), ("change", change), ("remove", remove), ("unchanged", unchanged)];
    let dangers = if tense == Tense::Future { danger::count(report) } else { 0 };
    let trouble = [("failed", failed), ("skipped", skipped), ("dangers", dangers)];
    let trouble = trouble.into_iter().filter(|(_, count)| *count > 0);
    all.into_iter().chain(trouble).collect()
}

/// The class of a part of a line.
fn class(tone: &Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Heading => "plain",
        Tone::New => "new",
        Tone::Create => "create",
        Tone::Change => "change",
        Tone::Remove => "remove",
        Tone::Warning => "caution",
        Tone::Danger => "danger",
    }
}

/// The class of the mark of a line.
fn mark_class(line: &Line) -> &'static str {
    if line.mark == Some('~') { "change" } else { line.parts.first().map_or("plain", |(tone, _)| class(tone)) }
}
