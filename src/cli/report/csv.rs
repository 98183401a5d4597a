//! A report for a spreadsheet (RFC 4180, with the line ends of Unix).

use std::io::{self, Write};

use super::Report;
use crate::error::plain;

/// Writes the headings and the rows.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let titles: Vec<&str> = report.columns.iter().map(|column| column.key).collect();
    writeln!(out, "{}", titles.join(","))?;
    for row in &report.rows {
        let fields: Vec<String> = row.iter().map(|cell| field(&cell.shown())).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

/// A text as one field. A spreadsheet would take one that begins like a formula for one, and a name can come from anybody.
fn field(text: &str) -> String {
    let text = plain(text);
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_a_formula_or_a_field_of_its_own() {
        for (text, expected) in [
            ("acme+ci", "acme+ci"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""),
            ("+1", "'+1"),
            ("a\nb", "a\\nb"),
        ] {
            assert_eq!(field(text), expected);
        }
    }
}
