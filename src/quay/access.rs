//! Who can do what: the effective rights of every account, with every reason.
//!
//! [`organization::Organization`] reads a namespace in the fewest requests, [`server::Server`] what concerns all of them, and
//! [`effective::lines`] puts the two together without asking anybody.

pub mod effective;
pub mod held;
pub mod learn;
pub mod organization;
pub mod server;

use std::sync::Arc;

use serde_json::{Value, json};

/// What an account can do with a repository; the higher one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing, so far: a superuser without full access can take ownership.
    None,
    /// See and pull.
    Read,
    /// Push, too.
    Write,
    /// Change settings and rights, too.
    Admin,
}

impl Role {
    /// The role of this name.
    pub fn named(name: &str) -> Option<Role> {
        [Role::None, Role::Read, Role::Write, Role::Admin].into_iter().find(|role| role.name() == name)
    }

    /// Its name in Quay's API.
    pub const fn name(self) -> &'static str {
        match self {
            Role::None => "none",
            Role::Read => "read",
            Role::Write => "write",
            Role::Admin => "admin",
        }
    }
}

/// Who has a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A person.
    User,
    /// A robot account of the namespace.
    Robot,
    /// A robot account of another namespace that is in a team.
    TeamRobot,
    /// Everybody.
    Anyone,
}

impl Kind {
    /// Its name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Robot => "robot",
            Kind::TeamRobot => "team_robot",
            Kind::Anyone => "anyone",
        }
    }
}

/// Stands for every repository, those to come too, and as an account for everybody.
pub const ALL: &str = "*";

/// A right: an account, a repository, and why. Texts are shared, because there are many lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The account, [`ALL`] for everybody.
    pub account: Arc<str>,
    /// What the account is.
    pub kind: Kind,
    /// The organization, or the personal namespace.
    pub organization: Arc<str>,
    /// The repository, [`ALL`] for every one.
    pub repository: Arc<str>,
    /// The highest role; `None` where it was not asked for and so is not known.
    pub role: Option<Role>,
    /// The reasons, that of the highest role first; a lower one says its own role.
    pub via: Arc<[Arc<str>]>,
    /// A person who is in no team of the organization, or a robot account of another namespace.
    pub outsider: bool,
    /// Whether the account, or the person behind a personal robot account, is enabled; `None` when it cannot be told. A disabled
    /// one can do nothing, and its rights come back with it.
    pub enabled: Option<bool>,
    /// When a robot account was last used, as far as Quay knows.
    pub last_accessed: Option<Arc<str>>,
    /// The state of the repository: whatever the role, nobody pushes to one that is `READ_ONLY`, and only the robot account of its
    /// mirror to one that is `MIRROR`. `None` for [`ALL`].
    pub state: Option<Arc<str>>,
}

impl Line {
    /// The line as a module returns it.
    pub fn value(&self) -> Value {
        json!({
            "account": &*self.account,
            "kind": self.kind.name(),
            "organization": &*self.organization,
            "repository": &*self.repository,
            "role": self.role.map(Role::name),
            "via": self.via.iter().map(|reason| &**reason).collect::<Vec<_>>(),
            "outsider": self.outsider,
            "enabled": self.enabled,
            "last_accessed": self.last_accessed.as_deref(),
            "state": self.state.as_deref(),
        })
    }
}

/// Whether a name is wanted.
pub type Chosen<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// What is asked.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The accounts; all without it.
    pub accounts: Option<Chosen<'a>>,
    /// The repositories by their full names; all without it.
    pub repositories: Option<Chosen<'a>>,
    /// Whether the roles of direct rights are left out, which take a request for each repository.
    pub names_only: bool,
    /// Whether invitations are wanted.
    pub pending: bool,
    /// Whether repositories are asked for the rights of teams wherever that takes fewer requests: it takes an administrator of each.
    pub by_repository: bool,
}

impl Wanted<'_> {
    /// Whether an account is wanted.
    pub fn account(&self, name: &str) -> bool {
        self.accounts.is_none_or(|chosen| chosen(name))
    }

    /// Whether a repository is wanted.
    pub fn repository(&self, organization: &str, name: &str) -> bool {
        self.repositories.is_none_or(|chosen| chosen(&format!("{organization}/{name}")))
    }
}
