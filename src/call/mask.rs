//! Hides secrets in everything that is shown, in whatever spelling they appear there.
//!
//! # The rule
//! A secret is found as it is, percent-encoded (as in a path and as in a query), escaped as in JSON or as Rust's `Debug`
//! prints it, and in Base64 (both alphabets, with and without padding, also as a part of a longer text: Base64 of a text with a
//! secret in it is hidden as a whole, and of other data the part that shows the secret).
//!
//! - Most secrets are hidden **wherever** their letters stand, even inside of a word.
//! - A **weak** secret is shorter than six characters, or an ordinary word: letters alone, at most fifteen, small, large, or
//!   the first one large. Its letters stand in harmless words (`a` in `team`, `team` in `quay_team`), and hiding those would
//!   destroy the text and tell the secret besides. It is hidden as a whole value, and as a whole **word** of a text. What a
//!   hyphen, dot, slash or plus ties together is one word, such as `team-a` and `acme/app`; any other character, a quote or the
//!   `:` and `@` of a URL, ends it.
//! - **Keys** are never touched, and weak secrets stay readable in what **names** an object or says what happens to it: titles,
//!   steps, and the values of [`NAMES`]. None of these is a secret by the documentation, and a placeholder in place of `team`
//!   would only tell that the password is `team`.

mod automaton;
mod base64;
mod spelling;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::quay::without_line_end;
use automaton::{Automaton, Weight};
use spelling::Spelling;

/// Stands for a value that is a secret as a whole.
const WHOLE: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
/// Stands for a secret inside a longer text.
const PART: &str = "********";
/// A secret of fewer characters is weak.
const SHORT: usize = 6;
/// An ordinary word has at most so many letters.
const ORDINARY: usize = 15;
/// What is between the letters of one word.
const TIES: &[u8] = b"-./+";

/// Keys whose values name an object or say what happens to it.
const NAMES: &[&str] = &[
    "action",
    "after_header",
    "before_header",
    "declared_at",
    "endpoint",
    "kind",
    "module",
    "name",
    "namespace",
    "object",
    "organization",
    "outcome",
    "repository",
    "role",
    "state",
    "steps",
    "steps_done",
    "steps_not_done",
    "steps_undone",
    "team",
    "title",
    "type",
    "username",
];

/// Knows the secrets of a run and replaces them.
#[derive(Clone, Default)]
pub struct Mask {
    secrets: HashSet<String>,
    /// Made of the secrets when a text is first looked at.
    finder: OnceLock<Automaton>,
}

/// Tells the number of secrets only.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} secrets)", self.secrets.len())
    }
}

impl Mask {
    /// A mask for `secrets`; empty ones are ignored.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Mask {
        let mut mask = Mask::default();
        for secret in secrets {
            mask.add(secret.as_ref());
        }
        mask
    }

    /// Hides `secret` from now on as well, a session token for example; without the line breaks at its end, too.
    pub fn add(&mut self, secret: &str) {
        if without_line_end(secret) != secret {
            self.add(without_line_end(secret));
        }
        if !secret.is_empty() && self.secrets.insert(secret.to_owned()) {
            self.finder.take();
        }
    }

    /// `text` without secrets. A text that is a secret as a whole becomes Ansible's placeholder.
    pub fn text(&self, text: &str) -> String {
        if self.secrets.contains(text) { WHOLE.to_owned() } else { self.replaced(text, true) }
    }

    /// A text that names an object, in which weak secrets stay: see [the rule](self).
    pub fn name(&self, text: &str) -> String {
        match self.secrets.contains(text) && !is_weak(text) {
            true => WHOLE.to_owned(),
            false => self.replaced(text, false),
        }
    }

    /// `value` without secrets in any text inside of it. A number with a secret among its digits is replaced as a
    /// whole. Keys, booleans and nulls stay.
    pub fn value(&self, value: Value) -> Value {
        self.shown(value, Mask::text)
    }

    fn shown(&self, value: Value, text: fn(&Mask, &str) -> String) -> Value {
        match value {
            Value::String(string) => Value::String(text(self, &string)),
            Value::Number(number) => {
                let digits = number.to_string();
                if text(self, &digits) == digits { Value::Number(number) } else { Value::from(WHOLE) }
            }
            Value::Array(list) => list.into_iter().map(|value| self.shown(value, text)).collect(),
            Value::Object(map) => Value::Object(self.value_except(map, &[])),
            Value::Null | Value::Bool(_) => value,
        }
    }

    /// `map` without secrets, except that the values of the keys in `exempt` stay as they are.
    pub fn value_except(&self, map: Map<String, Value>, exempt: &[&str]) -> Map<String, Value> {
        map.into_iter()
            .map(|(key, value)| {
                let value = match exempt.contains(&key.as_str()) {
                    true => value,
                    false if NAMES.contains(&key.as_str()) => self.shown(value, Mask::name),
                    false => self.value(value),
                };
                (key, value)
            })
            .collect()
    }

    fn replaced(&self, text: &str, weak: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut shown = 0;
        for (start, end) in self.find(text, weak) {
            out.push_str(&text[shown..start]);
            out.push_str(PART);
            shown = end;
        }
        out.push_str(&text[shown..]);
        out
    }

    /// The parts of `text` to hide, in order. Secrets that overlap become one part.
    fn find(&self, text: &str, weak: bool) -> Vec<(usize, usize)> {
        if self.secrets.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let bytes = text.as_bytes();
        for spelling in Spelling::ALL.into_iter().filter(|spelling| spelling.may_be_in(bytes)) {
            let reading = spelling.read(bytes);
            let mut parts = Vec::new();
            self.finder().search(&reading.bytes, |start, end, weight| {
                let part = (reading.place(start), reading.place(end));
                // A plus that ties a name together is no blank in front of a word.
                let counts = || spelling != Spelling::Query || bytes[part.0..part.1].contains(&b'+');
                if weight == Weight::Anywhere || weak && counts() && is_word(&reading.bytes, start, end) {
                    add_part(&mut parts, part);
                }
            });
            found.append(&mut parts);
        }
        let holds = |decoded: &str| {
            let mut holds = false;
            let counts = |start, end| weak && is_word(decoded.as_bytes(), start, end);
            let search = |start, end, weight| holds |= weight == Weight::Anywhere || counts(start, end);
            self.finder().search(decoded.as_bytes(), search);
            holds
        };
        let encoded = base64::texts(text).filter(|(_, _, decoded)| holds(decoded));
        found.extend(encoded.map(|(start, end, _)| (start, end)));
        found.sort_unstable();
        let mut merged = Vec::new();
        found.into_iter().for_each(|part| add_part(&mut merged, part));
        merged
    }

    fn finder(&self) -> &Automaton {
        self.finder.get_or_init(|| {
            let needles = self.secrets.iter().flat_map(|secret| {
                let weight = if is_weak(secret) { Weight::Word } else { Weight::Anywhere };
                let short = base64::short_forms(secret).into_iter().map(|form| (form, Weight::Word));
                let forms = base64::forms(secret).into_iter().map(|form| (form, Weight::Anywhere));
                forms.chain(short).chain([(secret.clone(), weight)])
            });
            let needles: Vec<(String, Weight)> = needles.collect();
            Automaton::new(needles.iter().map(|(needle, weight)| (needle.as_bytes(), *weight)))
        })
    }
}

/// Adds a part that begins or ends behind all others, as one with those that it overlaps.
fn add_part(parts: &mut Vec<(usize, usize)>, (mut start, mut end): (usize, usize)) {
    while let Some((from, until)) = parts.pop_if(|(_, until)| *until > start) {
        (start, end) = (start.min(from), end.max(until));
    }
    parts.push((start, end));
}

/// Whether harmless texts have the letters of the secret as well.
pub fn is_weak(secret: &str) -> bool {
    let is_ordinary = || {
        let rest = secret.get(1..).unwrap_or_default();
        let one_case = |of: fn(&u8) -> bool| rest.bytes().all(|byte| of(&byte));
        let first_is_large = secret.starts_with(|c: char| c.is_ascii_uppercase());
        secret.len() <= ORDINARY
            && secret.bytes().all(|byte| byte.is_ascii_alphabetic())
            && (one_case(u8::is_ascii_lowercase) || first_is_large && one_case(u8::is_ascii_uppercase))
    };
    secret.chars().count() < SHORT || is_ordinary()
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Whether nothing on either side belongs to the same word.
fn is_word(text: &[u8], start: usize, end: usize) -> bool {
    let needle = &text[start..end];
    let no_letters = !needle.iter().copied().any(is_letter);
    let ends_with_letter = |edge: Option<&u8>| no_letters || edge.copied().is_some_and(is_letter);
    let ties = |near: Option<&u8>, far: Option<&u8>| match near {
        Some(near) if is_letter(*near) => true,
        Some(near) => TIES.contains(near) && far.copied().is_some_and(is_letter),
        None => false,
    };
    let before = |distance: usize| start.checked_sub(distance).and_then(|at| text.get(at));
    let left = ends_with_letter(needle.first()) && ties(before(1), before(2));
    let right = ends_with_letter(needle.last()) && ties(text.get(end), text.get(end + 1));
    !left && !right
}
