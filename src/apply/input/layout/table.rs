//! The table itself: every key of the tree, from the top down to what a repository holds.

use super::{Kind, Section, Supply};

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
