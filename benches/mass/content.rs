//! What is declared.

use std::fmt;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::Result;

/// How much is in an organization.
pub struct Shape {
    pub teams: usize,
    pub robots: usize,
    pub repositories: usize,
    pub permissions: usize,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { teams, robots, repositories, permissions } = self;
        write!(f, "{teams} teams, {robots} robots, {repositories} repositories with {permissions} permissions each")
    }
}

/// Writes a registry file with so many organizations. Host and token come from the environment.
pub fn write(organizations: usize, shape: &Shape, jobs: usize) -> Result<NamedTempFile> {
    let content = json!({
        "registry": registry(jobs),
        "organizations": (0..organizations).map(|number| organization(&format!("company{number}"), shape)).collect::<Vec<_>>(),
    });
    let file = tempfile::Builder::new().suffix(".yml").tempfile()?;
    std::fs::write(file.path(), serde_json::to_string_pretty(&content)?)?;
    Ok(file)
}

/// How the server is asked.
pub fn registry(jobs: usize) -> Value {
    json!({"jobs": jobs, "timeout": 60})
}

fn organization(name: &str, shape: &Shape) -> Value {
    let robots: Vec<Value> = (0..shape.robots)
        .map(|number| json!({"name": format!("robot{number}"), "description": format!("Robot account {number}")}))
        .collect();
    let members = |number: usize| match shape.robots {
        0 => Vec::new(),
        robots => vec![format!("{name}+robot{}", number % robots)],
    };
    let teams: Vec<Value> = (0..shape.teams)
        .map(|number| json!({"name": format!("team{number}"), "role": "member", "members": members(number)}))
        .collect();
    let repositories: Vec<Value> = (0..shape.repositories)
        .map(|number| {
            let permissions: Vec<Value> =
                (0..shape.permissions).map(|grant| permission(name, shape, number + grant)).collect();
            json!({
                "name": format!("repository{number}"),
                "description": format!("Repository number {number} of {name}"),
                "visibility": "private",
                "permissions": permissions,
            })
        })
        .collect();
    json!({"name": name, "email": format!("{name}@example.com"), "teams": teams, "robots": robots, "repositories": repositories})
}

/// In turn to a team and a robot account.
fn permission(organization: &str, shape: &Shape, number: usize) -> Value {
    let holder = number / 2;
    match number % 2 {
        0 if shape.teams > 0 => {
            json!({"name": format!("team{}", holder % shape.teams), "type": "team", "role": "write"})
        }
        _ => {
            json!({"name": format!("{organization}+robot{}", holder % shape.robots.max(1)), "type": "user", "role": "read"})
        }
    }
}
