//! What mass apply knows about each kind of object: a file and a card each, and one list of them.
//!
//! Whatever goes over all kinds (the reader of the files, their JSON Schema, planning, `prune`, ceilings, checks, reports, export,
//! completion) folds over this list, so that a kind is its file and its line here. How one object is read and changed, only its
//! module knows.

pub mod application;
pub mod application_token;
pub mod credential;
pub mod default_permission;
pub mod export;
pub mod immutability_policy;
pub mod list;
pub mod member;
pub mod message;
pub mod mirror;
pub mod names;
pub mod notification;
pub mod organization;
pub mod prediction;
pub mod proxy_cache;
pub mod prune_policy;
pub mod quota;
pub mod repository;
pub mod robot;
pub mod robot_pair;
pub mod secret;
pub mod section;
pub mod shape;
pub mod task;
pub mod team;
pub mod user;

use serde_json::{Map, Value};

use section::{Place, Section};

use crate::call::close_name;
use crate::quay::version::Requirement;

/// The options of a call, converted and complete.
pub type Options = Map<String, Value>;

/// What is the same for every object of a kind, whichever its module.
pub struct Card {
    /// The word for the kind in `prune`, ceilings, filters and reports.
    pub word: &'static str,
    /// What one of them is called, for a person.
    pub one: &'static str,
    /// The kind that has this one in one of its options, so that it is planned together with it, and the option.
    pub held: Option<(Kind, &'static str)>,
    /// Whether `prune` can name it. A user is nobody's list entry, and a setting that exists once is removed by name.
    pub pruned: bool,
    /// Whether its module shows the whole list that an entry is in.
    pub listed: bool,
    /// Among removals, the lower rank goes first: what hangs on an object goes before the object.
    pub rank: u8,
    /// Whether an organization that has one cannot have another kind that excludes others, so that a removal makes room.
    pub excludes: bool,
    /// What a server needs for more than one of them at a place, where older ones hold only one.
    pub several: Option<&'static Requirement>,
    /// The modules of its objects, and where their entries stand in a file.
    pub sections: &'static [&'static Section],
}

impl Card {
    const fn of(word: &'static str, one: &'static str, sections: &'static [&'static Section]) -> Card {
        Card { word, one, held: None, pruned: false, listed: false, rank: 1, excludes: false, several: None, sections }
    }
}

/// Makes the enumeration and its list of one and the same lines, so that no kind can be missing in one of them.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $card:path,)*) => {
        /// A kind of object, as `prune`, ceilings and reports name it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// All of them, in the order of a report.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// What is known about it.
            pub fn card(self) -> &'static Card {
                match self { $(Kind::$kind => &$card,)* }
            }
        }
    };
}

kinds! {
    /// An account of the server.
    Users => user::USERS,
    /// A message of the day.
    Messages => message::MESSAGES,
    /// An organization itself, without what it holds.
    Organizations => organization::ORGANIZATIONS,
    /// The storage quota of an organization, with its limits.
    Quotas => quota::QUOTAS,
    /// A robot account of an organization.
    Robots => robot::ROBOTS,
    /// Two robot accounts that are used in turn, so that their token is rotated.
    RobotPairs => robot_pair::ROBOT_PAIRS,
    /// An outside identity that may sign in as a robot account; an option of the robot account.
    Federations => robot::FEDERATIONS,
    /// A team of an organization.
    Teams => team::TEAMS,
    /// An account in a team; an option of the team.
    Members => team::MEMBERS,
    /// Somebody who belongs to an organization, by a team or a right on a repository.
    OrganizationMembers => member::ORGANIZATION_MEMBERS,
    /// The tie of a team to a group of LDAP or OIDC, which gives the team its members.
    TeamSyncs => team::TEAM_SYNCS,
    /// An OAuth application of an organization.
    Applications => application::APPLICATIONS,
    /// A named API token of an application.
    Tokens => application_token::TOKENS,
    /// A right that somebody gets on each new repository of an organization.
    DefaultPermissions => default_permission::DEFAULT_PERMISSIONS,
    /// What makes an organization a pull-through cache of another registry.
    ProxyCaches => proxy_cache::PROXY_CACHES,
    /// What keeps a repository, or a whole organization, a copy of what another registry has.
    Mirrors => mirror::MIRRORS,
    /// A rule by which Quay removes tags of a repository, or of a whole organization.
    PrunePolicies => prune_policy::PRUNE_POLICIES,
    /// A rule by which tags of a repository, or of a whole organization, cannot be changed.
    ImmutabilityPolicies => immutability_policy::IMMUTABILITY_POLICIES,
    /// A repository, without its settings that have a kind of their own.
    Repositories => repository::REPOSITORIES,
    /// The right of an account or a team on a repository; an option of the repository.
    Permissions => repository::PERMISSIONS,
    /// What a repository, or an organization, tells the outside world when something happens to it.
    Notifications => notification::NOTIFICATIONS,
    /// A call of any module, which has no place in the tree of organizations.
    Tasks => task::TASKS,
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        self.card().word
    }

    /// The kind with this word.
    pub fn of(word: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// The sentence about a word that is none of the `known` kinds.
    pub fn unknown(word: &str, known: impl Iterator<Item = Kind>) -> String {
        let known: Vec<&str> = known.map(Kind::word).collect();
        let meant = close_name(word, &known).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        format!("there is no kind \"{word}\"; the kinds are {}{meant}", known.join(", "))
    }

    /// The kinds that `prune` can name.
    pub fn pruned() -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(|kind| kind.card().pruned)
    }

    /// The kinds that are options of others, with the options.
    pub fn held_lists() -> impl Iterator<Item = (Kind, &'static str)> {
        Kind::ALL.iter().filter_map(|kind| Some((*kind, kind.card().held?.1)))
    }

    /// The kinds that this one has in its options, with the options.
    pub fn holds(self) -> impl Iterator<Item = (Kind, &'static str)> {
        Kind::ALL.iter().filter_map(move |kind| Some((*kind, kind.card().held.filter(|held| held.0 == self)?.1)))
    }
}

/// The sections of all kinds.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    Kind::ALL.iter().flat_map(|kind| kind.card().sections).copied()
}

/// The section whose entries, or else tasks, are calls of a module.
pub fn of_module(module: &str) -> Option<&'static Section> {
    sections().find(|section| section.module == module)
}

/// The organization that a call of a module is about.
pub fn organization(module: &str, options: &Options) -> Option<String> {
    of_module(module).map_or(names::organization as fn(&_) -> _, |section| section.organization)(options)
}

/// The sections at the top of a file, besides `registry` and `tasks`.
pub fn top() -> impl Iterator<Item = &'static Section> {
    sections().filter(|section| section.place == Place::Top)
}

#[cfg(test)]
mod tests;
