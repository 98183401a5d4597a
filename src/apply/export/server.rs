//! What belongs to the server as a whole: which organizations there are, accounts, messages.

use serde_json::{Map, Value, json};

use super::Found;
use crate::api::{Path, Reader};
use crate::apply::input::glob::{Glob, is_pattern};
use crate::apply::kinds::shape;
use crate::error::{Error, Result};
use crate::quay::{address, lookup, text};

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
        names = lookup::organizations(quay)?;
    } else if !patterns.is_empty() {
        let all = lookup::organizations(quay)?;
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

/// The accounts. Passwords are never shown.
pub fn users(quay: &Reader) -> Result<Found> {
    let list = quay.list(&Path::api("superuser/users/"), "users");
    let list = list.map_err(|error| error.attempting("list the accounts"))?;
    let mut found = Found::whole(Value::Null);
    let mut users: Vec<Value> = Vec::new();
    for entry in list.iter().filter(|entry| entry["username"].is_string()) {
        let mut user = Map::from_iter([("username".to_owned(), entry["username"].clone())]);
        if let Some(email) = Some(address(entry)).filter(|email| !email.is_empty()) {
            user.insert("email".into(), json!(email));
        }
        if entry["enabled"] == false {
            user.insert("enabled".into(), json!(false));
        }
        if entry["super_user"] == true {
            user.insert("superuser".into(), json!(true));
        }
        found.left_out.push(format!("user {}: password", text(&entry["username"])));
        users.push(Value::Object(user));
    }
    shape::sort(&mut users, &["username"]);
    found.value = json!(users);
    Ok(found)
}

/// The messages of the day.
pub fn messages(quay: &Reader) -> Result<Found> {
    let list = quay.list(&Path::api("messages"), "messages").map_err(|error| error.attempting("read the messages"))?;
    let mut messages: Vec<Value> = list
        .iter()
        .map(|entry| {
            let media_type = text(&entry["media_type"]);
            let format = media_type.strip_prefix("text/").unwrap_or(media_type);
            json!({"content": entry["content"], "severity": entry["severity"], "format": format})
        })
        .collect();
    shape::sort(&mut messages, &["content", "severity"]);
    // Two that say the same are one.
    messages.dedup();
    Ok(Found::whole(messages))
}
