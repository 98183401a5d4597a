//! The tree of a registry file: which keys stand where, and which module each entry is a call of.
//!
//! Everything that knows the format reads this table: the reader of the files, their JSON Schema, the export.

use crate::modules::{self, contract::Argument};

/// A kind of object, as `prune`, ceilings and reports name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Users,
    Organizations,
    Quotas,
    ProxyCaches,
    Mirrors,
    PrunePolicies,
    ImmutabilityPolicies,
    Robots,
    Federations,
    Teams,
    Members,
    TeamSyncs,
    Applications,
    DefaultPermissions,
    Repositories,
    Permissions,
    Notifications,
    Messages,
    Tasks,
}

impl Kind {
    /// All of them, in the order of a report.
    pub const ALL: &'static [Kind] = &[
        Kind::Users,
        Kind::Organizations,
        Kind::Quotas,
        Kind::ProxyCaches,
        Kind::Mirrors,
        Kind::PrunePolicies,
        Kind::ImmutabilityPolicies,
        Kind::Robots,
        Kind::Federations,
        Kind::Teams,
        Kind::Members,
        Kind::TeamSyncs,
        Kind::Applications,
        Kind::DefaultPermissions,
        Kind::Repositories,
        Kind::Permissions,
        Kind::Notifications,
        Kind::Messages,
        Kind::Tasks,
    ];

    /// The kinds that `prune` can name. A user is nobody's list entry, and a setting that exists once is removed by name.
    pub const PRUNED: &'static [Kind] = &[
        Kind::Organizations,
        Kind::Teams,
        Kind::Members,
        Kind::Robots,
        Kind::Federations,
        Kind::DefaultPermissions,
        Kind::Applications,
        Kind::Repositories,
        Kind::Permissions,
        Kind::Notifications,
        Kind::PrunePolicies,
        Kind::ImmutabilityPolicies,
        Kind::Messages,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Users => "users",
            Kind::Organizations => "organizations",
            Kind::Quotas => "quotas",
            Kind::ProxyCaches => "proxy_caches",
            Kind::Mirrors => "mirrors",
            Kind::PrunePolicies => "prune_policies",
            Kind::ImmutabilityPolicies => "immutability_policies",
            Kind::Robots => "robots",
            Kind::Federations => "federations",
            Kind::Teams => "teams",
            Kind::Members => "members",
            Kind::TeamSyncs => "team_syncs",
            Kind::Applications => "applications",
            Kind::DefaultPermissions => "default_permissions",
            Kind::Repositories => "repositories",
            Kind::Permissions => "permissions",
            Kind::Notifications => "notifications",
            Kind::Messages => "messages",
            Kind::Tasks => "tasks",
        }
    }

    /// Whether its module shows the whole list that an entry is in.
    pub fn is_listed(self) -> bool {
        matches!(self, Kind::PrunePolicies | Kind::ImmutabilityPolicies | Kind::Notifications | Kind::Messages)
    }

    /// What one of them is called, for a person.
    pub fn one(self) -> &'static str {
        match self {
            Kind::Users => "user",
            Kind::Organizations => "organization",
            Kind::Quotas => "quota of",
            Kind::ProxyCaches => "proxy cache of",
            Kind::Mirrors => "mirror of",
            Kind::PrunePolicies => "prune policy of",
            Kind::ImmutabilityPolicies => "immutability policy of",
            Kind::Robots => "robot account",
            Kind::Federations => "federation of",
            Kind::Teams => "team",
            Kind::Members => "member",
            Kind::TeamSyncs => "synchronization of the team",
            Kind::Applications => "application",
            Kind::DefaultPermissions => "default permission for",
            Kind::Repositories => "repository",
            Kind::Permissions => "permission of",
            Kind::Notifications => "notification",
            Kind::Messages => "message",
            Kind::Tasks => "task",
        }
    }

    /// The kind that has this one among its options, so that it is planned together with it.
    pub fn holder(self) -> Option<Kind> {
        match self {
            Kind::Members => Some(Kind::Teams),
            Kind::Federations => Some(Kind::Robots),
            Kind::Permissions => Some(Kind::Repositories),
            _ => None,
        }
    }

    /// The kind with this word.
    pub fn of(word: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

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

const NO_STATE: &[&str] = &["append"];

const fn section(key: &'static str, kind: Kind, module: &'static str) -> Section {
    Section {
        key,
        kind,
        module,
        many: true,
        supplied: &[("organization", Supply::Organization)],
        renamed: &[],
        left_out: NO_STATE,
        steering: &["preserve"],
        identity: &["name"],
        inside: &[],
    }
}

/// Accounts.
pub static USERS: Section = Section {
    supplied: &[],
    identity: &["username"],
    steering: &["endpoints", "preserve"],
    ..section("users", Kind::Users, "quay_user")
};

/// Messages of the day.
pub static MESSAGES: Section = Section {
    supplied: &[],
    identity: &["content"],
    left_out: &["search_string", "search_severity", "regexp"],
    steering: &["endpoints", "preserve"],
    ..section("messages", Kind::Messages, "quay_message")
};

static LDAP: Section = Section {
    many: false,
    supplied: &[("organization", Supply::Organization), ("name", Supply::Team)],
    identity: &[],
    ..section("ldap", Kind::TeamSyncs, "quay_team_ldap")
};
static OIDC: Section = Section {
    many: false,
    supplied: &[("organization", Supply::Organization), ("name", Supply::Team)],
    identity: &[],
    ..section("oidc", Kind::TeamSyncs, "quay_team_oidc")
};
static TEAMS: Section = Section {
    inside: &[&LDAP, &OIDC],
    steering: &["prune", "reference", "preserve"],
    ..section("teams", Kind::Teams, "quay_team")
};
static ROBOTS: Section = Section {
    supplied: &[("name", Supply::RobotName)],
    steering: &["prune", "preserve"],
    ..section("robots", Kind::Robots, "quay_robot")
};
static DEFAULT_PERMISSIONS: Section = Section {
    identity: &["name", "type", "creator"],
    ..section("default_permissions", Kind::DefaultPermissions, "quay_default_perm")
};
static APPLICATIONS: Section = section("applications", Kind::Applications, "quay_application");
static QUOTA: Section = Section { many: false, identity: &[], ..section("quota", Kind::Quotas, "quay_quota") };
static PROXY_CACHE: Section =
    Section { many: false, identity: &[], ..section("proxy_cache", Kind::ProxyCaches, "quay_proxy_cache") };
static MIRROR: Section = Section {
    many: false,
    identity: &[],
    left_out: &["force_sync"],
    ..section("mirror", Kind::Mirrors, "quay_org_mirror")
};
static PRUNE_POLICIES: Section = Section {
    supplied: &[("namespace", Supply::Organization)],
    identity: &["method", "value", "tag_pattern", "tag_pattern_matches"],
    ..section("prune_policies", Kind::PrunePolicies, "quay_organization_prune")
};
static IMMUTABILITY_POLICIES: Section = Section {
    supplied: &[("namespace", Supply::Organization)],
    identity: &["tag_pattern"],
    left_out: &["new_tag_pattern"],
    ..section("immutability_policies", Kind::ImmutabilityPolicies, "quay_organization_immutability")
};
static REPOSITORY_MIRROR: Section = Section {
    many: false,
    supplied: &[("name", Supply::Repository)],
    identity: &[],
    left_out: &["force_sync"],
    ..section("mirror", Kind::Mirrors, "quay_repository_mirror")
};
static NOTIFICATIONS: Section = Section {
    supplied: &[("repository", Supply::Repository)],
    identity: &["title", "event", "method"],
    left_out: &["search_string", "regexp", "reset_failcount", "test"],
    ..section("notifications", Kind::Notifications, "quay_notification")
};
static REPOSITORY_PRUNE_POLICIES: Section = Section {
    supplied: &[("repository", Supply::Repository)],
    ..Section { module: "quay_repository_prune", ..section_of(&PRUNE_POLICIES) }
};
static REPOSITORY_IMMUTABILITY_POLICIES: Section = Section {
    supplied: &[("repository", Supply::Repository)],
    ..Section { module: "quay_repository_immutability", ..section_of(&IMMUTABILITY_POLICIES) }
};

/// Repositories, which also take the settings of `defaults`.
pub static REPOSITORIES: Section = Section {
    supplied: &[("name", Supply::RepositoryName)],
    renamed: &[("permissions", "perms")],
    left_out: &["append", "auto_prune_method", "auto_prune_value"],
    steering: &["prune", "reference", "preserve"],
    inside: &[&REPOSITORY_MIRROR, &NOTIFICATIONS, &REPOSITORY_PRUNE_POLICIES, &REPOSITORY_IMMUTABILITY_POLICIES],
    ..section("repositories", Kind::Repositories, "quay_repository")
};

/// Organizations and all that belongs to them.
pub static ORGANIZATIONS: Section = Section {
    supplied: &[],
    left_out: &["new_name", "auto_prune_method", "auto_prune_value"],
    steering: &["previous_name", "endpoints", "prune", "defaults", "reference", "preserve"],
    inside: &[
        &QUOTA,
        &ROBOTS,
        &TEAMS,
        &APPLICATIONS,
        &DEFAULT_PERMISSIONS,
        &PROXY_CACHE,
        &MIRROR,
        &PRUNE_POLICIES,
        &IMMUTABILITY_POLICIES,
        &REPOSITORIES,
    ],
    ..section("organizations", Kind::Organizations, "quay_organization")
};

/// The sections at the top of a file, besides `registry` and `tasks`.
pub static TOP: &[&Section] = &[&USERS, &MESSAGES, &ORGANIZATIONS];

const fn section_of(other: &Section) -> Section {
    Section {
        key: other.key,
        kind: other.kind,
        module: other.module,
        many: other.many,
        supplied: other.supplied,
        renamed: other.renamed,
        left_out: other.left_out,
        steering: other.steering,
        identity: other.identity,
        inside: other.inside,
    }
}

impl Section {
    /// The module that its entries call.
    pub fn entry(&self) -> &'static modules::Entry {
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
        let connection: Vec<&str> = modules::connection::RULES.environment.iter().map(|(option, _)| *option).collect();
        let supplied = |name: &str| {
            let from_short_name = |supply| matches!(supply, Supply::RobotName | Supply::RepositoryName);
            self.supplied.iter().any(|(option, supply)| *option == name && !from_short_name(*supply))
        };
        self.entry()
            .document
            .options
            .iter()
            .filter(move |argument| {
                let name = argument.name;
                !connection.contains(&name) && !self.left_out.contains(&name) && !supplied(name)
            })
            .map(|argument| (self.key_of(argument.name), argument))
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

    #[test]
    fn kinds_and_words_belong_together() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.word()), Some(*kind));
        }
    }
}
