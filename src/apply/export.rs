//! From a server to a registry file: what the format can say about its organizations.

pub mod chosen;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::graph::each;
use super::input::yaml::write::write;
use super::kinds::export::{Export as How, Source};
use super::kinds::section::Section;
use super::kinds::shape::is_empty;
use super::kinds::{self, Kind, organization};
use crate::api::{Pace, Reader, Settings};
use crate::error::{Error, Result, caught, is_control};
use crate::quay::server::Server;

/// What to export.
pub struct Wanted<'a> {
    /// Names or patterns (`*`, `?`, `[...]`) of the organizations; all that the caller can see when there is none.
    pub organizations: &'a [String],
    /// What is done with them, for an error: `export`.
    pub verb: &'static str,
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
    /// The organizations that lines of it belong to, by line.
    whose: HashMap<String, String>,
}

impl Export {
    /// Each organization as a registry file of its own, by its name, and under an empty name what belongs to none.
    pub fn by_organization(mut self) -> Vec<(String, Export)> {
        let key = organization::SECTION.key;
        let organizations = self.value.as_object_mut().and_then(|value| value.remove(key));
        let Some(Value::Array(organizations)) = organizations else { return vec![(String::new(), self)] };
        let lines = |name: Option<&str>| -> Vec<String> {
            let is_of = |line: &&String| self.whose.get(*line).map(String::as_str) == name;
            self.left_out.iter().filter(is_of).cloned().collect()
        };
        let file = |value: Value, left_out| Export { value, left_out, whose: HashMap::new() };
        let of = |entry: Value| {
            let name = entry["name"].as_str().unwrap_or_default().to_owned();
            let left_out = lines(Some(&name));
            (name, file(json!({key: [entry]}), left_out))
        };
        let mut files: Vec<(String, Export)> = organizations.into_iter().map(of).collect();
        if !is_empty(&self.value) {
            files.push((String::new(), file(self.value.clone(), lines(None))));
        }
        files
    }

    /// The text of the registry file. What had to be left out stands in comments at its top.
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        if !self.left_out.is_empty() {
            text.push_str("# Quay does not show these; add them where they are needed:\n");
        }
        for line in &self.left_out {
            // A name from the server must not end the comment.
            text.push_str(&format!("#   {}\n", line.replace(is_control, " ")));
        }
        text + &write(&self.value)
    }
}

/// Reads the server of checked connection options, with at most `rate` requests a second.
///
/// # Errors
/// Everything that could not be read, a sentence each.
pub fn read(connection: &Map<String, Value>, wanted: &Wanted<'_>, rate: Option<f64>) -> Result<Export, Vec<String>> {
    let pace = Pace::new(usize::MAX, rate);
    let reader = Reader::paced(Settings::from_options(connection), pace).map_err(|error| vec![error.to_string()])?;
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
    for section in kinds::top().filter(|section| wanted.has(section.kind)) {
        if let How::Whole(export) = section.export {
            let entries = export(&source, "", &mut left_out).map_err(|error| vec![error])?;
            value.insert(section.key.into(), entries);
        }
    }
    let names = chosen::organizations(quay, wanted.organizations, wanted.verb).map_err(|error| vec![error])?;
    let found = good(each(wanted.jobs, &names, |name| named(name, || Organization::read(&source, name))))?;
    // The parts of all organizations in one queue, so that one large organization keeps everybody busy.
    let parts: Vec<(usize, &Part)> =
        found.iter().enumerate().flat_map(|(index, one)| one.parts.iter().map(move |part| (index, part))).collect();
    let read = good(each(wanted.jobs, &parts, |(index, part)| {
        let (key, name) = (part.section.key, &names[*index]);
        named(&format!("{key} {name}/{}", part.name), || part.read(&source, name))
    }))?;
    let mut lists: HashMap<(usize, &str), Vec<Value>> = HashMap::new();
    let mut whose: HashMap<String, String> = HashMap::new();
    let mut unread_of = |index: usize, unread: Vec<String>| {
        whose.extend(
            names.get(index).into_iter().flat_map(|name| unread.iter().map(|line| (line.clone(), name.clone()))),
        );
        left_out.extend(unread);
    };
    for ((index, part), (entry, unread)) in parts.into_iter().zip(read) {
        lists.entry((index, part.section.key)).or_default().extend(Some(entry).filter(|entry| !entry.is_null()));
        unread_of(index, unread);
    }
    let mut organizations: Vec<Value> = Vec::new();
    for (index, organization) in found.into_iter().enumerate() {
        let Organization { mut value, mut sections, left_out: unread, .. } = organization;
        for section in organization::SECTION.inside() {
            let list = lists.remove(&(index, section.key)).map(Value::Array);
            let entries = list.or_else(|| sections.remove(section.key)).filter(|entries| !is_empty(entries));
            value.extend(entries.map(|entries| (section.key.to_owned(), entries)));
        }
        unread_of(index, unread);
        organizations.push(Value::Object(value));
    }
    if !organizations.is_empty() {
        value.insert(organization::SECTION.key.into(), json!(organizations));
    }
    left_out.sort_unstable();
    Ok(Export { value: Value::Object(value), left_out, whose })
}

/// An organization, and what of it is still to be read.
struct Organization {
    value: Map<String, Value>,
    sections: Map<String, Value>,
    left_out: Vec<String>,
    parts: Vec<Part>,
}

impl Organization {
    /// Reads what takes few requests, and lists the rest.
    fn read(source: &Source<'_>, name: &str) -> Result<Organization> {
        let value = organization::export(source, name)?;
        let (mut sections, mut left_out, mut parts) = (Map::new(), Vec::new(), Vec::new());
        for section in organization::SECTION.inside() {
            match section.export {
                How::Never => {}
                How::Whole(export) => {
                    sections.insert(section.key.into(), export(source, name, &mut left_out)?);
                }
                How::Each { names, read } => {
                    let mut names = names(source, name)?;
                    names.sort_unstable();
                    parts.extend(names.into_iter().map(|name| Part { section, name, read }));
                }
            }
        }
        Ok(Organization { value, sections, left_out, parts })
    }
}

/// Something of an organization that takes requests of its own.
struct Part {
    section: &'static Section,
    name: String,
    read: fn(&Source<'_>, &str, &str, &mut Vec<String>) -> Result<Value>,
}

impl Part {
    /// The entry, and what of it could not be read.
    fn read(&self, source: &Source<'_>, organization: &str) -> Result<(Value, Vec<String>)> {
        let mut left_out = Vec::new();
        let entry = (self.read)(source, organization, &self.name, &mut left_out)?;
        Ok((entry, left_out))
    }
}

impl Wanted<'_> {
    /// Whether objects of a kind that stands at the top of a file are wanted; which organizations, their names say.
    fn has(&self, kind: Kind) -> bool {
        match kind {
            Kind::Users => self.users,
            Kind::Messages => self.messages,
            _ => true,
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
        let export = Export {
            value: json!({"users": []}),
            left_out: vec!["a\nb: c".into(), "d\u{2028}e".into()],
            whose: HashMap::new(),
        };
        let text = export.to_yaml();
        let (comments, rest) = text.split_once("---\n").unwrap();
        assert_eq!(rest, "users: []\n");
        assert_eq!(comments.lines().skip(1).collect::<Vec<_>>(), ["#   a b: c", "#   d e"]);
        assert_eq!(Export { value: json!({}), left_out: Vec::new(), whose: HashMap::new() }.to_yaml(), "---\n{}\n");
    }
}
