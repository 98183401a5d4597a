//! The server that is planned for.

use std::sync::Arc;

use super::item::Item;
use super::{Refusals, first_user};
use crate::api::{Http, Pace, Reader, Settings};
use crate::apply::input::declaration::Declaration;
use crate::apply::input::registry::{Endpoint, Registry};
use crate::apply::input::selection::Selection;
use crate::apply::predicted::PredictedServer;
use crate::call::mask::Mask;
use crate::error::{Error, Result};
use crate::quay::lookup;

/// A server, and how it is read.
pub struct Server<'a> {
    /// What is declared.
    pub declaration: &'a Declaration,
    /// Which server it is.
    pub endpoint: &'a Endpoint,
    /// What is known of it without asking.
    pub predicted: PredictedServer,
    /// Reads it.
    pub reader: Reader,
    /// Reads it without credentials, where something comes before any account.
    pub nobody: Option<Reader>,
}

/// The connections to a server.
pub struct Connections {
    /// With the credentials of the endpoint.
    pub http: Arc<Http>,
    /// Without credentials, for what comes before any account.
    pub anonymous: Option<Arc<Http>>,
}

impl Connections {
    /// Prepares them; nothing is sent.
    ///
    /// # Errors
    /// When the settings of the endpoint allow no connection.
    pub fn open(declaration: &Declaration, endpoint: &Endpoint) -> Result<Connections> {
        let pace = Pace::new(declaration.registry.jobs, declaration.registry.rate);
        let http = Arc::new(Http::paced(Settings::from_options(&endpoint.options), pace)?);
        Ok(Connections { http, anonymous: first_user::connection(declaration, endpoint).ok().flatten() })
    }
}

impl<'a> Server<'a> {
    /// A server of which nothing is known.
    pub fn new(declaration: &'a Declaration, endpoint: &'a Endpoint, connections: &Connections) -> Server<'a> {
        let predicted = PredictedServer::default();
        let reader = Reader::predicting(Arc::clone(&connections.http), Box::new(predicted.clone()));
        let nobody = connections.anonymous.clone().map(|http| Reader::new(http, true));
        Server { declaration, endpoint, predicted, reader, nobody }
    }

    /// What a run may do to it.
    pub fn registry(&self) -> &'a Registry {
        &self.declaration.registry
    }

    /// Whether an endpoint that is asked for signs in with the Secret that an item makes, and that is not at hand.
    pub fn is_awaited(&self, item: &Item, only: &Selection) -> bool {
        let mut asked = self.registry().endpoints.iter().filter(|endpoint| only.has(endpoint));
        item.secret.as_ref().is_some_and(|secret| asked.any(|endpoint| endpoint.awaits(secret)))
    }

    /// A server takes an invalid token for none, and shows what is public: then nothing looks like a place for creations.
    ///
    /// # Errors
    /// When the credentials are no good.
    pub fn check_caller(&self) -> Result<(), Refusals> {
        self.reader.prove_credentials().map_err(|error| self.fault(&error))
    }

    /// The error about credentials that do not even tell whose they are.
    pub fn unwelcome(&self) -> Option<Error> {
        lookup::caller(&self.reader).err().filter(is_no)
    }

    /// A fault of this server, which stops nothing elsewhere.
    pub fn fault(&self, error: &Error) -> Refusals {
        Refusals::here(vec![self.hide(&error.to_string())])
    }

    /// A text without the secrets of the connection.
    pub fn hide(&self, text: &str) -> String {
        Mask::new(&self.endpoint.secrets).text(text)
    }
}

/// Whether Quay refuses something to the caller: for the credentials, for a right, or for too many attempts to sign in.
pub fn is_no(error: &Error) -> bool {
    matches!(error.status(), Some(401 | 403 | 429))
}
