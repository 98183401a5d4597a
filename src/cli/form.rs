//! The forms in which a plan, or what came of it, is printed.

mod junit;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::print;
use crate::apply::report::Report;
use crate::apply::show::{self, Tense, html, markdown};
use crate::error::is_control;

/// Goes up when a program that reads the JSON would have to change.
const FORMAT_VERSION: u64 = 1;

/// What a plan, or a result, looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For a person at a terminal.
    Text,
    /// For a program: `quaymaster schema plan` describes it.
    Json,
    /// For a merge request, a ticket or a wiki.
    Markdown,
    /// For a browser: one file without anything from elsewhere.
    Html,
    /// For a pipeline: a test case for each object, which fails while it is not as declared.
    Junit,
}

impl Output {
    /// The word for it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Prints a report, and ends the command with `code`, or with 1 when nobody reads it.
    pub fn print(self, report: &Report, tense: Tense, code: ExitCode) -> ExitCode {
        match self {
            Output::Text if tense == Tense::Future => print::out(&show::plan(report, print::text_width()), code),
            Output::Text => print::out(&show::outcome(report, print::text_width()), code),
            form => print::stream(code, |out| form.write(report, tense, out)),
        }
    }

    fn write(self, report: &Report, tense: Tense, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Output::Text => write!(out, "{}", show::plan(report, usize::MAX)),
            Output::Json => out.write_all(pretty(&json(report)).as_bytes()),
            Output::Markdown => markdown::write(report, tense, out),
            Output::Html => html::write(report, tense, out),
            Output::Junit => junit::write(report, out),
        }
    }
}

/// A report for a program.
pub fn json(report: &Report) -> Value {
    let mut whole = json!({"format_version": FORMAT_VERSION});
    if let (Value::Object(whole), Value::Object(report)) = (&mut whole, report.to_json()) {
        whole.extend(report);
    }
    whole
}

/// JSON as people like to see it, too: what steers a terminal or is not seen is escaped, which means the same.
pub fn pretty(value: &Value) -> String {
    let text = format!("{value:#}\n");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c != '\n' && is_control(c) => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_steers_no_terminal_and_means_the_same() {
        let value = json!({"a\u{202e}b": ["\u{1b}[2J\n", "\u{9b}2J", "x\u{200b}\u{e0041}y", "Käse"]});
        let text = pretty(&value);
        assert!(text.chars().all(|c| c == '\n' || !is_control(c)), "{text:?}");
        assert!(
            text.contains(r"a\u202eb") && text.contains(r"x\u200b\udb40\udc41y") && text.contains("Käse"),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
