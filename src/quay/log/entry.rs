//! One entry of the log, without what may not be shown, and what makes it the same as another.

use std::ops::Range;

use ring::digest::{Context, SHA256};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result, plain};
use crate::quay::{MASK, text, time};

/// What tells entries apart: SHA-256 of all that the server says of one. Entries that are alike in everything have the same.
pub type Hash = [u8; 32];

/// An entry.
pub struct Entry {
    /// When it was written: the server tells whole seconds.
    pub second: i64,
    /// What tells it from others of this second.
    pub hash: Hash,
    /// What is returned of it.
    pub value: Value,
}

impl Entry {
    /// Reads an entry of a listing. `namespace` is that of the listing, where its entries do not name one.
    ///
    /// # Errors
    /// When it has no time.
    pub fn of(raw: &Value, namespace: Option<&Value>) -> Result<Entry> {
        let time = time::of(&raw["datetime"])
            .ok_or_else(|| Error::Unexpected("Quay's log has an entry without a time".into()))?;
        let owner = raw.get("namespace").or(namespace).filter(|owner| owner.is_object());
        let mut value = json!({"time": time::written(time)});
        for key in ["kind", "datetime", "ip"] {
            value[key] = shown(&raw[key]);
        }
        value["performer"] = picked(&raw["performer"], &["kind", "name", "is_robot"]);
        if let Some(owner) = owner.filter(|owner| owner.get("kind").is_some()) {
            value["namespace"] = picked(owner, &["kind", "name"]);
        }
        value["metadata"] = shown(&raw["metadata"]);
        let owner = owner.map_or("", |owner| text(&owner["name"]));
        Ok(Entry { second: time.as_second(), hash: hash(raw, owner), value })
    }
}

fn hash(raw: &Value, namespace: &str) -> Hash {
    let mut context = Context::new(&SHA256);
    let performer = raw.pointer("/performer/name").unwrap_or(&Value::Null);
    for part in [&raw["kind"], &raw["metadata"], &raw["ip"], &raw["datetime"], performer, &json!(namespace)] {
        context.update(sorted(part).to_string().as_bytes());
        context.update(b"\n");
    }
    let mut hash = Hash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The same with the keys of all objects in order: the server promises none.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(Map::from_iter(entries))
        }
        Value::Array(list) => list.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Some keys of an object, without pictures; null where there is none.
fn picked(object: &Value, keys: &[&str]) -> Value {
    let Some(object) = object.as_object() else { return Value::Null };
    keys.iter().filter_map(|key| Some(((*key).to_owned(), shown(object.get(*key)?)))).collect::<Map<_, _>>().into()
}

/// A value of the server without secrets and control characters.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(masked(&plain(text))),
        Value::Array(list) => list.iter().map(shown).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (plain(key), shown(value))).collect::<Map<_, _>>().into(),
        other => other.clone(),
    }
}

/// A text with the secrets of its addresses hidden: a build trigger is logged with a webhook address that holds a token
/// (`https://$token:SECRET@...`).
fn masked(text: &str) -> String {
    let (mut told, mut rest) = (String::new(), text);
    while let Some(secret) = token(rest).into_iter().chain(in_address(rest)).min_by_key(|secret| secret.start) {
        told += rest.get(..secret.start).unwrap_or_default();
        told += if secret.is_empty() { "" } else { MASK };
        rest = rest.get(secret.end..).unwrap_or_default();
    }
    told + rest
}

/// Where the first token of Quay stands.
fn token(text: &str) -> Option<Range<usize>> {
    const MARK: &str = "$token:";
    let start = text.find(MARK)? + MARK.len();
    let secret = text.get(start..)?;
    Some(start..start + before_host(secret).unwrap_or(word(secret).len()))
}

/// Where the password of the first address with one stands; what stands alone before the `@` is often a token.
fn in_address(text: &str) -> Option<Range<usize>> {
    text.match_indices("://").find_map(|(at, mark)| {
        let start = at + mark.len();
        let rest = text.get(start..)?;
        let authority = word(rest).split(['/', '?', '#']).next()?;
        let colon = authority.find(':').map(|colon| colon + 1);
        let is_host = |after: &str| authority.starts_with('[') || after.bytes().all(|byte| byte.is_ascii_digit());
        let (from, to) = match (authority.rfind('@'), colon) {
            (Some(at), colon) => (colon.filter(|colon| *colon <= at).unwrap_or(0), at),
            // No port, so a password that was not escaped.
            (None, Some(colon)) if !is_host(authority.get(colon..)?) => {
                (colon, colon + before_host(rest.get(colon..)?)?)
            }
            _ => return None,
        };
        (from < to).then_some(start + from..start + to)
    })
}

/// The length of a secret, which ends with the last `@` before a host.
fn before_host(secret: &str) -> Option<usize> {
    let secret = word(secret);
    let first = secret.find('@')?;
    let host = secret.get(first..)?.split(['/', '?', '#']).next()?;
    secret.get(..first + host.len())?.rfind('@')
}

/// What an address can be of.
fn word(text: &str) -> &str {
    text.split(|c: char| c.is_whitespace() || c == '"').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_an_address_is_hidden() {
        for (text, told) in [
            (
                "https://$token:s3cret@quay.example.com/webhooks/x",
                "https://$token:********@quay.example.com/webhooks/x",
            ),
            ("$token:s3cret@quay.example.com", "$token:********@quay.example.com"),
            ("git://a:b@c/d and http://x:y@z", "git://a:********@c/d and http://x:********@z"),
            ("https://quay.example.com:8443/a@b", "https://quay.example.com:8443/a@b"),
            ("no address: a@b", "no address: a@b"),
            ("https://bob:p@ss@registry/x", "https://bob:********@registry/x"),
            ("https://$token:ab/cd@h", "https://$token:********@h"),
            ("https://$token:ab/c@d@h/a@b", "https://$token:********@h/a@b"),
            ("$token:ab/cd, https://$token:@h", "$token:******** https://$token:@h"),
            ("https://ghp_x@github.com/", "https://********@github.com/"),
            ("https://u:a'b@h", "https://u:********@h"),
            ("https://u:a/b@h/c", "https://u:********@h/c"),
            ("https://[::1]:8443/a@b https://h?x=a@b", "https://[::1]:8443/a@b https://h?x=a@b"),
            (r#"{"a":"https://u:p@h","b":"c@d"}"#, r#"{"a":"https://u:********@h","b":"c@d"}"#),
        ] {
            assert_eq!(masked(text), told);
        }
    }

    #[test]
    fn what_the_server_says_makes_the_entry_and_nothing_else() {
        let raw = |metadata: Value| {
            json!({
                "kind": "pull_repo", "ip": "192.0.2.1", "datetime": "Sat, 28 Nov 2026 03:34:44 -0000", "metadata": metadata,
                "performer": {"name": "admin", "kind": "user", "is_robot": false, "avatar": {"hash": "x"}},
            })
        };
        let of = |raw: &Value, namespace: Option<Value>| Entry::of(raw, namespace.as_ref()).unwrap();
        let entry = of(&raw(json!({"repo": "app", "tag": "v1"})), Some(json!({"kind": "org", "name": "acme"})));
        assert_eq!(entry.value["time"], "2026-11-28T03:34:44Z");
        assert_eq!(entry.value["performer"], json!({"kind": "user", "name": "admin", "is_robot": false}));
        // The registry's listing names the namespace, and may write the keys in another order.
        let mut other = raw(json!({"tag": "v1", "repo": "app"}));
        other["namespace"] = json!({"kind": "org", "name": "acme", "avatar": {"hash": "y"}});
        assert_eq!(of(&other, None).hash, entry.hash);
        assert_ne!(of(&raw(json!({"repo": "app"})), Some(json!({"kind": "org", "name": "acme"}))).hash, entry.hash);
        assert_ne!(of(&raw(json!({"repo": "app", "tag": "v1"})), Some(json!({"name": "other"}))).hash, entry.hash);
        assert!(Entry::of(&json!({"kind": "x"}), None).is_err());
    }
}
