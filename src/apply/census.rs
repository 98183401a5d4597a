//! Which organizations there are.

use crate::api::{Path, Reader};
use crate::error::{Need, Result};

const NEED: Need = Need::right("user:read", "");

/// The names of all organizations that the caller may see, sorted: every one for a superuser, else those that the caller is in.
///
/// # Errors
/// When Quay does not say who is calling, or cuts the list.
pub fn organizations(reader: &Reader) -> Result<Vec<String>> {
    let attempt = "list the organizations";
    let user = reader.get(&Path::api("user/")).map_err(|error| error.attempting(attempt).needing(&NEED))?;
    let list = match user["super_user"] == true {
        true => reader
            .list(&Path::api("superuser/organizations/"), "organizations")
            .map_err(|error| error.attempting(attempt))?,
        false => user["organizations"].as_array().cloned().unwrap_or_default(),
    };
    let mut names: Vec<String> = list.iter().filter_map(|entry| entry["name"].as_str().map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}
