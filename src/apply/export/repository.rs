//! One repository.

use serde_json::{Map, Value, json};

use super::{Found, Source};
use crate::apply::kinds::repository;
use crate::apply::kinds::shape::{is_empty, tidy};
use crate::error::{Error, Result};
use crate::quay::{lookup, text};

/// A repository, with everything that is kept inside of it.
pub fn read(source: &Source<'_>, organization: &str, short: &str) -> Result<Found> {
    let name = format!("{organization}/{short}");
    let attempt = || format!("read the repository {name}");
    let found = source.quay.find(&lookup::repository_path(&name));
    let Some(found) = found.map_err(|error| error.attempting(attempt()))? else {
        return Err(Error::Missing(format!("cannot {}: it was listed, and is gone", attempt())));
    };
    let mut left_out = Vec::new();
    let mut value = Map::new();
    let mut set = |key: &str, what: Value| drop(value.insert(key.to_owned(), what));
    set("name", json!(short));
    set("visibility", json!(if found["is_public"] == true { "public" } else { "private" }));
    set("description", json!(text(&found["description"])));
    let options = json!({"name": name, "perms": [], "append": false, "state": "present"});
    let mut seen = source.seen(&repository::SECTION, options)?;
    set("permissions", seen.shift_remove("perms").unwrap_or_default());
    for section in repository::SECTION.inside() {
        if let Some(export) = section.export {
            set(section.key, export(source, &name, &mut left_out)?);
        }
    }
    // A mirror brings its state along, and in a mirrored organization it cannot be set.
    let state = text(&found["state"]);
    let is_told = match state {
        "NORMAL" | "ORG_MIRROR" => true,
        "MIRROR" => value.get("mirror").is_some_and(|mirror| !is_empty(mirror)),
        _ => false,
    };
    if !is_told {
        value.insert("repo_state".into(), json!(state));
    }
    Ok(Found { value: Value::Object(tidy(value, &[], &json!({}))), left_out })
}
