//! The kinds, and where each has its place in a registry file.

/// A kind of manifest.
#[derive(Debug)]
pub struct ResourceKind {
    /// Its name.
    pub name: &'static str,
    /// The module that it is a call of.
    pub module: &'static str,
    /// Properties that every manifest has.
    pub required: &'static [&'static str],
    /// Whether it may write its result into a Secret.
    pub returns: bool,
    /// Where it goes.
    pub seat: Seat,
    /// Options that tell one object of the kind from another.
    pub identity: &'static [&'static str],
    /// Options that are commands or have no place in the tree: a task of their own carries them.
    pub aside: &'static [&'static str],
    /// Options with which the whole manifest becomes a task.
    pub apart: &'static [&'static str],
    /// What `append: false` makes complete.
    pub complete: Option<Complete>,
}

/// The place of a manifest in a registry file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// An entry of a list at the top.
    Top(&'static str),
    /// An organization.
    Organization,
    /// An entry of a list of the organization that the option names.
    InOrganization { option: &'static str, list: &'static str },
    /// The only one of its kind in the organization.
    OfOrganization { option: &'static str, key: &'static str },
    /// A robot account, `organization+name`.
    Robot,
    /// A team.
    Team,
    /// A setting of a team.
    OfTeam(&'static str),
    /// A repository, `organization/name`.
    Repository,
    /// An entry of a list of the repository that the option names.
    InRepository { option: &'static str, list: &'static str },
    /// The only one of its kind in the repository.
    OfRepository { option: &'static str, key: &'static str },
    /// A task.
    Task,
}

/// A list that `append: false` declares to be complete.
#[derive(Debug)]
pub struct Complete {
    /// The option with the list; without it, nothing is removed. Empty when the object itself is an element.
    pub list: &'static str,
    /// The word of `prune` for its elements.
    pub prune: &'static str,
}

const fn kind(name: &'static str, module: &'static str, seat: Seat) -> ResourceKind {
    ResourceKind {
        name,
        module,
        required: &[],
        returns: false,
        seat,
        identity: &[],
        aside: &[],
        apart: &[],
        complete: None,
    }
}

const fn complete(list: &'static str, prune: &'static str) -> Option<Complete> {
    Some(Complete { list, prune })
}

const fn in_organization(list: &'static str) -> Seat {
    Seat::InOrganization { option: "organization", list }
}

const fn of_organization(key: &'static str) -> Seat {
    Seat::OfOrganization { option: "organization", key }
}

const fn in_repository(list: &'static str) -> Seat {
    Seat::InRepository { option: "repository", list }
}

const NAMED: &[&str] = &["organization", "name"];

/// All kinds, in the order in which their objects can be made.
pub static KINDS: &[ResourceKind] = &[
    ResourceKind {
        required: &["username", "password"],
        returns: true,
        identity: &["username"],
        ..kind("FirstUser", "quay_first_user", Seat::Task)
    },
    ResourceKind { required: &["username"], identity: &["username"], ..kind("User", "quay_user", Seat::Top("users")) },
    ResourceKind {
        required: &["name"],
        identity: &["name"],
        aside: &["auto_prune_method", "auto_prune_value"],
        ..kind("Organization", "quay_organization", Seat::Organization)
    },
    ResourceKind {
        required: NAMED,
        returns: true,
        identity: NAMED,
        ..kind("Application", "quay_application", in_organization("applications"))
    },
    ResourceKind { returns: true, ..kind("ApiToken", "quay_api_token", Seat::Task) },
    ResourceKind {
        required: &["organization"],
        identity: &["organization"],
        ..kind("Quota", "quay_quota", of_organization("quota"))
    },
    ResourceKind {
        required: &["name"],
        returns: true,
        identity: &["name"],
        complete: complete("federations", "federations"),
        ..kind("Robot", "quay_robot", Seat::Robot)
    },
    ResourceKind {
        required: NAMED,
        identity: NAMED,
        complete: complete("members", "members"),
        ..kind("Team", "quay_team", Seat::Team)
    },
    ResourceKind { required: NAMED, identity: NAMED, ..kind("TeamLdap", "quay_team_ldap", Seat::OfTeam("ldap")) },
    ResourceKind { required: NAMED, identity: NAMED, ..kind("TeamOidc", "quay_team_oidc", Seat::OfTeam("oidc")) },
    ResourceKind {
        required: NAMED,
        identity: &["organization", "name", "type", "creator"],
        ..kind("DefaultPerm", "quay_default_perm", in_organization("default_permissions"))
    },
    ResourceKind {
        required: &["organization"],
        identity: &["organization"],
        ..kind("ProxyCache", "quay_proxy_cache", of_organization("proxy_cache"))
    },
    ResourceKind {
        required: &["namespace", "method", "value"],
        returns: true,
        identity: &["namespace", "method", "value", "tag_pattern", "tag_pattern_matches"],
        // `prune` of an organization would concern its repositories, too.
        apart: &["append"],
        ..kind(
            "OrganizationPrune",
            "quay_organization_prune",
            Seat::InOrganization { option: "namespace", list: "prune_policies" },
        )
    },
    ResourceKind {
        required: &["namespace", "tagPattern"],
        identity: &["namespace", "tag_pattern"],
        apart: &["new_tag_pattern"],
        ..kind(
            "OrganizationImmutability",
            "quay_organization_immutability",
            Seat::InOrganization { option: "namespace", list: "immutability_policies" },
        )
    },
    ResourceKind {
        required: &["organization"],
        identity: &["organization"],
        ..kind("OrganizationMirror", "quay_org_mirror", of_organization("mirror"))
    },
    ResourceKind {
        required: &["name"],
        identity: &["name"],
        aside: &["auto_prune_method", "auto_prune_value"],
        complete: complete("perms", "permissions"),
        ..kind("Repository", "quay_repository", Seat::Repository)
    },
    ResourceKind {
        required: &["repository", "method", "value"],
        returns: true,
        identity: &["repository", "method", "value", "tag_pattern", "tag_pattern_matches"],
        complete: complete("", "prune_policies"),
        ..kind("RepositoryPrune", "quay_repository_prune", in_repository("prune_policies"))
    },
    ResourceKind {
        required: &["repository", "tagPattern"],
        identity: &["repository", "tag_pattern"],
        apart: &["new_tag_pattern"],
        ..kind("RepositoryImmutability", "quay_repository_immutability", in_repository("immutability_policies"))
    },
    ResourceKind {
        required: &["name"],
        identity: &["name"],
        ..kind("RepositoryMirror", "quay_repository_mirror", Seat::OfRepository { option: "name", key: "mirror" })
    },
    ResourceKind {
        required: &["repository"],
        identity: &["repository", "title", "event", "method"],
        aside: &["test", "reset_failcount"],
        apart: &["regexp", "search_string"],
        ..kind("Notification", "quay_notification", in_repository("notifications"))
    },
    ResourceKind { required: &["image"], ..kind("Tag", "quay_tag", Seat::Task) },
    ResourceKind {
        required: &["image", "key"],
        returns: true,
        identity: &["image", "key", "value"],
        ..kind("ManifestLabel", "quay_manifest_label", Seat::Task)
    },
    ResourceKind {
        required: &["name"],
        returns: true,
        identity: &["name"],
        ..kind("DockerToken", "quay_docker_token", Seat::Task)
    },
    ResourceKind {
        identity: &["content"],
        apart: &["regexp", "search_string", "search_severity"],
        ..kind("Message", "quay_message", Seat::Top("messages"))
    },
];

/// The kind with this name.
pub fn find(name: &str) -> Option<&'static ResourceKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The place of a kind in the order in which objects can be made.
pub fn rank(kind: &ResourceKind) -> usize {
    KINDS.iter().position(|known| known.name == kind.name).unwrap_or(KINDS.len())
}
