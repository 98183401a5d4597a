//! From values to text that people read and edit.

use std::fmt::Write;

use serde_json::{Map, Number, Value};

use super::{Scalar, core};

/// Longest key that stands in front of its colon; YAML's own limit is 1024.
const LONGEST_KEY: usize = 500;

/// One document in block style. Reading it gives the same value, under YAML 1.2 as under the 1.1 that Ansible speaks.
pub fn write(value: &Value) -> String {
    let mut text = Text(String::from("---\n"));
    text.entry(value, 0);
    text.0
}

struct Text(String);

impl Text {
    /// `value` where its line has begun already, at the column `indent`; ends the line.
    fn entry(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Array(list) if !list.is_empty() => self.list(list, indent),
            Value::Object(map) if !map.is_empty() => self.map(map, indent),
            // Text in lines has to stand further in than what it belongs to.
            scalar => self.scalar(scalar, indent.max(2)),
        }
    }

    fn list(&mut self, list: &[Value], indent: usize) {
        for (index, value) in list.iter().enumerate() {
            if index > 0 {
                self.margin(indent);
            }
            self.0.push_str("- ");
            self.entry(value, indent + 2);
        }
    }

    fn map(&mut self, map: &Map<String, Value>, indent: usize) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 {
                self.margin(indent);
            }
            let key = if is_plain(key) { key.clone() } else { quoted(key) };
            if key.len() > LONGEST_KEY {
                self.0.push_str("? ");
                self.0.push_str(&key);
                self.0.push('\n');
                self.margin(indent);
            } else {
                self.0.push_str(&key);
            }
            self.0.push(':');
            if is_block(value) {
                self.0.push('\n');
                self.margin(indent + 2);
            } else {
                self.0.push(' ');
            }
            self.entry(value, indent + 2);
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.0.push_str("null"),
            Value::Bool(value) => self.0.push_str(if *value { "true" } else { "false" }),
            Value::Number(value) => self.0.push_str(&number(value)),
            Value::String(text) if is_plain(text) => self.0.push_str(text),
            Value::String(text) if is_lines(text) => return self.lines(text, indent),
            Value::String(text) => self.0.push_str(&quoted(text)),
            // Only the empty ones come here.
            Value::Array(_) => self.0.push_str("[]"),
            Value::Object(_) => self.0.push_str("{}"),
        }
        self.0.push('\n');
    }

    fn lines(&mut self, text: &str, indent: usize) {
        self.0.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
        for line in text.lines() {
            if !line.is_empty() {
                self.margin(indent);
                self.0.push_str(line);
            }
            self.0.push('\n');
        }
    }

    fn margin(&mut self, indent: usize) {
        self.0.extend(std::iter::repeat_n(' ', indent));
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    }
}

/// YAML 1.1 takes an exponent only behind a point and with a sign.
fn number(number: &Number) -> String {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// Whether a text means itself without quotes, in either version of YAML. When in doubt, it does not.
fn is_plain(text: &str) -> bool {
    let first = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/'));
    let characters = text.chars().all(|c| c.is_alphanumeric() || c == ' ' || c.is_ascii_graphic());
    first
        && characters
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && matches!(core::value(text), Scalar::Text(_))
        && !is_something_in_yaml_1_1(text)
}

/// Words, numbers, times and dates that YAML 1.1 does not take as text.
fn is_something_in_yaml_1_1(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if words.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return true;
    }
    let bytes = text.as_bytes();
    let number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'_' | b'.' | b':' | b'+' | b'-' | b'e' | b'E');
    match bytes {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', rest @ ..] => {
            rest.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_')
        }
        // A day, whatever follows: a time, perhaps.
        [a, b, c, d, b'-', e, ..] if [a, b, c, d, e].iter().all(|byte| byte.is_ascii_digit()) => true,
        [b'0'..=b'9', ..] => bytes.iter().all(number),
        _ => false,
    }
}

/// Whether a text of several lines comes back exactly from a `|` block that no linter minds.
fn is_lines(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.starts_with(['\n', ' '])
        && !body.ends_with('\n')
        && text.chars().all(|c| c == '\n' || is_printable(c))
        && !body.split('\n').any(|line| line.ends_with(' ') || line.starts_with('\t'))
}

/// Whether a character may stand in a file as it is. What cannot be seen may not.
fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() || c == ' ' || (!c.is_ascii() && c.escape_debug().count() == 1)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        // Writing to a `String` cannot fail.
        let _ = match c {
            '"' => write!(quoted, "\\\""),
            '\\' => write!(quoted, "\\\\"),
            '\n' => write!(quoted, "\\n"),
            '\r' => write!(quoted, "\\r"),
            '\t' => write!(quoted, "\\t"),
            c if is_printable(c) => write!(quoted, "{c}"),
            c if u32::from(c) <= 0xff => write!(quoted, "\\x{:02x}", u32::from(c)),
            c if u32::from(c) <= 0xffff => write!(quoted, "\\u{:04x}", u32::from(c)),
            c => write!(quoted, "\\U{:08x}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
