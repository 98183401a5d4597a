//! An audit for a build server: a case for each finding, one that passed for each rule without, and an error for what could not be read.

use std::io::{self, Write};

use super::judged::Judged;
use crate::apply::audit::finding::Finding;
use crate::cli::report::junit::{self, Case, Suite};

/// Writes the report.
///
/// # Errors
/// When `out` takes no more.
pub fn write(judged: &Judged, out: &mut dyn Write) -> io::Result<()> {
    let mut cases = Vec::new();
    for rule in judged.policy.distinct() {
        let about = judged.findings.iter().chain(&judged.excused).filter(|finding| finding.rule == rule.id);
        let before = cases.len();
        cases.extend(about.map(case));
        if cases.len() == before {
            cases.push(Case::passed(&rule.id, &rule.wants));
        }
    }
    let unread =
        judged.incomplete.iter().map(|sentence| Case::passed("incomplete", "What could not be read").broken(sentence));
    cases.extend(unread);
    junit::write(&[Suite::new(&judged.title, cases)], out)
}

fn case(finding: &Finding) -> Case {
    let case = Case::passed(&finding.rule, &finding.object);
    match &finding.excuse {
        Some(excuse) => case.skipped(&excuse.told()),
        None => {
            let place = finding.place.iter().map(|place| format!("{place}: ")).collect::<String>();
            case.failed(&finding.message, &format!("{place}{} ({})", finding.message, finding.severity.word()))
        }
    }
}
