//! Notifications of repositories and organizations: events, methods and their parameters in the vocabulary of the API and of the options.

use serde_json::{Map, Value, json};

use super::fields::{Field, Shape, Table};
use super::{MASK, lookup, text, written};

/// Severities of vulnerabilities, worst first: the API knows them by their place.
pub const LEVELS: [&str; 6] = ["critical", "high", "medium", "low", "negligible", "unknown"];
/// The event that has a level.
pub const VULNERABILITY: &str = "vulnerability_found";
/// The event that has a number of days.
pub const EXPIRY: &str = "repo_image_expiry";

/// The settings of events, each of its own events.
pub const FIELDS: Table = Table {
    fields: &[
        Field::of("vulnerability_level").at("event_config/level").shape(LEVEL),
        Field::of("image_expiry_days").at("event_config/days").shape(DAYS),
        // Which branches and tags a build has to be of.
        Field::of("ref_regex").at("event_config/ref-regex"),
    ],
    replaced: &[],
};
const LEVEL: Shape = Shape {
    read: |place| number(place).and_then(|place| LEVELS.get(place)).map_or_else(|| place.clone(), |name| json!(name)),
    write: |level| {
        let place = LEVELS.iter().position(|known| *level == **known);
        place.map_or_else(|| level.clone(), |place| json!(place.to_string()))
    },
    ..Shape::PLAIN
};
const DAYS: Shape =
    Shape { read: |days| number(days).map_or_else(|| days.clone(), |days| json!(days)), ..Shape::PLAIN };

/// Quay keeps what it was sent, a number or a text.
fn number(value: &Value) -> Option<usize> {
    written(value).parse().ok()
}

/// The setting that an event has.
pub fn setting(event: &str) -> Option<&'static Field> {
    let option = match event {
        VULNERABILITY => "vulnerability_level",
        EXPIRY => "image_expiry_days",
        event if is_build(event) => "ref_regex",
        _ => return None,
    };
    FIELDS.fields.iter().find(|field| field.option == option)
}

/// The event that limits of a quota of this type ("Warning", "Reject") trigger.
pub fn of_limit(kind: &str) -> &'static str {
    if kind == "Warning" { "quota_warning" } else { "quota_error" }
}

/// Whether an event is one of builds.
pub fn is_build(event: &str) -> bool {
    event.starts_with("build_")
}

/// The keys of the event's configuration that no option sets.
pub fn unknown_event_values(entry: &Value) -> impl Iterator<Item = &str> {
    let known = setting(text(&entry["event"])).and_then(|field| field.at.strip_prefix("event_config/"));
    let keys = entry["event_config"].as_object().into_iter().flat_map(Map::keys);
    keys.map(String::as_str).filter(move |key| known != Some(*key))
}

/// The feature without which Quay accepts an event, but never lets it happen.
pub fn feature(event: &str) -> Option<&'static str> {
    Some(match event {
        EXPIRY => "IMAGE_EXPIRY_TRIGGER",
        VULNERABILITY => "SECURITY_SCANNER",
        _ if is_build(event) => "BUILD_SUPPORT",
        _ if event.starts_with("repo_mirror_") => "REPO_MIRROR",
        _ => return None,
    })
}

/// JSON as text, whether it was written as text or as a structure; an empty text becomes null.
///
/// # Errors
/// When a text is no JSON document.
pub fn template(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) if text.trim().is_empty() => Ok(Value::Null),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(_) => Ok(value.clone()),
            Err(error) => Err(format!("not a JSON document: {error}")),
        },
        structure => Ok(json!(structure.to_string())),
    }
}

/// Parameters that a method cannot do without: the option, and the place in the API's object.
pub fn needed(method: &str) -> &'static [(&'static str, &'static str)] {
    match method {
        "email" => &[("config.email", "/email")],
        "flowdock" => &[("config.flow_api_token", "/flow_api_token")],
        "hipchat" => &[("config.room_id", "/room_id"), ("config.notification_token", "/notification_token")],
        "slack" | "webhook" => &[("config.url", "/url")],
        "quay_notification" => &[("config.name", "/target/name")],
        _ => &[],
    }
}

/// Whether two configurations of the same method mean the same. Targets that were made in the web interface carry more
/// than name and kind; an external user is stored under the local name.
pub fn same_config(wanted: &Value, current: &Value) -> bool {
    let parsed = |value: &Value| value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let same = |key: &String, wanted: &Value| match key.as_str() {
        "target" => {
            let (name, now) = (text(&wanted["name"]), text(&current["target"]["name"]));
            let same_name = name == now || (wanted["kind"] == "user" && lookup::local_name(name) == now);
            same_name && wanted["kind"] == current["target"]["kind"]
        }
        "template" => parsed(wanted) == parsed(&current["template"]),
        _ => *wanted == current[key.as_str()],
    };
    wanted.as_object().is_none_or(|wanted| wanted.iter().all(|(key, value)| same(key, value)))
}

/// A notification in the vocabulary of the options, without its secrets.
pub fn shown(entry: &Value) -> Value {
    let mut shown = json!({
        "title": text(&entry["title"]),
        "event": entry["event"],
        "method": entry["method"],
        "config": shown_config(&entry["config"]),
    });
    let event = text(&entry["event"]);
    let setting = setting(event).map(|field| (field.option, field.read(entry)));
    if let Some((option, value)) = setting.filter(|(_, value)| !(value.is_null() && is_build(event))) {
        shown[option] = value;
    }
    shown
}

/// The parameters in the vocabulary of the options; of an address only the host is shown, as its path is often a secret.
fn shown_config(config: &Value) -> Value {
    let mut shown = Map::new();
    for (key, value) in config.as_object().into_iter().flatten() {
        let value = match key.as_str() {
            "target" => {
                shown.insert("type".into(), value["kind"].clone());
                shown.insert("name".into(), value["name"].clone());
                continue;
            }
            "notification_token" | "flow_api_token" => json!(MASK),
            "url" => json!(match url::Url::parse(text(value)) {
                Ok(url) => format!("{}/{MASK}", url.origin().ascii_serialization()),
                Err(_) => MASK.to_owned(),
            }),
            _ => value.clone(),
        };
        shown.insert(key.clone(), value);
    }
    Value::Object(shown)
}

/// An object of the API, where null means an empty one.
pub fn object(value: &Value) -> Value {
    if value.is_object() { value.clone() } else { json!({}) }
}
