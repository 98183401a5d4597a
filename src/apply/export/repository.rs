//! One repository.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::organization::hide;
use super::policies::Place;
use super::shape;
use super::shape::tidy;
use super::{Found, Source, if_available};
use crate::api::Path;
use crate::error::{Error, Need, Result};
use crate::quay::{lookup, mirror, notification, text};

/// A repository, with everything that is kept inside of it.
pub fn read(source: &Source<'_>, organization: &str, short: &str) -> Result<Found> {
    let name = format!("{organization}/{short}");
    let path = Path::repository(&name);
    let attempt = || format!("read the repository {name}");
    let found = source.quay.find(&lookup::repository_path(&name));
    let Some(found) = found.map_err(|error| error.attempting(attempt()))? else {
        return Err(Error::Missing(format!("cannot {}: it was listed, and is gone", attempt())));
    };
    let mut left_out = Vec::new();
    let mut repository = Map::new();
    let mut set = |key: &str, value: Value| repository.insert(key.to_owned(), value);
    set("name", json!(short));
    set("visibility", json!(if found["is_public"] == true { "public" } else { "private" }));
    set("description", json!(text(&found["description"])));
    let options = json!({"name": name, "perms": [], "append": false, "state": "present"});
    let mut seen = source.seen("quay_repository", options)?;
    set("permissions", seen.shift_remove("perms").unwrap_or_default());
    let mirror = mirror(source, &name, &mut left_out)?;
    let state = text(&found["state"]);
    // A mirror brings its state along, and in a mirrored organization it cannot be set.
    let is_implied = matches!(state, "NORMAL" | "ORG_MIRROR") || (state == "MIRROR" && !mirror.is_empty());
    if !is_implied {
        set("repo_state", json!(state));
    }
    set("mirror", Value::Object(mirror));
    set("notifications", json!(notifications(source, &name, &mut left_out)?));
    let place = Place { path, what: format!("the repository {name}"), right: Need::REPO_ADMIN };
    set("prune_policies", json!(place.prune_policies(source)?));
    set("immutability_policies", json!(place.immutability_policies(source)?));
    Ok(Found { value: Value::Object(tidy(repository, &[], &json!({}))), left_out })
}

/// The mirror; empty when there is none.
fn mirror(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Map<String, Value>> {
    if source.server.is_without("REPO_MIRROR") {
        return Ok(Map::new());
    }
    let attempt = format!("read the mirror of the repository {name}");
    let found = source.quay.find(&Path::repository(name).fixed("/mirror"));
    let found = if_available(found.map_err(|error| error.attempting(attempt)))?.flatten();
    let Some(found) = found else { return Ok(Map::new()) };
    let seen = source.seen("quay_repository_mirror", json!({"name": name, "force_sync": false}))?;
    let usual = json!({
        "is_enabled": false, "sync_interval": mirror::USUAL_INTERVAL, "skopeo_timeout": mirror::USUAL_TIMEOUT,
        "verify_tls": true, "unsigned_images": false,
    });
    let mut mirror = tidy(seen, &["name"], &usual);
    let whose = format!("repository {name}: mirror");
    // Whether there is a password cannot be seen; without a user name there is none.
    if !text(&found["external_registry_username"]).is_empty() {
        left_out.push(format!("{whose}: external_registry_password, if it has any"));
    }
    hide(&mut mirror, &whose, left_out);
    Ok(mirror)
}

/// The notifications, without addresses and tokens, which are secrets or hold some.
fn notifications(source: &Source<'_>, name: &str, left_out: &mut Vec<String>) -> Result<Vec<Value>> {
    let path = Path::repository(name).fixed("/notification/");
    let attempt = format!("list the notifications of {name}");
    let list = source.quay.list(&path, "notifications").map_err(|error| error.attempting(attempt))?;
    let mut notifications = Vec::new();
    let mut titles = BTreeSet::new();
    for entry in &list {
        let title = text(&entry["title"]);
        if !titles.insert(title) {
            left_out.push(format!("repository {name}: another notification called \"{title}\""));
            continue;
        }
        let Value::Object(mut shown) = notification::shown(entry) else { continue };
        if let Some(Value::Object(config)) = shown.get_mut("config") {
            // A room goes only together with its token.
            for key in ["url", "notification_token", "room_id", "flow_api_token"] {
                if config.shift_remove(key).is_some() {
                    left_out.push(format!("repository {name}: notification \"{title}\": config.{key}"));
                }
            }
        }
        notifications.push(Value::Object(tidy(shown, &[], &json!({}))));
    }
    shape::sort(&mut notifications, &["title"]);
    Ok(notifications)
}
