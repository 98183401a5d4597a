//! Numbers as people say them.

use serde_json::Value;

use crate::apply::kinds::shape::size;
use crate::modules;
use crate::quay::fields::Unit;
use crate::quay::period::in_units;

const PERIODS: &[(u64, &str)] =
    &[(604_800, " week"), (86_400, " day"), (3_600, " hour"), (60, " minute"), (1, " second")];

/// A number of seconds or bytes, and what that is in larger units; `None` for every other option of a module.
pub fn with_unit(module: &str, option: &str, value: &Value) -> Option<String> {
    let field = modules::find(module)?.fields.fields.iter().find(|field| field.option == option)?;
    let number = value.as_u64().filter(|number| *number > 0)?;
    let said = match field.unit {
        Unit::One => return None,
        Unit::Seconds => period(number),
        Unit::Bytes => size(number),
    };
    let unit = if field.unit == Unit::Seconds { "s" } else { "bytes" };
    Some(if said.starts_with(&format!("{number}")) {
        format!("{number} {unit}")
    } else {
        format!("{said} ({number} {unit})")
    })
}

fn period(seconds: u64) -> String {
    let said = in_units(seconds, PERIODS);
    if said.starts_with("1 ") { said } else { format!("{said}s") }
}
