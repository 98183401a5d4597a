//! The tree of a registry file: which keys stand where, and which module each entry is a call of.
//!
//! Everything that knows the format reads these tables: the reader of the files, their JSON Schema, the export.

use super::export::Export;
use super::list::List;
use super::names::{self, ObjectName};
use super::prediction::Made;
use super::{Kind, Options, sections};
use crate::api::Reader;
use crate::error::Result;
use crate::modules::{self, connection, contract::Argument};

/// One key of the tree: a list of entries, or a single one, each of which is a call of a module; and what is known about the objects
/// of that module, however they are declared.
pub struct Section {
    /// The key in the file.
    pub key: &'static str,
    /// What the entries are.
    pub kind: Kind,
    /// The module that each entry calls.
    pub module: &'static str,
    /// Where the key stands.
    pub place: Place,
    /// The place that its entries are for other sections.
    pub opens: Option<Place>,
    /// Whether the key holds a list.
    pub many: bool,
    /// Options that the place in the tree supplies.
    pub supplied: &'static [(&'static str, Supply)],
    /// The option that a plain list in place of the entry gives.
    pub short: Option<&'static str>,
    /// Options that have another name here, the name in the file first.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Options without a place here: commands rather than states, and what the tree says otherwise.
    pub left_out: &'static [&'static str],
    /// Keys that are no option of the module: they steer the engine.
    pub steering: &'static [&'static str],
    /// Options that tell one entry from another, by their names in the file.
    pub identity: &'static [&'static str],
    /// The options that an object is called by, the first that is given.
    pub called: &'static [&'static str],
    /// Flags that start something rather than describing a state.
    pub commands: &'static [&'static str],
    /// What a command starts, for a person; a section without flags is a command as a whole where this is given.
    pub starts: Option<&'static str>,
    /// The object that a call makes, or removes, where others can name it.
    pub makes: fn(&Options) -> Option<ObjectName>,
    /// Objects that others can name, and that a call makes besides, or instead.
    pub brings: fn(&Options) -> Vec<ObjectName>,
    /// The objects that a call builds on, besides those that the same options mean everywhere.
    pub needs: fn(&Options) -> Vec<ObjectName>,
    /// The organization that a call is about.
    pub organization: fn(&Options) -> Option<String>,
    /// What the server looks like once a plan is executed, for the plans that build on it.
    pub predict: fn(&Made<'_>),
    /// The list of the server that holds all of them.
    pub list: Option<List>,
    /// How the entries are read back.
    pub export: Export,
    /// Options that find what an object takes the place of; once it is there, its own options find it.
    pub selectors: &'static [&'static str],
    /// How an object goes when all that is declared shall go.
    pub retire: Retire,
    /// Whether there is something that could be [switched off](Retire::Switch).
    pub is_on: fn(&Options, &Reader) -> Result<bool>,
}

/// How an object goes. The exceptions are those of the operator.
#[derive(Clone, Copy)]
pub enum Retire {
    /// By `state: absent`.
    Remove,
    /// Not at all, for this reason.
    Stay(&'static str),
    /// Its module cannot delete it, so it is left switched off.
    Switch {
        /// The option that becomes false.
        option: &'static str,
        /// The options that go with it.
        keeps: &'static [&'static str],
    },
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the top of a file.
    Top,
    /// In an organization.
    Organization,
    /// In a team.
    Team,
    /// In an application.
    Application,
    /// In a repository.
    Repository,
    /// Nowhere: its module is called by tasks only.
    Tasks,
}

/// What the place of an entry says about an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// The name of the organization.
    Organization,
    /// This text, whatever the place.
    Text(&'static str),
    /// The name of the team around the entry.
    Team,
    /// The name of the application around the entry, as it is in the end.
    Application,
    /// `organization+name`, from the entry's short name.
    RobotName,
    /// `organization/name`, from the entry's short name.
    RepositoryName,
    /// `organization/name` of the repository around the entry.
    Repository,
}

impl Section {
    /// A list of entries with a name, in an organization.
    pub const fn of(key: &'static str, kind: Kind, module: &'static str) -> Section {
        Section {
            key,
            kind,
            module,
            place: Place::Organization,
            opens: None,
            many: true,
            supplied: &[("organization", Supply::Organization)],
            short: None,
            renamed: &[],
            left_out: &["append"],
            steering: &["preserve"],
            identity: &["name"],
            called: &["name"],
            commands: &[],
            starts: None,
            makes: |_| None,
            brings: |_| Vec::new(),
            needs: |_| Vec::new(),
            organization: names::organization,
            predict: |_| {},
            list: None,
            export: Export::Never,
            selectors: &[],
            retire: Retire::Remove,
            is_on: |_, _| Ok(true),
        }
    }

    /// The same in a repository, by another module.
    pub const fn of_repository(self, module: &'static str) -> Section {
        Section {
            module,
            place: Place::Repository,
            supplied: &[("repository", Supply::Repository)],
            called: &["repository"],
            ..self
        }
    }

    /// A setting that there is once, in an organization.
    pub const fn single(key: &'static str, kind: Kind, module: &'static str) -> Section {
        Section { many: false, identity: &[], called: &["organization"], ..Section::of(key, kind, module) }
    }

    /// The sections within an entry.
    pub fn inside(&self) -> impl Iterator<Item = &'static Section> + use<> {
        let opens = self.opens;
        sections().filter(move |section| Some(section.place) == opens)
    }

    /// The module that its entries call.
    pub fn entry(&self) -> &'static modules::Entry {
        // The layout is a constant, so that the test covers every section there can be.
        modules::find(self.module).unwrap_or_else(|| unreachable!("a test sees that every module of the layout exists"))
    }

    /// The module's name for a key of the file.
    pub fn option<'a>(&self, key: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.renamed.iter().find(|(here, _)| *here == key).map_or(key, |(_, option)| option)
    }

    /// The key of the file for an option of the module.
    pub fn key_of<'a>(&self, option: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.renamed.iter().find(|(_, there)| *there == option).map_or(option, |(here, _)| here)
    }

    /// The options that an entry may give, with their names in the file; those of the connection have no place here.
    pub fn options(&self) -> impl Iterator<Item = (&'static str, &'static Argument)> {
        let given = |argument: &&Argument| self.has_place(argument.name);
        self.entry().document.options.iter().filter(given).map(|argument| (self.key_of(argument.name), argument))
    }

    /// Whether an entry may give this option; `key` is its name in the file.
    pub fn knows(&self, key: &str) -> bool {
        let option = self.option(key);
        self.key_of(option) == key
            && self.has_place(option)
            && self.entry().document.options.iter().any(|argument| argument.name == option)
    }

    /// Whether an option of the module has a place in an entry.
    pub fn has_place(&self, option: &str) -> bool {
        let from_short_name = |supply| matches!(supply, Supply::RobotName | Supply::RepositoryName);
        let supplied = self.supplied.iter().any(|(supplied, supply)| *supplied == option && !from_short_name(*supply));
        !connection::is_option(option) && !self.left_out.contains(&option) && !supplied
    }

    /// The section within an entry that has this key.
    pub fn within(&self, key: &str) -> Option<&'static Section> {
        self.inside().find(|section| section.key == key)
    }
}
