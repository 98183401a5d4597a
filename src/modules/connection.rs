//! The options that every module shares: where the server is, and who signs in.

use serde_json::{Map, Value};
use url::{Host, Url};

use super::contract::{Argument, Document, Login, Rules, document};
use crate::api;

const TOKEN: &str = "quay_token";
const USERNAME: &str = "quay_username";
const PASSWORD: &str = "quay_password";

const HOST: &str = "quay_host";
const VALIDATE_CERTS: &str = "validate_certs";
const CA_PATH: &str = "ca_path";
const TIMEOUT: &str = "timeout";
const RETRIES: &str = "retries";

/// All options of the connection.
pub const OPTIONS: &[&str] = &[HOST, TOKEN, USERNAME, PASSWORD, VALIDATE_CERTS, CA_PATH, TIMEOUT, RETRIES];
/// Those of them that say who signs in.
pub const LOGIN: &[&str] = &[TOKEN, USERNAME, PASSWORD];

/// A module that signs in either way and requires nothing: its documentation has all options of the connection.
pub const DOCUMENT: &Document = document("quay_config_info");

/// Whether it is an option of the connection.
pub fn is_option(name: &str) -> bool {
    OPTIONS.contains(&name)
}

/// Whether it is an option that says who signs in.
pub fn is_login(name: &str) -> bool {
    LOGIN.contains(&name)
}

/// The options of the connection as they are documented.
pub fn arguments() -> impl Iterator<Item = &'static Argument> {
    DOCUMENT.options.iter().filter(|argument| is_option(argument.name))
}

/// Rules of the connection options, with every way to sign in. [`rules`] gives the part that counts for a module.
pub const RULES: Rules = Rules {
    secrets: &[TOKEN, PASSWORD],
    formats: &[(HOST, host), (TIMEOUT, timeout), (RETRIES, retries), (TOKEN, token)],
    environment: &[
        (HOST, &["QUAY_HOST"]),
        (VALIDATE_CERTS, &["QUAY_VERIFY_SSL"]),
        (CA_PATH, &["QUAY_CA_PATH"]),
        (TIMEOUT, &["QUAY_TIMEOUT"]),
        (RETRIES, &["QUAY_RETRIES"]),
        (TOKEN, &["QUAY_TOKEN"]),
        (USERNAME, &["QUAY_USERNAME"]),
        (PASSWORD, &["QUAY_PASSWORD"]),
    ],
    mutually_exclusive: &[&[USERNAME, TOKEN], &[PASSWORD, TOKEN]],
    required_together: &[&[USERNAME, PASSWORD]],
    ..Rules::NONE
};

/// More repetitions than this are an endless loop.
const MOST_RETRIES: u64 = 100;

fn host(value: &Value) -> Result<Value, String> {
    api::base_url(value.as_str().unwrap_or_default()).map(|_| value.clone())
}

/// A token travels in a header. One that was read from a file often brings the end of its line along.
fn token(value: &Value) -> Result<Value, String> {
    let text = value.as_str().unwrap_or_default().trim();
    match text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        true => Err("must not hold line breaks or other control characters".into()),
        false => Ok(Value::String(text.to_owned())),
    }
}

fn timeout(value: &Value) -> Result<Value, String> {
    api::seconds_to_wait(value.as_f64().unwrap_or_default()).map(|_| value.clone())
}

fn retries(value: &Value) -> Result<Value, String> {
    match value.as_u64() {
        Some(0..=MOST_RETRIES) => Ok(value.clone()),
        _ => Err(format!("must be a number from 0 to {MOST_RETRIES}")),
    }
}

/// A password that a value holds by mistake: it is refused, and must not be repeated anywhere.
pub fn misplaced_secret(option: &str, value: &Value) -> Option<String> {
    let text = value.as_str().filter(|_| option == HOST)?;
    let (_, rest) = text.split_once("//").unwrap_or(("", text));
    let (user, _) = rest.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    Some(password.to_owned()).filter(|password| !password.is_empty())
}

/// Without a token nothing excludes anything, and both others are required anyway.
const WITHOUT_TOKEN: Rules = Rules { mutually_exclusive: &[], required_together: &[], ..RULES };

/// The rules for a module that signs in by `login`.
pub fn rules(login: Login) -> &'static Rules {
    match login {
        Login::TokenOrPassword => &RULES,
        Login::PasswordOnly | Login::Never => &WITHOUT_TOKEN,
    }
}

/// The login options that a module accepts and drops.
pub fn ignored(login: Login) -> &'static [&'static str] {
    match login {
        Login::TokenOrPassword => &[],
        Login::PasswordOnly => &[TOKEN],
        Login::Never => LOGIN,
    }
}

/// The options that a module requires because of its `login`.
pub fn required(login: Login) -> &'static [&'static str] {
    match login {
        Login::PasswordOnly => &[USERNAME, PASSWORD],
        Login::TokenOrPassword | Login::Never => &[],
    }
}

/// Whether `value` counts as not given: credentials often come from variables that are empty where they are not used.
pub fn is_blank(option: &str, value: &Value) -> bool {
    is_login(option) && value.as_str() == Some("")
}

/// Whether the environment must not supply `option`, because the task itself signs in by the other method.
pub fn is_hidden(option: &str, given: impl Fn(&str) -> bool) -> bool {
    match option {
        TOKEN => given(USERNAME) || given(PASSWORD),
        USERNAME | PASSWORD => given(TOKEN),
        _ => false,
    }
}

/// What the text of an environment variable means for `option`, if anything.
///
/// An empty variable counts as not set, except that an empty `QUAY_VERIFY_SSL` has always meant `false`.
pub fn from_environment(option: &str, text: String) -> Option<Value> {
    match (option, text.trim()) {
        (VALIDATE_CERTS, "") => Some(Value::Bool(false)),
        (_, "") => None,
        _ => Some(Value::String(text)),
    }
}

/// The server, when it is another machine that is reached over plain HTTP.
pub fn unencrypted(options: &Map<String, Value>) -> Option<Url> {
    let url = api::base_url(options.get(HOST)?.as_str()?).ok().filter(|url| url.scheme() == "http")?;
    let here = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (!here).then_some(url)
}

/// The warning for credentials that travel to another machine where everybody on the way can read them.
pub fn exposed(options: &Map<String, Value>) -> Option<String> {
    let server = unencrypted(options)?.origin().ascii_serialization();
    let credential =
        [TOKEN, PASSWORD].into_iter().find(|key| options.get(*key).is_some_and(|value| !value.is_null()))?;
    Some(format!(
        "{credential} goes to {server} without encryption, and can be read on the way: use an https URL as quay_host"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_in_clear_text_are_warned_of_when_they_leave_the_machine() {
        let warned = |host: &str, key: &str| {
            let options = json!({HOST: host, key: "s3cret"});
            exposed(options.as_object().expect("an object"))
        };
        let text = warned("http://quay.example.com:8080/", TOKEN).unwrap_or_default();
        assert!(text.starts_with("quay_token goes to http://quay.example.com:8080 without encryption"), "{text}");
        assert!(warned("http://192.0.2.7", PASSWORD).is_some_and(|text| !text.contains("s3cret")));
        for here in ["http://127.0.0.1:1", "http://[::1]", "http://localhost:8080", "https://quay.example.com", "quay"]
        {
            assert_eq!(warned(here, TOKEN), None, "{here}");
        }
        assert_eq!(warned("http://quay.example.com", USERNAME), None, "no credential");
    }

    #[test]
    fn every_option_of_the_connection_is_documented_and_has_a_variable() {
        assert_eq!(arguments().count(), OPTIONS.len());
        assert!(OPTIONS.iter().all(|option| RULES.environment.iter().any(|(known, _)| known == option)));
        assert_eq!(RULES.environment.len(), OPTIONS.len());
    }
}
