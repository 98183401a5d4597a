//! A report for a terminal.

use std::io::{self, Write};

use anstyle::Style;
use console::measure_text_width;

use super::Report;
use crate::error::plain;

/// What is between two columns.
const GAP: usize = 2;
/// Narrower than this no column becomes.
const LEAST: usize = 6;
/// Rows that decide about the widths: all of them would have to be kept as texts.
const SAMPLE: usize = 10_000;

/// Writes the table, in lines of at most `width` columns; what does not fit goes on below.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let columns: Vec<usize> = report.filled().filter(|index| report.columns[*index].narrow).collect();
    if report.rows.is_empty() {
        return writeln!(out, "{}: nothing{}", plain(&report.title), report.among());
    }
    let titles: Vec<String> = columns.iter().map(|index| report.columns[*index].title.to_uppercase()).collect();
    let widths = widths(report, &columns, &titles, width);
    let bold = Style::new().bold();
    line(&titles, &widths, Some(bold), out)?;
    for row in &report.rows {
        let texts: Vec<String> = columns.iter().map(|index| plain(&report.shown(row, *index))).collect();
        line(&texts, &widths, None, out)?;
    }
    Ok(())
}

/// As wide as the content, or as the screen: then the widest columns give way.
fn widths(report: &Report, columns: &[usize], titles: &[String], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = titles.iter().map(|title| measure_text_width(title)).collect();
    for row in report.rows.iter().take(SAMPLE) {
        for (width, index) in widths.iter_mut().zip(columns) {
            *width = (*width).max(measure_text_width(&plain(&report.shown(row, *index))));
        }
    }
    let most = width.saturating_sub(GAP * columns.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > most {
        match widths.iter_mut().max() {
            Some(widest) if *widest > LEAST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// One row, on as many lines as its longest text needs.
fn line(texts: &[String], widths: &[usize], style: Option<Style>, out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<Vec<String>> = texts.iter().zip(widths).map(|(text, width)| wrapped(text, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    for at in 0..height {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let text = cell.get(at).map_or("", String::as_str);
            line.push_str(text);
            line.push_str(&" ".repeat(width.saturating_sub(measure_text_width(text)) + GAP));
        }
        match style {
            Some(style) => writeln!(out, "{style}{}{style:#}", line.trim_end())?,
            None => writeln!(out, "{}", line.trim_end())?,
        }
    }
    Ok(())
}

/// A text on lines of at most `width`, broken where a name has a joint, if there is one.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    if measure_text_width(text) <= width {
        return vec![text.to_owned()];
    }
    let (mut lines, mut line, mut joint) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        line.push(c);
        if measure_text_width(&line) > width {
            // The character that is too much stands behind every joint.
            let at = if joint > 0 { joint } else { line.len() - c.len_utf8() };
            let rest = line.split_off(at);
            lines.push(line.trim_end().to_owned());
            (line, joint) = (rest.trim_start().to_owned(), 0);
        } else if matches!(c, ' ' | '/' | '+' | ',' | '-' | '_') {
            joint = line.len();
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_goes_on_below_and_loses_nothing() {
        assert_eq!(wrapped("team devs, direct", 10), ["team devs,", "direct"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("acme/payments", 8), ["acme/", "payments"]);
        assert_eq!(wrapped("", 8), [""]);
    }
}
