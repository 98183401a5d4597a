//! Kubernetes Secrets of what modules return, with the keys and types of the operator of Quay.

use std::fmt::{self, Display, Formatter};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Options, credential};
use crate::quay::{docker, written};

/// Where a Secret stands in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What the name of a file, `NAMESPACE.NAME.yml`, has room for.
const LONGEST: usize = 250;

/// Namespace of what names none.
const DEFAULT_NAMESPACE: &str = "default";

impl SecretName {
    /// Reads `{name, namespace}`. Both are what a cluster takes, so that they are names of files, too.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn read(value: &Value) -> Result<SecretName, String> {
        let map =
            value.as_object().ok_or("secret must be a mapping with name and namespace, of a Kubernetes Secret")?;
        if let Some(key) = map.keys().find(|key| !["name", "namespace"].contains(&key.as_str())) {
            return Err(format!("secret has the keys name and namespace, not {key}"));
        }
        let text = |key: &str| match map.get(key) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text.as_str()),
            Some(_) => Err(format!("secret: {key} must be a text")),
        };
        let (name, namespace) = (text("name")?, text("namespace")?);
        let namespace = if namespace.is_empty() { DEFAULT_NAMESPACE } else { namespace };
        let is_part = |part: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !part.is_empty() && part.chars().all(plain) && !part.starts_with('-') && !part.ends_with('-')
        };
        if name.len() > 253 || !name.split('.').all(is_part) {
            return Err("secret: name must be the name of a Kubernetes Secret: small letters, digits, - and .".into());
        }
        if namespace.len() > 63 || !is_part(namespace) {
            return Err(
                "secret: namespace must be the name of a Kubernetes namespace: small letters, digits and -".into()
            );
        }
        if namespace.len() + name.len() > LONGEST {
            return Err(format!(
                "secret: namespace and name have at most {LONGEST} characters together, as the name of a file"
            ));
        }
        Ok(SecretName { namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl SecretName {
    /// The name of a Secret, from its manifest.
    pub fn of(manifest: &Value) -> Option<SecretName> {
        let text = |key: &str| manifest["metadata"][key].as_str().filter(|text| !text.is_empty());
        let namespace = text("namespace").unwrap_or(DEFAULT_NAMESPACE).to_owned();
        Some(SecretName { namespace, name: text("name")?.to_owned() })
    }
}

impl Display for SecretName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the namespace {}", self.name, self.namespace)
    }
}

/// Where the value of a key comes from.
#[derive(Clone, Copy)]
enum Source {
    /// What the module returns under this name; nothing becomes an empty text.
    Value(&'static str),
    /// The same, where it returns it; the key is missing otherwise.
    Given(&'static str),
    /// The same, which is Base64 already.
    Encoded(&'static str),
    /// An option of the call.
    Option(&'static str),
    /// An option of the connection, and what stands for one that is not set.
    Connection(&'static str, &'static str),
    /// The Docker configuration of the account `name` with the returned `token`.
    DockerConfig,
}

/// The Secret of a module.
struct Form {
    module: &'static str,
    /// The type of a Secret whose key `.dockerconfigjson` Kubernetes pulls images with, or of any other.
    pulls: bool,
    /// The returned value without which there is none: it is shown to nobody, or only once.
    needs: &'static str,
    keys: &'static [&'static [(&'static str, Source)]],
}

const CONNECTION: &[(&str, Source)] = &[
    ("host", Source::Connection("quay_host", "http://127.0.0.1")),
    ("validateCerts", Source::Connection("validate_certs", "true")),
    ("timeout", Source::Connection("timeout", "10")),
];

const ROBOT: &[(&str, Source)] =
    &[("name", Source::Value("name")), ("token", Source::Value("token")), (".dockerconfigjson", Source::DockerConfig)];

const ID: &[(&str, Source)] = &[("id", Source::Value("id"))];

const fn form(module: &'static str, needs: &'static str, keys: &'static [&'static [(&'static str, Source)]]) -> Form {
    Form { module, pulls: false, needs, keys }
}

const FORMS: &[Form] = &[
    form(
        "quay_api_token",
        "access_token",
        &[CONNECTION, &[("token", Source::Value("access_token")), ("accessToken", Source::Value("access_token"))]],
    ),
    form(
        "quay_application",
        "client_id",
        &[&[
            ("clientId", Source::Value("client_id")),
            ("clientSecret", Source::Value("client_secret")),
            ("name", Source::Value("name")),
        ]],
    ),
    Form {
        pulls: true,
        ..form(
            "quay_docker_token",
            "token_code",
            &[&[
                ("name", Source::Value("name")),
                ("uuid", Source::Value("uuid")),
                ("username", Source::Value("username")),
                ("tokenCode", Source::Value("token_code")),
                ("created", Source::Value("created")),
                ("expiration", Source::Value("expiration")),
                ("lastAccessed", Source::Value("last_accessed")),
                ("auth", Source::Encoded("auth_b64")),
                (".dockerconfigjson", Source::Encoded("dockerconfigjson_b64")),
            ]],
        )
    },
    form(
        "quay_first_user",
        "username",
        &[
            CONNECTION,
            &[
                ("username", Source::Value("username")),
                ("password", Source::Option("password")),
                ("token", Source::Given("access_token")),
                ("accessToken", Source::Value("access_token")),
                ("email", Source::Value("email")),
                ("encryptedPassword", Source::Value("encrypted_password")),
            ],
        ],
    ),
    form(
        "quay_manifest_label",
        "id",
        &[
            ID,
            &[
                ("key", Source::Value("key")),
                ("value", Source::Value("value")),
                ("mediaType", Source::Value("media_type")),
                ("sourceType", Source::Value("source_type")),
            ],
        ],
    ),
    form(
        "quay_application_token",
        "token",
        &[CONNECTION, &[("token", Source::Value("token")), ("accessToken", Source::Value("token"))]],
    ),
    form("quay_organization_prune", "id", &[ID]),
    form("quay_repository_prune", "id", &[ID]),
    Form { pulls: true, ..form("quay_robot", "token", &[ROBOT]) },
    Form { pulls: true, ..form("quay_robot_pair", "token", &[ROBOT]) },
];

/// What a Secret is made of.
#[derive(Clone, Copy)]
pub struct Made<'a> {
    /// The options of the call.
    pub options: &'a Options,
    /// What the module returned.
    pub returned: &'a Map<String, Value>,
    /// The options of the connection.
    pub connection: &'a Map<String, Value>,
}

/// Whether a module returns something for a Secret.
pub fn is_made_of(module: &str) -> bool {
    of(module).is_some()
}

/// The modules whose Secret is a connection.
pub fn connections() -> impl Iterator<Item = &'static str> {
    let has_host = |form: &&Form| form.keys.iter().copied().flatten().any(|(key, _)| *key == "host");
    FORMS.iter().filter(has_host).map(|form| form.module)
}

/// The returned value of a module without which there is no Secret.
pub fn needs(module: &str) -> Option<&'static str> {
    Some(of(module)?.needs)
}

fn of(module: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.module == module)
}

/// The manifest of the Secret with what a module returned, values in Base64; `None` where what makes it worth something cannot be
/// read (again).
pub fn manifest(module: &str, place: &SecretName, made: Made<'_>) -> Option<Value> {
    let form = of(module).filter(|form| !text(made.returned.get(form.needs)).is_empty())?;
    let keys = form.keys.iter().copied().flatten();
    let data: Map<String, Value> =
        keys.filter_map(|(key, source)| Some(((*key).to_owned(), source.data(made)?.into()))).collect();
    Some(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": if form.pulls { "kubernetes.io/dockerconfigjson" } else { "Opaque" },
        "metadata": {"name": place.name, "namespace": place.namespace},
        "data": data,
    }))
}

/// The text under a key of a manifest, `stringData` before `data`, decoded; an empty one counts as missing.
pub fn value(manifest: &Value, key: &str) -> Option<String> {
    let text = manifest["stringData"][key].as_str().map(str::to_owned);
    text.or_else(|| decoded(manifest["data"][key].as_str()?)).filter(|text| !text.is_empty())
}

/// The text that a value of `data` stands for; `None` for what is no Base64 of a text.
pub fn decoded(encoded: &str) -> Option<String> {
    let compact: String = encoded.chars().filter(|c| !c.is_whitespace()).collect();
    String::from_utf8(STANDARD.decode(compact).ok()?).ok()
}

/// What nobody must see of a mapping that is the manifest of a Secret, encoded and decoded; nothing of any other.
pub fn hidden(map: &Map<String, Value>) -> Vec<String> {
    if map.get("kind").is_none_or(|kind| kind != "Secret") {
        return Vec::new();
    }
    let open: Vec<&str> = CONNECTION.iter().map(|(key, _)| *key).chain(["username", "name"]).collect();
    let parts = ["data", "stringData"].into_iter().filter_map(|part| map.get(part)?.as_object());
    let values =
        parts.flatten().filter(|(key, _)| !open.contains(&key.as_str())).filter_map(|(_, value)| value.as_str());
    values.flat_map(|text| decoded(text).into_iter().chain([text.to_owned()])).collect()
}

impl Source {
    fn data(self, made: Made<'_>) -> Option<String> {
        let Made { options, returned, connection } = made;
        let plain = match self {
            Source::Encoded(key) => return Some(text(returned.get(key))),
            Source::Value(key) => text(returned.get(key)),
            Source::Given(key) => Some(text(returned.get(key))).filter(|text| !text.is_empty())?,
            Source::Option(key) => text(options.get(key)),
            Source::Connection(key, missing) => match text(connection.get(key)) {
                text if text.is_empty() => missing.to_owned(),
                text => text,
            },
            Source::DockerConfig => docker_config(made),
        };
        Some(STANDARD.encode(plain))
    }
}

/// What Docker, and a cluster, signs in with.
fn docker_config(Made { returned, connection, .. }: Made<'_>) -> String {
    let (name, token) = (text(returned.get("name")), text(returned.get("token")));
    docker::config(&credential::registry_of(connection), &docker::auth(&name, &token)).to_string()
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        // Seconds, which are whole as a rule: 30 rather than 30.0.
        Some(Value::Number(number)) => number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string()),
        Some(value) => written(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_a_cluster() {
        let read = |value: Value| SecretName::read(&value).map(|name| format!("{}/{}", name.namespace, name.name));
        assert_eq!(read(json!({"name": "ci.pull-1", "namespace": "shop"})).unwrap(), "shop/ci.pull-1");
        assert_eq!(read(json!({"name": "ci", "namespace": ""})).unwrap(), "default/ci");
        for wrong in [
            json!("ci"),
            json!({}),
            json!({"name": 1}),
            json!({"name": "../ci"}),
            json!({"name": "a..b"}),
            json!({"name": "Ci"}),
            json!({"name": "-ci"}),
            json!({"name": "ci/x"}),
            json!({"name": "ci", "namespace": "a.b"}),
            json!({"name": "ci", "namespace": ".."}),
            json!({"name": "ci", "key": "token"}),
            json!({"name": "x".repeat(254)}),
            json!({"name": "x".repeat(200), "namespace": "y".repeat(51)}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
