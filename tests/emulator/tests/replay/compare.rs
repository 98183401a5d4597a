//! Compares an answer with the recorded one. What the server made up (identifiers, dates, secrets) need not be equal,
//! but has to be of the same kind, and an identifier that was seen before has to be the same thing again.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Recorded identifiers and what they are called in this run.
pub struct Names {
    pairs: HashMap<String, String>,
    /// Hashes of the mail addresses in the recording: avatars made from them have to be the same.
    fixed_hashes: HashSet<String>,
}

impl Names {
    /// Starts with the mail addresses that occur in a recording.
    pub fn new(recording: &[Value]) -> Names {
        let text: String = recording.iter().map(ToString::to_string).collect();
        let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || matches!(sign, '@' | '.' | '-' | '_')));
        let hash = |word: &str| Sha256::digest(word).iter().map(|byte| format!("{byte:02x}")).collect();
        Names { pairs: HashMap::new(), fixed_hashes: words.filter(|word| word.contains('@')).map(hash).collect() }
    }

    /// A recorded text with everything in it that is called differently in this run replaced.
    pub fn translate(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (recorded, actual) in &self.pairs {
            if recorded.len() > 8 && out.contains(recorded.as_str()) {
                out = out.replace(recorded.as_str(), actual);
            }
        }
        out
    }

    /// The same for a whole document; numbers are only translated where the key says that they are identifiers.
    pub fn translate_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.translate(text)),
            Value::Array(items) => items.iter().map(|item| self.translate_value(item)).collect(),
            Value::Object(map) => map.iter().map(|(key, item)| (key.clone(), self.translate_value(item))).collect(),
            other => other.clone(),
        }
    }

    fn learn(&mut self, recorded: &str, actual: &str) -> bool {
        let known = self.pairs.entry(recorded.to_owned()).or_insert_with(|| actual.to_owned());
        known == actual
    }

    /// A path with all identifiers as they are in this run, those of quotas and limits too.
    pub fn path(&self, path: &str) -> String {
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        for at in 1..parts.len() {
            if matches!(parts[at - 1].as_str(), "quota" | "limit") {
                parts[at] = self.number(&format!("{} {}", parts[at - 1], parts[at]));
            }
        }
        self.translate(&parts.join("/"))
    }

    fn number(&self, recorded: &str) -> String {
        self.pairs.get(recorded).cloned().unwrap_or_else(|| recorded.to_owned())
    }
}

/// Lists whose order the real server leaves to its database.
const UNORDERED: &[(&str, &str)] = &[
    ("repositories", ""),
    ("organizations", "name"),
    ("aggregated", "kind"),
    ("prototypes", "role"),
    ("robots", "name"),
    ("teams", "name"),
    ("applications", "name"),
    ("members", "name"),
    ("collaborators", "name"),
    ("results", "name"),
    ("permissions", ""),
    ("prompts", ""),
    ("users", "username"),
    ("logs", "kind"),
];

/// Compares two documents; differences go to `out` as `path: expected ..., got ...`.
pub fn compare(path: &str, expected: &Value, actual: &Value, names: &mut Names, out: &mut Vec<String>) {
    let key = path.rsplit('/').next().unwrap_or_default();
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(got)) => {
            for (name, value) in wanted {
                match got.get(name) {
                    Some(found) => compare(&format!("{path}/{name}"), value, found, names, out),
                    None if name.starts_with("sha256:") => {}
                    None => out.push(format!("{path}/{name}: missing, expected {}", short(value))),
                }
            }
            let digests = |map: &serde_json::Map<String, Value>| -> Vec<String> {
                map.keys().filter(|name| name.starts_with("sha256:")).cloned().collect()
            };
            let (recorded, here) = (digests(wanted), digests(got));
            if recorded.len() != here.len() {
                out.push(format!("{path}: another number of digests"));
            }
            // The images of an index are alike: any of ours may stand for any of theirs.
            for (recorded, here) in recorded.iter().zip(&here) {
                names.learn(recorded, here);
            }
            for name in got.keys().filter(|name| !wanted.contains_key(*name) && !name.starts_with("sha256:")) {
                out.push(format!("{path}/{name}: not recorded, got {}", short(&got[name])));
            }
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => {
            let (wanted, got) = match UNORDERED.iter().find(|(name, _)| *name == key) {
                Some((_, by)) => (sorted(wanted, by), sorted(got, by)),
                None => (wanted.clone(), got.clone()),
            };
            for (index, (value, found)) in wanted.iter().zip(&got).enumerate() {
                compare(&format!("{path}/{index}"), value, found, names, out);
            }
        }
        (Value::Array(wanted), Value::Array(got)) => {
            out.push(format!("{path}: expected {} entries, got {}: {}", wanted.len(), got.len(), short(actual)));
        }
        (Value::String(wanted), Value::String(got)) => compare_text(path, key, wanted, got, names, out),
        (Value::Number(wanted), Value::Number(got)) => {
            let made_up = matches!(
                key,
                "start_ts" | "end_ts" | "oauth_token_id" | "last_modified" | "last_ran" | "expiration_date"
            );
            if key == "id" {
                let prefix = if path.contains("/limits/") { "limit" } else { "quota" };
                if !names.learn(&format!("{prefix} {wanted}"), &got.to_string()) {
                    out.push(format!("{path}: another id than before: {wanted} is now {got}"));
                }
            } else if !made_up && wanted != got {
                out.push(format!("{path}: expected {wanted}, got {got}"));
            }
        }
        _ if expected == actual => {}
        _ => out.push(format!("{path}: expected {}, got {}", short(expected), short(actual))),
    }
}

/// The identity of an entry in a list without order: its name, its kind, or else its text without identifiers.
fn sorted(list: &[Value], by: &str) -> Vec<Value> {
    let identity = |value: &Value| {
        if by == "role" {
            return [&value["delegate"]["name"], &value["activating_user"]["name"], &value["role"]]
                .map(ToString::to_string)
                .join(" ");
        }
        let named = value.get(by).or_else(|| value.get("name")).or_else(|| value.pointer("/repository/name"));
        named.unwrap_or(value).to_string()
    };
    let mut list = list.to_vec();
    list.sort_by_key(identity);
    list
}

fn compare_text(path: &str, key: &str, wanted: &str, got: &str, names: &mut Names, out: &mut Vec<String>) {
    let complain = |out: &mut Vec<String>| out.push(format!("{path}: expected {wanted:?}, got {got:?}"));
    // The kinds of texts that the server makes up.
    let placeholder = wanted.starts_with('<') && wanted.ends_with('>') && !wanted.contains(' ');
    if placeholder || key == "password" || key == "email" && is_uuid(wanted) {
        if got.is_empty() || key == "email" && !is_uuid(got) {
            complain(out);
        }
        return;
    }
    if matches!(key, "backfill_status" | "running_backfill") {
        // A worker of the real server fills this in some time later.
        return;
    }
    let identifier = is_uuid(wanted) && is_uuid(got)
        || is_digest(wanted) && is_digest(got)
        || key == "client_id" && wanted.len() == got.len()
        || key == "hash"
            && wanted.len() == got.len()
            && !path.contains("/teams/")
            && !names.fixed_hashes.contains(wanted);
    if identifier {
        if !names.learn(wanted, got) {
            out.push(format!("{path}: another identifier than before: {wanted} is now {got}"));
        }
        return;
    }
    if matches!(key, "color" | "ip") {
        // The one follows from the hash, the other is where the client was.
        return;
    }
    if is_date(wanted) && key != "created_datetime" {
        if !is_date(got) {
            complain(out);
        }
        return;
    }
    if is_iso_date(wanted) && (key != "sync_start_date" || wanted.len() == 27) {
        if !is_iso_date(got) || wanted.len() != got.len() {
            complain(out);
        }
        return;
    }
    if wanted.contains("\n\nFailed validating ") {
        // The quoted schema holds descriptions that ours lacks: what failed, where, and on what has to be equal.
        let head = |text: &str| text.split(":\n    ").next().unwrap_or_default().to_owned();
        if head(wanted) != head(got) {
            complain(out);
        }
        let tail = |text: &str| text.rsplit_once("\n\nOn instance").map(|(_, tail)| tail.to_owned());
        if !wanted.ends_with("...") && tail(wanted) != tail(got) {
            complain(out);
        }
        return;
    }
    if key == "manifest_data" {
        let same_start = wanted.chars().take(80).eq(got.chars().take(80));
        if !same_start {
            complain(out);
        }
        return;
    }
    let translated = names.translate(wanted);
    let same = match translated.strip_suffix("...") {
        Some(start) if wanted.len() >= 600 => got.starts_with(start),
        _ => translated == got,
    };
    if !same {
        complain(out);
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 200 { text.chars().take(200).collect::<String>() + "…" } else { text }
}

pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .chars()
            .enumerate()
            .all(|(at, sign)| if matches!(at, 8 | 13 | 18 | 23) { sign == '-' } else { sign.is_ascii_hexdigit() })
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64)
}

/// `Sat, 21 Nov 2026 10:02:08 -0000`
fn is_date(text: &str) -> bool {
    text.len() == 31 && text.ends_with(" -0000") && text.get(3..5) == Some(", ")
}

/// `2026-11-21T10:02:15.361989Z` or without the fraction.
fn is_iso_date(text: &str) -> bool {
    matches!(text.len(), 20 | 27) && text.ends_with('Z') && text.as_bytes()[10] == b'T' && text.as_bytes()[4] == b'-'
}
