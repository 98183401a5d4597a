//! What an audit came to.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::FailOn;
use crate::apply::audit::Audited;
use crate::apply::audit::finding::{Finding, Severity, counts};
use crate::apply::audit::policy::Policy;
use crate::call::mask::Mask;
use crate::cli::report::{Cell, Column, Report, Row};

pub const COLUMNS: [Column; 7] = [
    Column::content("severity", "severity"),
    Column::identity("rule", "rule"),
    Column::identity("kind", "kind").wide(),
    Column::identity("organization", "organization").wide(),
    Column::identity("object", "object").wide(),
    Column::content("place", "where"),
    Column::content("message", "finding"),
];

/// All that an audit came to.
pub struct Judged {
    pub title: String,
    pub policy: Policy,
    pub findings: Vec<Finding>,
    pub excused: Vec<Finding>,
    pub incomplete: Vec<String>,
    /// Whether everything could be looked at.
    pub is_whole: bool,
    /// The address of the server; empty for files.
    pub server: String,
}

impl Judged {
    /// Judges.
    pub fn of(title: String, policy: Policy, audited: &Audited, mask: &Mask) -> Judged {
        let found = policy.judge(audited, Timestamp::now()).into_iter();
        let found = found.map(|finding| finding.rewritten(|text| mask.text(text)));
        let (excused, findings) = found.partition(|finding| finding.excuse.is_some());
        let incomplete = audited.incomplete.iter().cloned().chain(policy.left_out(audited));
        let incomplete = incomplete.map(|sentence| mask.text(&sentence)).collect();
        let (is_whole, server) = (audited.incomplete.is_empty(), mask.text(&audited.server));
        Judged { title, policy, findings, excused, incomplete, is_whole, server }
    }

    /// Whether a finding matters enough.
    pub fn fails(&self, least: FailOn) -> bool {
        let least = match least {
            FailOn::Low => Severity::Low,
            FailOn::Medium => Severity::Medium,
            FailOn::High => Severity::High,
            FailOn::Never => return false,
        };
        self.findings.iter().any(|finding| finding.severity >= least)
    }

    /// How much was found, for a person.
    pub fn summary(&self) -> String {
        let of = |severity: Severity| {
            let count = self.findings.iter().filter(|finding| finding.severity == severity).count();
            format!("{count} {}", severity.word())
        };
        let excused = self.excused.len();
        format!("Findings: {}; excused: {excused}", Severity::ALL.map(of).join(", "))
    }

    /// The findings as rows.
    pub fn report(&self, question: Value) -> Report {
        let excused: Vec<Value> = self.excused.iter().map(Finding::to_json).collect();
        Report {
            name: "findings",
            title: self.title.clone(),
            question,
            columns: COLUMNS.to_vec(),
            rows: self.findings.iter().map(row).collect(),
            more: Map::from_iter([("counts".into(), counts(&self.findings)), ("excused".into(), json!(excused))]),
            incomplete: self.incomplete.clone(),
        }
    }
}

fn row(finding: &Finding) -> Row {
    let value = finding.to_json();
    COLUMNS.iter().map(|column| Cell::of(&value[column.key])).collect()
}
