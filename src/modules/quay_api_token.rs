//! `quay_api_token`: OAuth access tokens for the signed-in user, or assigned to another one.

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::{Login, broken};
use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, Slot, Step};
use crate::quay::server::{self, Server};
use crate::quay::{api_token, version};

pub struct ApiToken;

#[derive(Deserialize)]
pub struct Options {
    quay_username: String,
    client_id: String,
    rights: Vec<String>,
    for_user: Option<String>,
}

/// Stands for the token in check mode: as long as one, and recognized by playbooks of the incumbent collection.
const PLACEHOLDER: &str = "NotValidCheckModeNotValidCheckModeNotVal";

impl Module for ApiToken {
    const NAME: &'static str = "quay_api_token";
    const RULES: Rules = Rules {
        login: Login::PasswordOnly,
        returned_secrets: &["access_token"],
        formats: &[("for_user", |user| match user.as_str() {
            Some(name) if name.contains('+') => Err(format!("{name} is a robot account, only users can have a token")),
            _ => crate::quay::names::empty_is_none(user),
        })],
        ..Rules::NONE
    };
    const NEED: Need = Need::right("", "an administrator of the organization that owns the application");
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        broken(&[(options.rights.is_empty(), "rights: a token needs at least one")])
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        let own = options.for_user.is_none();
        own.then(|| ("access_token", json!(PLACEHOLDER))).into_iter().collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let attempt = options.attempt();
        let application = Path::api("app").then(&options.client_id);
        let Some(application) = quay.find(&application).map_err(|error| error.attempting(&*attempt))? else {
            return Err(Error::Missing(format!(
                "cannot {attempt}: there is no OAuth application with the client ID {}",
                options.client_id
            )));
        };
        let server = Server::ask(quay);
        let organization = application["organization"]["name"].as_str().unwrap_or_default();
        let owner = options.for_user.as_ref().unwrap_or(&options.quay_username);
        let mut plan = Plan::of(format!("API token of {owner}")).difference(
            json!({}),
            json!({
                "client_id": options.client_id,
                "application": application["name"],
                "organization": organization,
                "user": owner,
                "rights": options.scopes(),
            }),
        );
        let redirect = redirect_uri(&server, quay);
        let not_admin = format!(
            "{} is not an administrator of the organization {organization}: that takes a place in a team with the role admin, \
             being a superuser does not help",
            options.quay_username
        );
        plan.push(match &options.for_user {
            None => options.create(&redirect, &server, not_admin),
            Some(user) => {
                version::FOR_USER.check(quay, &attempt)?;
                options.check_assignable(user, &server, quay)?;
                options.assign(user, &redirect, not_admin)
            }
        });
        match (&options.for_user, quay.is_check()) {
            (Some(_), _) => {}
            (None, true) => plan.give("access_token", PLACEHOLDER),
            (None, false) => plan.give_answer("access_token", Slot::new("token", "/access_token")),
        }
        Ok(plan)
    }
}

impl Options {
    fn attempt(&self) -> String {
        match &self.for_user {
            Some(user) => format!("assign an API token to {user}"),
            None => format!("create an API token for {}", self.quay_username),
        }
    }

    fn scopes(&self) -> Vec<&'static str> {
        api_token::scopes(&self.rights)
    }

    /// Fields of both requests.
    fn fields(&self, redirect: &str) -> Value {
        json!({
            "response_type": "token",
            "client_id": self.client_id,
            "redirect_uri": redirect,
            "scope": self.scopes().join(" "),
        })
    }

    /// `POST /oauth/authorizeapp`, what the web interface sends when a person agrees; the token is in the redirect.
    fn create(&self, redirect: &str, server: &Server, not_admin: String) -> Step {
        let attempt = self.attempt();
        let host = server.setting("SERVER_HOSTNAME").unwrap_or("its SERVER_HOSTNAME");
        let refused = format!(
            "the server refuses the redirect address {redirect}: it takes its own, below {host}, or one that begins with the \
             redirect_uri of the application"
        );
        Step::form(Path::root("/oauth/authorizeapp"), self.fields(redirect), &*attempt)
            .named("token")
            .explaining(302, "unauthorized_client", not_admin)
            .explaining(400, "invalid_request", refused)
            .if_lost("a token that nobody knows may have been created; it can be revoked in the web interface of Quay")
    }

    /// `POST /oauth/authorize/assignuser` takes everything from the query.
    fn assign(&self, user: &str, redirect: &str, not_admin: String) -> Step {
        let mut path = Path::root("/oauth/authorize/assignuser");
        for (key, value) in self.fields(redirect).as_object().into_iter().flatten() {
            path = path.query(key, value.as_str().unwrap_or_default());
        }
        path = path.query("username", user).query("format", "json");
        let unusable = format!("the user {user} is disabled, or this Quay is older than 3.12 and cannot assign tokens");
        Step::form(path, json!({}), self.attempt())
            .explaining(403, "", not_admin)
            .explaining(404, "", unusable)
            .if_lost("the user may have been offered a token all the same")
    }

    /// The assignment itself answers 404 to all of this.
    fn check_assignable(&self, user: &str, server: &Server, quay: &Reader) -> Result<()> {
        let attempt = self.attempt();
        if server.lacks("ASSIGN_OAUTH_TOKEN") {
            return Err(Error::Option(format!("cannot {attempt}: {}", server::off("ASSIGN_OAUTH_TOKEN"))));
        }
        let found = quay.find(&Path::api("users").then(user)).map_err(|error| error.attempting(&*attempt))?;
        match found {
            Some(_) => Ok(()),
            None => Err(Error::Missing(format!("cannot {attempt}: there is no such user"))),
        }
    }
}

/// The address that the server takes for its own. It compares it with its configuration, not with the name that it was
/// called by.
fn redirect_uri(server: &Server, quay: &Reader) -> String {
    let origin = match (server.setting("PREFERRED_URL_SCHEME"), server.setting("SERVER_HOSTNAME")) {
        (Some(scheme), Some(host)) => format!("{scheme}://{host}"),
        _ => quay.server(),
    };
    origin + server.setting("LOCAL_OAUTH_HANDLER").unwrap_or("/oauth/localapp")
}
