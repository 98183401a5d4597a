//! What nobody must see: the secrets of a declaration, and a report without them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::input::declaration::Declaration;
use super::report::{Outcome, Report};
use crate::call::mask::Mask;
use crate::modules::{MODULES, connection};
use crate::quay::names::password_in_url;

/// The texts under every key that is a secret option of any module, at any depth, and the passwords in addresses: a key in
/// the wrong place is a mistake, and its value a secret all the same. References to secrets are none.
pub fn within(value: &Value) -> Vec<String> {
    let rules = MODULES.iter().map(|entry| entry.rules).chain([&connection::RULES]);
    let paths = rules.flat_map(|rules| rules.secrets);
    let names: BTreeSet<&str> = paths.map(|path| path.rsplit('.').next().unwrap_or(path)).collect();
    let mut found = Vec::new();
    search(value, &names, &mut found);
    found
}

/// The secrets that a declaration holds, references resolved.
pub fn of(declaration: &Declaration) -> Vec<String> {
    let endpoints = declaration.registry.endpoints.iter().flat_map(|endpoint| endpoint.secrets.iter().cloned());
    let entries = declaration.users.iter().chain(&declaration.messages).chain(&declaration.organizations);
    let nodes = entries.chain(declaration.tasks.iter().map(|task| &task.options));
    endpoints.chain(nodes.flat_map(|node| within(&node.to_value()))).collect()
}

fn search(value: &Value, names: &BTreeSet<&str>, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| search(value, names, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if names.contains(key.as_str()) => found.push(text.clone()),
                    Value::Number(number) if names.contains(key.as_str()) => found.push(number.to_string()),
                    value => search(value, names, found),
                }
            }
        }
        Value::String(text) => found.extend(password_in_url(text).map(str::to_owned)),
        _ => {}
    }
}

impl Report {
    /// Hides secrets in everything that can be shown. What modules return stays: it is shown nowhere.
    pub fn hide(&mut self, mask: &Mask) {
        let all = |texts: &mut Vec<String>| texts.iter_mut().for_each(|text| *text = mask.text(text));
        let map = |map: &mut Map<String, Value>| *map = mask.value_except(std::mem::take(map), &[]);
        for endpoint in &mut self.endpoints {
            all(&mut endpoint.refusals);
            all(&mut endpoint.warnings);
            for object in &mut endpoint.objects {
                object.title = mask.name(&object.title);
                object.steps.iter_mut().for_each(|step| *step = mask.name(step));
                map(&mut object.before);
                map(&mut object.after);
                all(&mut object.warnings);
                object.outcome.hide(mask);
            }
        }
    }
}

impl Outcome {
    /// Hides secrets in the message.
    pub fn hide(&mut self, mask: &Mask) {
        if let Outcome::Failed(why) | Outcome::Skipped(why) = self {
            *why = mask.text(why);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        let config = json!({
            "registry": {"quay_token": "s1", "endpoints": [{"quay_host": "h", "quay_password": 42}]},
            "organizations": [{
                "name": "acme", "quay_token": "s2 in the wrong place",
                "proxy_cache": {"password": "s3", "username": "shown"},
                "defaults": {"mirror": {"external_registry_password": "s4", "http_proxy": "http://u:s7@proxy.example.com"}},
                "repositories": [{"notifications": [{"config": {"notification_token": "s5", "url": "shown"}}]}],
            }],
            "users": [{"username": "shown", "password": {"env": "SHOWN"}}],
            "tasks": [{"quay_first_user": {"password": "s6"}}],
        });
        let found = within(&config);
        assert_eq!(found, ["s1", "42", "s2 in the wrong place", "s3", "s4", "s7", "s5", "s6"]);
    }
}
