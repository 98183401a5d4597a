//! Plans: what a module found, what it wants, and the steps between the two.
//!
//! A plan is data. Check mode shows it, a run executes the very same one ([`run`]); `changed` means that it has a
//! step. Planning happens with a [`Reader`](crate::api::Reader), which cannot write.

mod anew;
mod judge;
pub mod keyed;
pub mod once;
mod probe;
mod request;
mod run;
mod step;

pub use crate::api::{Path, Slot};
pub use anew::Anew;
pub use once::Once;
pub use probe::Probe;
pub use run::{Failure, OnceKnown, Progress, run};
pub use step::{Hint, Step};

use serde_json::{Map, Value, json};

use crate::api::Answers;

/// What a module wants to do, and what it will return.
#[derive(Default)]
pub struct Plan {
    /// What the diff is about, for example `team acme/developers`; empty for a module that only reads.
    pub title: String,
    /// State that the server has, in the vocabulary of the options; empty where the object is absent.
    pub before: Map<String, Value>,
    /// State that the server will have, in the same vocabulary.
    pub after: Map<String, Value>,
    /// What the change brings about besides, for whoever looks at it: on the later side of the difference, and no part of the object.
    pub effects: Map<String, Value>,
    /// Objects of other kinds that the steps remove as well.
    pub along: Vec<Along>,
    /// Settings that the options leave alone, as the server has them, or will have them: no part of the difference.
    pub kept: Map<String, Value>,
    /// What to find before the first step, by the name under which [`Slot`]s find it, and the error where it is not there.
    pub finds: Vec<(&'static str, Probe, String)>,
    /// Options of which the difference says, and nothing else, that they change: nobody may see their values.
    pub marks: Vec<&'static str>,
    /// The requests that lead there, in order.
    pub steps: Vec<Step>,
    /// What to read once all steps are done, by the name under which [`Slot`]s find it.
    pub looks: Vec<(&'static str, Path)>,
    /// Values for the user besides `changed`.
    pub values: Vec<(&'static str, Returned)>,
    /// Things that the user should know.
    pub warnings: Vec<String>,
}

/// Objects of another kind than the one that a plan is about, which its steps remove as well.
pub struct Along {
    /// The word for their kind in a registry file.
    pub kind: &'static str,
    /// How many are removed.
    pub gone: usize,
    /// How many there were.
    pub there: usize,
}

/// One returned value.
pub enum Returned {
    /// Known when the plan is made.
    Known(Value),
    /// Part of the answer to a step; left out in check mode.
    Answer(Slot),
    /// Made from the answer to a step; left out in check mode.
    Made(Slot, Box<dyn Fn(&Value) -> Value + Send + Sync>),
    /// Parts of the answers to several steps, as far as those have changed something; in check mode what they would answer.
    Each(Vec<Slot>),
}

impl Plan {
    /// A plan that does nothing to `title`, yet.
    pub fn of(title: impl Into<String>) -> Plan {
        Plan { title: title.into(), ..Plan::default() }
    }

    /// Sets both sides of the difference; each must be a JSON object.
    #[must_use]
    pub fn difference(mut self, before: Value, after: Value) -> Plan {
        self.before = object(before);
        self.after = object(after);
        self
    }

    /// Shows one option on both sides of the difference; without `before` where the object is yet to be created.
    pub fn show(&mut self, key: &str, before: Option<Value>, after: Value) {
        if let Some(before) = before {
            self.before.insert(key.to_owned(), before);
        }
        self.after.insert(key.to_owned(), after);
    }

    /// Shows in the difference, and nowhere else, that something changes whose value nobody may see.
    pub fn mark(&mut self, key: &'static str) {
        self.marks.push(key);
    }

    /// Appends a step.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The steps that change something, for a person.
    pub fn changes(&self) -> impl Iterator<Item = String> {
        self.steps.iter().filter(|step| step.is_change()).map(|step| step.what.clone())
    }

    /// Whether it has steps, and all of them only ask: such a plan is carried out in a check as well.
    pub fn only_asks(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(Step::is_question)
    }

    /// Sets a value that the user gets back.
    pub fn give(&mut self, key: &'static str, value: impl Into<Value>) {
        self.values.push((key, Returned::Known(value.into())));
    }

    /// Sets a value that the answer to a step brings.
    pub fn give_answer(&mut self, key: &'static str, slot: Slot) {
        self.values.push((key, Returned::Answer(slot)));
    }

    /// Sets a value that is made from the answer to a step.
    pub fn give_made(&mut self, key: &'static str, slot: Slot, make: impl Fn(&Value) -> Value + Send + Sync + 'static) {
        self.values.push((key, Returned::Made(slot, Box::new(make))));
    }

    /// Sets a list of the names of several steps, of those that have changed something ([`Step::telling`]).
    pub fn give_each(&mut self, key: &'static str, names: impl Iterator<Item = String>) {
        self.values.push((key, Returned::Each(names.map(|name| Slot::new(name, "")).collect())));
    }

    /// Finds, before the first step, what an earlier plan will have made; `otherwise` is the error.
    pub fn find(&mut self, name: &'static str, probe: Probe, otherwise: impl Into<String>) {
        self.finds.push((name, probe, otherwise.into()));
    }

    /// Reads `path` once all steps are done, for values that the answer to no step holds; left out in check mode.
    pub fn look(&mut self, name: &'static str, path: Path) {
        self.looks.push((name, path));
    }

    /// Adds something that the user should know.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// The returned values as far as `answers` can tell.
    pub fn returned(&self, answers: &Answers) -> Map<String, Value> {
        let mut values = Map::new();
        for (key, returned) in &self.values {
            let value = match returned {
                Returned::Known(value) => Some(value.clone()),
                Returned::Answer(slot) => answers.get(slot).cloned(),
                Returned::Made(slot, make) => answers.get(slot).map(make),
                Returned::Each(slots) => {
                    let found = slots.iter().filter_map(|slot| answers.get(slot).filter(|found| !found.is_null()));
                    Some(found.cloned().collect())
                }
            };
            if let Some(value) = value {
                values.insert((*key).to_owned(), value);
            }
        }
        values
    }

    /// After how many steps a value is known; 0 where it depends on none.
    pub fn steps_before(&self, value: &str) -> usize {
        let slot = self.values.iter().find(|(key, _)| *key == value).and_then(|(_, returned)| match returned {
            Returned::Answer(slot) | Returned::Made(slot, _) => Some(slot.step()),
            Returned::Known(_) | Returned::Each(_) => None,
        });
        let step = slot.and_then(|name| self.steps.iter().position(|step| step.name.as_deref() == Some(name)));
        step.map_or(0, |index| index + 1)
    }

    /// All that the module can tell of the object as it will be, in the vocabulary of the options; empty where there is none.
    pub fn entity(&self) -> Map<String, Value> {
        if self.after.is_empty() {
            return Map::new();
        }
        let kept = self.kept.iter().filter(|(key, _)| !self.after.contains_key(*key));
        self.after.iter().chain(kept).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The later side of the difference.
    pub fn later(&self) -> Map<String, Value> {
        let sides = self.after.iter().chain(&self.effects);
        sides.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The difference in the form of Ansible's `diff` key.
    pub fn diff(&self) -> Value {
        let (mut before, mut after) = (self.before.clone(), self.later());
        for key in &self.marks {
            before.insert((*key).to_owned(), json!("(kept)"));
            after.insert((*key).to_owned(), json!("(new)"));
        }
        json!({"before_header": self.title, "after_header": self.title, "before": before, "after": after})
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
