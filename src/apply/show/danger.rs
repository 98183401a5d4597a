//! What a person has to know before saying yes: what cannot be undone, and what opens or closes a door.

use serde_json::{Map, Value, json};

use crate::apply::kinds::Kind;
use crate::apply::report::{Action, Report, ReportedItem};

/// How many dangers a plan has.
pub fn count(report: &Report) -> usize {
    report.endpoints.iter().flat_map(|endpoint| &endpoint.objects).map(|object| of(object).len()).sum()
}

/// The dangers of what is done to an object, a sentence each.
pub fn of(object: &ReportedItem) -> Vec<&'static str> {
    let becomes = |option: &str, value: serde_json::Value| {
        object.after.get(option) == Some(&value) && object.before.get(option) != Some(&value)
    };
    let mut found = Vec::new();
    match object.action {
        Action::Remove => found.extend(removed(object.kind)),
        Action::Create | Action::Change => {
            // That of a mirrored organization counts for the repositories that come with it.
            let is_mirror = object.kind == Kind::Mirrors;
            if becomes("visibility", json!("public")) {
                found.push(match is_mirror {
                    true => "everybody can pull from the repositories that it makes, without signing in",
                    false => "everybody can pull from it, without signing in",
                });
            }
            if !is_mirror
                && object.before.get("visibility") == Some(&json!("public"))
                && becomes("visibility", json!("private"))
            {
                found.push("whoever pulls from it without signing in is locked out");
            }
            if object.kind == Kind::ImmutabilityPolicies {
                found.push("the tags that it locks stay locked, even when it is gone");
            }
            if object.kind == Kind::Users && !object.before.is_empty() && becomes("enabled", json!(false)) {
                found.push("whoever signs in with it is locked out");
            }
            if object.kind == Kind::Mirrors && loses(object, "image_tags") {
                found.push("the next synchronization deletes the tags that it does not name any more");
            }
        }
        Action::Keep => {}
    }
    found
}

/// Whether a list has fewer entries afterwards.
fn loses(object: &ReportedItem, option: &str) -> bool {
    let list = |side: &Map<String, Value>| side.get(option).and_then(Value::as_array).cloned().unwrap_or_default();
    let kept = list(&object.after);
    list(&object.before).iter().any(|entry| !kept.contains(entry))
}

/// What is lost with an object of a kind.
fn removed(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Organizations => Some("all that is in it goes for good: repositories and images, teams, robot accounts"),
        Kind::Repositories => Some("its tags and images go for good; no time machine brings them back"),
        Kind::Users => Some("the account goes for good, and what is in its own repositories"),
        Kind::Robots | Kind::RobotPairs => Some("whatever signs in with it is locked out"),
        Kind::Applications | Kind::Tokens => Some("whatever uses its tokens is locked out"),
        Kind::Teams => Some("its members lose the rights that it gives them"),
        _ => None,
    }
}
