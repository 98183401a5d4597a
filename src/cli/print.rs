//! The one door through which the command line prints.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use console::Term;

use crate::apply::show::plain;

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

/// Prints what the command was asked for, and ends it with `code`, or with 1 when nobody reads it.
pub fn out(text: &str, code: ExitCode) -> ExitCode {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Tells what went wrong: a sentence, on one line.
pub fn error(sentence: &str) {
    note(&format!("quaymaster: {ERROR}error:{ERROR:#} {}", plain(sentence)));
}

/// Tells something that the user should know.
pub fn warning(sentence: &str) {
    note(&format!("quaymaster: {WARNING}warning:{WARNING:#} {}", plain(sentence)));
}

/// Prints a line beside the result.
pub fn note(line: &str) {
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
    io::stderr().is_terminal()
}
