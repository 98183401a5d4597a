//! Answers about many things of which the caller may not see all: what is hidden is told, and the rest goes on.

use crate::error::{Error, Result};

/// What could not be read, and whether anything was.
#[derive(Default)]
pub struct Partial {
    /// A sentence for each thing that is hidden.
    pub incomplete: Vec<String>,
    refused: Option<Error>,
    is_read: bool,
}

impl Partial {
    /// Takes what was read. Where it is [hidden](Error::hides), `told` says so, and there is nothing.
    ///
    /// # Errors
    /// For any other failure: a server in trouble is no reason for a shorter answer.
    pub fn take<T>(&mut self, read: Result<T>, told: impl FnOnce(&Error) -> String) -> Result<Option<T>> {
        match read {
            Ok(read) => {
                self.is_read = true;
                Ok(Some(read))
            }
            Err(error) if error.hides() => {
                self.incomplete.push(told(&error));
                self.refused.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What is hidden, once all is read.
    ///
    /// # Errors
    /// The first refusal, where nothing could be read: an answer without anything would be no truth.
    pub fn end(self) -> Result<Vec<String>> {
        match self.refused {
            Some(refused) if !self.is_read => Err(refused),
            _ => Ok(self.incomplete),
        }
    }
}

/// What was read, `None` where the server does not have such a thing at all.
///
/// # Errors
/// All others.
pub fn if_available<T>(read: Result<T>) -> Result<Option<T>> {
    unless(read, Error::is_unavailable)
}

/// What was read, `None` where it is [hidden](Error::hides).
///
/// # Errors
/// All others.
pub fn if_shown<T>(read: Result<T>) -> Result<Option<T>> {
    unless(read, Error::hides)
}

/// What was read, `None` where the caller lacks the right to.
///
/// # Errors
/// All others.
pub fn if_allowed<T>(read: Result<T>) -> Result<Option<T>> {
    unless(read, Error::lacks_right)
}

fn unless<T>(read: Result<T>, is_none: fn(&Error) -> bool) -> Result<Option<T>> {
    match read {
        Err(error) if is_none(&error) => Ok(None),
        read => read.map(Some),
    }
}
