//! A report as text for a person.
//!
//! The text carries colours as escape sequences; whoever prints it takes them out where they are not wanted. What comes
//! from a server or a file cannot bring sequences of its own: see [`plain`].

mod value;

use std::collections::HashSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::kinds;
use super::kinds::section::Place;
use super::report::{Action, Counts, Mishap, Outcome, Report, ReportedEndpoint, ReportedItem};
pub use crate::error::plain;

const CREATE: Style = AnsiColor::Green.on_default();
const CHANGE: Style = AnsiColor::Yellow.on_default();
const REMOVE: Style = AnsiColor::Red.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default();
const FAILURE: Style = AnsiColor::Red.on_default().bold();
const HEADING: Style = Style::new().bold();
const RESENT: Style = Style::new().dimmed();

/// Whether a report tells what would happen or what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// A plan: what would happen.
    Future,
    /// A run: what happened.
    Past,
}

/// What would be done: every object that changes, with each option that does, and a summary.
pub fn plan(report: &Report) -> String {
    let mut text = String::new();
    for endpoint in &report.endpoints {
        section(&mut text, endpoint, ReportedItem::is_worth_telling, planned);
    }
    text + &summary(report, Tense::Future)
}

/// What went wrong and what deserves attention, and a summary. What went well has been shown as the plan.
pub fn outcome(report: &Report) -> String {
    let mut text = String::new();
    for endpoint in &report.endpoints {
        let telling = |object: &ReportedItem| !object.warnings.is_empty() || mishap(object).is_some();
        section(&mut text, endpoint, telling, |text, object| {
            headline(text, object);
            warnings(text, object);
        });
    }
    text + &summary(report, Tense::Past)
}

/// One line: how many objects of each fate, how many requests, how long.
pub fn summary(report: &Report, tense: Tense) -> String {
    let Counts { create, change, remove, unchanged, failed, skipped, secrets_not_sent } = report.counts();
    let resent =
        report.endpoints.iter().flat_map(|endpoint| &endpoint.objects).filter(|o| !o.resent.is_empty()).count();
    let mut text = match tense {
        Tense::Future => format!("{create} to create, {change} to change, {remove} to remove, {unchanged} unchanged"),
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
    match outcome {
        Outcome::Planned | Outcome::Done => title,
        Outcome::Failed(failure) => format!("{FAILURE}! failed{FAILURE:#} {title}: {}", plain(&failure.message())),
        Outcome::Skipped(why) => format!("{WARNING}! skipped{WARNING:#} {title}: {}", plain(why)),
    }
}

fn section(
    text: &mut String,
    endpoint: &ReportedEndpoint,
    telling: impl Fn(&ReportedItem) -> bool,
    show: impl Fn(&mut String, &ReportedItem),
) {
    // What several have in common is told once, below.
    let mishaps: Vec<Mishap<'_>> = endpoint.mishaps().into_iter().filter(|mishap| mishap.objects.len() > 1).collect();
    let common: HashSet<(bool, &str)> = mishaps.iter().map(|mishap| (mishap.tried, mishap.why.as_str())).collect();
    let alone = |object: &ReportedItem| match object.mishap() {
        Some((tried, why)) => !endpoint.is_refusal(object) && !common.contains(&(tried, why.as_str())),
        None => true,
    };
    let objects: Vec<&ReportedItem> =
        endpoint.objects.iter().filter(|object| telling(object) && alone(object)).collect();
    if objects.is_empty() && mishaps.is_empty() && endpoint.refusals.is_empty() && endpoint.warnings.is_empty() {
        return;
    }
    let _ = writeln!(text, "{HEADING}{}{HEADING:#}", plain(&endpoint.name));
    for warning in &endpoint.warnings {
        let _ = writeln!(text, "  {WARNING}warning:{WARNING:#} {}", plain(warning));
    }
    for group in groups(objects) {
        let organization = group.first().and_then(|object| object.organization.as_deref());
        let _ = writeln!(text, "  {HEADING}{}{HEADING:#}", organization.map_or("(the registry)".into(), plain));
        for object in group {
            show(text, object);
        }
    }
    for mishap in mishaps {
        let fate = if mishap.tried { "failed:" } else { "skipped:" };
        let _ = writeln!(text, "  {FAILURE}! {fate}{FAILURE:#} {}: {}", plain(&mishap.named()), plain(&mishap.why));
    }
    for refusal in &endpoint.refusals {
        let _ = writeln!(text, "  {FAILURE}! refused:{FAILURE:#} {}", plain(refusal));
    }
    text.push('\n');
}

/// The objects of each organization, those of the same kind together; otherwise in the order of the plan.
fn groups(objects: Vec<&ReportedItem>) -> Vec<Vec<&ReportedItem>> {
    let mut groups: Vec<Vec<&ReportedItem>> = Vec::new();
    for object in objects {
        let same =
            |group: &&mut Vec<&ReportedItem>| group.first().is_some_and(|o| o.organization == object.organization);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(object),
            None => groups.push(vec![object]),
        }
    }
    for group in &mut groups {
        // What is in a repository comes after it.
        let is_inside = |module| kinds::of_module(module).is_some_and(|section| section.place == Place::Repository);
        group.sort_by_key(|object| (is_inside(object.module), object.kind));
    }
    groups
}

fn planned(text: &mut String, object: &ReportedItem) {
    headline(text, object);
    match object.action {
        Action::Create => value::all(text, &object.after),
        Action::Change => value::changes(text, &object.before, &object.after),
        // Its title is that of the whole list.
        Action::Remove if object.kind.card().listed && object.after.is_empty() => value::all(text, &object.before),
        Action::Remove if object.kind.card().listed => value::changes(text, &object.before, &object.after),
        Action::Remove | Action::Keep => {}
    }
    for option in &object.resent {
        let _ = writeln!(text, "        {}: {RESENT}(resent){RESENT:#}", plain(option));
    }
    warnings(text, object);
}

fn headline(text: &mut String, object: &ReportedItem) {
    let (style, sign) = match object.action {
        Action::Create => (CREATE, '+'),
        Action::Change => (CHANGE, '~'),
        Action::Remove => (REMOVE, '-'),
        Action::Keep => (Style::new(), ' '),
    };
    let title = plain(&object.title);
    let _ = match mishap(object) {
        Some((fate, why)) => writeln!(text, "    {FAILURE}! {fate}{FAILURE:#} {title}: {}", plain(&why)),
        None if object.action == Action::Keep => writeln!(text, "      {title}"),
        None => writeln!(text, "    {style}{sign} {}{style:#} {title}", object.action.word()),
    };
}

/// What did not come about, and why.
fn mishap(object: &ReportedItem) -> Option<(String, String)> {
    let (tried, why) = object.mishap()?;
    let fate = match (tried, object.action) {
        // Without a plan nobody knows what it would have been.
        (true, Action::Keep) => "could not plan".into(),
        (false, Action::Keep) => "left out".into(),
        (true, action) => format!("failed to {}", action.word()),
        (false, action) => format!("did not try to {}", action.word()),
    };
    Some((fate, why))
}

fn warnings(text: &mut String, object: &ReportedItem) {
    for warning in &object.warnings {
        let _ = writeln!(text, "        {WARNING}warning:{WARNING:#} {}", plain(warning));
    }
}

#[cfg(test)]
mod tests;
