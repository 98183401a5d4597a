//! Sessions, OAuth applications and tokens, application-specific tokens.

use serde::{Deserialize, Serialize};

use super::clock::Micros;

/// A browser session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Session {
    pub csrf: String,
    pub user: Option<String>,
    pub logged_in_at: Micros,
}

/// An OAuth application of an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Application {
    pub client_id: String,
    pub client_secret: String,
    pub name: String,
    pub description: String,
    pub application_uri: String,
    pub redirect_uri: String,
    pub avatar_email: Option<String>,
}

/// An OAuth access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OAuthToken {
    pub id: u64,
    pub uuid: String,
    pub name: Option<String>,
    pub user: String,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub created: Micros,
    pub expires: Micros,
    pub last_accessed: Option<Micros>,
}

/// An application-specific token: a password for one program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AppToken {
    pub uuid: String,
    pub title: String,
    pub code: String,
    pub created: Micros,
    pub last_accessed: Option<Micros>,
    pub expiration: Option<Micros>,
}
