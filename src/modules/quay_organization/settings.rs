//! The settings of an organization: what Quay shows of them, and to whom.

use serde_json::{Value, json};

use super::{CREATE_HINTS, Options};
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::plan::Step;
use crate::quay::fields::{Field, Shape, Table, Unit};
use crate::quay::server::Server;
use crate::quay::{names, period};

pub(super) const FIELDS: Table = Table {
    fields: &[
        // Quay takes an empty text for none, and no null.
        Field::of("email").shape(Shape { write: Value::clone, ..Shape::ADDRESS }).usually(|| json!("")),
        // Without it the server's own default holds, which no route tells beforehand.
        Field::of(EXPIRATION).at("tag_expiration_s").unit(Unit::Seconds).shown_when_given(),
        Field::of(INVOICES[0]).shape(Shape::OFF).shown_when_given(),
        Field::of(INVOICES[1]).shape(Shape::TEXT).shown_when_given(),
    ],
    replaced: &[],
};
const EXPIRATION: &str = "time_machine_expiration";
/// Whether invoices are sent by mail, and where. Only servers with billing do.
const INVOICES: [&str; 2] = ["invoice_email", "invoice_email_address"];

impl Options {
    /// A warning that names the given settings which Quay does not show this caller, if there are any.
    ///
    /// Before 3.16 a superuser may change the organization of somebody else, and does not see its settings: a difference would
    /// be told on every run. Other people without the right are told so by a look at what only administrators see.
    pub(super) fn hidden(&self, name: &str, found: &Value, quay: &Reader) -> Result<Option<String>> {
        let settings = FIELDS.fields.iter().map(|field| field.option);
        let given: Vec<&str> = settings.filter(|option| self.given.has(option)).collect();
        if shows_settings(found) || given.is_empty() {
            return Ok(None);
        }
        quay.list(&Path::organization(name).fixed("/prototypes"), "prototypes")
            .map_err(|error| error.attempting(settings_change(name)))?;
        Ok(Some(format!(
            "this Quay (before 3.16) hides the settings of the organization {name} from superusers who do not own it: {} \
             neither compared nor sent; run this as an owner of the organization",
            match given.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(" and ")),
            }
        )))
    }

    /// All that Quay shows of it.
    pub(super) fn observed(&self, name: &str, found: &Value) -> Value {
        let key = json!({"name": name});
        let is_set = |option: &&str| found[option] == true || found[option].is_string();
        let invoices = INVOICES.into_iter().filter(is_set);
        let given = invoices.fold(self.given.with(EXPIRATION, 0), |given, option| given.with(option, 0));
        if shows_settings(found) { FIELDS.shown(key, &given, found) } else { key }
    }
}

/// An address; `none` takes it away, and an empty text leaves it.
pub(super) fn address_or_none(value: &Value) -> Result<Value, String> {
    if value == "none" { Ok(json!("")) } else { names::empty_is_none(value) }
}

/// Refuses an expiration that the server would refuse, or would silently ignore, before anything is written.
pub(super) fn check_expiration(seconds: &Value, name: &str, quay: &Reader) -> Result<()> {
    let refuse = |why: String| Err(Error::Option(format!("cannot set time_machine_expiration of {name}: {why}")));
    // An old or locked-down server may not tell; the answer to the write is checked all the same.
    let server = Server::ask(quay);
    if server.lacks("CHANGE_TAG_EXPIRATION") {
        return refuse("the server ignores it; switch FEATURE_CHANGE_TAG_EXPIRATION on in Quay's configuration".into());
    }
    match server.texts("TAG_EXPIRATION_OPTIONS") {
        Some(offered) if !offered.iter().any(|option| period::seconds(&json!(option)).as_ref() == Ok(seconds)) => {
            refuse(format!("{seconds} s is not one of the server's TAG_EXPIRATION_OPTIONS ({})", offered.join(", ")))
        }
        _ => Ok(()),
    }
}

pub(super) fn settings_step(name: &str, body: Value) -> Step {
    let expiration = body.get("tag_expiration_s").cloned();
    let step = Step::put(Path::organization(name), body, settings_change(name)).hinting(CREATE_HINTS);
    match expiration {
        Some(seconds) => step.expecting(
            "/tag_expiration_s",
            seconds,
            format!(
                "Quay ignored time_machine_expiration of {name}; switch FEATURE_CHANGE_TAG_EXPIRATION on in Quay's configuration"
            ),
        ),
        None => step,
    }
}

fn settings_change(name: &str) -> String {
    format!("change the settings of the organization {name}")
}

/// Only administrators see the settings, and a superuser from Quay 3.16 on.
pub(super) fn shows_settings(found: &Value) -> bool {
    found["is_admin"] != false || found.get("tag_expiration_s").is_some()
}
