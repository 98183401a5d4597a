//! From a server to a registry file: what the format can say about its organizations.

mod accounts;
mod organization;
mod repository;
mod server;

use serde_json::{Map, Value, json};

use super::graph::each;
use super::input::yaml::write::write;
use super::kinds::export::Source;
use crate::api::{Reader, Settings};
use crate::error::{Error, Result, caught};
use crate::quay::server::Server;

/// What to export.
pub struct Wanted<'a> {
    /// Names or patterns (`*`, `?`, `[...]`) of the organizations; all that the caller can see when there is none.
    pub organizations: &'a [String],
    /// Whether also the accounts; only superusers see them.
    pub users: bool,
    /// Whether also the messages of the day.
    pub messages: bool,
    /// Requests at a time.
    pub jobs: usize,
}

/// What a server looks like.
pub struct Export {
    /// A registry file: applied to the same server it changes nothing.
    pub value: Value,
    /// What could not be read and has to be filled in for another server (secrets, mostly), a line each, sorted.
    pub left_out: Vec<String>,
}

impl Export {
    /// The text of the registry file. What had to be left out stands in comments at its top.
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        if !self.left_out.is_empty() {
            text.push_str("# Quay does not show these; add them where they are needed:\n");
        }
        for line in &self.left_out {
            // A name from the server must not end the comment.
            let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            text.push_str(&format!("#   {}\n", line.replace(breaks, " ")));
        }
        text + &write(&self.value)
    }
}

/// Reads the server of checked connection options.
///
/// # Errors
/// Everything that could not be read, a sentence each.
pub fn read(connection: &Map<String, Value>, wanted: &Wanted<'_>) -> Result<Export, Vec<String>> {
    let reader = Reader::connect(Settings::from_options(connection)).map_err(|error| vec![error.to_string()])?;
    export(&reader, wanted).map_err(|errors| errors.iter().map(Error::to_string).collect())
}

/// Reads a server.
///
/// # Errors
/// Everything that could not be read: half an export would look like a whole one.
pub fn export(quay: &Reader, wanted: &Wanted<'_>) -> Result<Export, Vec<Error>> {
    let source = Source { quay, server: Server::ask(quay) };
    let mut left_out = Vec::new();
    let mut value = Map::new();
    if wanted.users {
        let users = server::users(quay).map_err(|error| vec![error])?;
        value.insert("users".into(), users.into(&mut left_out));
    }
    if wanted.messages {
        let messages = server::messages(quay).map_err(|error| vec![error])?;
        value.insert("messages".into(), messages.into(&mut left_out));
    }
    let names = server::organizations(quay, wanted.organizations).map_err(|error| vec![error])?;
    let mut organizations = good(each(wanted.jobs, &names, |name| named(name, || organization::read(&source, name))))?;
    // The parts of all organizations in one queue, so that one large organization keeps everybody busy.
    let mut parts: Vec<(usize, Part)> = Vec::new();
    for (index, organization) in organizations.iter_mut().enumerate() {
        parts.extend(std::mem::take(&mut organization.parts).into_iter().map(|part| (index, part)));
    }
    let found = good(each(wanted.jobs, &parts, |(_, part)| named(&part.name(), || part.read(&source))))?;
    for ((index, part), found) in parts.iter().zip(found) {
        if let Some(organization) = organizations.get_mut(*index) {
            organization.add(part.key(), found.into(&mut left_out));
        }
    }
    let list: Vec<Value> = organizations.into_iter().map(|organization| organization.into(&mut left_out)).collect();
    if !list.is_empty() {
        value.insert("organizations".into(), json!(list));
    }
    left_out.sort();
    Ok(Export { value: Value::Object(value), left_out })
}

/// Something that was read, and what of it could not be.
struct Found {
    value: Value,
    left_out: Vec<String>,
}

impl Found {
    fn whole(value: impl Into<Value>) -> Found {
        Found { value: value.into(), left_out: Vec::new() }
    }

    fn into(self, left_out: &mut Vec<String>) -> Value {
        left_out.extend(self.left_out);
        self.value
    }
}

/// Something of an organization that takes requests of its own.
enum Part {
    Team { organization: String, name: String, synced: bool },
    Robot { organization: String, name: String },
    Repository { organization: String, name: String },
}

impl Part {
    /// The key whose list it belongs to.
    fn key(&self) -> &'static str {
        match self {
            Part::Team { .. } => "teams",
            Part::Robot { .. } => "robots",
            Part::Repository { .. } => "repositories",
        }
    }

    fn name(&self) -> String {
        let (Part::Team { organization, name, .. }
        | Part::Robot { organization, name }
        | Part::Repository { organization, name }) = self;
        format!("{} {organization}/{name}", self.key())
    }

    fn read(&self, source: &Source<'_>) -> Result<Found> {
        match self {
            Part::Team { organization, name, synced } => accounts::team(source, organization, name, *synced),
            Part::Robot { organization, name } => accounts::robot(source, organization, name),
            Part::Repository { organization, name } => repository::read(source, organization, name),
        }
    }
}

/// Does the work for an object; a break-off names it.
fn named<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    caught(work).map_err(|error| match error {
        Error::Bug(why) => Error::Bug(format!("{name}: {why}")),
        error => error,
    })
}

/// All results, or all errors.
fn good<T>(results: Vec<Result<T>>) -> Result<Vec<T>, Vec<Error>> {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_stands_in_comments() {
        let export = Export { value: json!({"users": []}), left_out: vec!["a\nb: c".into(), "d\u{2028}e".into()] };
        let text = export.to_yaml();
        let (comments, rest) = text.split_once("---\n").unwrap();
        assert_eq!(rest, "users: []\n");
        assert_eq!(comments.lines().skip(1).collect::<Vec<_>>(), ["#   a b: c", "#   d e"]);
        assert_eq!(Export { value: json!({}), left_out: Vec::new() }.to_yaml(), "---\n{}\n");
    }
}
