//! Questions to the person at the terminal.

use std::io::{self, BufRead, IsTerminal};

use super::print;
use crate::error::io_text;

/// Whether a person can be asked.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && print::is_watched()
}

/// Asks whether to go on.
///
/// # Errors
/// When the answer is not yes, or nobody can be asked.
pub fn ask(question: &str) -> Result<(), Vec<String>> {
    if !is_possible() {
        return Err(vec!["nothing was changed: there is no terminal to ask at; add --yes".into()]);
    }
    let answer = line(&format!("{question} [y/N] "))?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(vec!["nothing was changed, as you did not say yes".into()]),
    }
}

/// Lets a person type a word to have something deleted.
///
/// # Errors
/// When another one is typed, or nobody can be asked.
pub fn type_word(word: &str) -> Result<(), Vec<String>> {
    if !is_possible() {
        return Err(vec!["nothing was deleted: add --yes to delete all this for good".into()]);
    }
    match line(&format!("Type {word} to delete all this for good: "))?.trim() == word {
        true => Ok(()),
        false => Err(vec![format!("nothing was deleted, as you did not type {word}")]),
    }
}

/// Asks for a line, or takes the next one of the standard input when that is no terminal.
///
/// # Errors
/// When there is none.
pub fn line(question: &str) -> Result<String, Vec<String>> {
    if is_possible() {
        print::ask(question).map_err(unreadable)?;
    }
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line).map_err(unreadable)? {
        0 => Err(vec!["the standard input ended before the answer".into()]),
        _ => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
    }
}

/// Asks for a secret, which is not shown, or takes the next line of the standard input when that is no terminal.
///
/// # Errors
/// When there is none.
pub fn secret(question: &str) -> Result<String, Vec<String>> {
    let secret = match is_possible() {
        true => print::ask_hidden(question).map_err(unreadable)?,
        false if io::stdin().is_terminal() => {
            return Err(vec!["there is no terminal to hide a secret at: give it on the standard input".into()]);
        }
        false => line(question)?,
    };
    match secret.is_empty() {
        true => Err(vec!["an empty secret was given".into()]),
        false => Ok(secret),
    }
}

fn unreadable(error: io::Error) -> Vec<String> {
    vec![format!("the answer cannot be read: {}", io_text(&error))]
}
