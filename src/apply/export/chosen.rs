//! Which organizations are exported.

use crate::api::Reader;
use crate::error::{Error, Result};
use crate::quay::glob::{Glob, is_pattern};
use crate::quay::{lists, lookup};

/// The organizations that the names and patterns mean, sorted; all that the caller can see when there is none.
///
/// # Errors
/// When the list cannot be read, a name is that of no organization, or a pattern fits none.
pub fn organizations(quay: &Reader, wanted: &[String]) -> Result<Vec<String>> {
    let (patterns, plain): (Vec<&String>, Vec<&String>) = wanted.iter().partition(|name| is_pattern(name));
    let mut names: Vec<String> = Vec::new();
    for name in plain {
        if lookup::organization(quay, name)?.is_none() {
            return Err(lookup::missing_organization(&format!("export {name}"), name));
        }
        names.push(name.clone());
    }
    if wanted.is_empty() {
        names = lists::organizations(quay)?;
    } else if !patterns.is_empty() {
        let all = lists::organizations(quay)?;
        for pattern in patterns {
            let glob = Glob::new(pattern);
            let meant: Vec<&String> = all.iter().filter(|name| glob.fits(name)).collect();
            // An empty file would look like an empty server.
            if meant.is_empty() {
                return Err(Error::Missing(format!(
                    "cannot export {pattern}: none of the {} organizations that this caller sees fits the pattern",
                    all.len()
                )));
            }
            names.extend(meant.into_iter().cloned());
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}
