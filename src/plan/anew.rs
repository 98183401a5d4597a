//! Objects whose secret is in the answer to their creation and nowhere else: where that answer is lost, the object is of no use.

use serde_json::Value;

use super::request::Request;
use crate::api::{Answers, Method, Path, Reader};
use crate::error::Result;

/// How what a creation without an answer has left is found and taken back, so that it can be sent once more.
pub struct Anew {
    /// The list that shows it; with the identifier, the address of one.
    pub list: Path,
    /// The key of the list in its answer.
    pub key: &'static str,
    /// The key of the identifier.
    pub id: &'static str,
    /// Identifiers that were there before.
    pub known: Vec<String>,
    /// What it has, as JSON pointers and values.
    pub holds: Vec<(&'static str, Value)>,
}

impl Anew {
    /// What takes back all that came since the plan was made and looks like what the creation was to make.
    pub(super) fn removals(&self, reader: &Reader, answers: &Answers) -> Result<Vec<Request>> {
        let list = self.list.clone().filled(answers)?;
        let entries = reader.list_once(&list, self.key)?;
        let is_like = |entry: &&Value| self.holds.iter().all(|(at, value)| entry.pointer(at) == Some(value));
        let ids = entries.iter().filter(is_like).filter_map(|entry| entry[self.id].as_str());
        let new = ids.filter(|id| !self.known.iter().any(|known| known == id));
        Ok(new.map(|id| Request::new(Method::DELETE, list.clone().then(id), None)).collect())
    }
}
