//! What is told of one robot account.

use serde_json::{Value, json};

use crate::quay::{clean, robot, time};

/// The account itself, as Quay shows it.
pub(super) fn shown(robot: &Value) -> Value {
    let days = |key: &str| time::of(&robot[key]).map(time::days_since);
    let names = |key: &str| robot[key].as_array().map(|list| list.iter().filter_map(name).collect::<Vec<_>>());
    json!({
        "name": clean(&robot["name"]),
        "description": clean(&robot["description"]),
        "created": time::of(&robot["created"]).map(time::written),
        "last_accessed": time::of(&robot["last_accessed"]).map(time::written),
        "age_days": days("created"),
        "idle_days": days("last_accessed"),
        "teams": names("teams"),
        "repositories": names("repositories"),
    })
}

/// The name of a team, which is an object, or of a repository.
fn name(entry: &Value) -> Option<String> {
    clean(entry.get("name").unwrap_or(entry))
}

/// Why it is a finding that nobody uses it.
pub(super) fn finding(robot: &Value) -> Value {
    let days = robot::last_seen(robot).map_or(0, time::days_since);
    let name = clean(&robot["name"]).unwrap_or_default();
    let message = match robot["last_accessed"].is_null() {
        true => format!("the robot account {name} was made {days} days ago, and nobody ever used it"),
        false => format!("nobody has used the robot account {name} for {days} days"),
    };
    json!({"name": name, "finding": "unused", "message": message})
}
