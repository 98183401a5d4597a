//! The configuration file of Docker and Podman.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::file;

/// Puts the credential of a registry into the file; everything else in it stays, and one that says it already is left alone.
///
/// # Errors
/// When the file is none, or a credential helper there would win over it.
pub fn merge(path: &Path, registry: &str, auth: &str) -> Result<(), String> {
    let text = file::content(path)?;
    let mut config: Map<String, Value> = match text.as_deref().map(str::trim) {
        None | Some("") => Map::new(),
        Some(text) => serde_json::from_str(text).map_err(|_| "it is no JSON object".to_owned())?,
    };
    let helper =
        config.get("credHelpers").and_then(|helpers| helpers.get(registry)).or_else(|| config.get("credsStore"));
    if let Some(helper) = helper.and_then(Value::as_str).filter(|helper| !helper.is_empty()) {
        return Err(format!("its credential helper {helper} would win over what it says of {registry}"));
    }
    let auths = config.entry("auths").or_insert_with(|| json!({}));
    let auths = auths.as_object_mut().ok_or("its auths are no JSON object")?;
    let entry = auths.entry(registry).or_insert_with(|| json!({}));
    if entry["auth"] == *auth && entry.get("identitytoken").is_none() {
        return Ok(());
    }
    let entry = entry.as_object_mut().ok_or_else(|| format!("its entry of {registry} is no JSON object"))?;
    entry.insert("auth".into(), auth.into());
    // It would win.
    entry.remove("identitytoken");
    file::write(path, &format!("{:#}\n", Value::Object(config)), None, None)
}

/// Whether the file has a credential of a registry.
pub fn has(path: &Path, registry: &str) -> bool {
    let text = file::content(path).ok().flatten().unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|config| config["auths"][registry]["auth"].is_string())
}
