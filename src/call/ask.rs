//! A call of a module that only reads, for whoever wants to know what it returns.

use serde_json::{Map, Value};

use super::{Call, validate};
use crate::api::{Answers, Reader};
use crate::error::{Error, Result};
use crate::modules;

/// What a module returns, asked over a connection that is there already. What it would write is not written.
///
/// # Errors
/// When the module cannot read; options that it does not take are a bug of the caller.
pub fn ask(module: &str, options: Value, reader: &Reader) -> Result<Map<String, Value>> {
    let bug = || Error::Bug(format!("{module} does not take {options}"));
    let entry = modules::find(module).ok_or_else(bug)?;
    let parameters = options.as_object().cloned().unwrap_or_default();
    let call = validate(entry.document, entry.rules, Call::of(module, parameters), &|_| None).map_err(|_| bug())?;
    Ok(entry.plan(&call.options, reader)?.returned(&Answers::default()))
}
