//! Values and their differences, as lines below an object.

use std::fmt::Write;

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff, capture_diff_slices};

use super::{CREATE, REMOVE};
use crate::error::plain;

/// Lines below an object begin here.
const INDENT: &str = "        ";
/// What stands for no value.
const NOTHING: &str = "(none)";

/// Every option of an object that is created.
pub fn all(text: &mut String, after: &Map<String, Value>) {
    for (key, value) in after {
        if !is_nothing(value) {
            // Writing to a String cannot fail; so everywhere below.
            let _ = writeln!(text, "{INDENT}{}: {}", plain(key), short(value));
        }
    }
}

/// Every option that differs.
pub fn changes(text: &mut String, before: &Map<String, Value>, after: &Map<String, Value>) {
    compare(text, "", before, after);
}

fn compare(text: &mut String, path: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    for key in after.keys().chain(gone) {
        let (old, new) = (before.get(key).unwrap_or(&Value::Null), after.get(key).unwrap_or(&Value::Null));
        if old == new || (is_nothing(old) && is_nothing(new)) {
            continue;
        }
        let name = format!("{path}{}", plain(key));
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => compare(text, &format!("{name}."), old, new),
            (Value::Array(old), Value::Array(new)) => {
                let _ = writeln!(text, "{INDENT}{name}:");
                elements(text, old, new);
            }
            (Value::String(old), Value::String(new)) if old.contains('\n') || new.contains('\n') => {
                let _ = writeln!(text, "{INDENT}{name}:");
                lines(text, old, new);
            }
            (old, new) => {
                let _ = writeln!(
                    text,
                    "{INDENT}{name}: {REMOVE}{}{REMOVE:#} -> {CREATE}{}{CREATE:#}",
                    short(old),
                    short(new)
                );
            }
        }
    }
}

/// What goes out of a list and what comes in; what stays is not repeated.
fn elements(text: &mut String, old: &[Value], new: &[Value]) {
    let show = |list: &[Value]| list.iter().map(short).collect::<Vec<_>>();
    let (old, new) = (show(old), show(new));
    for part in capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        for change in part.iter_changes(&old, &new) {
            line(text, change.tag(), &change.value());
        }
    }
}

/// The lines of a text that differ, with one line around them.
fn lines(text: &mut String, old: &str, new: &str) {
    let diff = TextDiff::from_lines(old, new);
    for (index, group) in diff.grouped_ops(1).iter().enumerate() {
        if index > 0 {
            let _ = writeln!(text, "{INDENT}  ...");
        }
        for change in group.iter().flat_map(|part| diff.iter_changes(part)) {
            let value = plain(change.value().trim_end_matches('\n'));
            match change.tag() {
                ChangeTag::Equal => {
                    let _ = writeln!(text, "{INDENT}    {value}");
                }
                tag => line(text, tag, &value),
            }
        }
    }
}

fn line(text: &mut String, tag: ChangeTag, value: &str) {
    let _ = match tag {
        ChangeTag::Equal => Ok(()),
        ChangeTag::Delete => writeln!(text, "{INDENT}  {REMOVE}- {value}{REMOVE:#}"),
        ChangeTag::Insert => writeln!(text, "{INDENT}  {CREATE}+ {value}{CREATE:#}"),
    };
}

/// A value on one line.
fn short(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.is_empty() || text.trim() != text => format!("\"{}\"", plain(text)),
        Value::String(text) => plain(text),
        Value::Array(list) => format!("[{}]", list.iter().map(short).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries = map.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{}: {}", plain(key), short(value))).collect();
            format!("{{{}}}", entries.join(", "))
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
