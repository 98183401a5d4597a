//! What a command found, as rows, and the forms in which it is printed.
//!
//! `quaymaster access` and `quaymaster tokens` make a [`Report`]; all that is the same about them is here.

mod cell;
mod csv;
mod html;
pub mod json;
pub mod junit;
mod markdown;
mod progress;
mod since;
pub mod table;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::server::Server;
use super::{Ended, print};
use crate::apply::input::registry::Endpoint;
use crate::call::mask::Mask;
use crate::error::{Error, io_text};

pub use cell::{Cell, Row};
pub use progress::{Progress, together_at};
pub use since::identity;

/// A column, and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in JSON and CSV.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What a comparison of two reports makes of it.
    pub role: Comparison,
    /// Whether a table for the terminal has it, too.
    pub narrow: bool,
    /// What a person need not be told, because it is so nearly everywhere.
    pub usual: Option<&'static str>,
}

/// What a column is for a comparison of two reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Rows that agree in all of these are about the same.
    Identity,
    /// A row that differs here has changed.
    Content,
    /// Moves by itself, such as a last use.
    Ignored,
}

impl Column {
    /// A column that tells what a row is about.
    pub const fn identity(key: &'static str, title: &'static str) -> Column {
        Column { key, title, role: Comparison::Identity, narrow: true, usual: None }
    }

    /// A column that tells something about it.
    pub const fn content(key: &'static str, title: &'static str) -> Column {
        Column { key, title, role: Comparison::Content, narrow: true, usual: None }
    }

    /// The same, left out of tables for the terminal.
    #[must_use]
    pub const fn wide(self) -> Column {
        Column { narrow: false, ..self }
    }

    /// The same, empty where it holds this text.
    #[must_use]
    pub const fn usually(self, usual: &'static str) -> Column {
        Column { usual: Some(usual), ..self }
    }

    /// What a person is shown of a cell.
    fn shown<'a>(&self, cell: &'a Cell) -> Cow<'a, str> {
        let shown = cell.shown();
        if self.usual == Some(&*shown) { Cow::Borrowed("") } else { shown }
    }

    /// The same, not compared.
    #[must_use]
    pub const fn moving(self) -> Column {
        Column { role: Comparison::Ignored, ..self }
    }
}

/// What a command found.
#[derive(Debug)]
pub struct Report {
    /// The name of the command, which is the key of the rows in JSON.
    pub name: &'static str,
    /// A line that says what it is about.
    pub title: String,
    /// What was asked for: only reports about the same are compared.
    pub question: Value,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, sorted, each with a cell for each column.
    pub rows: Vec<Row>,
    /// What JSON holds besides the rows.
    pub more: Map<String, Value>,
    /// What could not be read, a sentence each.
    pub incomplete: Vec<String>,
}

impl Report {
    /// The columns in which any row has content, by their place.
    fn filled(&self) -> impl Iterator<Item = usize> {
        let columns = self.columns.iter().enumerate();
        let has_content =
            |index: usize, column: &Column| self.rows.iter().any(|row| !column.shown(&row[index]).is_empty());
        columns.filter(move |(index, column)| has_content(*index, column)).map(|(index, _)| index)
    }

    /// What goes after "nothing" where there are no rows: what could not be read is not nothing.
    fn among(&self) -> &'static str {
        if self.incomplete.is_empty() { "" } else { " among what could be read" }
    }

    /// What a person is shown of the row in a column.
    fn shown<'a>(&self, row: &'a Row, index: usize) -> Cow<'a, str> {
        self.columns[index].shown(&row[index])
    }
}

/// Writes to a file, or where there is none to the standard output, and ends the command with `code`.
///
/// # Errors
/// When the file cannot be written.
pub fn deliver(file: Option<&Path>, code: ExitCode, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Ended {
    let Some(path) = file else { return Ok(print::stream(code, write)) };
    let failed = |error: io::Error| vec![format!("{} cannot be written: {}", path.display(), io_text(&error))];
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    write(&mut file).and_then(|()| file.flush()).map_err(failed)?;
    Ok(code)
}

/// The form of a report, where it goes, and what it is compared with.
#[derive(Args)]
#[command(next_help_heading = "Report")]
pub struct Output {
    /// The form of the report.
    #[arg(long, value_enum, value_name = "FORM", default_value = "table")]
    output: Form,
    /// Write the report to this file instead of the standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Show what came, went and changed since an earlier report, which was written with --output json.
    #[arg(long, value_name = "REPORT.json")]
    since: Option<PathBuf>,
}

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For a terminal; columns without content are left out.
    Table,
    /// For a spreadsheet.
    Csv,
    /// For a program, and for --since.
    Json,
    /// For a browser: one file without anything from elsewhere, which sorts and filters.
    Html,
    /// For a ticket or a wiki.
    Markdown,
}

/// A report about a server before it is read.
pub struct Begun<'a> {
    output: &'a Output,
    name: &'static str,
    /// The report that it is compared with.
    pub earlier: Option<since::Earlier>,
    /// The server.
    pub endpoint: Endpoint,
    mask: Mask,
}

/// What was read for it.
pub struct Content {
    /// What it is about, for what `on` and the server go after.
    pub about: &'static str,
    /// As [`Report::question`].
    pub question: Value,
    /// As [`Report::columns`].
    pub columns: &'static [Column],
    /// As [`Report::rows`].
    pub rows: Vec<Row>,
    /// As [`Report::more`].
    pub more: Map<String, Value>,
    /// As [`Report::incomplete`].
    pub incomplete: Vec<String>,
}

impl Begun<'_> {
    /// What is told of an error, without secrets.
    pub fn told(&self, error: &Error) -> Vec<String> {
        vec![self.mask.text(&error.to_string())]
    }

    /// Prints the report, or its difference to the earlier one. What could not be read is told beside it, in every form.
    ///
    /// # Errors
    /// When the file cannot be written, or the earlier report is about something else.
    pub fn print(self, content: Content) -> Ended {
        let report = Report {
            name: self.name,
            title: format!("{} on {}", content.about, self.endpoint.name),
            question: content.question,
            columns: content.columns.to_vec(),
            rows: content.rows,
            more: content.more,
            incomplete: content.incomplete.iter().map(|sentence| self.mask.text(sentence)).collect(),
        };
        let report = match self.earlier {
            Some(earlier) => since::compare(report, earlier).map_err(|why| vec![why])?,
            None => report,
        };
        report.incomplete.iter().for_each(|sentence| print::warning(sentence));
        deliver(self.output.output_file.as_deref(), ExitCode::SUCCESS, |out| self.output.form(&report, out))
    }
}

impl Output {
    /// Reads the earlier report of a command, before anything is asked of the server, and finds that.
    ///
    /// # Errors
    /// When there is no such file, it holds no report of this command, or no server is named.
    pub fn begin(&self, name: &'static str, server: &Server) -> Result<Begun<'_>, Vec<String>> {
        let earlier = self.since.as_deref().map(|path| since::Earlier::read(path, name)).transpose()?;
        let endpoint = server.endpoint()?;
        let mask = Mask::new(&endpoint.secrets);
        Ok(Begun { output: self, name, earlier, endpoint, mask })
    }

    fn form(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        match self.output {
            Form::Table => table::write(report, self.width(), out),
            Form::Csv => csv::write(report, out),
            Form::Json => json::write(report, out),
            Form::Html => html::write(report, out),
            Form::Markdown => markdown::write(report, out),
        }
    }

    /// As wide as the terminal, or 80 where nobody watches.
    fn width(&self) -> usize {
        if self.output_file.is_some() { print::WIDTH } else { print::width() }
    }
}
