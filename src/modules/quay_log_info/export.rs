//! A log that the server itself exports, and sends to somebody.

use serde_json::{Value, json};

use super::Options;
use crate::api::{Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Step};
use crate::quay::log::Scope;
use crate::quay::log::listing::days;
use crate::quay::log::range::Range;
use crate::quay::server::Server;
use crate::quay::{lookup, text, without_nulls};

const HINTS: &[Hint] = &[Hint {
    status: 400,
    contains: "callback URL",
    advice: "Quay sends to no private network that SSRF_ALLOWED_HOSTS in its configuration does not open",
}];

/// An address that the server may send to.
pub(super) fn address(value: &Value) -> Result<Value, String> {
    let text = text(value);
    match text.starts_with("https://") || text.starts_with("http://") {
        true => Ok(json!(text)),
        false if text.is_empty() => Ok(Value::Null),
        false => Err("the server sends to http:// and https:// only".into()),
    }
}

impl Options {
    pub(super) fn exports(&self) -> bool {
        self.export_url.is_some() || self.export_email.is_some()
    }

    /// One request, which queues a job of the server.
    pub(super) fn export(&self, quay: &Reader, scope: &Scope, range: Range, plan: &mut Plan) -> Result<()> {
        const NEED: Need = Need::ORG_ADMIN.feature("LOG_EXPORT", "");
        let attempt = format!("export {}", scope.shown());
        Server::ask(quay).check(&NEED, &attempt)?;
        if let Scope::Namespace(name) = scope
            && !lookup::namespace_exists(quay, name)?
        {
            return Err(Error::Missing(format!("cannot {attempt}: {}", lookup::no_namespace(name))));
        }
        let covered = range.days();
        let path = days(scope.path("exportlogs"), *covered.start(), *covered.end());
        let body = without_nulls(json!({"callback_url": self.export_url, "callback_email": self.export_email}));
        plan.title = scope.shown();
        plan.push(Step::post(path, body, attempt).named("export").needing(scope.need()).hinting(HINTS));
        plan.give_answer("export_id", Slot::new("export", "/export_id"));
        Ok(())
    }
}
