//! Foreign files as the text of a registry file, without the secrets that the formats know.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::input::foreign::{Translation, variable};
use super::input::secret::ADDRESSES;
use super::input::yaml::write;
use crate::modules::{MODULES, connection};
use crate::quay::names::password_in_url;

/// A registry file that is ready to be written.
pub struct Converted {
    /// Its text. Passwords and tokens are references to environment variables, which comments at the top name.
    pub text: String,
    /// The variables that have to be set before the file is used.
    pub variables: Vec<String>,
}

/// Writes a translation as a registry file.
///
/// Every option that holds a password or a token becomes a reference to a variable, and so does an address with a password
/// in it. A secret that looks like something else, such as a word in the path of a webhook or in a description, stays as it
/// is. Applying the text with the variables set does what applying the foreign files does. References to files stay as they
/// are: they start from the folder of the file that names them.
pub fn convert(translation: &Translation) -> Converted {
    let mut hidden = Hidden::default();
    let value = hidden.value(translation.declaration.to_value(), "", &[]);
    let variables: Vec<String> = hidden.variables.into_keys().collect();
    Converted { text: header(&variables) + &write::write(&value), variables }
}

fn header(variables: &[String]) -> String {
    if variables.is_empty() {
        return String::new();
    }
    let mut header =
        "# Secrets do not stand in this file. Set these environment variables before you use it:\n".to_owned();
    for variable in variables {
        header.push_str(&format!("#   {variable}\n"));
    }
    header
}

/// Variables, and the value that each stands for.
#[derive(Default)]
struct Hidden {
    variables: BTreeMap<String, Value>,
}

impl Hidden {
    /// `value` without secrets. `around` is the key that it stands under, `names` whom it belongs to.
    fn value(&mut self, value: Value, around: &str, names: &[String]) -> Value {
        match value {
            Value::Array(list) => list.into_iter().map(|value| self.value(value, around, names)).collect(),
            Value::Object(map) => Value::Object(self.map(map, around, names)),
            scalar => scalar,
        }
    }

    fn map(&mut self, map: Map<String, Value>, around: &str, names: &[String]) -> Map<String, Value> {
        let name = ["name", "username", "title"].iter().find_map(|key| map.get(*key)?.as_str());
        let names: Vec<String> = names.iter().cloned().chain(name.map(str::to_owned)).collect();
        map.into_iter()
            .map(|(key, value)| {
                let value = match is_secret(&key) || is_address_with_password(&key, &value) {
                    true => self.hide(&key, value, around, &names),
                    // The parameters of a notification belong to the notification.
                    false => self.value(value, if key == "config" { around } else { &key }, &names),
                };
                (key, value)
            })
            .collect()
    }

    /// The reference to a variable that stands for a secret. An empty text is none.
    fn hide(&mut self, key: &str, value: Value, around: &str, names: &[String]) -> Value {
        if let Some(variable) = value.get("env").and_then(Value::as_str) {
            self.variables.insert(variable.to_owned(), value.clone());
            return value;
        }
        if value.is_object() || value.as_str() == Some("") {
            return value;
        }
        // The place of a token says what it is for.
        let around = Some(around).filter(|around| !matches!(*around, "" | "registry" | "endpoints"));
        let parts: Vec<&str> = around.into_iter().chain([key]).chain(names.iter().map(String::as_str)).collect();
        let name = variable(&parts);
        let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}_{number}") };
        let is_free = |name: &String| self.variables.get(name).is_none_or(|known| *known == value);
        let name = (1..).map(numbered).find(is_free).unwrap_or(name.clone());
        self.variables.insert(name.clone(), value);
        json!({"env": name})
    }
}

/// Whether a key holds a secret, wherever it stands.
fn is_secret(key: &str) -> bool {
    let modules = MODULES.iter().flat_map(|entry| entry.rules.secrets);
    modules.chain(connection::RULES.secrets).any(|option| option.rsplit('.').next() == Some(key))
}

/// Whether a value is an address with a password in it, where a registry file takes a reference.
fn is_address_with_password(key: &str, value: &Value) -> bool {
    let takes = ADDRESSES.iter().any(|option| option.rsplit('.').next() == Some(key));
    takes && value.as_str().and_then(password_in_url).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::input::declaration::Declaration;
    use crate::apply::input::yaml::{Node, parse};

    fn translation(value: Value) -> Translation {
        Translation { declaration: Node::of_value(&value, "it"), warnings: Vec::new(), problems: Vec::new() }
    }

    fn read(text: &str) -> Value {
        parse::parse("f", text).unwrap_or_else(|problems| panic!("{problems:#?}"))[0].to_value()
    }

    #[test]
    fn every_secret_becomes_a_variable_of_its_own() {
        let converted = convert(&translation(json!({
            "registry": {"quay_host": "q", "quay_token": "s3cret-0"},
            "users": [{"username": "bob", "password": "s3cret-1"}],
            "organizations": [{
                "name": "acme",
                "proxy_cache": {"registry": "quay.io", "password": "s3cret-2"},
                "mirror": {"external_registry_password": {"env": "MINE"}},
                "repositories": [
                    {"name": "a/b", "mirror": {"external_registry_password": "s3cret-3"}},
                    {"name": "a-b", "mirror": {"external_registry_password": "s3cret-4"}},
                    {"name": "c", "mirror": {"external_registry_password": ""}},
                    {"name": "d", "mirror": {"external_registry_password": {"file": "d.txt"}}},
                    {"name": "e", "notifications": [{"title": "t", "config": {"flow_api_token": 12345}}]},
                ],
            }],
            "tasks": [{"quay_first_user": {"username": "root", "password": "s3cret-6"}}],
        })));
        let expected = [
            "MINE",
            "QUAY_FIRST_USER_PASSWORD_ROOT",
            "QUAY_MIRROR_EXTERNAL_REGISTRY_PASSWORD_ACME_A_B",
            "QUAY_MIRROR_EXTERNAL_REGISTRY_PASSWORD_ACME_A_B_2",
            "QUAY_NOTIFICATIONS_FLOW_API_TOKEN_ACME_E_T",
            "QUAY_PROXY_CACHE_PASSWORD_ACME",
            "QUAY_TOKEN",
            "QUAY_USERS_PASSWORD_BOB",
        ];
        assert_eq!(converted.variables, expected);
        assert!(!converted.text.contains("s3cret") && !converted.text.contains("12345"), "{}", converted.text);
        for variable in expected {
            assert!(converted.text.contains(&format!("#   {variable}\n")), "{variable}");
        }
        let value = read(&converted.text);
        let repositories = &value["organizations"][0]["repositories"];
        assert_eq!(repositories[2]["mirror"]["external_registry_password"], "");
        assert_eq!(repositories[3]["mirror"]["external_registry_password"], json!({"file": "d.txt"}));
        assert_eq!(value["users"][0]["password"], json!({"env": "QUAY_USERS_PASSWORD_BOB"}));
    }

    #[test]
    fn an_address_is_hidden_when_it_has_a_password() {
        let converted = convert(&translation(json!({"organizations": [{"name": "acme", "repositories": [{
            "name": "app",
            "mirror": {"http_proxy": "http://u:s3cret@proxy:3128", "https_proxy": "http://proxy:3128", "no_proxy": "a"},
            "notifications": [{"title": "t", "config": {"url": "https://u:s3cret@hooks.example.com/"}}],
        }]}]})));
        assert_eq!(converted.variables, ["QUAY_MIRROR_HTTP_PROXY_ACME_APP", "QUAY_NOTIFICATIONS_URL_ACME_APP_T"]);
        assert!(!converted.text.contains("s3cret"), "{}", converted.text);
        let known = |name: &str| converted.variables.iter().any(|variable| variable == name);
        let environment = |name: &str| known(name).then(|| "http://u:s3cret@example.com".to_owned());
        let document = parse::parse("f", &converted.text).unwrap_or_else(|problems| panic!("{problems:#?}")).remove(0);
        let read = Declaration::read(vec![document], None, &environment);
        let read = read.unwrap_or_else(|problems| panic!("{problems:#?}")).organizations[0].to_value();
        assert_eq!(read["repositories"][0]["mirror"]["http_proxy"], "http://u:s3cret@example.com");
    }

    #[test]
    fn a_file_without_secrets_is_what_was_translated() {
        let value = json!({"organizations": [{"name": "acme", "email": "a@example.com", "teams": [{"name": "devs"}]}]});
        let converted = convert(&translation(value.clone()));
        assert_eq!((read(&converted.text), converted.variables.len()), (value, 0));
        assert!(converted.text.starts_with("---\n"));
    }

    #[test]
    fn one_secret_of_one_owner_is_one_variable() {
        let task = json!({"quay_api_token": {"client_id": "c", "quay_password": "s3cret"}});
        let same = convert(&translation(json!({"tasks": [task.clone(), task]})));
        assert_eq!(same.variables, ["QUAY_API_TOKEN_QUAY_PASSWORD"]);
    }
}
