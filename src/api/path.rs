//! Paths of the API, always percent-encoded.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::slot::{Answers, Slot};
use crate::error::{Error, Result};

/// Unreserved characters, and the colon that digests need, stay readable; all else is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// The path and query of one request.
///
/// Names from options enter only through [`Path::then`], [`Path::repository`] and [`Path::query`], which encode
/// them, so that `?`, `#`, `%` or `/` in a name cannot reach another endpoint. A segment may be a [`Slot`]: a
/// value that only the answer to an earlier step brings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    segments: Vec<Segment>,
    query: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Segment {
    Text(String),
    Answer(Slot),
}

impl Path {
    /// A path below `/api/v1/`; `fixed` is written by the programmer and taken as it is.
    pub fn api(fixed: &str) -> Path {
        Path::root(&format!("/api/v1/{fixed}"))
    }

    /// A path from the root of the server, such as `/config`.
    pub fn root(fixed: &str) -> Path {
        Path { segments: vec![Segment::Text(fixed.to_owned())], query: String::new() }
    }

    /// `/api/v1/organization/{name}`.
    pub fn organization(name: &str) -> Path {
        Path::api("organization").then(name)
    }

    /// `/api/v1/organization/{organization}/team/{team}`.
    pub fn team(organization: &str, team: &str) -> Path {
        Path::organization(organization).fixed("/team").then(team)
    }

    /// `/api/v1/organization/{organization}/team/{team}/members`.
    pub fn team_members(organization: &str, team: &str) -> Path {
        Path::team(organization, team).fixed("/members")
    }

    /// `/api/v1/repository/{namespace}/{name}`; the `/` inside a nested repository name stay.
    pub fn repository(full_name: &str) -> Path {
        full_name.split('/').fold(Path::api("repository"), |path, part| path.then(part))
    }

    /// Appends `/` and a name, encoded.
    #[must_use]
    pub fn then(mut self, name: &str) -> Path {
        self.push(&format!("/{}", encode(name)));
        self
    }

    /// Appends fixed text, such as `/members` or a trailing `/`, as it is.
    #[must_use]
    pub fn fixed(mut self, text: &str) -> Path {
        self.push(text);
        self
    }

    /// Appends `/` and a value from an earlier answer, encoded when it is known.
    #[must_use]
    pub fn then_slot(mut self, slot: &Slot) -> Path {
        self.push("/");
        self.segments.push(Segment::Answer(slot.clone()));
        self
    }

    /// Appends a query parameter, encoded.
    #[must_use]
    pub fn query(mut self, key: &str, value: &str) -> Path {
        let mark = if self.query.is_empty() { '?' } else { '&' };
        // Writing to a String cannot fail.
        let _ = write!(self.query, "{mark}{}={}", encode(key), encode(value));
        self
    }

    fn push(&mut self, text: &str) {
        match self.segments.last_mut() {
            Some(Segment::Text(last)) => last.push_str(text),
            _ => self.segments.push(Segment::Text(text.to_owned())),
        }
    }

    /// The path and query as they go over the wire.
    ///
    /// # Errors
    /// When a step whose answer is needed has not run, or when a name is `.` or `..`, which no URL can carry.
    pub fn render(&self, answers: &Answers) -> Result<String> {
        let mut text = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Text(part) => text.push_str(part),
                Segment::Answer(slot) => text.push_str(&encode(&answers.text(slot)?)),
            }
        }
        refuse_dot_names(&text)?;
        text.push_str(&self.query);
        Ok(text)
    }

    /// The path with every slot filled.
    ///
    /// # Errors
    /// When a step whose answer is needed has not run.
    pub fn filled(mut self, answers: &Answers) -> Result<Path> {
        for segment in &mut self.segments {
            if let Segment::Answer(slot) = segment {
                *segment = Segment::Text(encode(&answers.text(slot)?));
            }
        }
        Ok(self)
    }

    /// The path for a person or a cache: slots appear as their expected text.
    pub fn shown(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Text(part) => text.push_str(part),
                Segment::Answer(slot) => text.push_str(&encode(slot.expected())),
            }
        }
        text + &self.query
    }
}

fn encode(text: &str) -> String {
    percent_encode(text.as_bytes(), SEGMENT).to_string()
}

/// Every URL parser takes these two for "this folder" and "the parent folder", however they are encoded.
fn refuse_dot_names(path: &str) -> Result<()> {
    match path.split(['/', '?']).find(|part| matches!(*part, "." | "..")) {
        Some(name) => Err(Error::Option(format!("\"{name}\" cannot be the name of anything in Quay"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_segment() {
        let path = Path::organization("a/b?c#d%e{f}").fixed("/robots").then("x+y");
        assert_eq!(path.shown(), "/api/v1/organization/a%2Fb%3Fc%23d%25e%7Bf%7D/robots/x%2By");
    }

    #[test]
    fn nested_repositories_keep_their_slashes_and_digests_their_colon() {
        let path = Path::repository("ns/a/b").fixed("/manifest").then("sha256:0f");
        assert_eq!(path.shown(), "/api/v1/repository/ns/a/b/manifest/sha256:0f");
    }

    #[test]
    fn query_values_are_encoded_and_joined() {
        let path = Path::api("repository").query("namespace", "a&b").query("page", "x=");
        assert_eq!(path.shown(), "/api/v1/repository?namespace=a%26b&page=x%3D");
    }

    #[test]
    fn dot_names_are_refused() {
        let error = Path::organization("..").fixed("/team").render(&Answers::default()).unwrap_err();
        assert_eq!(error.to_string(), "\"..\" cannot be the name of anything in Quay");
    }

    #[test]
    fn a_slot_is_encoded_when_its_answer_is_there() {
        let slot = Slot::new("link", "/entity/name").expecting("bob?");
        let path = Path::organization("acme").fixed("/members").then_slot(&slot);
        assert_eq!(path.shown(), "/api/v1/organization/acme/members/bob%3F");
        assert!(path.render(&Answers::default()).is_err());
        let mut answers = Answers::default();
        answers.keep("link", serde_json::json!({"entity": {"name": "bob_"}}));
        assert_eq!(path.render(&answers).unwrap(), "/api/v1/organization/acme/members/bob_");
    }
}
