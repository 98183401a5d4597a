//! Endpoints that sign in with a Kubernetes Secret: one of the input, or one that the run makes first.

use serde_json::Value;

use super::{Endpoint, Registry};
use crate::api;
use crate::apply::input::yaml::{Place, Problem};
use crate::apply::kinds::secret::{self, SecretName};

/// The Secret that an endpoint signs in with and that is not at hand yet.
#[derive(Clone)]
pub struct Awaited {
    /// Which one it is.
    pub secret: SecretName,
    /// Where it is named.
    pub place: Place,
}

impl Awaited {
    /// A complaint about it.
    pub fn problem(&self, what: impl Into<String>) -> Problem {
        Problem { place: self.place.clone(), what: what.into() }
    }
}

impl Registry {
    /// Signs in the endpoints that wait for one of these Secrets, and gives their names.
    ///
    /// # Errors
    /// A Secret for another host, or without what signs in: its endpoint waits on.
    pub fn supply<'a>(&mut self, secrets: impl Iterator<Item = &'a Value> + Clone) -> (Vec<String>, Vec<Problem>) {
        let (mut supplied, mut problems) = (Vec::new(), Vec::new());
        for endpoint in &mut self.endpoints {
            let Some(awaited) = endpoint.awaited.clone() else { continue };
            let is_it = |manifest: &&Value| SecretName::of(manifest).as_ref() == Some(&awaited.secret);
            match secrets.clone().find(is_it).map(|manifest| endpoint.sign_in(manifest)) {
                None => {}
                Some(Ok(())) => supplied.push(endpoint.name.clone()),
                Some(Err(why)) => problems.push(awaited.problem(format!("the Secret {} {why}", awaited.secret))),
            }
        }
        (supplied, problems)
    }
}

impl Endpoint {
    /// Whether it waits for a Secret.
    pub fn awaits(&self, secret: &SecretName) -> bool {
        self.awaited.as_ref().is_some_and(|awaited| awaited.secret == *secret)
    }

    /// Takes what signs in from the manifest of a Secret: its token, else account and password.
    fn sign_in(&mut self, manifest: &Value) -> Result<(), String> {
        let host = secret::value(manifest, "host").unwrap_or_default();
        let (meant, own) = (api::base_url(&host), api::base_url(self.host()));
        if host.is_empty() || meant.is_err() || meant.ok() != own.ok() {
            return Err(format!("is not for {}: its host must be that of the endpoint", self.host()));
        }
        let of = |key| secret::value(manifest, key);
        let login = match (of("token"), of("username").zip(of("password"))) {
            (Some(token), _) => vec![("quay_token", token)],
            (None, Some((username, password))) => vec![("quay_username", username), ("quay_password", password)],
            (None, None) => return Err("has no token, and no username with a password".into()),
        };
        for (option, value) in login {
            if option != "quay_username" {
                self.secrets.push(value.clone());
            }
            self.options.insert(option.to_owned(), value.into());
        }
        self.awaited = None;
        Ok(())
    }
}
