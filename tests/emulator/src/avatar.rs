//! The colored letter that stands for everyone without a picture.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::state::Namespace;

/// The colors that avatars and graphs choose from.
pub const COLORS: [&str; 32] = [
    "#969696", "#aec7e8", "#ff7f0e", "#ffbb78", "#2ca02c", "#98df8a", "#d62728", "#ff9896", "#9467bd", "#c5b0d5",
    "#8c564b", "#c49c94", "#e377c2", "#f7b6d2", "#7f7f7f", "#c7c7c7", "#bcbd22", "#1f77b4", "#17becf", "#9edae5",
    "#393b79", "#5254a3", "#6b6ecf", "#9c9ede", "#9ecae1", "#31a354", "#b5cf6b", "#a1d99b", "#8c6d31", "#ad494a",
    "#e7ba52", "#a55194",
];

fn avatar(kind: &str, name: &str, seed: &str) -> Value {
    let digest = Sha256::digest(seed.trim().to_lowercase());
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "color": COLORS[usize::from(digest[0]) % COLORS.len()], "hash": hash, "kind": kind, "name": name })
}

/// Of a user, or of an organization where Quay treats it like one.
pub fn user(account: &Namespace) -> Value {
    avatar("user", &account.name, &account.email)
}

/// Of an organization.
pub fn organization(account: &Namespace) -> Value {
    avatar("org", &account.name, &account.email)
}

/// Of a team.
pub fn team(name: &str) -> Value {
    avatar("team", name, name)
}

/// Of a robot.
pub fn robot(full_name: &str, email: &str) -> Value {
    avatar("robot", full_name, email)
}

/// Of someone in the external directory who has no account yet.
pub fn external(name: &str, email: &str) -> Value {
    avatar("user", name, email)
}

/// Of an application.
pub fn application(name: &str, seed: &str) -> Value {
    avatar("app", name, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_follow_from_the_address() {
        let avatar = external("admin", "Admin@example.com");
        assert_eq!(avatar["color"], "#98df8a");
        assert_eq!(avatar["hash"], "258d8dc916db8cea2cafb6c3cd0cb0246efe061421dbd83ec3a350428cabda4f");
        assert_eq!(team("devs")["color"], "#ffbb78");
    }
}
