//! The lists that the server keeps below an organization and below a repository, and what tells their entries apart.

use serde_json::{Value, json};

use crate::apply::layout::Kind;

/// Kind, path below the owner, key of the list, module, and the options that name an entry.
pub type List = (Kind, &'static str, &'static str, &'static str, fn(&Value) -> Value);

/// The lists of an organization.
pub const LISTS: &[List] = &[
    (Kind::DefaultPermissions, "/prototypes", "prototypes", "quay_default_perm", |entry| {
        let creator = entry["activating_user"]["name"].clone();
        let kind = if entry["delegate"]["kind"] == "team" { "team" } else { "user" };
        json!({"name": entry["delegate"]["name"], "type": kind, "creator": creator})
    }),
    (Kind::Applications, "/applications", "applications", "quay_application", |entry| json!({"name": entry["name"]})),
    (Kind::PrunePolicies, "/autoprunepolicy/", "policies", "quay_organization_prune", prune_policy),
    (
        Kind::ImmutabilityPolicies,
        "/immutabilitypolicy/",
        "policies",
        "quay_organization_immutability",
        immutability_policy,
    ),
];

/// The lists of a repository.
pub const REPOSITORY_LISTS: &[List] = &[
    (Kind::Notifications, "/notification/", "notifications", "quay_notification", |entry| {
        match entry["title"].as_str().filter(|title| !title.is_empty()) {
            Some(title) => json!({"title": title}),
            None => json!({"event": entry["event"], "method": entry["method"]}),
        }
    }),
    (Kind::PrunePolicies, "/autoprunepolicy/", "policies", "quay_repository_prune", prune_policy),
    (
        Kind::ImmutabilityPolicies,
        "/immutabilitypolicy/",
        "policies",
        "quay_repository_immutability",
        immutability_policy,
    ),
];

/// `number_of_tags` and `creation_date` are the API's words for the options `tags` and `date`.
fn prune_policy(entry: &Value) -> Value {
    let method = if entry["method"] == "creation_date" { "date" } else { "tags" };
    let pattern = entry["tagPattern"].as_str().filter(|pattern| !pattern.is_empty());
    json!({
        "method": method,
        "value": text(&entry["value"]),
        "tag_pattern": pattern,
        // Without a pattern the flag has no effect, whatever is stored.
        "tag_pattern_matches": pattern.is_none() || entry["tagPatternMatches"] != false,
    })
}

fn immutability_policy(entry: &Value) -> Value {
    json!({"tag_pattern": entry["tagPattern"]})
}

/// A value as a text, however the server writes it.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
