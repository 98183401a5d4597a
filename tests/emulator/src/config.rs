//! How an emulator is set up before it starts.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{answer::NAME_MARK, version::Version};

/// Which page hands out the CSRF token that a log-in needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginGeneration {
    /// `GET /csrf_token`, Quay 3.8 and later.
    #[default]
    CsrfRoute,
    /// A script in the home page, Quay 3.15 and earlier.
    HomePage,
}

/// Everything that can be chosen before the start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Which Quay it is; what this one does not know of features is left out.
    pub version: Version,
    /// Feature flags, named without `FEATURE_`, that differ from the defaults.
    pub features: BTreeMap<String, bool>,
    /// Settings (as in Quay's `config.yaml`, plus the emulator's own of [`Settings`]) that differ from the defaults.
    pub settings: Map<String, Value>,
    /// Which log-in the server offers.
    pub login: LoginGeneration,
    /// Serve HTTPS with a certificate of a private authority.
    pub tls: bool,
    /// The server's certificate is self-signed and calls itself an authority, as Quay's installer makes it.
    pub self_signed: bool,
    /// Create the superuser `admin` at once.
    pub seed_admin: bool,
    /// Threads that serve requests.
    pub workers: usize,
    /// Wait before every answer.
    pub delay: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            version: Version::NEWEST,
            features: BTreeMap::new(),
            settings: Map::new(),
            login: LoginGeneration::default(),
            tls: false,
            self_signed: false,
            seed_admin: false,
            workers: 1,
            delay: Duration::ZERO,
        }
    }
}

impl Config {
    /// The same configuration as another Quay: `3.12`, or the patch that was recorded.
    ///
    /// # Panics
    /// When there is no recording of it.
    pub fn quay(mut self, version: &str) -> Config {
        self.version = version.parse().unwrap_or_else(|error| panic!("{error}"));
        self
    }

    /// The same configuration with a feature switched on or off.
    pub fn feature(mut self, name: &str, on: bool) -> Config {
        self.features.insert(name.to_owned(), on);
        self
    }

    /// The same configuration with a setting changed.
    pub fn setting(mut self, name: &str, value: impl Into<Value>) -> Config {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// The same configuration with the superuser `admin` created at the start.
    pub fn seeded(mut self) -> Config {
        self.seed_admin = true;
        self
    }
}

/// Feature flags and settings of a running emulator.
///
/// `SERVER_HOSTNAME` is the host that a request was sent to, unless set. Besides Quay's own settings it knows these:
/// - `EMULATOR_DELETION_LAG_MS`: how long the name of a deleted organization stays taken (500);
/// - `EMULATOR_DIRECTORY`: the external directory that `AUTHENTICATION_TYPE` LDAP or OIDC asks:
///   `{"users": {name: email}, "groups": {group: [users]}, "sync": what `can_sync` of a team shows}`;
///   everyone in it can log in with the password `password`;
/// - `EMULATOR_EXTERNAL_LOGIN`: the list `external_login` of `/config`;
/// - `EMULATOR_UNKNOWN_HOSTS`: a list of host name endings that do not resolve (`[".invalid"]`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Which Quay it is.
    pub version: Version,
    features: BTreeMap<String, bool>,
    values: Map<String, Value>,
    /// Which log-in the server offers.
    #[serde(default)]
    pub login: LoginGeneration,
}

impl Settings {
    /// The defaults, changed as the configuration says.
    pub fn new(config: &Config) -> Settings {
        let mut features: BTreeMap<String, bool> = FEATURES_ON.iter().map(|name| ((*name).to_owned(), true)).collect();
        features.extend(FEATURES_OFF.iter().map(|name| ((*name).to_owned(), false)));
        features.extend(config.features.clone());
        features.retain(|name, _| config.version.knows(name));
        let mut values = default_values();
        values.insert("PREFERRED_URL_SCHEME".to_owned(), if config.tls { "https" } else { "http" }.into());
        values.extend(config.settings.clone());
        Settings { version: config.version, features, values, login: config.login }
    }

    /// Whether a feature (named without `FEATURE_`) is on.
    pub fn on(&self, feature: &str) -> bool {
        // Quotas could be changed before there was a feature to forbid it.
        let always = feature == "EDIT_QUOTA" && !self.version.knows(feature);
        self.features.get(feature).copied().unwrap_or(always)
    }

    /// Switches a feature.
    pub fn set_feature(&mut self, feature: &str, on: bool) {
        let feature = feature.trim_start_matches("FEATURE_");
        if self.version.knows(feature) {
            self.features.insert(feature.to_owned(), on);
        }
    }

    /// All features.
    pub fn features(&self) -> &BTreeMap<String, bool> {
        &self.features
    }

    /// A setting, null when unknown.
    pub fn value(&self, name: &str) -> &Value {
        self.values.get(name).unwrap_or(&Value::Null)
    }

    /// Changes a setting.
    pub fn set_value(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }

    /// A text setting, empty when unknown.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).as_str().unwrap_or_default()
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.value(name).as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// Whether a name stands in `SUPER_USERS`.
    pub fn is_superuser(&self, name: &str) -> bool {
        self.on("SUPER_USERS") && self.list("SUPER_USERS").contains(&name)
    }

    /// Whether a name stands in `GLOBAL_READONLY_SUPER_USERS`.
    pub fn is_readonly_superuser(&self, name: &str) -> bool {
        self.list("GLOBAL_READONLY_SUPER_USERS").contains(&name)
    }

    /// Whether accounts live in Quay's own database.
    pub fn database_auth(&self) -> bool {
        matches!(self.text("AUTHENTICATION_TYPE"), "Database" | "")
    }

    /// How long the name of a deleted organization stays taken.
    pub fn deletion_lag(&self) -> Duration {
        Duration::from_millis(self.value("EMULATOR_DELETION_LAG_MS").as_u64().unwrap_or(500))
    }
}

fn default_values() -> Map<String, Value> {
    let Value::Object(values) = json!({
        "AUTHENTICATION_TYPE": "Database",
        "DEFAULT_TAG_EXPIRATION": "2w",
        "TAG_EXPIRATION_OPTIONS": ["0s", "1d", "1w", "2w", "4w"],
        "PREFERRED_URL_SCHEME": "http",
        "SERVER_HOSTNAME": NAME_MARK,
        "SUPER_USERS": ["admin1", "admin"],
        "ROBOTS_DISALLOW": false,
        "LOCAL_OAUTH_HANDLER": "/oauth/localapp",
        "FRESH_LOGIN_TIMEOUT": "10m",
        "PERMANENTLY_DELETE_TAGS": true,
        "REGISTRY_STATE": "normal",
        "EMULATOR_UNKNOWN_HOSTS": [".invalid"],
    }) else {
        unreachable!("the literal above is an object")
    };
    values
}

/// Features that are on unless the configuration says otherwise.
const FEATURES_ON: &[&str] = &[
    "ADVERTISE_V2",
    "AGGREGATED_LOG_COUNT_RETRIEVAL",
    "ANONYMOUS_ACCESS",
    "APP_SPECIFIC_TOKENS",
    "ASSIGN_OAUTH_TOKEN",
    "AUTO_PRUNE",
    "CHANGE_TAG_EXPIRATION",
    "DIRECT_LOGIN",
    "EDIT_QUOTA",
    "ENABLE_STALE_MPU_CLEANUP",
    "EXTENDED_REPOSITORY_NAMES",
    "GARBAGE_COLLECTION",
    "GENERAL_OCI_SUPPORT",
    "HELM_OCI_SUPPORT",
    "IMAGE_EXPIRY_TRIGGER",
    "IMAGE_PULL_STATS",
    "IMMUTABLE_TAGS",
    "LIBRARY_SUPPORT",
    "LOG_EXPORT",
    "MANIFEST_SIZE_BACKFILL",
    "MANIFEST_SUBJECT_BACKFILL",
    "NAMESPACE_GARBAGE_COLLECTION",
    "ORG_MIRROR",
    "PARTIAL_USER_AUTOCOMPLETE",
    "PERMANENT_SESSIONS",
    "PROXY_CACHE",
    "PROXY_CACHE_BLOB_DOWNLOAD",
    "QUOTA_MANAGEMENT",
    "QUOTA_NOTIFICATIONS",
    "REFERRERS_API",
    "REPOSITORY_ACTION_COUNTER",
    "REPOSITORY_GARBAGE_COLLECTION",
    "REPO_MIRROR",
    "REQUIRE_TEAM_INVITE",
    "RESTRICTED_V1_PUSH",
    "SECURITY_NOTIFICATIONS",
    "SECURITY_SCANNER",
    "SECURITY_SCANNER_NOTIFY_ON_NEW_INDEX",
    "SPARSE_INDEX",
    "SUPERUSERS_FULL_ACCESS",
    "SUPERUSER_CONFIGDUMP",
    "SUPER_USERS",
    "TEAM_SYNCING",
    "UI_MODELCARD",
    "UI_V2",
    "UI_V2_REPO_SETTINGS",
    "USERNAME_CONFIRMATION",
    "USER_CREATION",
    "USER_EVENTS",
    "USER_INITIALIZE",
    "USER_LAST_ACCESSED",
    "VERIFY_QUOTA",
];

/// Features that are off unless the configuration says otherwise.
const FEATURES_OFF: &[&str] = &[
    "ACI_CONVERSION",
    "ACTION_LOG_ROTATION",
    "APP_REGISTRY",
    "BILLING",
    "BITBUCKET_BUILD",
    "BLACKLISTED_EMAILS",
    "BUILD_SUPPORT",
    "CLEAR_EXPIRED_RAC_ENTRIES",
    "DISABLE_PULL_LOGS_FOR_FREE_NAMESPACES",
    "ENTITLEMENT_RECONCILIATION",
    "EXPORT_COMPLIANCE",
    "EXTENDED_ACTION_LOGGING",
    "FIPS",
    "GITHUB_BUILD",
    "GITHUB_LOGIN",
    "GITLAB_BUILD",
    "GOOGLE_LOGIN",
    "IMMUTABLE_TAGS_CAN_EXPIRE",
    "INVITE_ONLY_USER_CREATION",
    "MAILING",
    "NONSUPERUSER_TEAM_SYNCING_SETUP",
    "ORG_SHARED_EMAIL",
    "OTEL_TRACING",
    "PROGRAMMATIC_BOOTSTRAP",
    "PROXY_STORAGE",
    "PUBLIC_CATALOG",
    "QUOTA_SUPPRESS_FAILURES",
    "RATE_LIMITS",
    "READER_BUILD_LOGS",
    "RECAPTCHA",
    "REQUIRE_ENCRYPTED_BASIC_AUTH",
    "RESTRICTED_USERS",
    "RH_MARKETPLACE",
    "SECURITY_SCANNER_V2",
    "SIGNING",
    "SPAM_DETECTION",
    "STORAGE_REPLICATION",
    "SUPERUSERS_ORG_CREATION_ONLY",
    "UI_DELAY_AFTER_WRITE",
    "USER_LOG_ACCESS",
    "USER_METADATA",
    "USER_RENAME",
];
