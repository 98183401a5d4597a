//! Plans that are kept in a file, to be carried out as they were shown.
//!
//! The file holds what was asked for and what was found, both without secrets. Whoever carries it out plans again: a plan that has
//! become another one since is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Parser;
use serde_json::{Map, Value, json};

use super::form::pretty;
use super::plan::Plan;
use super::{Cli, Command, print};
use crate::api::bounded;
use crate::apply::input::intake::KEPT_PLAN as KEY;
use crate::apply::private;
use crate::apply::report::Report;
use crate::apply::show::holds;
use crate::error::{io_text, plain};
use crate::quay::MASK;

/// The value of [`KEY`]; it goes up when an older executable cannot carry the plan out.
const VERSION: u64 = 1;

/// A plan in a file.
pub struct Saved {
    path: PathBuf,
    objects: BTreeMap<String, Object>,
}

/// What is done to an object.
struct Object {
    /// What has to be the same.
    told: Value,
    /// What goes with it.
    held: Map<String, Value>,
}

/// Keeps a plan that was asked for with the arguments of this process.
///
/// # Errors
/// When the file cannot be written.
pub fn keep(path: &Path, report: &Report) -> Result<(), Vec<String>> {
    let file = json!({
        KEY: VERSION,
        "made": jiff::Timestamp::now().to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "directory": directory(),
        "arguments": arguments(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())),
        "endpoints": report.to_json()["endpoints"],
    });
    private::replace(path, &pretty(&file))
        .map_err(|error| vec![format!("--out: {} cannot be written: {}", path.display(), io_text(&error))])
}

/// Where the paths among the arguments start.
fn directory() -> Option<String> {
    Some(std::env::current_dir().ok()?.display().to_string())
}

/// The arguments without the file that they name.
fn arguments(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all = all.skip(1);
    let mut kept = Vec::new();
    while let Some(argument) = all.next() {
        match argument.as_str() {
            "--out" => drop(all.next()),
            one if one.starts_with("--out=") => {}
            _ => kept.push(argument),
        }
    }
    kept
}

impl Saved {
    /// Reads the only path as a plan, with what was asked for; `None` where it is something else.
    ///
    /// # Errors
    /// When it is a plan that this executable cannot carry out.
    pub fn read(paths: &[PathBuf]) -> Result<Option<(Plan, Saved)>, Vec<String>> {
        let [path] = paths else { return Ok(None) };
        // What cannot be read is told by who reads it as a registry file.
        let Some(Value::Object(mut file)) = json_of(path).filter(|file| file.get(KEY).is_some()) else {
            return Ok(None);
        };
        let wrong = |why: &str| vec![format!("{} is no plan that can be carried out: {why}", path.display())];
        if file.get(KEY) != Some(&json!(VERSION)) {
            return Err(wrong("another version of quaymaster made it; make a new one"));
        }
        if file.get("directory").and_then(Value::as_str) != directory().as_deref() {
            return Err(wrong(&format!(
                "it was made in {}: go there",
                plain(file.get("directory").and_then(Value::as_str).unwrap_or("another directory"))
            )));
        }
        let arguments = file.get("arguments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let cli = Cli::try_parse_from(["quaymaster"].into_iter().chain(arguments));
        match cli.map(|cli| cli.command) {
            Ok(Command::Plan(plan)) if plan.can_be_kept() => {
                let objects = objects(&file.remove("endpoints").unwrap_or_default());
                Ok(Some((plan, Saved { path: path.clone(), objects })))
            }
            _ => Err(wrong("it does not say what was planned")),
        }
    }

    /// Compares it with what is planned now.
    ///
    /// # Errors
    /// A sentence for each object that is planned otherwise.
    pub fn check(&self, now: &Report) -> Result<(), Vec<String>> {
        let now = objects(&now.to_json()["endpoints"]);
        let mut told: Vec<String> = Vec::new();
        for (title, object) in &self.objects {
            match now.get(title) {
                None => told.push(format!("{title}: no longer to be done")),
                Some(other) => told.extend(differing(object, other).map(|why| format!("{title}: {why}"))),
            }
        }
        let is_new = |title: &&String| !self.objects.contains_key(*title);
        told.extend(now.keys().filter(is_new).map(|title| format!("{title}: to be done as well")));
        let path = self.path.display();
        if told.is_empty() {
            if self.objects.values().any(|object| has_secret(&object.told)) {
                print::note(&format!(
                    "{path} holds no secrets: those that the files give now are sent, whatever they were then"
                ));
            }
            return Ok(());
        }
        told.insert(0, format!("nothing was changed: {path} is not what would be done now; look at a new plan"));
        Err(told)
    }
}

/// A file that is JSON.
fn json_of(path: &Path) -> Option<Value> {
    let text = bounded::file(path, bounded::WRITTEN).ok()?;
    text.starts_with(b"{").then(|| serde_json::from_slice(&text).ok())?
}

/// Whether something is sent that no file may hold.
fn has_secret(object: &Value) -> bool {
    object.get("resent").is_some() || object["after"].to_string().contains(MASK)
}

/// What is done to each object, by what it is called.
fn objects(endpoints: &Value) -> BTreeMap<String, Object> {
    const TOLD: &[&str] = &["action", "before", "after", "resent", "outcome"];
    let mut found = BTreeMap::new();
    for endpoint in endpoints.as_array().into_iter().flatten() {
        for object in endpoint["objects"].as_array().into_iter().flatten().filter(|object| is_work(object)) {
            let told: Map<String, Value> =
                TOLD.iter().filter_map(|key| Some(((*key).to_owned(), object.get(*key)?.clone()))).collect();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let title =
                format!("{}: {} {}", text(&endpoint["endpoint"]), text(&object["action"]), text(&object["object"]));
            // Entries of one list have one title.
            let number = (1..).find(|number| !found.contains_key(&numbered(&title, *number))).unwrap_or_default();
            let held = object["holds"].as_object().cloned().unwrap_or_default();
            found.insert(numbered(&title, number), Object { told: told.into(), held });
        }
    }
    found
}

fn is_work(object: &Value) -> bool {
    object["action"] != "keep" || object.get("resent").is_some()
}

fn numbered(title: &str, number: usize) -> String {
    if number == 1 { title.to_owned() } else { format!("{title} ({number})") }
}

/// What makes another plan of what is done to an object: the options that are not the same, by name, or that more goes with it.
fn differing(then: &Object, now: &Object) -> Option<String> {
    if then.told == now.told {
        return grown(&then.held, &now.held);
    }
    let mut names: Vec<&str> = Vec::new();
    for side in ["before", "after"] {
        let keys = [then, now].into_iter().filter_map(|object| object.told[side].as_object()).flat_map(Map::keys);
        for key in keys.filter(|key| then.told[side].get(key.as_str()) != now.told[side].get(key.as_str())) {
            if !names.contains(&key.as_str()) {
                names.push(key);
            }
        }
    }
    Some(format!("differs in {}", if names.is_empty() { "what is sent".into() } else { names.join(", ") }))
}

/// What goes now with what is removed, where that is more than was shown, or was not known. Less makes no other plan.
fn grown(then: &Map<String, Value>, now: &Map<String, Value>) -> Option<String> {
    let number = |held: &Map<String, Value>, key: &str| held.get(key).and_then(Value::as_u64);
    let is_more = |key: &&str| number(now, key) > number(then, key);
    ["repositories", "tags"].iter().any(is_more).then(|| {
        let told = |held: &Map<String, Value>| {
            let counts = ["repositories", "tags", "more_tags"].iter();
            let counts = counts.filter_map(|key| Some(((*key).to_owned(), held.get(*key)?.clone()))).collect();
            holds::sentence(&counts).unwrap_or_else(|| "nothing that was known".into())
        };
        format!("more goes with it: {} when the plan was kept, {} now", told(then), told(now))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_itself_is_no_argument_of_the_plan() {
        let all = ["quaymaster", "plan", "--out", "x.json", "a", "--out=y", "--only", "b"];
        assert_eq!(arguments(all.into_iter().map(str::to_owned)), ["plan", "a", "--only", "b"]);
    }
}
