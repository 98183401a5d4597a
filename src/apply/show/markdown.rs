//! A plan for a merge request or a ticket: a block for each organization, which forges colour by the first character of a line.

use std::io::{self, Write};

use super::sheet::{self, Group, Line};
use super::{Tense, conclusion};
use crate::apply::report::Report;
use crate::error::plain;

/// Writes headings, blocks and the summary.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, tense: Tense, out: &mut dyn Write) -> io::Result<()> {
    let sheets = sheet::plan(report);
    for sheet in &sheets {
        writeln!(out, "## {}\n", escaped(&sheet.name))?;
        list(&sheet.head, out)?;
        for group in &sheet.groups {
            writeln!(out, "### {}\n", escaped(&group.name))?;
            block(group, out)?;
        }
        list(&sheet.foot, out)?;
    }
    let lines = conclusion(report, tense);
    lines.iter().try_for_each(|line| writeln!(out, "{}  ", escaped(&line.text())))
}

fn list(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "- {}", escaped(&line.text())))?;
    if lines.is_empty() { Ok(()) } else { writeln!(out) }
}

/// The fence is longer than any in the text, so that no text ends it.
fn block(group: &Group, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for (index, block) in group.blocks.iter().enumerate() {
        text.push_str(if index > 0 { "\n" } else { "" });
        for object in block {
            text.push_str(&line(&object.head, 0));
            object.lines.iter().for_each(|told| text.push_str(&line(told, 2)));
        }
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    writeln!(out, "{fence}diff\n{text}{fence}\n")
}

/// The mark comes first; `!` is what is coloured as a change.
fn line(line: &Line, depth: usize) -> String {
    let text: String = line.parts.iter().map(|(_, text)| text.as_str()).collect();
    let mark = match line.mark {
        Some('~') => '!',
        Some(mark) => mark,
        None if text.starts_with("! ") || text.starts_with("danger:") || text.starts_with("warning:") => '!',
        None => ' ',
    };
    format!("{mark} {}{}\n", "  ".repeat(depth + line.depth), text.trim_start_matches("! "))
}

/// A text that stays one: Markdown and HTML in a name show as they are.
pub fn escaped(text: &str) -> String {
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
        assert_eq!(escaped("a|b_c"), "a\\|b\\_c");
        assert_eq!(escaped("<script>[x](y)"), "&lt;script&gt;\\[x\\](y)");
        assert_eq!(escaped("a\n# b"), "a\\\\n# b");
    }
}
