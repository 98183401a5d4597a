//! A report for a ticket or a wiki.

use std::io::{self, Write};

use super::Report;
use crate::apply::show::markdown::escaped as text;

/// Writes a heading, a table and what could not be read.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let columns: Vec<usize> = report.filled().collect();
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let of_columns = |text: &dyn Fn(usize) -> String| line(columns.iter().map(|index| text(*index)).collect());
    writeln!(out, "# {}\n", text(&report.title))?;
    match report.rows.is_empty() {
        true => writeln!(out, "Nothing{}.", report.among())?,
        false => {
            writeln!(out, "{}", of_columns(&|index| text(report.columns[index].title)))?;
            writeln!(out, "{}", of_columns(&|_| "---".into()))?;
        }
    }
    for row in &report.rows {
        writeln!(out, "{}", of_columns(&|index| text(&report.shown(row, index))))?;
    }
    if !report.incomplete.is_empty() {
        writeln!(out, "\nNot read:\n")?;
    }
    report.incomplete.iter().try_for_each(|sentence| writeln!(out, "- {}", text(sentence)))
}
