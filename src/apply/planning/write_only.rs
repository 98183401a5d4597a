//! Plans for objects with values that Quay takes and never shows.

use serde_json::{Map, Value};

use super::item::Item;
use crate::api::Reader;
use crate::apply::input::registry::UpdateSecrets;
use crate::error::Result;
use crate::plan::Plan;

/// The plan of an item, and the options that it sends although nothing tells whether they differ.
///
/// # Errors
/// As the module.
pub fn plan(item: &Item, when: UpdateSecrets, reader: &Reader) -> Result<(Plan, Vec<&'static str>)> {
    let given: Vec<&'static str> =
        item.entry.rules.write_only.iter().copied().filter(|option| item.options.contains_key(*option)).collect();
    if given.is_empty() || item.is_removal() {
        return Ok((item.entry.plan(&item.options, reader)?, Vec::new()));
    }
    let bare: Map<String, Value> = item
        .options
        .iter()
        .filter(|(option, _)| !given.contains(&option.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let without = item.entry.plan(&bare, reader);
    let whole = || item.entry.plan(&item.options, reader);
    let Ok(without) = without else {
        return Ok((whole()?, Vec::new()));
    };
    // That a value is sent again is what the user asked for, and the plan calls it resent: no reason for a warning.
    let resent = || {
        let mut plan = whole()?;
        plan.warnings.retain(|warning| without.warnings.contains(warning));
        Ok((plan, given.clone()))
    };
    let changes = without.changes().next().is_some();
    let exists = !without.before.is_empty();
    match when {
        _ if !exists => Ok((whole()?, Vec::new())),
        UpdateSecrets::Never if !(changes && item.entry.rules.replaces) => Ok((without, Vec::new())),
        UpdateSecrets::Never => resent(),
        UpdateSecrets::OnChangeOfOtherFields if changes => resent(),
        UpdateSecrets::OnChangeOfOtherFields => Ok((without, Vec::new())),
        UpdateSecrets::Always => resent(),
    }
}
