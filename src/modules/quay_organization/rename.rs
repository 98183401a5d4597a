//! An organization that gets another name, or has it already.

use serde_json::{Value, json};

use super::Options;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Step};
use crate::quay::lookup;

const NEED: Need = Need::right("super:user", "a superuser").feature("SUPER_USERS", "");
const HINTS: &[Hint] = &[
    Hint { status: 500, contains: "", advice: "Quay fails like this when the new name belongs to a user" },
    Hint {
        status: 404,
        contains: "not found",
        advice: "it is gone meanwhile, or this is quay.io, which renames nothing",
    },
];

impl Options {
    /// The name that it shall have.
    pub(super) fn target(&self) -> &str {
        self.new_name.as_ref().unwrap_or(&self.name)
    }

    /// The organization as it is, and its name: the new one when an earlier run has renamed it.
    pub(super) fn find(&self, quay: &Reader) -> Result<(&str, Option<Value>)> {
        let (name, new) = (&self.name, self.target());
        let old = lookup::organization(quay, name)?;
        if new == name {
            return Ok((name, old));
        }
        match (&old, lookup::organization(quay, new)?) {
            (Some(_), Some(_)) => {
                Err(Error::Option(format!("cannot rename the organization {name} to {new}: both exist already")))
            }
            (None, Some(found)) => Ok((new, Some(found))),
            (_, None) => Ok((name, old)),
        }
    }
}

/// The step that gives it another name, which no user may have.
pub(super) fn step(name: &str, target: &str, quay: &Reader) -> Result<Step> {
    let what = format!("rename the organization {name} to {target}");
    let taken = quay.find(&Path::api("users").then(target));
    if taken.map_err(|error| error.attempting(format!("look up the name {target}")))?.is_some() {
        return Err(Error::Option(format!("cannot {what}: a user has this name")));
    }
    let path = Path::api("superuser/organizations").then(name);
    Ok(Step::put(path, json!({"name": target}), what).needing(NEED).hinting(HINTS))
}
