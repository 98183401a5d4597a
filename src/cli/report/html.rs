//! A report as one page that needs no network: it opens from a mail, sorts, filters and prints.
//!
//! The template escapes all texts; the rows go along as JSON, which the page's script shows as text. What a name holds can neither
//! become HTML nor turn the direction of a line around.

use std::collections::HashMap;
use std::io::{self, Write};

use askama::Template;
use serde::Serialize;
use serde_json::Value;

use super::{Cell, Column, Comparison, Report};
use crate::error::plain;
use crate::quay::time;

/// Rows that stand in the page itself, for whoever opens it without scripts.
const FIRST: usize = 200;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    title: String,
    made: String,
    version: &'static str,
    facts: Vec<(&'static str, usize)>,
    incomplete: Vec<String>,
    count: usize,
    heads: Vec<&'static str>,
    first: Vec<Vec<String>>,
    data: Data<'a>,
    css: &'static str,
    js: &'static str,
}

/// What the script gets. A cell is the place of its text: most texts stand in many rows.
#[derive(Serialize)]
struct Data<'a> {
    columns: Vec<Head<'a>>,
    texts: Vec<String>,
    rows: Vec<Vec<usize>>,
    /// Organization and name of every repository, for the matrix.
    places: Vec<[usize; 2]>,
}

#[derive(Serialize)]
struct Head<'a> {
    key: &'a str,
    title: &'a str,
    identity: bool,
    usual: Option<&'a str>,
    filled: bool,
}

/// Writes the page.
///
/// # Errors
/// When `out` takes no more.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let filled: Vec<usize> = report.filled().collect();
    let row = |row| filled.iter().map(|index| plain(&report.shown(row, *index))).collect();
    let page = Page {
        title: plain(&report.title),
        made: time::written(jiff::Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        facts: facts(report),
        incomplete: report.incomplete.iter().map(|sentence| plain(sentence)).collect(),
        count: report.rows.len(),
        heads: filled.iter().map(|index| report.columns[*index].title).collect(),
        first: report.rows.iter().take(FIRST).map(row).collect(),
        data: data(report, &filled),
        css: include_str!("page.css"),
        js: include_str!("page.js"),
    };
    page.write_into(out).map_err(io::Error::other)
}

/// How many rows there are, how many different things they are about, and how often something stands out.
fn facts(report: &Report) -> Vec<(&'static str, usize)> {
    let different =
        |index: usize| report.rows.iter().map(|row| &row[index]).collect::<std::collections::BTreeSet<_>>().len();
    let notable = |index: usize, usual: &str| {
        let is_notable = |cell: &Cell| !cell.is_empty() && cell.shown() != usual;
        report.rows.iter().filter(|row| is_notable(&row[index])).count()
    };
    let of = |(index, column): (usize, &Column)| match (column.role, column.usual) {
        (Comparison::Identity, _) => Some((column.title, different(index))),
        (_, Some(usual)) => Some((column.title, notable(index, usual))),
        _ => None,
    };
    let columns = report.columns.iter().enumerate().filter_map(of).filter(|(_, count)| *count > 0);
    [("rows", report.rows.len())].into_iter().chain(columns).collect()
}

fn data<'a>(report: &'a Report, filled: &[usize]) -> Data<'a> {
    let mut texts = Texts::default();
    let rows = report.rows.iter().map(|row| row.iter().map(|cell| texts.place(&cell.shown())).collect()).collect();
    let repositories = report.more.get("repositories").and_then(Value::as_array).into_iter().flatten();
    let mut text = |value: &Value| texts.place(value.as_str().unwrap_or_default());
    let places = repositories.map(|one| [text(&one["organization"]), text(&one["repository"])]).collect();
    let head = |(index, column): (usize, &'a Column)| Head {
        key: column.key,
        title: column.title,
        identity: column.role == Comparison::Identity,
        usual: column.usual,
        filled: filled.contains(&index),
    };
    Data { columns: report.columns.iter().enumerate().map(head).collect(), texts: texts.all, rows, places }
}

/// Each text once.
#[derive(Default)]
struct Texts {
    known: HashMap<String, usize>,
    all: Vec<String>,
}

impl Texts {
    fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.known.get(text) {
            return *place;
        }
        self.known.insert(text.to_owned(), self.all.len());
        self.all.push(plain(text));
        self.all.len() - 1
    }
}
