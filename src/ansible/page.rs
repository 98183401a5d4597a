//! A report of mass apply in a file, for people.

use std::path::{Path, PathBuf};

use crate::apply::private;
use crate::apply::report::Report;
use crate::apply::show::{Tense, html, markdown};
use crate::error::io_text;

/// Where a report goes, and in which form.
pub struct Page {
    path: PathBuf,
    is_html: bool,
}

impl Page {
    /// The form that the name of a file asks for.
    ///
    /// # Errors
    /// When it asks for none.
    pub fn of(path: &str) -> Result<Page, String> {
        let path = PathBuf::from(path);
        match path.extension().and_then(|end| end.to_str()) {
            Some("html") => Ok(Page { path, is_html: true }),
            Some("md") => Ok(Page { path, is_html: false }),
            _ => Err(format!("report: {} must end in .html or .md, which say what it becomes", path.display())),
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, report: &Report, tense: Tense) -> Result<(), String> {
        let mut text = Vec::new();
        let made = match self.is_html {
            true => html::write(report, tense, &mut text),
            false => markdown::write(report, tense, &mut text),
        };
        let written = made.and_then(|()| private::publish(&self.path, &String::from_utf8_lossy(&text)));
        written.map_err(|error| format!("report: {} cannot be written: {}", Path::display(&self.path), io_text(&error)))
    }
}
