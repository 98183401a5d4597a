//! A plan as test cases: an object passes when it is as declared.

use std::io::{self, Write};

use crate::apply::report::{Action, Outcome, Report, ReportedEndpoint, ReportedItem};
use crate::apply::show::sheet;
use crate::cli::report::junit::{self, Case, Suite};

/// Writes a suite for each server.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    junit::write(&report.endpoints.iter().map(suite).collect::<Vec<_>>(), out)
}

fn suite(endpoint: &ReportedEndpoint) -> Suite {
    let refused = endpoint.refusals.iter().map(|why| Case::passed("quaymaster", "the whole server").broken(why));
    Suite::new(&endpoint.name, refused.chain(endpoint.objects.iter().map(case)).collect())
}

fn case(object: &ReportedItem) -> Case {
    let case = Case::passed(object.organization.as_deref().unwrap_or("registry"), &object.title);
    match &object.outcome {
        Outcome::Failed(failure) => case.broken(&failure.message()),
        Outcome::Skipped(why) => case.skipped(why),
        Outcome::Planned if object.action != Action::Keep => {
            let indented = |line: &sheet::Line| format!("{}{}", "  ".repeat(line.depth), line.text());
            let lines: Vec<String> = sheet::planned(object).iter().map(indented).collect();
            case.failed(&format!("would {} it", object.action.word()), &lines.join("\n"))
        }
        Outcome::Planned | Outcome::Done => case,
    }
}
