//! The rights that a mirror needs: Quay gives its robot account the role `write` on the repository.

use std::collections::HashMap;

use serde_json::json;

use super::item::Item;
use super::options::Opened;
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
        .filter_map(|item| Some((item.repository()?.to_owned(), item.text("robot_username")?)))
        .collect();
    let mut problems = Vec::new();
    for item in items.iter_mut().filter(|item| item.module() == repository::SECTION.module && !item.is_removal()) {
        let Some(robot) = item.repository().and_then(|name| robots.get(name)) else { continue };
        let is_whole = item.options.are_whole();
        let mut item = Opened::of(item);
        match item.grant("user", robot) {
            Some(grant) if grant["role"] == "read" => problems.push(item.item.problem(format!(
                "permissions: {robot} synchronizes the mirror of this repository and needs the role write; give it that role"
            ))),
            None if is_whole => {
                item.add("perms", [json!({"name": robot, "type": "user", "role": "write"})]);
                item.close();
            }
            _ => {}
        }
    }
    problems
}
