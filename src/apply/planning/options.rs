//! The options of an item, as a text, and the names in them: between the making of an item and its plan nothing else is asked for.

use serde_json::{Map, Value};

use super::item::Item;
use crate::apply::kept::Kept;
use crate::apply::kinds::names::{self, ObjectName};
use crate::apply::kinds::section::Section;

/// The options of an item, converted and complete.
#[derive(Default)]
pub struct KeptOptions {
    kept: Kept,
    makes: Option<ObjectName>,
    more: Box<[ObjectName]>,
    needs: Box<[ObjectName]>,
    append: Option<bool>,
}

impl KeptOptions {
    /// Keeps the options of a call; `section` knows the names in those of its module.
    pub fn of(section: Option<&Section>, options: &Map<String, Value>) -> KeptOptions {
        let mut needs = names::common_needs(options);
        needs.extend(section.into_iter().flat_map(|section| (section.needs)(options)));
        KeptOptions {
            kept: Kept::of(options),
            makes: section.and_then(|section| (section.makes)(options)),
            more: section.into_iter().flat_map(|section| (section.brings)(options)).collect(),
            needs: needs.into(),
            append: options.get("append").and_then(Value::as_bool),
        }
    }

    /// All of them, to be read more than once.
    pub fn all(&self) -> Map<String, Value> {
        match self.kept.value() {
            Value::Object(options) => options,
            _ => Map::new(),
        }
    }

    /// Whether two calls have the same, in the same order.
    pub fn are(&self, other: &KeptOptions) -> bool {
        self.kept == other.kept
    }

    /// The object that the call makes, or removes; `None` where nothing else can name it.
    pub fn makes(&self) -> Option<&ObjectName> {
        self.makes.as_ref()
    }

    /// All objects that it makes, or removes.
    pub fn brings(&self) -> impl Iterator<Item = &ObjectName> {
        self.makes.iter().chain(&self.more)
    }

    /// The objects that it builds on.
    pub fn needs(&self) -> &[ObjectName] {
        &self.needs
    }

    /// Whether its lists are whole, so that what they do not name goes.
    pub fn are_whole(&self) -> bool {
        self.append == Some(false)
    }

    /// Whether its lists only add to what is there.
    pub fn only_add(&self) -> bool {
        self.append == Some(true)
    }
}

/// An item whose options are changed, until it is [closed](Opened::close).
pub struct Opened<'a> {
    /// The item, without the changes.
    pub item: &'a mut Item,
    options: Map<String, Value>,
}

impl<'a> Opened<'a> {
    /// Opens an item.
    pub fn of(item: &'a mut Item) -> Opened<'a> {
        Opened { options: item.options.all(), item }
    }

    /// Keeps the changes.
    pub fn close(self) {
        self.item.options = KeptOptions::of(self.item.section, &self.options);
    }

    /// A text option.
    pub fn text(&self, option: &str) -> Option<&str> {
        self.options.get(option).and_then(Value::as_str)
    }

    /// A list option; `None` where none is given.
    pub fn list(&self, option: &str) -> Option<&[Value]> {
        self.options.get(option).and_then(Value::as_array).map(Vec::as_slice)
    }

    /// Adds to a list option, where one is given.
    pub fn add(&mut self, option: &str, entries: impl IntoIterator<Item = Value>) {
        if let Some(Value::Array(list)) = self.options.get_mut(option) {
            list.extend(entries);
        }
    }

    /// Drops those entries of a list option, from a place on, that do not stay.
    pub fn retain_from(&mut self, option: &str, from: usize, stays: impl Fn(&Value) -> bool) {
        if let Some(Value::Array(list)) = self.options.get_mut(option) {
            let added = list.split_off(from.min(list.len()));
            list.extend(added.into_iter().filter(stays));
        }
    }

    /// The right that it gives to somebody. `kind` is `team` or `user`, and robot accounts are users.
    pub fn grant(&self, kind: &str, name: &str) -> Option<&Value> {
        let mut grants = self.list("perms").unwrap_or_default().iter();
        grants.find(|grant| grant["name"] == name && (grant["type"] == "team") == (kind == "team"))
    }

    /// Whether it gives somebody a right, whichever.
    pub fn has_grant(&self, kind: &str, name: &str) -> bool {
        self.grant(kind, name).is_some()
    }
}
