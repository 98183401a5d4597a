//! Which organizations are exported.

use crate::api::Reader;
use crate::error::{Error, Result};
use crate::quay::glob::{Glob, is_pattern};
use crate::quay::{lists, lookup};

/// The organizations that the names and patterns mean, sorted; all that the caller can see when there is none. `verb` says for an error
/// what is done with organizations.
///
/// # Errors
/// When the list cannot be read, a name is that of no organization, or a pattern fits none.
pub fn organizations(quay: &Reader, wanted: &[String], verb: &str) -> Result<Vec<String>> {
    for name in wanted.iter().filter(|name| !is_pattern(name)) {
        if lookup::organization(quay, name)?.is_none() {
            return Err(lookup::missing_organization(&format!("{verb} {name}"), name));
        }
    }
    named(quay, wanted, verb)
}

/// The same without a look at each name: the list is read only where there are patterns, or no names.
///
/// # Errors
/// When the list cannot be read, or a pattern fits none.
pub fn named(quay: &Reader, wanted: &[String], verb: &str) -> Result<Vec<String>> {
    let (patterns, plain): (Vec<&String>, Vec<&String>) = wanted.iter().partition(|name| is_pattern(name));
    let mut names: Vec<String> = plain.into_iter().cloned().collect();
    if wanted.is_empty() {
        names = lists::organizations(quay)?;
    } else if !patterns.is_empty() {
        let all = lists::organizations(quay)?;
        for pattern in patterns {
            let glob = Glob::new(pattern);
            let meant: Vec<&String> = all.iter().filter(|name| glob.fits(name)).collect();
            // Nothing at all would look like an empty server.
            if meant.is_empty() {
                return Err(Error::Missing(format!(
                    "cannot {verb} {pattern}: none of the {} organizations that this caller sees fits the pattern",
                    all.len()
                )));
            }
            names.extend(meant.into_iter().cloned());
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
