//! A report for a program, and for a later comparison.

use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Column, Report, Row};

/// Goes up when a program that reads a report would have to change; new keys are no such change.
pub const FORMAT_VERSION: u64 = 1;

/// Writes one object: the question, the rows below the name of the report (each on a line of its own, so that `diff` compares two
/// reports, too), and the rest.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "{{\n\"format_version\": {FORMAT_VERSION},\n\"question\": {},\n\"{}\": [",
        report.question, report.name
    )?;
    for (index, row) in report.rows.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &Named { columns: &report.columns, row })?;
    }
    out.write_all(b"\n]")?;
    for (key, value) in &report.more {
        write!(out, ",\n\"{key}\": {value:#}")?;
    }
    writeln!(out, ",\n\"incomplete\": {:#}\n}}", serde_json::json!(report.incomplete))
}

/// A row with the names of its columns.
struct Named<'a> {
    columns: &'a [Column],
    row: &'a Row,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.row.len()))?;
        for (column, cell) in self.columns.iter().zip(self.row) {
            map.serialize_entry(column.key, cell)?;
        }
        map.end()
    }
}
