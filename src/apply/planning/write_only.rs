//! Plans for objects with values that Quay takes and never shows.

use serde_json::{Map, Value};

use super::item::Item;
use crate::api::Reader;
use crate::apply::input::registry::UpdateSecrets;
use crate::error::Result;
use crate::plan::Plan;

/// A plan, and what of its options Quay does not show.
pub struct Blind {
    /// The plan.
    pub plan: Plan,
    /// The options that it sends although nothing tells whether they differ.
    pub resent: Vec<&'static str>,
    /// The options that are declared and neither compared nor sent.
    pub unsent: Vec<&'static str>,
}

impl From<Plan> for Blind {
    fn from(plan: Plan) -> Blind {
        Blind { plan, resent: Vec::new(), unsent: Vec::new() }
    }
}

/// The plan of an item with these options.
///
/// # Errors
/// As the module.
pub fn plan(item: &Item, options: &Map<String, Value>, when: UpdateSecrets, reader: &Reader) -> Result<Blind> {
    let is_given = |option: &&str| options.get(*option).is_some_and(|value| !value.is_null());
    let given: Vec<&'static str> = item.entry.rules.write_only.iter().copied().filter(is_given).collect();
    if given.is_empty() || item.is_removal() {
        return Ok(item.entry.plan(options, reader)?.into());
    }
    let mut bare = options.clone();
    bare.retain(|option, _| !given.contains(&option.as_str()));
    let without = item.entry.plan(&bare, reader);
    let whole = || item.entry.plan(options, reader);
    let Ok(without) = without else {
        return Ok(whole()?.into());
    };
    // That a value is sent again is what the user asked for, and the plan calls it resent: no reason for a warning.
    let resent = || {
        let mut plan = whole()?;
        plan.warnings.retain(|warning| without.warnings.contains(warning));
        Ok(Blind { plan, resent: given.clone(), unsent: Vec::new() })
    };
    let unsent = |plan| Ok(Blind { plan, resent: Vec::new(), unsent: given.clone() });
    // The object's own word counts before that of the run.
    let when = match options.get("update_password").and_then(Value::as_str) {
        Some("on_create") => UpdateSecrets::Never,
        _ => when,
    };
    let changes = without.changes().next().is_some();
    let exists = !without.before.is_empty();
    match when {
        _ if !exists => Ok(whole()?.into()),
        UpdateSecrets::Never if !(changes && item.entry.rules.replaces) => unsent(without),
        UpdateSecrets::Never => resent(),
        UpdateSecrets::OnChangeOfOtherFields if changes => resent(),
        UpdateSecrets::OnChangeOfOtherFields => unsent(without),
        UpdateSecrets::Always => resent(),
    }
}
