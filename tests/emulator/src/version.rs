//! Which Quay the emulator is, and what came with which.
//!
//! The releases that the emulator can be are those that were recorded; `tests/versions.rs` compares every one of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A Quay 3, by its minor and patch number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    minor: u32,
    patch: u32,
}

/// The recorded releases, the oldest first.
const RELEASES: [Version; 10] = [
    Version::release(9, 25),
    Version::release(10, 25),
    Version::release(11, 13),
    Version::release(12, 21),
    Version::release(13, 11),
    Version::release(14, 8),
    Version::release(15, 7),
    Version::release(16, 5),
    Version::release(17, 4),
    Version::release(18, 0),
];

impl Version {
    /// The development branch after 3.18.0, from which the emulator was made.
    pub const NEWEST: Version = Version::release(19, 0);

    const fn release(minor: u32, patch: u32) -> Version {
        Version { minor, patch }
    }

    /// Whether this is 3.`minor` or later.
    pub fn since(self, minor: u32) -> bool {
        self.minor >= minor
    }

    /// What `/config` tells: nothing before 3.16.
    pub fn shown(self) -> Option<String> {
        self.since(16).then(|| format!("Quay v{self}"))
    }

    /// Whether this Quay knows a feature (named without `FEATURE_`), switched on or off.
    pub fn knows(self, feature: &str) -> bool {
        if feature == "UI_V2_REPO_SETTINGS" {
            return !self.since(11) || self.since(19);
        }
        FEATURES.iter().find(|(name, _)| *name == feature).is_none_or(|(_, minor)| self.since(*minor))
    }

    /// Whether this Quay has a route, as far as no feature decides it.
    pub fn routes(self, path: &str) -> bool {
        ROUTES.iter().find(|(start, _)| path.starts_with(start)).is_none_or(|(_, minor)| self.since(*minor))
    }

    /// Whether full access of superusers opens this route of an organization that is not theirs.
    pub fn opens(self, method: &str, path: &str) -> bool {
        self.since(10)
            || !matches!(
                (method, path),
                ("PUT" | "DELETE", "organization/{orgname}")
                    | ("POST", "repository")
                    | ("GET", "organization/{orgname}/logs")
            )
    }

    /// Whether proxy caches of addresses that are not public are refused. The check came with patches.
    pub fn guards_proxies(self) -> bool {
        !matches!(self.minor, 11 | 13 | 14)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Version::NEWEST => out.write_str("3.18.0-master-ffba0c7"),
            Version { minor, patch } => write!(out, "3.{minor}.{patch}"),
        }
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads `3.12` or `3.12.21`.
    fn from_str(text: &str) -> Result<Version, String> {
        let found = RELEASES.into_iter().find(|release| {
            let full = release.to_string();
            full == text || full.rsplit_once('.').is_some_and(|(minor, _)| minor == text)
        });
        found.ok_or_else(|| {
            let known: Vec<String> = RELEASES.iter().map(ToString::to_string).collect();
            format!("{text} is not one of {}", known.join(", "))
        })
    }
}

/// Features and the minor version that they came with; the others are older than 3.9.
const FEATURES: &[(&str, u32)] = &[
    ("ACI_CONVERSION", 19),
    ("APP_REGISTRY", 19),
    ("ASSIGN_OAUTH_TOKEN", 12),
    ("AUTO_PRUNE", 10),
    ("EDIT_QUOTA", 12),
    ("ENABLE_STALE_MPU_CLEANUP", 19),
    ("EXTENDED_ACTION_LOGGING", 18),
    ("IMAGE_EXPIRY_TRIGGER", 13),
    ("IMAGE_PULL_STATS", 16),
    ("IMMUTABLE_TAGS", 17),
    ("IMMUTABLE_TAGS_CAN_EXPIRE", 17),
    ("MANIFEST_SUBJECT_BACKFILL", 12),
    ("ORG_MIRROR", 17),
    ("ORG_SHARED_EMAIL", 18),
    ("OTEL_TRACING", 16),
    ("PROGRAMMATIC_BOOTSTRAP", 18),
    ("PROXY_CACHE_BLOB_DOWNLOAD", 15),
    ("QUOTA_NOTIFICATIONS", 18),
    ("QUOTA_SUPPRESS_FAILURES", 12),
    ("REFERRERS_API", 12),
    ("SECURITY_SCANNER_V2", 18),
    ("SPAM_DETECTION", 19),
    ("SPARSE_INDEX", 17),
    ("SUPERUSER_CONFIGDUMP", 15),
    ("UI_DELAY_AFTER_WRITE", 10),
    ("UI_MODELCARD", 14),
    ("USER_EVENTS", 15),
    ("VERIFY_QUOTA", 12),
];

/// Beginnings of routes and the minor version that they came with; the others are older than 3.9, or have a feature above.
const ROUTES: &[(&str, u32)] = &[
    ("/oauth/authorize/assignuser", 12),
    ("organization/{orgname}/applications/{client_id}/tokens", 18),
    ("organization/{orgname}/notifications", 18),
    ("organization/{orgname}/robots/{robot}/federation", 13),
    ("registry/capabilities", 17),
    ("repository/mirror/health", 18),
    ("repository/{repository}/autoprunepolicy/", 11),
    ("superuser/apptokens", 16),
    ("superuser/config", 15),
    ("superuser/mirror/health", 18),
    ("user/assignedauthorization", 12),
    ("user/namespacenotifications", 18),
    ("user/robots/{robot}/federation", 17),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_by_their_minor_version_alone() {
        assert_eq!("3.12".parse(), Ok(Version::release(12, 21)));
        assert_eq!("3.9.25".parse(), Ok(Version::release(9, 25)));
        assert!("3.1".parse::<Version>().is_err() && "3.12.20".parse::<Version>().is_err());
        assert!(RELEASES.is_sorted() && RELEASES.iter().all(|release| *release < Version::NEWEST));
    }
}
