//! The tree of a registry file: which keys stand where, and which module each entry is a call of.
//!
//! Everything that knows the format reads this table: the reader of the files, their JSON Schema, the export.

mod kind;
mod table;

pub use kind::Kind;
pub use table::{MESSAGES, ORGANIZATIONS, REPOSITORIES, TOP, USERS};

use crate::modules::{self, connection, contract::Argument};

/// One key of the tree: a list of entries, or a single one, each of which is a call of a module.
#[derive(Debug)]
pub struct Section {
    /// The key in the file.
    pub key: &'static str,
    /// What the entries are.
    pub kind: Kind,
    /// The module that each entry calls.
    pub module: &'static str,
    /// Whether the key holds a list.
    pub many: bool,
    /// Options that the place in the tree supplies.
    pub supplied: &'static [(&'static str, Supply)],
    /// Options that have another name here, the name in the file first.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Options without a place here: commands rather than states, and what the tree says otherwise.
    pub left_out: &'static [&'static str],
    /// Keys that are no option of the module: they steer the engine.
    pub steering: &'static [&'static str],
    /// Options that tell one entry from another, by their names in the file.
    pub identity: &'static [&'static str],
    /// Sections within an entry.
    pub inside: &'static [&'static Section],
}

/// What the place of an entry says about an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// The name of the organization.
    Organization,
    /// The name of the team around the entry.
    Team,
    /// `organization+name`, from the entry's short name.
    RobotName,
    /// `organization/name`, from the entry's short name.
    RepositoryName,
    /// `organization/name` of the repository around the entry.
    Repository,
}

impl Section {
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

    fn has_place(&self, option: &str) -> bool {
        let from_short_name = |supply| matches!(supply, Supply::RobotName | Supply::RepositoryName);
        let supplied = self.supplied.iter().any(|(supplied, supply)| *supplied == option && !from_short_name(*supply));
        !connection::is_option(option) && !self.left_out.contains(&option) && !supplied
    }

    /// The section within an entry that has this key.
    pub fn within(&self, key: &str) -> Option<&'static Section> {
        self.inside.iter().copied().find(|section| section.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(section: &'static Section, see: &mut impl FnMut(&'static Section)) {
        see(section);
        for inner in section.inside {
            each(inner, see);
        }
    }

    #[test]
    fn every_name_in_the_layout_is_one_of_its_module() {
        for top in TOP {
            each(top, &mut |section| {
                let known: Vec<&str> = modules::find(section.module)
                    .unwrap_or_else(|| panic!("{}: no module {}", section.key, section.module))
                    .document
                    .options
                    .iter()
                    .map(|argument| argument.name)
                    .collect();
                let named = section.supplied.iter().map(|(option, _)| *option);
                let named = named.chain(section.renamed.iter().map(|(_, option)| *option));
                let named = named.chain(section.identity.iter().map(|key| section.option(key)));
                for option in named {
                    assert!(known.contains(&option), "{}: {} has no option {option}", section.key, section.module);
                }
            });
        }
    }
}
