//! What nobody must see: the secrets of a declaration, and a report without them.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::input::declaration::Declaration;
use super::input::secret;
use super::kinds::{secret as manifest, sections};
use super::report::{Outcome, Report};
use crate::call::mask::Mask;
use crate::call::{self, address};
use crate::modules::contract::Argument;
use crate::modules::{MODULES, connection};

/// The texts and numbers under every key that is a secret option of any module, at any depth and in any shape, and the secrets
/// in addresses. A key in the wrong place is a mistake, and so is one that is spelt wrongly: its value is a secret all the same.
/// References to secrets are none.
pub fn within(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    search(value, &mut Words::of_all_modules(), "", false, &mut found);
    found
}

/// The secrets that a declaration holds, references resolved.
pub fn of(declaration: &Declaration) -> Vec<String> {
    let endpoints = declaration.registry.endpoints.iter().flat_map(|endpoint| endpoint.secrets.iter().cloned());
    let entries = declaration.users.iter().chain(&declaration.messages).chain(&declaration.organizations);
    let nodes = entries.chain(declaration.tasks.iter().map(|task| &task.options));
    let (mut words, mut found) = (Words::of_all_modules(), endpoints.collect());
    nodes.for_each(|node| search(&node.to_value(), &mut words, "", false, &mut found));
    found
}

/// Names of options.
struct Words {
    secrets: BTreeSet<&'static str>,
    hooks: BTreeSet<&'static str>,
    known: BTreeSet<&'static str>,
    /// Keys whose entries are mappings, such as `tokens`: what stands in those is judged by its own key.
    structure: BTreeSet<&'static str>,
    /// What was found out about keys: a file repeats the same few.
    judged: HashMap<String, bool>,
}

impl Words {
    fn of_all_modules() -> Words {
        let rules = || MODULES.iter().map(|entry| entry.rules).chain([&connection::RULES]);
        let last = |path: &&'static str| path.rsplit('.').next().unwrap_or(path);
        let mut known: BTreeSet<&str> = MODULES.iter().map(|entry| entry.document.name).collect();
        MODULES.iter().for_each(|entry| names(entry.document.options, &mut known));
        Words {
            secrets: rules().flat_map(|rules| rules.secrets).map(last).collect(),
            hooks: rules().flat_map(|rules| rules.hooks).map(last).collect(),
            known,
            structure: sections().flat_map(|section| section.steering.iter().copied().chain([section.key])).collect(),
            judged: HashMap::new(),
        }
    }

    /// Whether a secret is meant by a key: by its name, or by one that looks like it and means nothing else.
    fn mean_secret(&mut self, key: &str) -> bool {
        if let Some(known) = self.judged.get(key) {
            return *known;
        }
        let found = self.judge(key);
        self.judged.insert(key.to_owned(), found);
        found
    }

    fn judge(&self, key: &str) -> bool {
        const PARTS: &[&str] = &["passw", "secret", "token"];
        let looks_like_it = || {
            let secrets: Vec<&str> = self.secrets.iter().copied().collect();
            PARTS.iter().any(|part| key.contains(part)) || call::close_name(key, &secrets).is_some()
        };
        self.secrets.contains(key) || (!self.known.contains(key) || self.structure.contains(key)) && looks_like_it()
    }
}

fn names(options: &'static [Argument], known: &mut BTreeSet<&'static str>) {
    for option in options {
        known.extend(option.aliases.iter().chain([&option.name]));
        names(option.suboptions, known);
    }
}

/// `key` is that of the value, or of the list around it; `inside` a secret is all that stands in one.
fn search(value: &Value, words: &mut Words, key: &str, inside: bool, found: &mut Vec<String>) {
    let is_secret = inside || words.mean_secret(key);
    match value {
        Value::Array(list) => list.iter().for_each(|value| search(value, words, key, inside, found)),
        Value::Object(map) if is_secret && secret::is_reference(map) => {}
        Value::Object(map) => {
            found.extend(manifest::hidden(map));
            let inside = is_secret && (inside || !words.structure.contains(key));
            map.iter().for_each(|(key, value)| search(value, words, key, inside, found));
        }
        Value::String(text) if is_secret => found.push(text.clone()),
        Value::Number(number) if is_secret => found.push(number.to_string()),
        Value::String(text) => found.extend(address::secrets(key, words.hooks.contains(key), text)),
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
        match self {
            Outcome::Failed(failure) => **failure = failure.as_ref().clone().rewritten(|text| mask.text(text)),
            Outcome::Skipped(why) => *why = mask.text(why),
            Outcome::Planned | Outcome::Done => {}
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

    #[test]
    fn what_describes_a_token_is_no_secret() {
        let config = json!({"organizations": [{
            "name": "acme",
            "applications": [{"name": "ci", "tokens": [{"name": "deploy", "rights": ["repo:read"], "rotate_after": "90d",
                "secret": {"name": "quay", "namespace": "shop"}, "token": "s1"}]}],
            "robots": [{"name": "ci", "secret": "s2"}],
        }], "tokens": ["s3"], "users": [{"username": "bob", "password": {"tokens": [{"name": "s4"}]}}]});
        assert_eq!(within(&config), ["s1", "s2", "s3", "s4"]);
    }

    #[test]
    fn secrets_are_found_under_wrong_keys_and_in_wrong_shapes() {
        let config = json!({
            "organizations": [{
                "name": "acme",
                "proxy_cache": {"pasword": "s1", "passwd": 2, "username": "shown"},
                "mirror": {"external_registry_password": ["s3", {"value": "s4"}], "https_proxy": "u:s5/?x@proxy:3128"},
                "repositories": [{"notifications": [{"config": {"url": "https://hooks.example.com/s6/of/a/hook", "name": "shown"}}]}],
            }],
            "users": [{"username": "shown", "password": {"evn": "s7"}, "my_token": "s8", "email": "shown@example.com"}],
            "registry": {"update_secrets": "always", "quay_token": {"file": "shown"}},
            "tasks": [{"quay_docker_token": {"name": "shown"}}],
        });
        assert_eq!(within(&config), ["s1", "2", "s3", "s4", "s5/?x", "s6/of/a/hook", "s7", "s8"]);
    }
}
