//! A report for a ticket or a wiki.

use std::io::{self, Write};

use super::Report;
use crate::error::plain;

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
        true => writeln!(out, "Nothing.")?,
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

/// A text that stays one: Markdown and HTML in a name show as they are.
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markdown() {
        assert_eq!(text("a|b_c"), "a\\|b\\_c");
        assert_eq!(text("<script>[x](y)"), "&lt;script&gt;\\[x\\](y)");
        assert_eq!(text("a\n# b"), "a\\\\n# b");
    }
}
