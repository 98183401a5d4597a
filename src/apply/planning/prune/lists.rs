//! The lists that the server keeps below an organization and below a repository, and what tells their entries apart.

use serde_json::{Value, json};

use crate::apply::input::layout::Kind;
use crate::apply::planning::item::Item;
use crate::quay::{python, written};

/// A list of the server.
pub struct List {
    pub kind: Kind,
    /// Path below the owner.
    pub segment: &'static str,
    /// Its key in the answer.
    pub key: &'static str,
    pub module: &'static str,
    /// The options that select an entry: entries with the same options are removed by the same call.
    pub options: fn(&Value) -> Value,
    /// Whether an item of the module is about an entry, where having the same options is not the whole answer.
    selects: Option<fn(&Item, &Value) -> bool>,
}

impl List {
    const fn of(
        kind: Kind,
        (segment, key): (&'static str, &'static str),
        module: &'static str,
        options: fn(&Value) -> Value,
    ) -> List {
        List { kind, segment, key, module, options, selects: None }
    }

    /// Whether an item of the module is about an entry.
    pub fn is_about(&self, item: &Item, entry: &Value) -> bool {
        self.selects.map_or_else(|| has(item, &(self.options)(entry)), |selects| selects(item, entry))
    }
}

const APPLICATIONS: (&str, &str) = ("/applications", "applications");
const DEFAULT_PERMISSIONS: (&str, &str) = ("/prototypes", "prototypes");
const NOTIFICATIONS: (&str, &str) = ("/notification/", "notifications");
const PRUNE: (&str, &str) = ("/autoprunepolicy/", "policies");
const IMMUTABILITY: (&str, &str) = ("/immutabilitypolicy/", "policies");

/// The lists of an organization.
pub const LISTS: &[List] = &[
    List::of(Kind::DefaultPermissions, DEFAULT_PERMISSIONS, "quay_default_perm", default_permission),
    List::of(Kind::Applications, APPLICATIONS, "quay_application", application),
    List::of(Kind::PrunePolicies, PRUNE, "quay_organization_prune", prune_policy),
    List::of(Kind::ImmutabilityPolicies, IMMUTABILITY, "quay_organization_immutability", immutability_policy),
];

/// The lists of a repository.
pub const REPOSITORY_LISTS: &[List] = &[
    List { selects: Some(selects), ..List::of(Kind::Notifications, NOTIFICATIONS, "quay_notification", notification) },
    List::of(Kind::PrunePolicies, PRUNE, "quay_repository_prune", prune_policy),
    List::of(Kind::ImmutabilityPolicies, IMMUTABILITY, "quay_repository_immutability", immutability_policy),
];

/// Whether an item has all these options.
fn has(item: &Item, options: &Value) -> bool {
    options.as_object().into_iter().flatten().all(|(key, value)| {
        let given = item.options.get(key).unwrap_or(&Value::Null);
        given == value || written(given) == written(value)
    })
}

fn default_permission(entry: &Value) -> Value {
    let creator = entry["activating_user"]["name"].clone();
    let kind = if entry["delegate"]["kind"] == "team" { "team" } else { "user" };
    json!({"name": entry["delegate"]["name"], "type": kind, "creator": creator})
}

fn application(entry: &Value) -> Value {
    json!({"name": entry["name"]})
}

/// Event and method alone would also select those that have a title; this pattern selects none of them.
fn notification(entry: &Value) -> Value {
    match title(entry) {
        "" => json!({"regexp": "^$"}),
        title => json!({"title": title}),
    }
}

fn title(entry: &Value) -> &str {
    entry["title"].as_str().unwrap_or_default()
}

/// Whether the module of an item would find this notification. A pattern that cannot be tried may well fit.
fn selects(item: &Item, entry: &Value) -> bool {
    let title = title(entry);
    if let Some(part) = item.text("search_string") {
        return title.contains(part);
    }
    if let Some(pattern) = item.text("regexp") {
        return python::compile(pattern).map_or(true, |pattern| pattern.is_match(title).unwrap_or(true));
    }
    if let Some(wanted) = item.text("title") {
        return title == wanted;
    }
    let fits = |key: &str| item.text(key).is_none_or(|wanted| entry[key] == wanted);
    fits("event") && fits("method")
}

/// `number_of_tags` and `creation_date` are the API's words for the options `tags` and `date`.
fn prune_policy(entry: &Value) -> Value {
    let method = if entry["method"] == "creation_date" { "date" } else { "tags" };
    let pattern = entry["tagPattern"].as_str().filter(|pattern| !pattern.is_empty());
    json!({
        "method": method,
        "value": written(&entry["value"]),
        "tag_pattern": pattern,
        // Without a pattern the flag has no effect, whatever is stored.
        "tag_pattern_matches": pattern.is_none() || entry["tagPatternMatches"] != false,
    })
}

fn immutability_policy(entry: &Value) -> Value {
    json!({"tag_pattern": entry["tagPattern"]})
}
