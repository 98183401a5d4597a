//! From a server to a registry file: what the format can say about its organizations.

pub mod chosen;
mod told;

use std::collections::{HashMap, HashSet};
use std::iter;

use serde_json::{Map, Value, json};

use super::graph::each;
use super::input::yaml::write::write;
use super::kinds::export::{Entries, Entry, Export as How, Source};
use super::kinds::section::{Place, Section};
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

/// Reads a server, in rounds of requests that do not wait for each other: those of all organizations stand in one queue, so that a large
/// one keeps everybody busy, and a single small one is not read one by one.
///
/// # Errors
/// Everything that could not be read: half an export would look like a whole one.
pub fn export(quay: &Reader, wanted: &Wanted<'_>) -> Result<Export, Vec<Error>> {
    let source = Source { quay, server: Server::ask(quay) };
    let names = chosen::organizations(quay, wanted.organizations, wanted.verb).map_err(|error| vec![error])?;
    let found = each(wanted.jobs, &names, |name| named(name, || organization::export(&source, name)));
    let mut organizations = good(found)?;
    let place = |index: Option<usize>| index.and_then(|index| names.get(index)).map_or("", String::as_str);

    let top = kinds::top().filter(|section| wanted.has(section.kind)).map(|section| (None, section));
    let inside = (0..names.len()).flat_map(|index| organization::SECTION.inside().map(move |it| (Some(index), it)));
    let is_read = |(_, section): &(_, &Section)| !matches!(section.export, How::Never);
    let lists: Vec<(Option<usize>, &'static Section)> = top.chain(inside).filter(is_read).collect();
    let read = good(each(wanted.jobs, &lists, |(index, section)| {
        named(&format!("{} {}", section.key, place(*index)), || List::read(&source, section, place(*index)))
    }))?;

    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut repositories: Vec<&[String]> = vec![&[]; names.len()];
    for ((index, section), list) in lists.iter().zip(&read) {
        let (Some(index), How::Each { read, .. }) = (*index, section.export) else { continue };
        parts.extend(list.names.iter().flat_map(|name| Part::all(index, section, name, Reads::Object(read))));
        if let (Some(Place::Repository), Some(known)) = (section.opens, repositories.get_mut(index)) {
            *known = &list.names;
        }
    }
    told::learn(&source, wanted.jobs, &names, &repositories)?;
    let values = good(each(wanted.jobs, &parts, |part| {
        let place = place(Some(part.organization));
        named(&format!("{} {place}/{}", part.section.key, part.name), || part.read(&source, place))
    }))?;

    let (mut left_out, mut whose) = (Vec::new(), HashMap::new());
    let mut leave_out = |index: Option<usize>, lines: Vec<String>| {
        whose.extend(index.iter().flat_map(|_| lines.iter().map(|line| (line.clone(), place(index).to_owned()))));
        left_out.extend(lines);
    };
    let mut objects: HashMap<(usize, &str), Vec<Value>> = HashMap::new();
    for (part, (value, lines)) in parts.iter().zip(values) {
        let list = objects.entry((part.organization, part.section.key)).or_default();
        match part.reads {
            Reads::Object(_) => list.push(value),
            // It follows its object.
            Reads::Within(section, _) => put(list.last_mut().and_then(Value::as_object_mut), section, value),
        }
        leave_out(Some(part.organization), lines);
    }
    let mut value = Map::new();
    for ((index, section), list) in lists.into_iter().zip(read) {
        leave_out(index, list.left_out);
        let objects = index.and_then(|index| objects.remove(&(index, section.key))).map(Value::Array);
        match index {
            Some(index) => put(organizations.get_mut(index), section, objects.unwrap_or(list.value)),
            None => drop(value.insert(section.key.into(), list.value)),
        }
    }
    if !organizations.is_empty() {
        value.insert(organization::SECTION.key.into(), json!(organizations));
    }
    left_out.sort_unstable();
    Ok(Export { value: Value::Object(value), left_out, whose })
}

/// Puts what was read of a section into what is around it, if there is anything.
fn put(around: Option<&mut Map<String, Value>>, section: &Section, value: Value) {
    if let Some(around) = around.filter(|_| !is_empty(&value)) {
        around.insert(section.key.to_owned(), value);
    }
}

/// What a section has at a place: all of it, or the names of objects that are read by themselves.
struct List {
    value: Value,
    names: Vec<String>,
    left_out: Vec<String>,
}

impl List {
    fn read(source: &Source<'_>, section: &Section, place: &str) -> Result<List> {
        let mut list = List { value: Value::Null, names: Vec::new(), left_out: Vec::new() };
        match section.export {
            How::Never => {}
            How::Whole(export) => list.value = export(source, place, &mut list.left_out)?,
            How::Each { names, .. } => {
                list.names = names(source, place, &mut list.left_out)?;
                list.names.sort_unstable();
            }
        }
        Ok(list)
    }
}

/// Something of an object that takes requests of its own.
struct Part<'a> {
    /// The organization, by its place in the list of them.
    organization: usize,
    section: &'static Section,
    /// The short name of the object.
    name: &'a str,
    reads: Reads,
}

#[derive(Clone, Copy)]
enum Reads {
    /// The object itself.
    Object(Entry),
    /// All that it has of a section within.
    Within(&'static Section, Entries),
}

impl Part<'_> {
    /// An object, followed by the sections within.
    fn all<'a>(
        organization: usize,
        section: &'static Section,
        name: &'a str,
        read: Reads,
    ) -> impl Iterator<Item = Part<'a>> {
        let within = section.inside().filter_map(|within| match within.export {
            How::Whole(export) => Some(Reads::Within(within, export)),
            _ => None,
        });
        iter::once(read).chain(within).map(move |reads| Part { organization, section, name, reads })
    }

    /// The entry or what is within, and what of it could not be read.
    fn read(&self, source: &Source<'_>, organization: &str) -> Result<(Value, Vec<String>)> {
        let mut left_out = Vec::new();
        let value = match self.reads {
            Reads::Object(read) => Value::Object(read(source, organization, self.name, &mut left_out)?),
            Reads::Within(_, export) => export(source, &format!("{organization}/{}", self.name), &mut left_out)?,
        };
        Ok((value, left_out))
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

/// All results, or all errors, each once: what two read together, Quay refuses both.
fn good<T>(results: Vec<Result<T>>) -> Result<Vec<T>, Vec<Error>> {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) => errors.push(error),
        }
    }
    let mut told = HashSet::new();
    errors.retain(|error| told.insert(error.to_string()));
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
