//! What came and went between two reports.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::json::FORMAT_VERSION;
use super::{Cell, Column, Comparison, Report, Row};
use crate::api::bounded;
use crate::error::io_text;

/// A report that was written before.
pub struct Earlier {
    file: String,
    question: Value,
    rows: Vec<Value>,
    incomplete: usize,
}

impl Earlier {
    /// Reads a report of the command `name`.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn read(path: &Path, name: &str) -> Result<Earlier, Vec<String>> {
        let file = path.display().to_string();
        let text = bounded::file(path, bounded::WRITTEN)
            .map_err(|error| vec![format!("{file} cannot be read: {}", io_text(&error))])?;
        let strange = || vec![format!("{file} is no report of quaymaster {name} --output json")];
        let mut found: Map<String, Value> = serde_json::from_slice(&text).map_err(|_| strange())?;
        let Some(Value::Array(rows)) = found.remove(name) else { return Err(strange()) };
        let question = found.remove("question").ok_or_else(strange)?;
        // The first reports told none.
        let version = found.get("format_version").unwrap_or(&Value::from(FORMAT_VERSION)).clone();
        if version != FORMAT_VERSION {
            return Err(vec![format!("{file} has the format {version}, and this quaymaster reads {FORMAT_VERSION}")]);
        }
        let incomplete = found.get("incomplete").and_then(Value::as_array).map_or(0, Vec::len);
        Ok(Earlier { file, question, rows, incomplete })
    }

    /// The numbers of a column, by what each is about.
    pub fn numbers(&self, columns: &[Column], key: &str) -> BTreeMap<Vec<Cell>, i64> {
        let identity = |entry: &Value| {
            let columns = columns.iter().filter(|column| column.role == Comparison::Identity);
            columns.map(|column| Cell::of(&entry[column.key])).collect()
        };
        self.rows.iter().filter_map(|entry| Some((identity(entry), entry[key].as_i64()?))).collect()
    }
}

/// A report of the differences: each row says whether it came, went or changed, and a changed one what it was.
///
/// # Errors
/// When the earlier report is about something else: everything would seem to have come or gone.
pub fn compare(now: Report, earlier: Earlier) -> Result<Report, String> {
    if now.question != earlier.question {
        return Err(format!(
            "{} answers another question ({}) than this command ({}): give the same organizations and options",
            earlier.file, earlier.question, now.question
        ));
    }
    let Report { name, title, question, columns, rows, mut incomplete, .. } = now;
    let key = |row: &Row| identity(&columns, row);
    let was = |entry: &Value| -> Row { columns.iter().map(|column| Cell::of(&entry[column.key])).collect() };
    let mut before: BTreeMap<Vec<Cell>, Row> = earlier.rows.iter().map(was).map(|row| (key(&row), row)).collect();
    let mut found = Vec::new();
    for row in rows {
        match before.remove(&key(&row)) {
            None => found.push(change("came", row, Cell::Null)),
            Some(old) if !cells(&columns, &old, Comparison::Content).eq(cells(&columns, &row, Comparison::Content)) => {
                let was = differences(&columns, &old, &row);
                found.push(change("changed", row, Cell::text(was)));
            }
            Some(_) => {}
        }
    }
    found.extend(before.into_values().map(|old| change("went", old, Cell::Null)));
    found.sort_unstable_by(|one, other| one[1..].cmp(&other[1..]));
    if earlier.incomplete > 0 {
        incomplete.push(format!("{} was incomplete itself: what came may have been there", earlier.file));
    }
    if !incomplete.is_empty() {
        incomplete.push("what went may only not have been read".into());
    }
    let mut wider = vec![Column::content("change", "change")];
    wider.extend(columns);
    wider.push(Column::content("was", "was"));
    let title = format!("{title}: changes since {}", earlier.file);
    Ok(Report { name, title, question, columns: wider, rows: found, more: Map::new(), incomplete })
}

/// What a row is about.
pub fn identity(columns: &[Column], row: &Row) -> Vec<Cell> {
    cells(columns, row, Comparison::Identity).cloned().collect()
}

/// The cells of one sort of columns.
fn cells<'a>(columns: &'a [Column], row: &'a Row, role: Comparison) -> impl Iterator<Item = &'a Cell> {
    columns.iter().zip(row).filter(move |(column, _)| column.role == role).map(|(_, cell)| cell)
}

fn change(word: &str, row: Row, was: Cell) -> Row {
    [Cell::text(word)].into_iter().chain(row).chain([was]).collect()
}

/// What of a row was otherwise, as `column value; column value`.
fn differences(columns: &[Column], old: &Row, new: &Row) -> String {
    let pairs = columns.iter().zip(old.iter().zip(new));
    let other = pairs.filter(|(column, (old, new))| column.role == Comparison::Content && old != new);
    let told = |(column, (old, _)): (&Column, (&Cell, &Cell))| match old.is_empty() {
        true => format!("{} unknown", column.title),
        false => format!("{} {}", column.title, old.shown()),
    };
    other.map(told).collect::<Vec<_>>().join("; ")
}
