//! The one door through which the command line prints.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use console::Term;
use serde_json::json;

use crate::api::trace;
use crate::apply::show::plain;
use crate::call::journal::{Entry, Journal};
use crate::error::io_text;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();

/// When to use colours.
#[derive(Clone, Copy, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// Decides about the colours of everything that is printed from now on.
pub fn colour(when: Color) {
    match when {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// What is beside the result looks like this.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// For a program: an object on a line for each message and request.
    Json,
}

/// Whether messages are objects.
static AS_JSON: AtomicBool = AtomicBool::new(false);

/// Decides about the form of all messages from now on, and which requests are told: with 1 a line each, from 2 on their bodies, too.
pub fn log(format: LogFormat, verbosity: u8) {
    AS_JSON.store(format == LogFormat::Json, Ordering::Relaxed);
    if verbosity > 0 {
        trace::observe(Journal::new(verbosity > 1, request));
    }
}

fn request(entry: &Entry) {
    match AS_JSON.load(Ordering::Relaxed) {
        true => line(&entry.json().to_string()),
        false => entry.lines().iter().for_each(|text| line(text)),
    }
}

/// Prints what the command was asked for, and ends it with `code`, or with 1 when it cannot: silently where nobody reads it any more.
pub fn out(text: &str, code: ExitCode) -> ExitCode {
    stream(code, |out| out.write_all(text.as_bytes()))
}

/// As [`out`], for what is too long to be kept as one text.
pub fn stream(code: ExitCode, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> ExitCode {
    let mut stdout = BufWriter::new(anstream::stdout().lock());
    let Err(why) = write(&mut stdout).and_then(|()| stdout.flush()) else { return code };
    // What is left goes nowhere either: it is not tried again, and complained of, when the buffer goes.
    drop(stdout.into_parts());
    if why.kind() != io::ErrorKind::BrokenPipe {
        error(&format!("the standard output cannot be written: {}", io_text(&why)));
    }
    ExitCode::FAILURE
}

/// As wide as lines are where no terminal says otherwise.
pub const WIDTH: usize = 80;

/// How many columns a line of the standard output has.
pub fn width() -> usize {
    let terminal = Term::stdout();
    match terminal.is_term() {
        true => usize::from(terminal.size().1).max(WIDTH / 2),
        false => WIDTH,
    }
}

/// How many columns a line of running text has: those of the terminal, or what COLUMNS says. In a file or a pipe a line ends where the
/// sentence does, so that other programs find it.
pub fn text_width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    match said {
        Some(columns) => columns,
        None if Term::stdout().is_term() => width(),
        None => usize::MAX,
    }
}

/// Tells what went wrong: a sentence, on one line.
pub fn error(sentence: &str) {
    message("error", ERROR, sentence);
}

/// Tells something that the user should know.
pub fn warning(sentence: &str) {
    message("warning", WARNING, sentence);
}

fn message(level: &str, style: Style, sentence: &str) {
    match AS_JSON.load(Ordering::Relaxed) {
        true => object(level, sentence),
        false => line(&format!("quaymaster: {style}{level}:{style:#} {}", plain(sentence))),
    }
}

fn object(level: &str, sentence: &str) {
    line(&json!({"time": jiff::Timestamp::now().to_string(), "level": level, "message": plain(sentence)}).to_string());
}

/// Tells a warning that this process has not told before: a run that goes on by itself finds the same ones each time.
pub fn warning_once(sentence: &str) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(sentence.to_owned()) {
        warning(sentence);
    }
}

/// Prints a line beside the result.
pub fn note(text: &str) {
    match AS_JSON.load(Ordering::Relaxed) {
        true => object("info", text),
        false => line(text),
    }
}

fn line(line: &str) {
    let mut stderr = anstream::stderr().lock();
    // A terminal that is gone reads no complaint about it either.
    let _ = writeln!(stderr, "{line}");
}

/// Asks for a line; the cursor stays behind the question.
pub fn ask(question: &str) -> io::Result<()> {
    let mut stderr = anstream::stderr().lock();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()
}

/// Asks for a line that the terminal does not show.
pub fn ask_hidden(question: &str) -> io::Result<String> {
    ask(question)?;
    Term::stderr().read_secure_line()
}

/// Whether a person reads what is printed beside the result.
pub fn is_watched() -> bool {
    io::stderr().is_terminal() && !AS_JSON.load(Ordering::Relaxed)
}
