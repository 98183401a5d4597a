//! What a server tells everybody about itself.

use serde_json::Value;

use super::version;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::Hint;

/// Quay asks no server inside of its own network, as far as it can tell.
pub const INTERNAL_ADDRESS: Hint = Hint {
    status: 400,
    contains: "not allowed",
    advice: "the server refuses internal addresses: SSRF_ALLOWED_HOSTS in Quay's configuration opens them",
};

/// What to tell about a feature, named without `FEATURE_`, that is off.
pub fn off(feature: &str) -> String {
    format!("FEATURE_{feature} is off: switch it on in Quay's configuration")
}

/// The public configuration, `GET /config`: feature flags, a few settings, the version. It needs no login.
pub struct Server(Value);

impl Server {
    /// Asks the server. One that does not tell (older versions, a proxy in between) is one about which nothing is known,
    /// because everything asked here only explains or predicts what the server itself decides.
    pub fn ask(quay: &Reader) -> Server {
        Server(quay.get(&Path::root("/config")).unwrap_or_default())
    }

    /// Whether the server says that a feature, named without `FEATURE_`, is off.
    pub fn lacks(&self, feature: &str) -> bool {
        self.0["features"][feature] == false
    }

    /// Whether the server says that a feature, named without `FEATURE_`, is on.
    pub fn has(&self, feature: &str) -> bool {
        self.0["features"][feature] == true
    }

    /// Whether the server tells its features, and this one is not among those that are on: a server that does not know a
    /// feature does not have it.
    pub fn is_without(&self, feature: &str) -> bool {
        self.0["features"].is_object() && !self.has(feature)
    }

    /// The value of a public setting, null when it is not told.
    pub fn config(&self, name: &str) -> &Value {
        &self.0["config"][name]
    }

    /// A setting of the few that are public, such as `AUTHENTICATION_TYPE`.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.0["config"][name].as_str().filter(|text| !text.is_empty())
    }

    /// Whether the server says that a public setting is off.
    pub fn forbids(&self, setting: &str) -> bool {
        self.0["config"][setting] == false
    }

    /// A public setting that is a list of texts, such as `TAG_EXPIRATION_OPTIONS`; `None` when it is not told.
    pub fn texts(&self, name: &str) -> Option<Vec<&str>> {
        self.0["config"][name].as_array().map(|list| list.iter().filter_map(Value::as_str).collect())
    }

    /// Whether it tells enough for its version to be known.
    pub fn tells_its_version(&self) -> bool {
        version::of(&self.0).is_some()
    }

    /// How its version is told to a person, where it is older than `since`; `None` also where it does not tell.
    pub fn older(&self, since: &str) -> Option<String> {
        version::older(version::of(&self.0), since)
    }

    /// Refuses an attempt that needs what the server does not have, as far as it tells.
    ///
    /// # Errors
    /// With the version or the feature that is missing; `attempt` follows the word "cannot".
    pub fn check(&self, need: &Need, attempt: &str) -> Result<()> {
        match self.shortfall(need) {
            Some(why) => Err(Error::Option(format!("cannot {attempt}: {why}"))),
            None => Ok(()),
        }
    }

    /// Why the server cannot do what needs this, as far as it tells: it is too old, or the feature is off.
    pub fn shortfall(&self, need: &Need) -> Option<String> {
        match self.older(need.since) {
            Some(found) => Some(format!("this needs Quay {}, and the server is {found}", need.since)),
            None => self.lacks(need.feature).then(|| off(need.feature)),
        }
    }
}
