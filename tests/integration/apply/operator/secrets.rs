//! The Secrets that `retSecretRef` asks for have the keys and types of the operator.

use std::collections::BTreeMap;

use quaymaster::apply::kinds::Kind;
use quaymaster::apply::report::Report;

use super::*;

/// What the operator documents, a line each: the Secret of the fixtures, its type, its keys.
const DOCUMENTED: &[(&str, &str, &[&str])] = &[
    ("registry/admin-token", "Opaque", &["token", "accessToken", "host", "validateCerts", "timeout"]),
    ("other/automation", "Opaque", &["clientId", "clientSecret", "name"]),
    (
        "registry/laptop",
        "kubernetes.io/dockerconfigjson",
        &[
            "name",
            "uuid",
            "username",
            "tokenCode",
            "created",
            "expiration",
            "lastAccessed",
            "auth",
            ".dockerconfigjson",
        ],
    ),
    (
        "registry/root-token",
        "Opaque",
        &[
            "host",
            "validateCerts",
            "timeout",
            "username",
            "password",
            "token",
            "accessToken",
            "email",
            "encryptedPassword",
        ],
    ),
    ("registry/app-architecture", "Opaque", &["id", "key", "value", "mediaType", "sourceType"]),
    ("registry/acme-tags", "Opaque", &["id"]),
    ("registry/app-dates", "Opaque", &["id"]),
    ("registry/ci-pull-secret", "kubernetes.io/dockerconfigjson", &["name", "token", ".dockerconfigjson"]),
];

const API_TOKEN: &str = "
apiVersion: v1
kind: Secret
metadata: {name: quay, namespace: registry}
stringData: {host: HOST, username: admin, password: password, timeout: '30'}
---
apiVersion: quay.herve4m.github.io/v1alpha1
kind: ApiToken
metadata: {name: admin, namespace: registry}
spec: {connSecretRef: {name: quay}, retSecretRef: {name: admin-token}, clientId: CLIENT}
";

/// Secrets by `namespace/name`.
fn secrets(report: &Report) -> BTreeMap<String, Value> {
    let name = |secret: &Value| {
        let text = |key: &str| secret["metadata"][key].as_str().unwrap().to_owned();
        format!("{}/{}", text("namespace"), text("name"))
    };
    report.secrets().map(|secret| (name(secret), secret.clone())).collect()
}

/// The values of a Secret, decoded.
fn data(secret: &Value) -> BTreeMap<&str, String> {
    let decoded = |value: &Value| String::from_utf8(STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap();
    secret["data"].as_object().unwrap().iter().map(|(key, value)| (key.as_str(), decoded(value))).collect()
}

fn docker(config: &str, host: &str) -> String {
    let config: Value = serde_json::from_str(config).unwrap();
    let host = host.trim_start_matches("http://");
    assert_eq!(config["auths"].as_object().unwrap().len(), 1);
    assert_eq!(config["auths"][host]["email"], "");
    String::from_utf8(STANDARD.decode(config["auths"][host]["auth"].as_str().unwrap()).unwrap()).unwrap()
}

#[test]
fn secrets_have_the_keys_and_types_of_the_operator() {
    let cluster = Cluster::new();
    let files = cluster.files();
    let mut made = secrets(&succeeded(files.apply_only(only(&[Kind::Tasks], &["fresh"]))));
    made.extend(secrets(&files.applied()));
    let client = data(&made["other/automation"])["clientId"].clone();
    let token = Files::of(&[(
        "token.yaml",
        API_TOKEN.replace("CLIENT", &client).replace("HOST", &cluster.quay.emulator.url()),
    )]);
    made.extend(secrets(&succeeded(token.apply_only(only(&[Kind::Tasks], &[])))));

    let names: Vec<&str> = made.keys().map(String::as_str).collect();
    let mut documented: Vec<&str> = DOCUMENTED.iter().map(|(name, ..)| *name).collect();
    documented.sort_unstable();
    assert_eq!(names, documented);
    for (name, kind, keys) in DOCUMENTED {
        let secret = &made[*name];
        assert_eq!(
            (&secret["apiVersion"], &secret["kind"], &secret["type"]),
            (&json!("v1"), &json!("Secret"), &json!(kind))
        );
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        assert_eq!(data(secret).keys().copied().collect::<Vec<_>>(), keys, "{name}");
    }

    let url = cluster.quay.emulator.url();
    let robot = data(&made["registry/ci-pull-secret"]);
    assert_eq!(robot["name"], "acme+ci");
    assert_eq!(docker(&robot[".dockerconfigjson"], &url), format!("acme+ci:{}", robot["token"]));
    let laptop = data(&made["registry/laptop"]);
    assert_eq!((laptop["username"].as_str(), laptop["name"].as_str()), ("$app", "laptop"));
    assert_eq!(laptop["auth"], format!("$app:{}", laptop["tokenCode"]));
    assert_eq!(docker(&laptop[".dockerconfigjson"], &url), laptop["auth"]);
    let root = data(&made["registry/root-token"]);
    assert_eq!((root["password"].as_str(), root["email"].as_str()), ("password-of-root", "root@example.com"));
    assert_eq!((root["validateCerts"].as_str(), root["token"] == root["accessToken"]), ("false", true));
    let token = data(&made["registry/admin-token"]);
    assert_eq!((token["host"].as_str(), token["timeout"].as_str()), (url.as_str(), "30"));
    let label = data(&made["registry/app-architecture"]);
    assert_eq!((label["value"].as_str(), label["sourceType"].as_str()), ("x86_64", "api"));
    assert!(data(&made["other/automation"]).values().all(|value| !value.is_empty()));
}

/// A run that changes nothing gives the Secrets again, but for those that can be read only once.
#[test]
fn an_unchanged_object_gives_its_secret_again() {
    let cluster = Cluster::new();
    let files = cluster.files();
    succeeded(files.apply_only(only(&[Kind::Tasks], &["fresh"])));
    let first = secrets(&files.applied());
    let writes = cluster.quay.emulator.writes().len();
    let mut again = secrets(&files.applied());
    assert_eq!(again.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
    // Quay notes when a token was looked at.
    let mut first = first;
    for secrets in [&mut first, &mut again] {
        secrets.get_mut("registry/laptop").unwrap()["data"]["lastAccessed"] = json!(null);
    }
    assert_eq!(again, first);
    let sent: Vec<String> = cluster.quay.emulator.writes()[writes..].iter().map(|write| write.path.clone()).collect();
    assert!(sent.iter().all(|path| !path.contains("robots") && !path.contains("apptoken")), "{sent:?}");
    assert!(files.plan().secrets().next().is_none(), "a plan returns nothing");
}

#[test]
fn a_secret_belongs_to_one_object_and_has_a_name() {
    let robot = |name: &str, secret: Value| json!({"name": name, "secret": secret});
    for (config, expected) in [
        (
            json!({"organizations": [{"name": "acme", "robots": [
                robot("ci", json!({"name": "pull"})), robot("cd", json!({"name": "pull", "namespace": "default"}))]}]}),
            "the Secret pull of default is written by the robot account acme+ci too",
        ),
        (
            json!({"organizations": [{"name": "acme", "robots": [robot("ci", json!({"name": "../pull"}))]}]}),
            "secret: name must be the name of a Kubernetes Secret",
        ),
        (
            json!({"organizations": [{"name": "acme", "repositories": [{"name": "a*",
                "prune_policies": [{"method": "tags", "value": 1, "secret": {"name": "pull"}}]}]}]}),
            "secret is for one object",
        ),
        (
            json!({"tasks": [{"quay_tag": {"image": "acme/app:v1"}, "secret": {"name": "pull"}}]}),
            "quay_tag returns nothing that could go into a Secret",
        ),
        (
            json!({"registry": {"endpoints": [{"name": "one", "quay_host": "a.example.com"}, {"name": "two", "quay_host": "b.example.com"}]},
                "organizations": [{"name": "acme", "robots": [robot("ci", json!({"name": "pull"}))]}]}),
            "the Secret pull of default would be written by several endpoints",
        ),
    ] {
        let problems = Files::of(&[("acme.yml", config.to_string())])
            .read()
            .map(|(declaration, _)| quaymaster::apply::planning::validate::problems(&declaration));
        let told: Vec<String> = problems.unwrap_or_else(|problems| problems).iter().map(ToString::to_string).collect();
        assert!(told.len() == 1 && told[0].contains(expected), "{expected}: {told:?}");
    }
}
