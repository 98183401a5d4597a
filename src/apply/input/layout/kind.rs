//! The kinds of objects.

/// A kind of object, as `prune`, ceilings and reports name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An account of the server.
    Users,
    /// An organization itself, without what it holds.
    Organizations,
    /// The storage quota of an organization, with its limits.
    Quotas,
    /// What makes an organization a pull-through cache of another registry.
    ProxyCaches,
    /// What keeps a repository, or a whole organization, a copy of what another registry has.
    Mirrors,
    /// A rule by which Quay removes tags of a repository, or of a whole organization.
    PrunePolicies,
    /// A rule by which tags of a repository, or of a whole organization, cannot be changed.
    ImmutabilityPolicies,
    /// A robot account of an organization.
    Robots,
    /// An outside identity that may sign in as a robot account; an option of the robot account.
    Federations,
    /// A team of an organization.
    Teams,
    /// An account in a team; an option of the team.
    Members,
    /// The tie of a team to a group of LDAP or OIDC, which gives the team its members.
    TeamSyncs,
    /// An OAuth application of an organization.
    Applications,
    /// A right that somebody gets on each new repository of an organization.
    DefaultPermissions,
    /// A repository, without its settings that have a kind of their own.
    Repositories,
    /// The right of an account or a team on a repository; an option of the repository.
    Permissions,
    /// What a repository tells the outside world when something happens to it.
    Notifications,
    /// A message of the day.
    Messages,
    /// A call of any module, which has no place in the tree of organizations.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_words_belong_together() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.word()), Some(*kind));
        }
    }
}
