//! Which Quay a server is, and what came with which.
//!
//! Before 3.16 no route tells the version. `GET /config` lists every feature flag that the version knows, switched off ones too:
//! the newest flag among them tells the version.

use serde_json::Value;

use super::server::Server;
use crate::api::Reader;
use crate::error::{Error, Result};

/// Minor and patch number of a Quay 3.
pub type Release = (u32, u32);

/// The first flag that is there tells the minor version.
const MARKS: &[(&str, u32)] = &[
    ("QUOTA_NOTIFICATIONS", 18),
    ("ORG_MIRROR", 17),
    ("IMAGE_PULL_STATS", 16),
    ("SUPERUSER_CONFIGDUMP", 15),
    ("UI_MODELCARD", 14),
    ("IMAGE_EXPIRY_TRIGGER", 13),
    ("ASSIGN_OAUTH_TOKEN", 12),
    ("EDIT_QUOTA", 12),
];

/// The version that a public configuration belongs to, at least; `None` where it tells no features.
pub fn of(config: &Value) -> Option<Release> {
    let exact = config["version_number"].as_str().and_then(|text| parse(text.trim_start_matches("Quay v")));
    let features = config["features"].as_object();
    exact.or_else(|| {
        let features = features?;
        let marked = MARKS.iter().find(|(flag, _)| features.contains_key(*flag)).map(|(_, minor)| *minor);
        let minor = marked.unwrap_or_else(|| match features.contains_key("AUTO_PRUNE") {
            true if features.contains_key("UI_V2_REPO_SETTINGS") => 10,
            true => 11,
            false => 9,
        });
        Some((minor, 0))
    })
}

/// `3.17.2` as minor and patch number.
fn parse(text: &str) -> Option<Release> {
    let mut parts = text.strip_prefix("3.")?.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((parts.next()?.ok()?, parts.next().and_then(Result::ok).unwrap_or(0)))
}

/// How the version is told to a person, where it is older than `since`.
pub fn older(release: Option<Release>, since: &str) -> Option<String> {
    let (minor, _) = release.filter(|release| parse(since).is_some_and(|since| *release < since))?;
    Some(if minor <= 9 { "3.9 or older".into() } else { format!("3.{minor}") })
}

/// Something that older Quays lack.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// The module.
    pub module: &'static str,
    /// The option, or what of it; empty for the module as a whole.
    pub what: &'static str,
    /// The Quay that it came with.
    pub since: &'static str,
    /// What an older one does when it is asked.
    pub before: &'static str,
}

impl Requirement {
    const fn of(module: &'static str, what: &'static str, since: &'static str, before: &'static str) -> Requirement {
        Requirement { module, what, since, before }
    }

    /// Refuses what the server is too old for. One that does not tell its version is believed to have it: then its answer decides.
    ///
    /// # Errors
    /// With the version that has it and the one that was found; `attempt` begins the sentence.
    pub fn check(&self, quay: &Reader, attempt: &str) -> Result<()> {
        match Server::ask(quay).older(self.since) {
            Some(found) => Err(Error::Option(format!(
                "cannot {attempt}: {} needs Quay {}, this is {found}",
                self.what, self.since
            ))),
            None => Ok(()),
        }
    }

    /// As [`Requirement::check`], where the answer of a server that is too old looks like success: one that does not tell its
    /// version is refused, too.
    ///
    /// # Errors
    /// As [`Requirement::check`], and when the version is not known.
    pub fn demand(&self, quay: &Reader, attempt: &str) -> Result<()> {
        self.check(quay, attempt)?;
        match Server::ask(quay).tells_its_version() {
            true => Ok(()),
            false => Err(Error::Option(format!(
                "cannot {attempt}: {} needs Quay {}, and this server does not tell its version; let GET /config through to it",
                self.what, self.since
            ))),
        }
    }
}

const NO_ROUTE: &str = "has no such route: the module says so";

/// Which accounts are global read-only superusers.
pub const READS_ALL: Requirement = Requirement::of(
    "quay_access_info",
    "global read-only superusers",
    "3.16",
    "does not tell them: `incomplete` says so",
);
/// A Quay older than this keeps a policy and drops its pattern without a word: every old tag would go.
pub const TAG_PATTERN: Requirement = Requirement::of(
    "quay_organization_prune, quay_repository_prune",
    "tag_pattern",
    "3.13",
    "would drop the pattern and prune every tag: refused before any write",
);
/// More than one auto-prune policy of a place.
pub const SEVERAL_POLICIES: Requirement = Requirement::of(
    "quay_organization_prune, quay_repository_prune",
    "a second policy",
    "3.13",
    "holds one policy a place: refused before any write",
);
/// Auto-prune policies of organizations and users.
pub const NAMESPACE_PRUNE: Requirement = Requirement::of("quay_organization_prune", "", "3.10", NO_ROUTE);
/// Auto-prune policies of repositories.
pub const REPOSITORY_PRUNE: Requirement = Requirement::of("quay_repository_prune", "", "3.11", NO_ROUTE);
/// The Quay that got the time limit of a repository mirror. 3.9 to 3.14.6 answer the key with a page for an internal error, 3.15
/// requires it.
pub const COPY_TIMEOUT: &str = "3.15";
/// The Quay that got mirrors of some architectures only. Older ones drop the key without a word.
pub const ARCHITECTURES: &str = "3.17";
/// API tokens for somebody else.
pub const FOR_USER: Requirement = Requirement::of("quay_api_token", "for_user", "3.12", "refused before any write");
/// API tokens of applications that have a name, can be listed and be revoked.
pub const APPLICATION_TOKENS: Requirement = Requirement::of("quay_application_token", "", "3.18", NO_ROUTE);
/// The event that announces the expiration of an image.
pub const IMAGE_EXPIRY: Requirement =
    Requirement::of("quay_notification", "the event repo_image_expiry", "3.12", "refused before any write");
/// Notifications of organizations.
pub const ORGANIZATION_NOTIFICATIONS: Requirement =
    Requirement::of("quay_organization_notification", "", "3.18", NO_ROUTE);
/// Tags that cannot be changed.
pub const IMMUTABLE: Requirement = Requirement::of(
    "quay_tag",
    "immutable",
    "3.17",
    "true would be dropped without a word: refused before any write; false is no change",
);

/// What a Quay can do, told by itself.
pub const CAPABILITIES: Requirement = Requirement::of("quay_capabilities_info", "", "3.17", NO_ROUTE);
/// The configuration of a server, for its superusers.
pub const CONFIGURATION: Requirement = Requirement::of("quay_config_info", "", "3.15", NO_ROUTE);
/// Mirrors of whole organizations.
pub const ORGANIZATION_MIRROR: Requirement = Requirement::of("quay_org_mirror", "", "3.17", NO_ROUTE);
/// Immutability policies of organizations and users.
pub const NAMESPACE_IMMUTABILITY: Requirement = Requirement::of("quay_organization_immutability", "", "3.17", NO_ROUTE);
/// Immutability policies of repositories.
pub const REPOSITORY_IMMUTABILITY: Requirement = Requirement::of("quay_repository_immutability", "", "3.17", NO_ROUTE);
/// How often an image was pulled.
pub const PULL_STATISTICS: Requirement = Requirement::of("quay_pull_stat_info", "", "3.16", NO_ROUTE);
/// The same for all tags of repositories.
pub const USAGE_PULLS: Requirement = Requirement::of("quay_usage_info", "pulls", "3.16", NO_ROUTE);
/// Outside identities that sign in as a robot account of an organization.
pub const FEDERATIONS: Requirement =
    Requirement::of("quay_robot", "federations of an organization's robot", "3.13", NO_ROUTE);
/// The same for robot accounts of a person.
pub const OWN_FEDERATIONS: Requirement =
    Requirement::of("quay_robot", "federations of one's own robot", "3.17.2", NO_ROUTE);

/// Teams that follow a group of OIDC.
pub const OIDC_GROUPS: Requirement =
    Requirement::of("quay_team_oidc", "", "3.11", "follows groups of LDAP alone: refused before any write");

/// Storage quotas. Like the following, every Quay that is meant here has them; errors name the version all the same.
pub const QUOTAS: Requirement = Requirement::of("quay_quota", "", "3.7", NO_ROUTE);
/// The Quay from which on a superuser with full access makes repositories in organizations of others, and changes and removes those.
pub const FULL_ACCESS_WRITES: &str = "3.10";
/// The Quay from which on a quota is written by the organization's route only with FEATURE_SUPERUSERS_FULL_ACCESS.
pub const QUOTA_NEEDS_FULL_ACCESS: &str = "3.16";
/// Pull-through caches of organizations.
pub const PROXY_CACHE: Requirement = Requirement::of("quay_proxy_cache", "", "3.7", NO_ROUTE);
/// The first user of a new registry.
pub const FIRST_USER: Requirement = Requirement::of("quay_first_user", "", "3.6", NO_ROUTE);

/// What came after Quay 3.9, besides the fields of tables.
pub const ALL: &[&Requirement] = &[
    &READS_ALL,
    &FOR_USER,
    &APPLICATION_TOKENS,
    &CAPABILITIES,
    &CONFIGURATION,
    &IMAGE_EXPIRY,
    &ORGANIZATION_MIRROR,
    &NAMESPACE_IMMUTABILITY,
    &ORGANIZATION_NOTIFICATIONS,
    &NAMESPACE_PRUNE,
    &TAG_PATTERN,
    &SEVERAL_POLICIES,
    &PULL_STATISTICS,
    &USAGE_PULLS,
    &REPOSITORY_IMMUTABILITY,
    &REPOSITORY_PRUNE,
    &FEDERATIONS,
    &OWN_FEDERATIONS,
    &IMMUTABLE,
    &OIDC_GROUPS,
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_flag_tells_the_version() {
        let features = |flags: &[&str]| json!({"features": flags.iter().map(|flag| ((*flag).to_owned(), json!(false))).collect::<serde_json::Map<_, _>>()});
        assert_eq!(of(&json!({"version_number": "Quay v3.17.4", "features": {}})), Some((17, 4)));
        assert_eq!(of(&features(&["AUTO_PRUNE", "ASSIGN_OAUTH_TOKEN", "IMAGE_EXPIRY_TRIGGER"])), Some((13, 0)));
        assert_eq!(of(&features(&["AUTO_PRUNE", "EDIT_QUOTA"])), Some((12, 0)));
        assert_eq!(of(&features(&["AUTO_PRUNE"])), Some((11, 0)));
        assert_eq!(of(&features(&["AUTO_PRUNE", "UI_V2_REPO_SETTINGS"])), Some((10, 0)));
        assert_eq!(of(&features(&["BUILD_SUPPORT"])), Some((9, 0)));
        assert_eq!(of(&Value::Null), None);
    }

    #[test]
    fn older_is_told_by_minor_and_patch() {
        assert_eq!(older(Some((12, 0)), "3.13").as_deref(), Some("3.12"));
        assert_eq!(older(Some((17, 1)), "3.17.2").as_deref(), Some("3.17"));
        assert_eq!(older(Some((9, 0)), "3.10").as_deref(), Some("3.9 or older"));
        assert_eq!(older(Some((17, 2)), "3.17.2"), None);
        assert_eq!(older(None, "3.13"), None);
    }
}
