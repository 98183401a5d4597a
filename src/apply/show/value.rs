//! Values and their differences, as lines below an object.

use std::collections::HashSet;

use serde_json::{Map, Value};
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{ChangeTag, DiffOp, group_diff_ops};

use super::human;
use super::sheet::{Line, Tone};
use crate::apply::kinds;
use crate::apply::report::{Action, ReportedItem};
use crate::error::plain;

/// What stands for no value.
const NOTHING: &str = "(none)";
/// Texts that are longer together stand on a line each.
const LONG: usize = 60;
/// Options that name an object or its place, as its title does.
const NAMES: &[&str] = &["name", "organization", "repository", "namespace", "username"];

/// Every option of an object that differs, or all that say something where it is created.
pub fn options(lines: &mut Vec<Line>, object: &ReportedItem) {
    let words: Vec<&str> = object.title.split([' ', '/', '+']).chain(object.title.split(' ')).collect();
    let is_told =
        |key: &str, value: &Value| NAMES.contains(&key) && value.as_str().is_some_and(|name| words.contains(&name));
    let section = kinds::of_module(object.module);
    // As a file calls them.
    let named = |side: &Map<String, Value>| -> Map<String, Value> {
        let kept = side.iter().filter(|(key, value)| object.action == Action::Change || !is_told(key, value));
        let in_file = |key: &str| section.map_or(key, |section| section.key_of(key)).to_owned();
        kept.map(|(key, value)| (in_file(key), value.clone())).collect()
    };
    let (before, after) = (named(&object.before), named(&object.after));
    let mut differences = Differences { module: object.module, lines };
    match object.action {
        Action::Remove if after.is_empty() => differences.gone(&before),
        _ => differences.compare(0, "", &before, &after, object.before.is_empty()),
    }
}

struct Differences<'a> {
    module: &'a str,
    lines: &'a mut Vec<Line>,
}

impl Differences<'_> {
    /// `is_new` leaves out what says nothing, and the old values, of which there are none.
    fn compare(
        &mut self,
        depth: usize,
        path: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        is_new: bool,
    ) {
        let gone = before.keys().filter(|key| !after.contains_key(*key));
        for key in after.keys().chain(gone) {
            let (old, new) = (before.get(key).unwrap_or(&Value::Null), after.get(key).unwrap_or(&Value::Null));
            if is_same(old, new)
                || (is_nothing(old) && is_nothing(new))
                || (is_new && (*new == "" || is_idle(key, after)))
            {
                continue;
            }
            let name = format!("{path}{}", plain(key));
            match (old, new) {
                (Value::Object(old), Value::Object(new)) => self.compare(depth, &format!("{name}."), old, new, is_new),
                (Value::Null, Value::Object(new)) => self.compare(depth, &format!("{name}."), &Map::new(), new, is_new),
                (Value::Array(_) | Value::Null, Value::Array(_)) | (Value::Array(_), Value::Null) => {
                    self.push(depth, format!("{name}:"));
                    self.elements(depth + 1, list(old), list(new));
                }
                _ => self.single(depth, &name, key, old, new, is_new),
            }
        }
    }

    /// What goes as a whole.
    fn gone(&mut self, before: &Map<String, Value>) {
        for (key, value) in before.iter().filter(|(_, value)| !is_nothing(value)) {
            match value {
                Value::Array(list) => {
                    self.push(0, format!("{}:", plain(key)));
                    self.elements(1, list, &[]);
                }
                value => self.push(0, format!("{}: {}", plain(key), short(value))),
            }
        }
    }

    /// A value that is no structure.
    fn single(&mut self, depth: usize, name: &str, key: &str, old: &Value, new: &Value, is_new: bool) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let has_lines = |value: &Value| value.as_str().is_some_and(|text| text.trim_end().contains('\n'));
        let show = |value: &Value| human::with_unit(self.module, key, value).unwrap_or_else(|| short(value));
        let (before, after) = (show(old), show(new));
        if has_lines(old) || has_lines(new) {
            self.push(depth, format!("{name}:"));
            self.texts(depth + 1, &text(old).unwrap_or_default(), &text(new).unwrap_or_default());
        } else if is_new {
            self.push(depth, format!("{name}: {after}"));
        } else if old.is_string() && new.is_string() && before.len() + after.len() > LONG {
            self.push(depth, format!("{name}:"));
            self.marked(depth + 1, ChangeTag::Delete, &before);
            self.marked(depth + 1, ChangeTag::Insert, &after);
        } else {
            let parts = vec![(Tone::Plain, format!("{name}: {before} -> ")), (Tone::New, after)];
            self.lines.push(Line { depth, mark: None, parts });
        }
    }

    /// What goes out of a list, what comes in, and what becomes different; what stays is only counted.
    fn elements(&mut self, depth: usize, old: &[Value], new: &[Value]) {
        let unchanged = match (names(old), names(new)) {
            (Some(old_names), Some(new_names)) => {
                let at = |names: &[String], name: &String| names.iter().position(|known| known == name);
                for (name, value) in old_names.iter().zip(old) {
                    if at(&new_names, name).is_none() {
                        self.element(depth, ChangeTag::Delete, name, value);
                    }
                }
                for (name, value) in new_names.iter().zip(new) {
                    match at(&old_names, name).and_then(|place| old.get(place)) {
                        None => self.element(depth, ChangeTag::Insert, name, value),
                        Some(before) if before != value => self.changed(depth, name, before, value),
                        Some(_) => {}
                    }
                }
                new.iter().filter(|element| old.contains(element)).count()
            }
            _ => self.sequence(depth, old, new),
        };
        if unchanged > 0 {
            self.push(depth, format!("({unchanged} unchanged)"));
        }
    }

    /// The same for a list whose elements have no names: only their order tells which is which, so that what moves goes and comes.
    /// Returns how many stay. Where the order means nothing to Quay, both sides are sorted.
    fn sequence(&mut self, depth: usize, old: &[Value], new: &[Value]) -> usize {
        let show = |list: &[Value]| list.iter().map(short).collect::<Vec<_>>();
        let (old, new) = (show(old), show(new));
        let parts = operations(&old, &new);
        let changes: Vec<_> = parts.iter().flat_map(|part| part.iter_changes(&old, &new)).collect();
        changes.iter().for_each(|change| self.marked(depth, change.tag(), &change.value()));
        changes.iter().filter(|change| change.tag() == ChangeTag::Equal).count()
    }

    /// An element with a name: on one line where it says little more. Of what goes the name is enough.
    fn element(&mut self, depth: usize, tag: ChangeTag, name: &str, value: &Value) {
        let rest = rest(value);
        let is_short = rest.len() <= 1 && !rest.values().any(Value::is_object);
        match rest.values().next() {
            None => self.marked(depth, tag, name),
            Some(only) if is_short => self.marked(depth, tag, &format!("{name}: {}", short(only))),
            Some(_) if tag == ChangeTag::Insert => {
                self.marked(depth, tag, name);
                self.compare(depth + 2, "", &Map::new(), &rest, true);
            }
            Some(_) => self.marked(depth, tag, name),
        }
    }

    fn changed(&mut self, depth: usize, name: &str, old: &Value, new: &Value) {
        let (old, new) = (rest(old), rest(new));
        let mut parts = vec![(Tone::Plain, name.to_owned())];
        let differing: Vec<(&Value, &Value)> = match (old.len(), new.len()) {
            (1, 1) => old.values().zip(new.values()).collect(),
            _ => Vec::new(),
        };
        let mark = Some('~');
        match differing.as_slice() {
            [(old, new)] => {
                parts.extend([(Tone::Plain, format!(": {} -> ", short(old))), (Tone::New, short(new))]);
                self.lines.push(Line { depth, mark, parts });
            }
            _ => {
                self.lines.push(Line { depth, mark, parts });
                self.compare(depth + 2, "", &old, &new, false);
            }
        }
    }

    /// The lines of a text that differ, with one line around them.
    fn texts(&mut self, depth: usize, old: &str, new: &str) {
        let lines = |text: &str| text.trim_end_matches('\n').lines().map(plain).collect::<Vec<_>>();
        let (old, new) = (lines(old), lines(new));
        for (index, group) in group_diff_ops(operations(&old, &new), 1).iter().enumerate() {
            if index > 0 {
                self.push(depth, "...".into());
            }
            for change in group.iter().flat_map(|part| part.iter_changes(&old, &new)) {
                self.marked_or_kept(depth, change.tag(), &change.value());
            }
        }
    }

    fn push(&mut self, depth: usize, text: String) {
        self.lines.push(Line::of(depth, Tone::Plain, text));
    }

    fn marked(&mut self, depth: usize, tag: ChangeTag, text: &str) {
        if tag != ChangeTag::Equal {
            self.marked_or_kept(depth, tag, text);
        }
    }

    fn marked_or_kept(&mut self, depth: usize, tag: ChangeTag, text: &str) {
        let (tone, mark) = match tag {
            ChangeTag::Equal => (Tone::Plain, ' '),
            ChangeTag::Delete => (Tone::Remove, '-'),
            ChangeTag::Insert => (Tone::Create, '+'),
        };
        self.lines.push(Line { depth, mark: Some(mark), parts: vec![(tone, text.to_owned())] });
    }
}

/// What makes one list of another. One algorithm for one type: the crate's choice of algorithms would all be in the executable.
fn operations(old: &Vec<String>, new: &Vec<String>) -> Vec<DiffOp> {
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut found, old, 0..old.len(), new, 0..new.len());
    found.into_inner().into_inner().into_ops()
}

/// What a person calls an element: by its name, and by what it is where that tells accounts apart.
fn label(element: &Value) -> Option<String> {
    let text = |key: &str| element.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("name").or_else(|| text("title")).or_else(|| text("username"))?;
    let kind = match text("type") {
        Some("user") if name.contains('+') => "robot ",
        Some("user") => "user ",
        Some("team") => "team ",
        _ => "",
    };
    Some(format!("{kind}{}", plain(name)))
}

/// What an element says besides its [label].
fn rest(element: &Value) -> Map<String, Value> {
    let mut rest = element.as_object().cloned().unwrap_or_default();
    let name = ["name", "title", "username"].into_iter().find(|key| rest.get(*key).is_some_and(|name| *name != ""));
    name.map(|key| rest.remove(key));
    if rest.get("type").is_some_and(|kind| kind == "user" || kind == "team") {
        rest.remove("type");
    }
    rest.retain(|_, value| !is_nothing(value) && value != "");
    rest
}

/// The names of all elements; `None` where one has none, or two have the same.
fn names(list: &[Value]) -> Option<Vec<String>> {
    let names = list.iter().map(label).collect::<Option<Vec<_>>>()?;
    let is_each_once = names.iter().collect::<HashSet<_>>().len() == names.len();
    is_each_once.then_some(names)
}

/// Whether nothing differs that means anything to Quay, to which the order of what has names means nothing.
fn is_same(old: &Value, new: &Value) -> bool {
    let (here, there) = (list(old), list(new));
    let is_moved = || here.len() == there.len() && names(here).is_some() && here.iter().all(|one| there.contains(one));
    old == new || (old.is_array() && new.is_array() && is_moved())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A value on one line; of a structure that has no name what says something.
fn short(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.is_empty() || text.trim() != text => format!("\"{}\"", plain(text)),
        Value::String(text) => plain(text),
        Value::Array(list) => format!("[{}]", list.iter().map(short).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries = map.iter().filter(|(key, value)| !is_nothing(value) && *value != "" && !is_idle(key, map));
            let told = |value: &Value| if value.is_object() { format!("{{{}}}", short(value)) } else { short(value) };
            entries.map(|(key, value)| format!("{}: {}", plain(key), told(value))).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Null, and what no reader of a plan could tell from it.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Whether an option only says how another one is meant, which is not there, or meant as everybody would think.
fn is_idle(key: &str, around: &Map<String, Value>) -> bool {
    let is_there = |option: &str| around.get(option).is_some_and(|value| !value.is_null() && *value != "");
    key == "tag_pattern_matches" && (!is_there("tag_pattern") || around.get(key) == Some(&Value::Bool(true)))
}
