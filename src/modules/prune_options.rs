//! The deprecated options `auto_prune_method` and `auto_prune_value`, which organizations and repositories share.

use serde::Deserialize;

use super::contract::{Deprecated, RequiredIf};
use crate::api::Reader;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::policy::{self, Desired, Owner};

/// Both options, to be flattened into those of a module.
#[derive(Deserialize)]
pub struct PruneOptions {
    auto_prune_method: Option<String>,
    auto_prune_value: Option<String>,
}

/// A value is needed for the methods that have one.
pub const REQUIRED_IF: &[RequiredIf] = &[
    RequiredIf { option: "auto_prune_method", value: "tags", then: &["auto_prune_value"], any: false },
    RequiredIf { option: "auto_prune_method", value: "date", then: &["auto_prune_value"], any: false },
];

/// A value means nothing without a method.
pub const REQUIRED_BY: &[(&str, &[&str])] = &[("auto_prune_value", &["auto_prune_method"])];

/// The notices, which name the module to use instead.
pub const fn deprecated(message: &'static str) -> [Deprecated; 2] {
    [
        Deprecated { option: "auto_prune_method", message, date: "2025-12-01" },
        Deprecated { option: "auto_prune_value", message, date: "2025-12-01" },
    ]
}

impl PruneOptions {
    /// What is wrong with the value, if anything is.
    pub fn problem(&self) -> Option<String> {
        self.desired().err()
    }

    /// Adds the steps, and the policies to both sides of the difference under `auto_prune`; nothing when the options are
    /// not given.
    ///
    /// # Errors
    /// When the policies cannot be read or the server has no pruning.
    pub fn plan(&self, plan: &mut Plan, quay: &Reader, owner: &Owner, exists: bool) -> Result<()> {
        let Some(desired) = self.desired().map_err(Error::Bug)? else {
            return Ok(());
        };
        let (before, after) = policy::fulfil(plan, quay, owner, &desired, exists)?;
        plan.show("auto_prune", exists.then_some(before), after);
        Ok(())
    }

    fn desired(&self) -> Result<Option<Desired>, String> {
        let value = self.auto_prune_value.as_deref();
        self.auto_prune_method.as_deref().map(|method| policy::desired(method, value)).transpose()
    }
}
