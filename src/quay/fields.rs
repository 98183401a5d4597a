//! The settings of an object, told once: a table with a line for each option, from which the state that is shown, the difference,
//! the bodies of a creation and of a change, the refusals of old servers, the compatibility table and the export come.
//!
//! What a table cannot say is the code of the module beside it.

mod field;
mod given;

use serde_json::{Map, Value, json};

use super::server::Server;
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::plan::{Plan, Probe};

pub use field::{Field, Older, Shape, Unit};
use field::{Shown, Unset, pick, put};
pub use given::Given;

/// All settings of one kind of object.
pub struct Table {
    /// A line for each option, in the order in which a difference shows them.
    pub fields: &'static [Field],
    /// Objects in the body that Quay replaces as a whole, as in [`Field::at`]; `""` is the body itself. One change in them sends
    /// all that is in them.
    pub replaced: &'static [&'static str],
}

/// What the options make of an object, in the words of the difference and in those of the request.
pub struct Change {
    /// The difference and the warnings; its steps are the module's.
    pub plan: Plan,
    /// What is sent: empty when nothing differs.
    pub body: Map<String, Value>,
}

impl Table {
    /// No settings.
    pub const NONE: Table = Table { fields: &[], replaced: &[] };

    /// The body of a creation: what is given, and what Quay is to be told of the rest. `key` are the options that name the object.
    ///
    /// # Errors
    /// When options are missing without which there is no such object, or the server is too old for a given one.
    pub fn create(&self, quay: &Reader, title: &str, key: Value, given: &Given) -> Result<Change> {
        self.check_complete(title, given)?;
        let mut change = Change { plan: Plan::of(title).difference(json!({}), key), body: Map::new() };
        for field in self.fields {
            let Some(wanted) = given.get(field.option).cloned().or_else(|| field.initial()) else { continue };
            let holds = matches!(field.unset, Unset::Holds(_));
            if !field.since.is_empty() && Server::ask(quay).older(field.since).is_some() {
                field.leave_out(&mut change.plan, given)?;
                if !holds {
                    continue;
                }
            } else if !holds || given.has(field.option) {
                put(&mut change.body, field.to, (field.shape.write)(&wanted));
            }
            let side = match field.shown {
                _ if given.has(field.option) => &mut change.plan.after,
                Shown::Always => &mut change.plan.after,
                Shown::WhenGiven => &mut change.plan.kept,
                Shown::WhenSent => continue,
            };
            side.insert(field.option.into(), field.display(&wanted));
        }
        Ok(change)
    }

    /// The body of a change: what is given and differs, with all that has to go with it. Where the object lacks the key of a
    /// setting that came later, the server is too old for it.
    ///
    /// # Errors
    /// When the server is too old for a given option.
    pub fn change(&self, title: &str, key: Value, given: &Given, found: &Value) -> Result<Change> {
        let before = self.shown(key, given, found);
        let mut change = Change { plan: Plan::of(title).difference(before.clone(), before), body: Map::new() };
        let mut differing: Vec<&Field> = Vec::new();
        for field in self.fields {
            if !field.since.is_empty() && pick(found, field.at).is_none() {
                field.leave_out(&mut change.plan, given)?;
            } else if let Some(wanted) = given.get(field.option).filter(|wanted| field.differs(wanted, found)) {
                change.plan.after.insert(field.option.into(), field.display(wanted));
                differing.push(field);
            }
        }
        change.body = body(self.fields.iter().filter(|field| self.is_sent(field, &differing)), given, found);
        let kept = self.fields.iter().filter(|field| field.shown == Shown::WhenGiven && !given.has(field.option));
        let kept = kept.filter(|field| pick(found, field.at).is_some());
        change.plan.kept = kept.map(|field| (field.option.into(), field.display_found(found))).collect();
        Ok(change)
    }

    /// The difference of a removal; the steps are the module's.
    pub fn removal(&self, title: impl Into<String>, key: Value, given: &Given, found: &Value) -> Plan {
        Plan::of(title).difference(self.shown(key, given, found), json!({}))
    }

    /// The body that replaces the object as a whole: what is given, and what it has.
    pub fn whole(&self, given: &Given, found: &Value) -> Map<String, Value> {
        body(self.fields.iter(), given, found)
    }

    /// The object as Quay shows it, in the vocabulary of the options, after the options that name it.
    pub fn shown(&self, key: Value, given: &Given, found: &Value) -> Value {
        let mut shown = key;
        let visible = |field: &&Field| match field.shown {
            Shown::Always => true,
            Shown::WhenGiven => given.has(field.option),
            Shown::WhenSent => false,
        };
        for field in self.fields.iter().filter(visible) {
            shown[field.option] = (field.shape.show)(&field.read(found));
        }
        shown
    }

    /// What holds after a creation for the options that are not given, in the vocabulary of the options.
    pub fn usual(&self) -> Map<String, Value> {
        self.fields.iter().filter_map(|field| Some((field.option.to_owned(), field.initial()?))).collect()
    }

    fn check_complete(&self, title: &str, given: &Given) -> Result<()> {
        let needed = self.fields.iter().filter(|field| matches!(field.unset, Unset::Refused));
        let missing: Vec<&str> = needed.map(|field| field.option).filter(|option| !given.has(option)).collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Error::Option(format!("cannot create the {title}: it also needs {}", missing.join(", ")))),
        }
    }

    /// Whether a field goes with the ones that differ: as one of them, as the partner of one, or as a part of an object that Quay
    /// replaces as a whole.
    fn is_sent(&self, field: &Field, differing: &[&Field]) -> bool {
        let within = |field: &Field, place: &str| place.is_empty() || field.to.starts_with(&format!("{place}/"));
        let together = |other: &Field| self.replaced.iter().any(|place| within(field, place) && within(other, place));
        differing.iter().any(|other| other.option == field.option || other.partner == field.option || together(other))
    }
}

fn body<'a>(fields: impl Iterator<Item = &'a Field>, given: &Given, found: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    for field in fields {
        let wanted = given.get(field.option).cloned().unwrap_or_else(|| field.read(found));
        put(&mut body, field.to, (field.shape.write)(&wanted));
    }
    body
}

impl Change {
    /// Holds when Quay shows all that this change sends, as far as it can be read back: another run was quicker, or the answer got
    /// lost. `path` is where the object is shown.
    pub fn is_there(&self, table: &'static Table, path: Path) -> Probe {
        let after = self.plan.after.clone();
        Probe::finding(path, move |answer| {
            let mut visible = table.fields.iter().filter(|field| field.shown == Shown::Always);
            let same =
                |field: &Field| after.get(field.option).is_none_or(|value| *value == field.display_found(answer));
            visible.all(same).then(|| answer.clone())
        })
    }
}
