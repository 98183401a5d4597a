//! The rights that a mirror needs: Quay gives its robot account the role `write` on the repository.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::item::Item;
use crate::apply::input::yaml::Problem;
use crate::apply::kinds::{mirror, repository};

/// Adds the robot account of a declared mirror to the rights of its repository where all others are removed.
///
/// Returns the repositories that give it less than the mirror needs: Quay would raise that role, and the next run lower it
/// again.
pub fn keep_robots(items: &mut [Item]) -> Vec<Problem> {
    let robots: HashMap<String, String> = items
        .iter()
        .filter(|item| item.module() == mirror::OF_REPOSITORY.module && !item.is_removal())
        .filter_map(|item| Some((item.text("name")?.to_owned(), item.text("robot_username")?.to_owned())))
        .collect();
    let mut problems = Vec::new();
    for item in items.iter_mut().filter(|item| item.module() == repository::SECTION.module && !item.is_removal()) {
        let Some(robot) = item.text("name").and_then(|name| robots.get(name)) else { continue };
        match item.grant("user", robot) {
            Some(grant) if grant["role"] == "read" => problems.push(item.problem(format!(
                "permissions: {robot} synchronizes the mirror of this repository and needs the role write; give it that role"
            ))),
            Some(_) => {}
            None => add(item, robot),
        }
    }
    problems
}

fn add(item: &mut Item, robot: &str) {
    if item.options.get("append") == Some(&json!(false))
        && let Some(Value::Array(grants)) = item.options.get_mut("perms")
    {
        grants.push(json!({"name": robot, "type": "user", "role": "write"}));
    }
}
