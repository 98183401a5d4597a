//! An audit for code scanning: the Static Analysis Results Interchange Format, 2.1.0.

use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::judged::Judged;
use crate::apply::audit::finding::{Finding, Severity};
use crate::apply::input::yaml::Place;
use crate::error::plain;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What a path keeps as it is in an address.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes the report.
///
/// # Errors
/// When `out` takes no more.
pub fn write(judged: &Judged, out: &mut dyn Write) -> io::Result<()> {
    let rules = judged.policy.distinct().map(|rule| {
        json!({
            "id": rule.id,
            "shortDescription": {"text": message(&rule.wants)},
            "defaultConfiguration": {"level": level(rule.severity)},
        })
    });
    let findings = judged.findings.iter().chain(&judged.excused);
    let results: Vec<Value> = findings.map(|finding| result(finding, &judged.server)).collect();
    let notices =
        judged.incomplete.iter().map(|sentence| json!({"level": "warning", "message": {"text": message(sentence)}}));
    let report = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "quaymaster", "version": env!("CARGO_PKG_VERSION"), "rules": rules.collect::<Vec<_>>()}},
            "invocations": [{
                "executionSuccessful": judged.is_whole,
                "toolExecutionNotifications": notices.collect::<Vec<_>>(),
            }],
            "results": results,
        }],
    });
    writeln!(out, "{report:#}")
}

fn result(finding: &Finding, server: &str) -> Value {
    let object = plain(&finding.object);
    let logical = json!([{"fullyQualifiedName": object, "kind": "object"}]);
    let mut whose = plain(server);
    let mut location = json!({"logicalLocations": logical});
    if let Some(Place::File { file, line, column }) = &finding.place {
        whose = address(file);
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": address(file)},
            "region": {"startLine": line, "startColumn": column},
        });
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": message(&finding.message)},
        "locations": [location],
        // The same finding stays the same where lines move, and is another one on another server or in another file.
        "partialFingerprints": {"object/v1": format!("{whose}:{}:{}:{object}", finding.rule, finding.kind)},
    });
    if let Some(excuse) = &finding.excuse {
        result["suppressions"] = json!([{"kind": "external", "justification": plain(&excuse.told())}]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// A text in which nothing is a link or a placeholder.
fn message(text: &str) -> String {
    let mut message = String::new();
    for c in plain(text).chars() {
        match c {
            '\\' | '[' | ']' => message.extend(['\\', c]),
            '{' | '}' => message.extend([c, c]),
            c => message.push(c),
        }
    }
    message
}

/// The address of a file, relative to where the command ran unless its path is absolute.
fn address(file: &str) -> String {
    let path = utf8_percent_encode(file.trim_start_matches("./"), PATH).to_string();
    if file.starts_with('/') { format!("file://{path}") } else { path }
}
