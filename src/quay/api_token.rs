//! API tokens of OAuth applications, as Quay lists them since 3.18.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{decode, text, time, without_line_end};
use crate::api::{Path, Reader};
use crate::error::Result;

/// All scopes of tokens, in the order in which they are asked for.
pub const SCOPES: [&str; 8] =
    ["org:admin", "repo:admin", "repo:create", "repo:read", "repo:write", "super:user", "user:admin", "user:read"];

/// The longest life of a token, which it gets unless told otherwise: 10 years, in seconds. Quay cuts a longer one.
pub const LONGEST_LIFE: u64 = 315_576_000;

/// The scopes of the option `rights`, each once; `all` stands for every one.
pub fn scopes(rights: &[String]) -> Vec<&'static str> {
    let all = rights.iter().any(|right| right == "all");
    SCOPES.into_iter().filter(|scope| all || rights.iter().any(|right| right == scope)).collect()
}

/// A token in the list of its application. Tokens that have ended are not in it, so each works.
#[derive(Clone, Deserialize, Serialize)]
pub struct ApiToken {
    /// Its identifier, for the revocation.
    pub uuid: String,
    /// Its name; null where a person agreed to it in the browser, and before 3.18.
    pub name: Option<String>,
    scope: String,
    /// When it was made; null where that was before the server became 3.18.
    pub created: Option<String>,
    /// When it ends.
    pub expires_at: Option<String>,
    /// When it was last used, to the minute; null before the first use. It is the server's own time of day, whatever its time zone.
    pub last_accessed: Option<String>,
    /// The account that it acts as.
    pub created_by: Option<String>,
}

impl ApiToken {
    /// Its scopes, sorted.
    pub fn scopes(&self) -> BTreeSet<&str> {
        self.scope.split([' ', ',']).filter(|scope| !scope.is_empty()).collect()
    }

    /// When it was made.
    pub fn made(&self) -> Option<Timestamp> {
        self.created.as_deref().and_then(time::parse)
    }

    /// How long it lives from its creation to its end, in seconds; `None` where Quay does not tell both.
    pub fn life(&self) -> Option<u64> {
        u64::try_from(self.ends()?.duration_since(self.made()?).as_millis() + 500)
            .ok()
            .map(|milliseconds| milliseconds / 1000)
    }

    /// When it ends.
    pub fn ends(&self) -> Option<Timestamp> {
        self.expires_at.as_deref().and_then(time::parse)
    }
}

/// `/api/v1/organization/{organization}/applications`.
pub fn applications(organization: &str) -> Path {
    Path::organization(organization).fixed("/applications")
}

/// The entries of a list of applications that have a name; Quay lets several have the same.
pub fn named<'a>(applications: &'a [Value], name: &str) -> impl Iterator<Item = &'a Value> {
    applications.iter().filter(move |entry| without_line_end(text(&entry["name"])) == name)
}

/// The client IDs of some of them, for a person.
pub fn client_ids(applications: &[&Value]) -> String {
    let ids: Vec<&str> = applications.iter().filter_map(|entry| entry["client_id"].as_str()).collect();
    ids.join(", ")
}

/// `/api/v1/organization/{organization}/applications/{client_id}/tokens`.
pub fn path(organization: &str, client_id: &str) -> Path {
    applications(organization).then(client_id).fixed("/tokens")
}

/// The living tokens of an application, the newest first.
///
/// # Errors
/// When Quay refuses the list, or has no such route (before 3.18).
pub fn list(quay: &Reader, path: &Path) -> Result<Vec<ApiToken>> {
    quay.list(path, "tokens")?.into_iter().map(read).collect()
}

/// A token of a list.
///
/// # Errors
/// When it is none.
pub fn read(entry: Value) -> Result<ApiToken> {
    decode(entry, "an API token")
}
